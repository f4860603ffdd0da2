package mesh

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
)

// Kind is the program that serves as mesh gateway.
type Kind string

const (
	Envoy  Kind = "envoy"
	Meshgw Kind = "meshgw"
)

// A Gateway is a mesh gateway with a LAN and a WAN address of its own ports.
type Gateway struct {
	*Process
	Kind Kind
	Name string
	LAN  string
	WAN  string
	// Admin is where an Envoy has its admin endpoint.
	Admin string
	// Bound is where the gateway listens for WAN; WAN may be a host name.
	Bound string
	// Token of the gateway, that of the datacenter at first.
	Token string
	// TokenFile, when set, has the token instead.
	TokenFile string
	// Agent has the flags for its agent, without the token.
	Agent []string
	// ProxyID, when set, is that of a registration that is there already.
	ProxyID string
	// More flags; both kinds take those of `consul connect envoy`.
	Flags []string

	dc *Datacenter
}

// NewGateway describes a gateway, with all addresses of the datacenter's.
func (dc *Datacenter) NewGateway(kind Kind) *Gateway {
	place := func() string { return fmt.Sprintf("%s:%d", dc.Address, freePort(dc.Address)) }
	g := &Gateway{Kind: kind, Name: "mesh-gateway", LAN: place(), WAN: place(), Admin: place(), dc: dc}
	g.Bound, g.Token, g.Agent = g.WAN, dc.Token, dc.agentFlags()
	return g
}

// AnnounceHost has the gateway's WAN address be a host name, and listen where
// that leads.
func (g *Gateway) AnnounceHost(host, address string) {
	port := freePort(address)
	g.WAN, g.Bound = fmt.Sprintf("%s:%d", host, port), fmt.Sprintf("%s:%d", address, port)
}

// Launch starts the gateway, anew after it ended, and does not wait for it.
func (g *Gateway) Launch(t testing.TB) {
	t.Helper()
	flags := []string{"-proxy-id", g.ProxyID}
	if g.ProxyID == "" {
		flags = []string{"-register", "-service", g.Name, "-address", g.LAN, "-wan-address", g.WAN,
			"-bind-address", "lan=" + g.LAN, "-bind-address", "wan=" + g.Bound}
	}
	flags = append(append(flags, g.Agent...), g.Flags...)
	if g.TokenFile != "" {
		flags = append(flags, "-token-file", g.TokenFile)
	} else if g.Token != "" {
		flags = append(flags, "-token", g.Token)
	}
	name := fmt.Sprintf("%s-%s-%s", g.Name, g.Kind, g.dc.Name)
	if g.Kind == Envoy {
		g.Process = g.dc.startEnvoy(t, name, g.Admin, append([]string{"-gateway=mesh"}, flags...)...)
	} else {
		command := []string{os.Getenv("MESHGW"), "gateway", "-admin-bind", g.Admin}
		g.Process = g.dc.mesh.start(t, g.dc.Address, name, append(command, flags...)...)
	}
	t.Cleanup(g.Process.Kill)
}

// WaitListening returns when the gateway accepts connections at both addresses.
func (g *Gateway) WaitListening(t testing.TB) {
	t.Helper()
	for _, address := range []string{g.LAN, g.Bound} {
		Eventually(t, fmt.Sprintf("the %s gateway of %s listens", g.Kind, g.dc.Name), func() error {
			if err := g.Running(); err != nil {
				return err
			}
			return answers(address)
		})
	}
}

// Ask returns the answer of the gateway's admin endpoint.
func (g *Gateway) Ask(path string) (io.ReadCloser, error) {
	response, err := client.Get("http://" + g.Admin + path)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return response.Body, nil
}
