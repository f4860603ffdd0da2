package mesh

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
)

// PageOf is what the backend of a service's instance shows.
func PageOf(id string, dc *Datacenter) string { return fmt.Sprintf("%s in %s", id, dc.Name) }

// startBackend serves the page until the test ends, over TLS with a
// configuration, and returns the port.
func (dc *Datacenter) startBackend(t testing.TB, page string, config *tls.Config) int {
	t.Helper()
	listener, err := listenAt(fmt.Sprintf("%s:%d", dc.Address, freePort(dc.Address)))
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, page)
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return port
}
