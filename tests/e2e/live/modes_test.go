package live

import (
	"fmt"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestModes(t *testing.T) {
	everyPair(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		api := f.dc2.StartService(t, "api", "api-1", nil)
		for _, level := range modeLevels {
			for _, mode := range []string{"local", "remote", "none"} {
				t.Run(fmt.Sprintf("mode %s of the %s decides which gateways a sidecar goes through", mode, level.name),
					func(t *testing.T) { checkMode(t, f, level, mode, api.Page) })
			}
		}
		t.Run("without a mode a sidecar goes to the other datacenter directly", func(t *testing.T) {
			checkMode(t, f, modeLevel{write: func(*testing.T, *federation, string, *wish) {}}, "none", api.Page)
		})
	})
}

// A wish is what a client's registration asks for.
type wish struct {
	upstream mesh.Upstream
	proxy    mesh.Object
}

// A modeLevel is a place where a mode is set.
type modeLevel struct {
	name  string
	write func(t *testing.T, f *federation, mode string, wish *wish)
}

var modeLevels = []modeLevel{
	{"upstream", func(_ *testing.T, _ *federation, mode string, wish *wish) { wish.upstream.Mode = mode }},
	{"proxy instance", func(_ *testing.T, _ *federation, mode string, wish *wish) {
		wish.proxy = mesh.Object{"MeshGateway": mesh.Object{"Mode": mode}}
	}},
	{"service-defaults", func(t *testing.T, f *federation, mode string, _ *wish) {
		f.WriteConfig(t, mesh.Object{"Kind": "service-defaults", "Name": "web", "MeshGateway": mesh.Object{"Mode": mode}})
	}},
	{"proxy-defaults", func(t *testing.T, f *federation, mode string, _ *wish) {
		f.WriteConfig(t, mesh.Object{"Kind": "proxy-defaults", "Name": "global", "MeshGateway": mesh.Object{"Mode": mode}})
	}},
}

// The gateways that a connection goes through, by the mode.
var ways = map[string]struct{ first, second int }{
	"local":  {1, 1},
	"remote": {0, 1},
	"none":   {0, 0},
}

func checkMode(t *testing.T, f *federation, level modeLevel, mode, page string) {
	wanted := &wish{upstream: mesh.Upstream{Service: "api", Datacenter: "dc2"}}
	level.write(t, f, mode, wanted)
	web := f.dc1.StartClient(t, "web", wanted.proxy, wanted.upstream)
	address := web.Address(wanted.upstream)
	mesh.Eventually(t, "the page of the other datacenter", func() error { return mesh.ShowsPage(address, page) })
	talk, err := mesh.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer talk.Close()
	if _, err := talk.Ask(); err != nil {
		t.Fatal(err)
	}
	way := ways[mode]
	// The sidecar dials the LAN address of a gateway here, the WAN address of one
	// elsewhere; so does a gateway.
	for place, want := range map[string]int{
		f.gateway1.LAN: way.first, f.gateway1.WAN: 0, f.gateway2.LAN: 0, f.gateway2.WAN: way.second} {
		// Checks of Consul come and go.
		mesh.Eventually(t, fmt.Sprintf("%d connections to %s", want, place), func() error {
			return connectionsAre(place, want)
		})
	}
}

func connectionsAre(address string, want int) error {
	count, err := mesh.Connections(address)
	if err == nil && count != want {
		err = fmt.Errorf("%s has %d connections and not %d", address, count, want)
	}
	return err
}
