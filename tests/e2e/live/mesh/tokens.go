package mesh

import (
	"net/http"
	"strings"
	"testing"
)

// CreateToken creates a token of the primary, good in all datacenters, with a
// policy of these rules, and returns its secret when every server knows it.
func (m *Mesh) CreateToken(t testing.TB, name, rules string) (accessor, secret string) {
	t.Helper()
	primary := m.datacenters[0]
	primary.put(t, "/v1/acl/policy", Object{"Name": name, "Rules": rules})
	var token struct{ AccessorID, SecretID string }
	request := Object{"Policies": []Object{{"Name": name}}}
	if err := primary.Request(http.MethodPut, "/v1/acl/token", request, &token); err != nil {
		t.Fatalf("create a token: %v", err)
	}
	for _, dc := range m.datacenters {
		Eventually(t, dc.Name+" knows the token "+name, func() error {
			return dc.Get("/v1/acl/token/"+token.AccessorID, nil)
		})
	}
	return token.AccessorID, token.SecretID
}

// DeleteToken revokes a token; it returns when no server knows it.
func (m *Mesh) DeleteToken(t testing.TB, accessor string) {
	t.Helper()
	path := "/v1/acl/token/" + accessor
	if err := m.datacenters[0].Request(http.MethodDelete, path, nil, nil); err != nil {
		t.Fatalf("revoke a token: %v", err)
	}
	for _, dc := range m.datacenters {
		Eventually(t, dc.Name+" has forgotten the token", func() error {
			err := dc.Get(path, nil)
			if err != nil && (strings.Contains(err.Error(), "404") || strings.Contains(err.Error(), "not found")) {
				return nil
			}
			if err == nil {
				return &APIError{http.StatusOK, "it is still known"}
			}
			return err
		})
	}
}
