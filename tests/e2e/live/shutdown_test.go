package live

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// What only meshgw does: it says that it goes, and leaves the catalog.
func TestShutdown(t *testing.T) {
	f := startFederation(t, gatewayKinds{mesh.Meshgw, mesh.Meshgw})
	api := f.dc2.StartNative(t, "api", "api-1", nil)
	f.waitPages(t, apiInDc2, api)
	t.Run("a gateway that drains is critical in the catalog, carries what it has, and leaves when that has ended", func(t *testing.T) {
		waitGatewayCheck(t, f.dc1, "passing")
		talk := f.talkWith(t, apiInDc2, api)
		f.gateway1.Signal(t, "TERM")
		mesh.Eventually(t, "the gateway of dc1 is in maintenance", func() error {
			registered, err := theGateway(f.dc1)
			if err != nil {
				return err
			}
			for _, check := range registered.Checks {
				if check.Status == "critical" {
					return nil
				}
			}
			return errors.New("no check is critical")
		})
		livesOn(t, talk, api)
		talk.Close()
		mesh.Eventually(t, "it has ended", func() error {
			if f.gateway1.Running() == nil {
				return errors.New("it runs")
			}
			return nil
		})
		found, err := f.dc1.Instances("mesh-gateway")
		if err != nil || len(found) != 0 {
			t.Errorf("the catalog has %d gateways of dc1 (%v)", len(found), err)
		}
	})
}

func TestLastGoodTable(t *testing.T) {
	f := &federation{Mesh: mesh.New(t)}
	f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
	f.startServers(t)
	f.gateway1, f.gateway2 = f.dc1.NewGateway(mesh.Meshgw), f.dc2.NewGateway(mesh.Meshgw)
	folder := t.TempDir()
	f.gateway1.Flags = []string{"-last-good", filepath.Join(folder, "dc1")}
	f.gateway2.Flags = []string{"-last-good", filepath.Join(folder, "dc2")}
	f.startGateways(t)
	first := f.dc2.StartNative(t, "api", "api-1", nil)
	f.waitPages(t, apiInDc2, first)
	client, err := f.dc1.NewDialer(apiInDc2)
	if err != nil {
		t.Fatal(err)
	}
	// They write it a moment after it has changed, or when they end.
	f.gateway1.Terminate()
	f.gateway2.Terminate()
	f.dc1.Kill()
	f.dc2.Kill()
	f.gateway1.Launch(t)
	f.gateway2.Launch(t)
	t.Run("gateways that start while Consul is away serve what they served last", func(t *testing.T) {
		f.gateway1.WaitListening(t)
		f.gateway2.WaitListening(t)
		if err := showsPageVia(client, f.gateway1.LAN, first.Page); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("they follow changes when Consul is back", func(t *testing.T) {
		f.startServers(t)
		f.dc2.SetCheck(t, first.ID, "passing")
		second := f.dc2.StartNative(t, "api", "api-2", nil)
		f.waitPages(t, apiInDc2, first, second)
		checkRegistered(t, f.dc1, f.gateway1)
	})
}
