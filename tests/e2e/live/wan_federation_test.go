package live

import (
	"errors"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestWANFederation(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederationThroughGateways(t, kinds)
		t.Run("servers see each other through the gateways", func(t *testing.T) {
			f.WaitFederated(t)
			f.waitSeesCatalogs(t)
		})
		t.Run("connections go through the same gateways", func(t *testing.T) {
			f.waitPages(t, apiInDc2, f.dc2.StartNative(t, "api", "api-1", nil))
		})
		t.Run("without the gateway of their datacenter servers see no other, and do when it is back", func(t *testing.T) {
			f.gateway1.Kill()
			mesh.Eventually(t, "the other catalog is out of reach", func() error {
				if err := seesCatalog(f.dc1, "dc2"); err == nil {
					return errors.New("it is not")
				}
				return nil
			})
			f.gateway1.Launch(t)
			f.gateway1.WaitListening(t)
			f.waitSeesCatalogs(t)
		})
	})
}

// startFederationThroughGateways starts servers that reach those of other
// datacenters through gateways only.
func startFederationThroughGateways(t *testing.T, kinds gatewayKinds) *federation {
	t.Helper()
	authority := mesh.NewAuthority(t, "authority")
	throughGateways := mesh.Object{"connect": mesh.Object{"enable_mesh_gateway_wan_federation": true}}
	f := &federation{Mesh: mesh.New(t)}
	f.dc1 = f.AddDatacenter(t, "dc1", throughGateways)
	f.gateway1 = f.dc1.NewGateway(kinds.first)
	f.dc2 = f.AddDatacenter(t, "dc2", throughGateways)
	f.dc2.Configure(mesh.Object{"retry_join_wan": nil,
		"primary_gateways": []string{f.gateway1.WAN}, "primary_gateways_interval": "1s"})
	f.gateway2 = f.dc2.NewGateway(kinds.second)
	for _, dc := range []*mesh.Datacenter{f.dc1, f.dc2} {
		dc.Secure(t, authority)
	}
	f.gateway1.Flags, f.gateway2.Flags = []string{"-expose-servers"}, []string{"-expose-servers"}
	f.dc1.Start(t)
	f.gateway1.Launch(t)
	f.gateway1.WaitListening(t)
	f.dc2.Start(t)
	f.gateway2.Launch(t)
	f.gateway2.WaitListening(t)
	return f
}

func seesCatalog(dc *mesh.Datacenter, other string) error {
	var services map[string][]string
	return dc.Get("/v1/catalog/services?dc="+other, &services)
}

func (f *federation) waitSeesCatalogs(t *testing.T) {
	t.Helper()
	mesh.Eventually(t, "dc1 sees the catalog of dc2", func() error { return seesCatalog(f.dc1, "dc2") })
	mesh.Eventually(t, "dc2 sees the catalog of dc1", func() error { return seesCatalog(f.dc2, "dc1") })
}
