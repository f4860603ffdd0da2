package live

import (
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestServiceResolvers(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		t.Run("a subset's name leads to its instances only, and no subset's to all", func(t *testing.T) {
			v1 := f.dc2.StartNative(t, "api", "api-v1", mesh.Object{"Meta": mesh.Object{"version": "1"}})
			v2 := f.dc2.StartNative(t, "api", "api-v2", mesh.Object{"Meta": mesh.Object{"version": "2"}})
			f.WriteConfig(t, versions(nil))
			f.waitPages(t, subsetOfAPI("v1"), v1)
			f.waitPages(t, subsetOfAPI("v2"), v2)
			f.waitPages(t, apiInDc2, v1, v2)
		})
		t.Run("a default subset is what the service's own name leads to", func(t *testing.T) {
			f.dc2.StartNative(t, "api", "api-v1", mesh.Object{"Meta": mesh.Object{"version": "1"}})
			v2 := f.dc2.StartNative(t, "api", "api-v2", mesh.Object{"Meta": mesh.Object{"version": "2"}})
			f.WriteConfig(t, versions(mesh.Object{"DefaultSubset": "v2"}))
			f.waitPages(t, apiInDc2, v2)
		})
		t.Run("a subset that ends is refused", func(t *testing.T) {
			v1 := f.dc2.StartNative(t, "api", "api-v1", mesh.Object{"Meta": mesh.Object{"version": "1"}})
			f.WriteConfig(t, versions(nil))
			f.waitPages(t, subsetOfAPI("v1"), v1)
			f.DeleteConfig(t, "service-resolver", "api")
			f.waitRefused(t, subsetOfAPI("v1"))
			f.waitPages(t, apiInDc2, v1)
		})
		t.Run("a subset of passing instances only leaves out those with a warning", func(t *testing.T) {
			first := f.dc2.StartNative(t, "api", "api-1", mesh.Object{"Meta": mesh.Object{"version": "1"}})
			second := f.dc2.StartNative(t, "api", "api-2", mesh.Object{"Meta": mesh.Object{"version": "1"}})
			f.WriteConfig(t, mesh.Object{"Kind": "service-resolver", "Name": "api", "Subsets": mesh.Object{
				"v1": mesh.Object{"Filter": "Service.Meta.version == `1`", "OnlyPassing": true}}})
			f.dc2.SetCheck(t, first.ID, "warning")
			f.waitPages(t, subsetOfAPI("v1"), second)
			f.waitPages(t, apiInDc2, first, second)
		})
		t.Run("a service that is redirected to the other datacenter is reached through both gateways", func(t *testing.T) {
			f.useMode(t, "local")
			api := f.dc2.StartService(t, "api", "api-1", nil)
			f.WriteConfig(t, mesh.Object{"Kind": "service-resolver", "Name": "elsewhere",
				"Redirect": mesh.Object{"Service": "api", "Datacenter": "dc2"}})
			f.checkReaches(t, mesh.Upstream{Service: "elsewhere"}, api)
		})
		t.Run("a service fails over to the other datacenter through both gateways, and back", func(t *testing.T) {
			f.useMode(t, "local")
			here := f.dc1.StartService(t, "api", "api-here", nil)
			there := f.dc2.StartService(t, "api", "api-there", nil)
			f.WriteConfig(t, mesh.Object{"Kind": "service-resolver", "Name": "api",
				"Failover": mesh.Object{"*": mesh.Object{"Datacenters": []string{"dc2"}}}})
			upstream := mesh.Upstream{Service: "api"}
			web := f.dc1.StartClient(t, "web", nil, upstream)
			shows := func(page string) func() error {
				return func() error { return mesh.ShowsPage(web.Address(upstream), page) }
			}
			mesh.Eventually(t, "the instance here answers", shows(here.Page))
			f.dc1.SetCheck(t, here.ProxyID, "critical")
			mesh.Eventually(t, "the instance of the other datacenter answers", shows(there.Page))
			f.checkGoesThroughBoth(t, web.Address(upstream))
			f.dc1.SetCheck(t, here.ProxyID, "passing")
			mesh.Eventually(t, "the instance here answers again", shows(here.Page))
		})
	})
}

func versions(more mesh.Object) mesh.Object {
	entry := mesh.Object{"Kind": "service-resolver", "Name": "api", "Subsets": mesh.Object{
		"v1": mesh.Object{"Filter": "Service.Meta.version == `1`"},
		"v2": mesh.Object{"Filter": "Service.Meta.version == `2`"}}}
	for key, value := range more {
		entry[key] = value
	}
	return entry
}

func subsetOfAPI(subset string) mesh.Target {
	return mesh.Target{Service: "api", Subset: subset, Datacenter: "dc2"}
}

// useMode sets the mode of all proxies.
func (f *federation) useMode(t *testing.T, mode string) {
	t.Helper()
	f.WriteConfig(t, mesh.Object{"Kind": "proxy-defaults", "Name": "global", "MeshGateway": mesh.Object{"Mode": mode}})
}

// checkReaches asks for the page through a client's sidecar and both gateways.
func (f *federation) checkReaches(t *testing.T, upstream mesh.Upstream, service *mesh.Service) {
	t.Helper()
	web := f.dc1.StartClient(t, "web", nil, upstream)
	mesh.Eventually(t, "the page of "+service.ID, func() error {
		return mesh.ShowsPage(web.Address(upstream), service.Page)
	})
	f.checkGoesThroughBoth(t, web.Address(upstream))
}

// checkGoesThroughBoth opens a connection to a sidecar's upstream and looks for
// it at the gateways.
func (f *federation) checkGoesThroughBoth(t *testing.T, address string) {
	t.Helper()
	talk, err := mesh.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer talk.Close()
	if _, err := talk.Ask(); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{f.gateway1.LAN, f.gateway2.WAN} {
		mesh.Eventually(t, "a connection through "+place, func() error { return connectionsAre(place, 1) })
	}
}
