package live

import (
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestHostnames(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := &federation{Mesh: mesh.New(t)}
		f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
		f.startServers(t)
		f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
		f.gateway2.AnnounceHost("localhost", "127.0.0.1")
		f.startGateways(t)
		t.Run("a gateway of the other datacenter is reached by its host name", func(t *testing.T) {
			f.waitPages(t, apiInDc2, f.dc2.StartNative(t, "api", "api-1", nil))
		})
		t.Run("a gateway of the other datacenter is followed from a host name to an address", func(t *testing.T) {
			api := f.dc2.StartNative(t, "api", "api-1", nil)
			f.gateway2.Kill()
			f.gateway2 = f.dc2.NewGateway(kinds.second)
			f.gateway2.Launch(t)
			f.gateway2.WaitListening(t)
			f.waitPages(t, apiInDc2, api)
		})
	})
}
