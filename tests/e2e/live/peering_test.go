package live

import (
	"errors"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// Each cluster is a mesh of its own; all they have in common is a token.
func TestPeering(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		t.Run("servers that dial each other", func(t *testing.T) {
			checkPeering(t, startPeers(t, kinds), kinds)
		})
		t.Run("servers that dial each other through the gateways", func(t *testing.T) {
			f := startPeers(t, kinds, mesh.Object{"Kind": "mesh", "Peering": mesh.Object{"PeerThroughMeshGateways": true}})
			for _, place := range []string{f.gateway1.LAN, f.gateway2.WAN} {
				mesh.Eventually(t, "they have a connection through "+place, func() error {
					count, err := mesh.Connections(place)
					if err == nil && count == 0 {
						err = errors.New("there is none")
					}
					return err
				})
			}
			checkPeering(t, f, kinds)
		})
	})
}

// startPeers starts two clusters with these config entries in each.
func startPeers(t *testing.T, kinds gatewayKinds, entries ...mesh.Object) *federation {
	t.Helper()
	first, second := mesh.New(t), mesh.New(t)
	f := &federation{Mesh: first, dc1: first.AddDatacenter(t, "dc1", nil), dc2: second.AddDatacenter(t, "dc2", nil)}
	for _, dc := range []*mesh.Datacenter{f.dc1, f.dc2} {
		dc.AllowPeering()
		dc.Launch(t)
	}
	f.dc1.WaitLeader(t)
	f.dc2.WaitLeader(t)
	for _, entry := range entries {
		first.WriteConfig(t, entry)
		second.WriteConfig(t, entry)
	}
	f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
	f.startGateways(t)
	f.dc1.Peer(t, f.dc2)
	second.WriteConfig(t, mesh.Object{"Kind": "service-defaults", "Name": "page", "Protocol": "http"})
	second.WriteConfig(t, mesh.Object{"Kind": "exported-services", "Name": "default", "Services": []mesh.Object{
		{"Name": "api", "Consumers": []mesh.Object{{"Peer": "dc1"}}},
		{"Name": "page", "Consumers": []mesh.Object{{"Peer": "dc1"}}},
	}})
	return f
}

func checkPeering(t *testing.T, f *federation, kinds gatewayKinds) {
	t.Helper()
	api := f.dc2.StartService(t, "api", "api-1", nil)
	page := f.dc2.StartService(t, "page", "page-1", nil)
	for mode, way := range ways {
		if mode == "none" {
			continue // Consul takes it as "remote".
		}
		t.Run("an exported service is reached in the mode "+mode, func(t *testing.T) {
			before1, before2 := countConnections(t, f.gateway1.LAN), countConnections(t, f.gateway2.WAN)
			upstream := mesh.Upstream{Service: "api", Peer: "dc2", Mode: mode}
			address := f.dc1.StartClient(t, "web", nil, upstream).Address(upstream)
			mesh.Eventually(t, "the page of the other cluster", func() error { return mesh.ShowsPage(address, api.Page) })
			talk, err := mesh.Dial(address)
			if err != nil {
				t.Fatal(err)
			}
			defer talk.Close()
			if _, err := talk.Ask(); err != nil {
				t.Fatal(err)
			}
			for place, want := range map[string]int{f.gateway1.LAN: before1 + way.first, f.gateway2.WAN: before2 + way.second} {
				mesh.Eventually(t, "a connection goes the way of the mode", func() error { return connectionsAre(place, want) })
			}
		})
	}
	t.Run("an exported service that speaks HTTP is refused, with a line for each listener in the log", func(t *testing.T) {
		if kinds.second == mesh.Envoy {
			t.Skip("Envoy serves it")
		}
		upstream := mesh.Upstream{Service: "page", Peer: "dc2", Mode: "remote"}
		address := f.dc1.StartClient(t, "web", nil, upstream).Address(upstream)
		for range 3 {
			if err := mesh.ShowsPage(address, page.Page); err == nil {
				t.Error("it is reached")
			}
		}
		mesh.Eventually(t, "the log has a line for each listener", func() error {
			lines := linesWith(f.gateway2.Log(), "connections for page.default.default.dc1.external.")
			if len(lines) != 2 || !strings.Contains(lines[0], "are closed: TLS would have to be ended") {
				return errors.New("it has " + strings.Join(lines, "\n"))
			}
			return nil
		})
	})
}

func countConnections(t *testing.T, place string) int {
	t.Helper()
	count, err := mesh.Connections(place)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func linesWith(log, text string) []string {
	var found []string
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}
