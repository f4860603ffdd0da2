package live

import (
	"fmt"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// Envoy, with the bootstrap that Consul gives it, sets up a dozen clusters a
// second: it gets as many as fit into the deadline.
var crowds = map[mesh.Kind]int{mesh.Envoy: 200, mesh.Meshgw: 1000}

func TestManyServices(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		crowd := crowds[kinds.second]
		many := f.dc2.StartCrowd(t, "crowd", crowd)
		reach := func(t *testing.T, i int) {
			t.Helper()
			target := mesh.Target{Service: many.Name(i), Datacenter: "dc2"}
			mesh.Eventually(t, "the page of "+target.Service, func() error {
				page, err := f.dc1.PageVia(f.gateway1.LAN, target)
				if err == nil && page != many.Page {
					err = fmt.Errorf("it is %q", page)
				}
				return err
			})
		}
		t.Run("many services are reached by their names", func(t *testing.T) {
			for i := 0; i < crowd; i += crowd / 20 {
				reach(t, i)
			}
			reach(t, crowd-1)
		})
		t.Run("one that joins or leaves many is followed", func(t *testing.T) {
			many.Add(t, crowd)
			reach(t, crowd)
			many.Remove(t, 0)
			f.waitRefused(t, mesh.Target{Service: many.Name(0), Datacenter: "dc2"})
			reach(t, 1)
		})
	})
}
