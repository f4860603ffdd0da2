package mesh

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
)

// A Crowd is many services that are all served by one process, registered with
// the catalog itself as an external node's.
type Crowd struct {
	// Page is what all of them show.
	Page string

	name string
	port int
	dc   *Datacenter
}

// StartCrowd registers so many services, name-0 and on.
func (dc *Datacenter) StartCrowd(t testing.TB, name string, count int) *Crowd {
	t.Helper()
	c := &Crowd{Page: PageOf(name, dc), name: name, dc: dc}
	// Each has a certificate of its own, made when somebody asks for it: the CA
	// signs few a second.
	c.port = dc.startBackend(t, c.Page, &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			service, _, _ := strings.Cut(hello.ServerName, ".")
			certificate, err := dc.leaf(service)
			return &certificate, err
		},
	})
	for i := range count {
		c.Add(t, i)
	}
	return c
}

// Name returns the name of a service.
func (c *Crowd) Name(i int) string { return fmt.Sprintf("%s-%d", c.name, i) }

// Add registers a service.
func (c *Crowd) Add(t testing.TB, i int) {
	t.Helper()
	c.dc.put(t, "/v1/catalog/register", Object{
		"Node": c.name, "Address": c.dc.Address, "SkipNodeUpdate": i > 0,
		"Service": Object{"Service": c.Name(i), "Address": c.dc.Address, "Port": c.port, "Connect": Object{"Native": true}},
	})
}

// Remove deregisters a service.
func (c *Crowd) Remove(t testing.TB, i int) {
	t.Helper()
	c.dc.put(t, "/v1/catalog/deregister", Object{"Node": c.name, "ServiceID": c.Name(i)})
}
