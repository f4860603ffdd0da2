package mesh

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// An Upstream is one of a client's sidecar.
type Upstream struct {
	Service    string
	Datacenter string
	// Peer, instead of a datacenter, is a cluster that is no part of this one.
	Peer string
	// Mode is the mesh gateway mode of the upstream itself.
	Mode string
}

// A Client is a service that calls others through its Envoy sidecar.
type Client struct {
	*Service
	name  string
	ports map[Upstream]int
}

// StartClient registers a service with these upstreams and starts its sidecar.
// Settings are merged into the proxy's part of its registration.
func (dc *Datacenter) StartClient(t testing.TB, name string, settings Object, upstreams ...Upstream) *Client {
	t.Helper()
	c := &Client{name: name, ports: map[Upstream]int{},
		Service: &Service{ID: name, ProxyID: name + "-sidecar-proxy", dc: dc}}
	dc.Register(t, Object{"Name": name, "Address": dc.Address, "Port": freePort(dc.Address)})
	c.register(t, settings, upstreams)
	c.startSidecar(t)
	for _, upstream := range upstreams {
		address := c.Address(upstream)
		Eventually(t, fmt.Sprintf("the sidecar of %s listens for %s", name, upstream.Service), func() error {
			if err := c.sidecar.Running(); err != nil {
				return err
			}
			return answers(address)
		})
	}
	return c
}

func (c *Client) register(t testing.TB, settings Object, upstreams []Upstream) {
	t.Helper()
	var described []Object
	for _, upstream := range upstreams {
		c.ports[upstream] = freePort(c.dc.Address)
		described = append(described, Object{
			"DestinationName": upstream.Service, "Datacenter": upstream.Datacenter, "DestinationPeer": upstream.Peer,
			"LocalBindAddress": c.dc.Address, "LocalBindPort": c.ports[upstream],
			"MeshGateway": Object{"Mode": upstream.Mode},
		})
	}
	proxy := Object{"DestinationServiceName": c.name, "DestinationServiceID": c.name, "Upstreams": described}
	merge(proxy, settings)
	c.dc.Register(t, Object{"ID": c.ProxyID, "Name": c.ProxyID, "Kind": "connect-proxy",
		"Address": c.dc.Address, "Port": freePort(c.dc.Address), "Proxy": proxy, "Check": passing()})
}

// Address is where the sidecar listens for an upstream.
func (c *Client) Address(upstream Upstream) string {
	return fmt.Sprintf("%s:%d", c.dc.Address, c.ports[upstream])
}

// Dials returns the addresses that the sidecar has for the clusters of a
// service in a datacenter, by Envoy's own word.
func (c *Client) Dials(service, datacenter string) ([]string, error) {
	return envoyEndpoints(c.admin, fmt.Sprintf("%s.default.%s.internal.", service, datacenter))
}

// envoyEndpoints asks an Envoy for the addresses in clusters whose name has the
// text.
func envoyEndpoints(admin, text string) ([]string, error) {
	response, err := client.Get("http://" + admin + "/clusters?format=json")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Clusters []struct {
			Name  string `json:"name"`
			Hosts []struct {
				Address struct {
					Socket struct {
						Address string `json:"address"`
						Port    int    `json:"port_value"`
					} `json:"socket_address"`
				} `json:"address"`
			} `json:"host_statuses"`
		} `json:"cluster_statuses"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	var found []string
	known := false
	for _, cluster := range answer.Clusters {
		if !strings.Contains(cluster.Name, text) {
			continue
		}
		known = true
		for _, host := range cluster.Hosts {
			found = append(found, fmt.Sprintf("%s:%d", host.Address.Socket.Address, host.Address.Socket.Port))
		}
	}
	if !known {
		return nil, errors.New("the sidecar has no cluster " + text)
	}
	return found, nil
}
