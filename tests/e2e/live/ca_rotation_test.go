package live

import (
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestCARotation(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		f.useMode(t, "local")
		api := f.dc2.StartService(t, "api", "api-1", nil)
		upstream := mesh.Upstream{Service: "api", Datacenter: "dc2"}
		web := f.dc1.StartClient(t, "web", nil, upstream)
		address := web.Address(upstream)
		t.Run("a new root of the CA cuts no connection and refuses none", func(t *testing.T) {
			mesh.Eventually(t, "the page", func() error { return mesh.ShowsPage(address, api.Page) })
			talk, err := mesh.Dial(address)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := talk.Ask(); err != nil {
				t.Fatal(err)
			}
			f.RotateCA(t)
			mesh.Eventually(t, "the page", func() error { return mesh.ShowsPage(address, api.Page) })
			if page, err := talk.Ask(); err != nil || page != api.Page {
				t.Errorf("the connection from before shows %q, %v", page, err)
			}
			talk.Close()
			f.checkGoesThroughBoth(t, address)
		})
		t.Run("a service that is new since then is reached", func(t *testing.T) {
			f.waitPages(t, mesh.Target{Service: "other", Datacenter: "dc2"}, f.dc2.StartNative(t, "other", "other-1", nil))
		})
	})
}
