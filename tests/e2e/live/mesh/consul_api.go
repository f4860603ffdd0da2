package mesh

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// An APIError is an answer of Consul that is not a success.
type APIError struct {
	Status int
	Text   string
}

func (e *APIError) Error() string { return fmt.Sprintf("HTTP %d: %s", e.Status, e.Text) }

// Request asks the datacenter's server, with its token, and decodes the answer
// into the last argument unless that is nil.
func (dc *Datacenter) Request(method, path string, body, answer any) error {
	var encoded bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&encoded).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, dc.base+path, &encoded)
	if err != nil {
		return err
	}
	if dc.Token != "" {
		request.Header.Set("X-Consul-Token", dc.Token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return &APIError{response.StatusCode, strings.TrimSpace(string(text))}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func (dc *Datacenter) Get(path string, answer any) error {
	return dc.Request(http.MethodGet, path, nil, answer)
}

func (dc *Datacenter) put(t testing.TB, path string, body any) {
	t.Helper()
	if err := dc.Request(http.MethodPut, path, body, nil); err != nil {
		t.Fatalf("%s: PUT %s: %v", dc.Name, path, err)
	}
}

// WriteConfig writes a config entry, which ends with the test. Entries are
// written in the primary, and Consul replicates them.
func (m *Mesh) WriteConfig(t testing.TB, entry Object) {
	t.Helper()
	primary := m.datacenters[0]
	primary.put(t, "/v1/config", entry)
	kind, name := entry["Kind"], entry["Name"]
	if name == nil {
		name = kind // Entries of the kind "mesh" have no name.
	}
	path := fmt.Sprintf("/v1/config/%s/%s", kind, name)
	t.Cleanup(func() { primary.Request(http.MethodDelete, path, nil, nil) })
	for _, dc := range m.datacenters[1:] {
		Eventually(t, fmt.Sprintf("%s has %s of the primary", dc.Name, path), func() error {
			return dc.hasConfig(path, entry)
		})
	}
}

// hasConfig is nil when the entry here has what was written, at least.
func (dc *Datacenter) hasConfig(path string, written Object) error {
	var stored Object
	if err := dc.Get(path, &stored); err != nil {
		return err
	}
	var primary Object
	if err := dc.mesh.datacenters[0].Get(path, &primary); err != nil {
		return err
	}
	for key := range written {
		if mine, theirs := fmt.Sprint(stored[key]), fmt.Sprint(primary[key]); mine != theirs {
			return fmt.Errorf("%s is %s and not %s", key, mine, theirs)
		}
	}
	return nil
}

// DeleteConfig removes a config entry.
func (m *Mesh) DeleteConfig(t testing.TB, kind, name string) {
	t.Helper()
	path := fmt.Sprintf("/v1/config/%s/%s", kind, name)
	if err := m.datacenters[0].Request(http.MethodDelete, path, nil, nil); err != nil {
		t.Fatalf("DELETE %s: %v", path, err)
	}
}

// Register registers a service with the agent until the test ends.
func (dc *Datacenter) Register(t testing.TB, service Object) {
	t.Helper()
	dc.put(t, "/v1/agent/service/register", service)
	id, _ := service["ID"].(string)
	if id == "" {
		id = service["Name"].(string)
	}
	t.Cleanup(func() { dc.Request(http.MethodPut, "/v1/agent/service/deregister/"+url.PathEscape(id), nil, nil) })
}

// Deregister removes a service.
func (dc *Datacenter) Deregister(t testing.TB, id string) {
	t.Helper()
	dc.put(t, "/v1/agent/service/deregister/"+url.PathEscape(id), nil)
}

// SetCheck gives the TTL check of a service the status passing, warning or
// critical.
func (dc *Datacenter) SetCheck(t testing.TB, serviceID, status string) {
	t.Helper()
	dc.put(t, "/v1/agent/check/update/service:"+url.PathEscape(serviceID), Object{"Status": status})
}

// An Instance is one of a service, as the catalog has it.
type Instance struct {
	Node struct {
		Node, Address, Datacenter string
	}
	Service struct {
		Kind, ID, Service, Address string
		Port                       int
		TaggedAddresses            map[string]struct {
			Address string
			Port    int
		}
		Meta  map[string]string
		Proxy struct{ Config Object }
	}
	Checks []struct {
		CheckID, Name, Status, Output, ServiceID, Type string
	}
}

// Instances returns all instances of a service with their checks.
func (dc *Datacenter) Instances(service string) ([]Instance, error) {
	var instances []Instance
	err := dc.Get("/v1/health/service/"+url.PathEscape(service), &instances)
	return instances, err
}

// RotateCA has the primary make a new root of the mesh's CA, and returns when
// it is that of all datacenters.
func (m *Mesh) RotateCA(t testing.TB) {
	t.Helper()
	primary := m.datacenters[0]
	before, err := primary.roots()
	if err != nil {
		t.Fatal(err)
	}
	// A key of another type is a new root.
	primary.put(t, "/v1/connect/ca/configuration", Object{"Provider": "consul",
		"Config": Object{"PrivateKeyType": "rsa", "PrivateKeyBits": 2048}})
	Eventually(t, primary.Name+" has a new root", func() error {
		after, err := primary.roots()
		if err == nil && after.ActiveRootID == before.ActiveRootID {
			err = fmt.Errorf("the root is still %s", after.ActiveRootID)
		}
		return err
	})
	m.waitSameRoots(t)
}

type roots struct {
	TrustDomain  string
	ActiveRootID string
	Roots        []struct {
		ID, RootCert string
		Active       bool
	}
}

func (dc *Datacenter) roots() (roots, error) {
	var found roots
	err := dc.Get("/v1/connect/ca/roots", &found)
	if err == nil && found.ActiveRootID == "" {
		err = fmt.Errorf("there is no active root")
	}
	return found, err
}

func (m *Mesh) waitSameRoots(t testing.TB) {
	t.Helper()
	for _, dc := range m.datacenters[1:] {
		Eventually(t, dc.Name+" has the roots of the primary", func() error {
			first, err := m.datacenters[0].roots()
			if err != nil {
				return err
			}
			own, err := dc.roots()
			if err == nil && own.ActiveRootID != first.ActiveRootID {
				err = fmt.Errorf("active root %s, of the primary %s", own.ActiveRootID, first.ActiveRootID)
			}
			return err
		})
	}
}
