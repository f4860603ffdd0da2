package live

import (
	"fmt"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestChurn(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		always := f.dc2.StartNative(t, "api", "api-always", nil)
		f.waitPages(t, apiInDc2, always)
		client, err := f.dc1.NewDialer(apiInDc2)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("no connection fails while instances come and go, and a resolver changes", func(t *testing.T) {
			load := startLoad(t, client, f.gateway1)
			for round := range 5 {
				guest := f.dc2.StartNative(t, "api", fmt.Sprintf("api-guest-%d", round), mesh.Object{"Meta": mesh.Object{"version": "1"}})
				f.waitPages(t, apiInDc2, always, guest)
				f.WriteConfig(t, versions(nil))
				f.waitPages(t, subsetOfAPI("v1"), guest)
				f.dc2.SetCheck(t, guest.ID, "critical")
				f.waitPages(t, apiInDc2, always)
				f.DeleteConfig(t, "service-resolver", "api")
				f.dc2.Deregister(t, guest.ID)
			}
			load.checkNoneFailed(t)
		})
	})
}
