// Package live tests mesh gateways in a Consul service mesh: real servers,
// sidecars and gateways.
package live

import (
	"os"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// The gateways of the first and the second datacenter that scenarios run with;
// MESHGW_E2E_GATEWAYS may name others, as in "envoy/envoy meshgw/envoy".
const (
	ownGateways   = "meshgw/meshgw"
	mixedGateways = "meshgw/meshgw envoy/meshgw meshgw/envoy"
)

type gatewayKinds struct{ first, second mesh.Kind }

func everyKind(t *testing.T, scenario func(t *testing.T, kinds gatewayKinds)) {
	forPairs(t, ownGateways, scenario)
}

// everyPair is for scenarios that show that gateways of both kinds go together.
func everyPair(t *testing.T, scenario func(t *testing.T, kinds gatewayKinds)) {
	forPairs(t, mixedGateways, scenario)
}

func forPairs(t *testing.T, pairs string, scenario func(t *testing.T, kinds gatewayKinds)) {
	if others := os.Getenv("MESHGW_E2E_GATEWAYS"); others != "" {
		pairs = others
	}
	for _, pair := range strings.Fields(pairs) {
		first, second, _ := strings.Cut(pair, "/")
		kinds := gatewayKinds{mesh.Kind(first), mesh.Kind(second)}
		t.Run(pair, func(t *testing.T) {
			for _, kind := range []mesh.Kind{kinds.first, kinds.second} {
				if kind != mesh.Envoy && kind != mesh.Meshgw {
					t.Fatalf("MESHGW_E2E_GATEWAYS: %q is no kind of gateway", kind)
				}
				if kind == mesh.Meshgw && os.Getenv("MESHGW") == "" {
					t.Skip("MESHGW is not set to the path of the program")
				}
			}
			scenario(t, kinds)
		})
	}
}

// federation is two datacenters with a gateway each.
type federation struct {
	*mesh.Mesh
	dc1, dc2           *mesh.Datacenter
	gateway1, gateway2 *mesh.Gateway
}

func startFederation(t *testing.T, kinds gatewayKinds) *federation {
	t.Helper()
	f := &federation{Mesh: mesh.New(t)}
	f.dc1 = f.AddDatacenter(t, "dc1", nil)
	f.dc2 = f.AddDatacenter(t, "dc2", nil)
	f.startServers(t)
	f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
	f.startGateways(t)
	return f
}

func (f *federation) startServers(t *testing.T) {
	t.Helper()
	f.dc1.Launch(t)
	f.dc2.Launch(t)
	f.dc1.WaitLeader(t)
	f.dc2.WaitLeader(t)
	f.WaitFederated(t)
}

func (f *federation) startGateways(t *testing.T) {
	t.Helper()
	f.gateway1.Launch(t)
	f.gateway2.Launch(t)
	f.gateway1.WaitListening(t)
	f.gateway2.WaitListening(t)
}
