package live

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// TestExplainMode asks `meshgw explain mode` about registrations of a live
// Consul, and compares with what Consul itself says of them. No sidecar runs:
// only their definitions matter.
func TestExplainMode(t *testing.T) {
	f := &federation{Mesh: mesh.New(t)}
	f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
	f.startServers(t)
	registerGateway(t, f.dc1, "127.0.0.1:8443", "127.0.0.1:9443")
	registerGateway(t, f.dc2, "127.0.0.2:8443", "127.0.0.2:9443")
	f.dc1.Register(t, nativeInstance("api", "1", "127.0.0.1", 1001))
	f.dc2.Register(t, nativeInstance("api", "1", "127.0.0.2", 1002))
	f.dc2.Register(t, nativeInstance("api", "2", "127.0.0.2", 1003))
	for _, row := range explainRows {
		t.Run(row.says, func(t *testing.T) { row.check(t, f) })
	}
	t.Run("an agent that is not there is told with exit code 3", func(t *testing.T) {
		_, err := explainMode("-http-addr", "127.0.0.1:1", "-service", "web", "-upstream", "api")
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 3 {
			t.Errorf("ended with %v", err)
		}
	})
}

type explanation struct {
	Mode, Source, Sni string
	Applies           bool
	Dial              struct{ Endpoints []endpoint }
	Failover          []struct {
		Datacenter string
		Dial       struct{ Endpoints []endpoint }
	}
	Consul struct {
		Answers []struct {
			Asked, What, Ours, Consul string
			Same                      bool
		}
	}
}

type endpoint struct {
	Address string
	Port    int
}

func (e endpoint) String() string { return fmt.Sprintf("%s:%d", e.Address, e.Port) }

type explainRow struct {
	says     string
	upstream mesh.Object
	proxy    mesh.Object
	entries  []mesh.Object
	mode     string
	source   string
	dials    []string
	failover []string
}

// Where a mode may be set, in one line each.
func mode(mode string) mesh.Object { return mesh.Object{"Mode": mode} }

func webDefaults(settings mesh.Object) mesh.Object {
	entry := mesh.Object{"Kind": "service-defaults", "Name": "web"}
	for key, value := range settings {
		entry[key] = value
	}
	return entry
}

func proxyDefaults(value string) mesh.Object {
	return mesh.Object{"Kind": "proxy-defaults", "Name": "global", "MeshGateway": mode(value)}
}

func upstreamConfig(defaults, override string) mesh.Object {
	config := mesh.Object{}
	if defaults != "" {
		config["Defaults"] = mesh.Object{"MeshGateway": mode(defaults)}
	}
	if override != "" {
		config["Overrides"] = []mesh.Object{{"Name": "api", "MeshGateway": mode(override)}}
	}
	return mesh.Object{"UpstreamConfig": config}
}

func apiResolver(settings mesh.Object) mesh.Object {
	entry := mesh.Object{"Kind": "service-resolver", "Name": "api"}
	for key, value := range settings {
		entry[key] = value
	}
	return entry
}

var (
	localGateway  = []string{"127.0.0.1:8443"}
	remoteGateway = []string{"127.0.0.2:9443"}
	apiOfDc2      = []string{"127.0.0.2:1002", "127.0.0.2:1003"}
	versionTwo    = mesh.Object{"v2": mesh.Object{"Filter": "Service.Meta.version == `2`"}}
	inDc2         = mesh.Object{"Datacenter": "dc2"}
)

var explainRows = []explainRow{
	{says: "no mode: the instances are dialled", upstream: inDc2, mode: "none", source: "built_in", dials: apiOfDc2},
	{says: "the upstream's own mode", upstream: mesh.Object{"Datacenter": "dc2", "MeshGateway": mode("local")},
		entries: []mesh.Object{proxyDefaults("none"), webDefaults(upstreamConfig("remote", "none"))},
		mode:    "local", source: "upstream", dials: localGateway},
	{says: "an override counts before the instance", upstream: inDc2, proxy: mesh.Object{"MeshGateway": mode("local")},
		entries: []mesh.Object{webDefaults(upstreamConfig("", "remote"))},
		mode:    "remote", source: "upstream_override", dials: remoteGateway},
	{says: "the instance counts before defaults for upstreams", upstream: inDc2,
		proxy:   mesh.Object{"MeshGateway": mode("local")},
		entries: []mesh.Object{proxyDefaults("none"), webDefaults(upstreamConfig("remote", ""))},
		mode:    "local", source: "service_instance", dials: localGateway},
	{says: "defaults for upstreams count before service-defaults", upstream: inDc2,
		entries: []mesh.Object{webDefaults(mesh.Object{"MeshGateway": mode("local"),
			"UpstreamConfig": mesh.Object{"Defaults": mesh.Object{"MeshGateway": mode("remote")}}})},
		mode: "remote", source: "upstream_defaults", dials: remoteGateway},
	{says: "service-defaults count before proxy-defaults", upstream: inDc2,
		entries: []mesh.Object{proxyDefaults("remote"), webDefaults(mesh.Object{"MeshGateway": mode("local")})},
		mode:    "local", source: "service_defaults", dials: localGateway},
	{says: "proxy-defaults where nothing else is set", upstream: inDc2, entries: []mesh.Object{proxyDefaults("remote")},
		mode: "remote", source: "proxy_defaults", dials: remoteGateway},
	{says: "the destination's defaults come last", upstream: inDc2,
		entries: []mesh.Object{{"Kind": "service-defaults", "Name": "api", "MeshGateway": mode("remote")}},
		mode:    "remote", source: "destination_service_defaults", dials: remoteGateway},
	{says: "in the own datacenter no gateway is dialled", entries: []mesh.Object{proxyDefaults("local")},
		mode: "local", source: "proxy_defaults", dials: []string{"127.0.0.1:1001"}},
	{says: "a redirect to the other datacenter", entries: []mesh.Object{proxyDefaults("remote"),
		apiResolver(mesh.Object{"Redirect": mesh.Object{"Datacenter": "dc2"}})},
		mode: "remote", source: "proxy_defaults", dials: remoteGateway},
	{says: "a default subset: what its filter leaves", upstream: inDc2,
		entries: []mesh.Object{apiResolver(mesh.Object{"DefaultSubset": "v2", "Subsets": versionTwo})},
		mode:    "none", source: "built_in", dials: []string{"127.0.0.2:1003"}},
	{says: "failover to the other datacenter", entries: []mesh.Object{proxyDefaults("local"),
		apiResolver(mesh.Object{"Failover": mesh.Object{"*": mesh.Object{"Datacenters": []string{"dc2"}}}})},
		mode: "local", source: "proxy_defaults", dials: []string{"127.0.0.1:1001"}, failover: localGateway},
	{says: "a name of the world outside goes past gateways", upstream: inDc2, entries: []mesh.Object{proxyDefaults("remote"),
		{"Kind": "service-defaults", "Name": "api", "ExternalSNI": "api.example.com"}},
		mode: "remote", source: "proxy_defaults", dials: apiOfDc2},
}

func (row explainRow) check(t *testing.T, f *federation) {
	for _, entry := range row.entries {
		f.WriteConfig(t, entry)
	}
	upstream := mesh.Object{"DestinationName": "api", "LocalBindPort": 9191}
	for key, value := range row.upstream {
		upstream[key] = value
	}
	proxy := mesh.Object{"DestinationServiceName": "web", "Upstreams": []mesh.Object{upstream}}
	for key, value := range row.proxy {
		proxy[key] = value
	}
	f.dc1.Register(t, mesh.Object{"ID": "web-proxy", "Name": "web-proxy", "Kind": "connect-proxy", "Port": 2001, "Proxy": proxy})
	// The agent follows entries, and tells the catalog.
	mesh.Eventually(t, row.says, func() error {
		return row.compare(explainMode("-http-addr", f.dc1.HTTPAddress(), "-service", "web", "-upstream", "api"))
	})
}

func (row explainRow) compare(got *explanation, err error) error {
	if err != nil {
		return err
	}
	if got.Mode != row.mode || got.Source != row.source {
		return fmt.Errorf("mode %s of %s, not %s of %s", got.Mode, got.Source, row.mode, row.source)
	}
	if dials := texts(got.Dial.Endpoints); !slices.Equal(dials, row.dials) {
		return fmt.Errorf("dials %v and not %v", dials, row.dials)
	}
	var failover []string
	for _, next := range got.Failover {
		failover = append(failover, texts(next.Dial.Endpoints)...)
	}
	if !slices.Equal(failover, row.failover) {
		return fmt.Errorf("fails over to %v and not %v", failover, row.failover)
	}
	// The registration; target, name and mode of the chain.
	if len(got.Consul.Answers) < 4 {
		return fmt.Errorf("only %v of Consul's own", got.Consul.Answers)
	}
	for _, answer := range got.Consul.Answers {
		if !answer.Same {
			return fmt.Errorf("Consul differs: %+v", answer)
		}
	}
	return nil
}

func texts(endpoints []endpoint) []string {
	var out []string
	for _, each := range endpoints {
		out = append(out, each.String())
	}
	slices.Sort(out)
	return out
}

func explainMode(flags ...string) (*explanation, error) {
	command := exec.Command(os.Getenv("MESHGW"), append([]string{"explain", "mode", "-output", "json"}, flags...)...)
	out, err := command.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok && len(exit.Stderr) > 0 {
			os.Stderr.Write(exit.Stderr)
		}
		return nil, err
	}
	var got explanation
	return &got, json.Unmarshal(out, &got)
}

func registerGateway(t *testing.T, dc *mesh.Datacenter, lan, wan string) {
	t.Helper()
	address := func(text string) mesh.Object {
		var port int
		fmt.Sscanf(text[len(dc.Address)+1:], "%d", &port)
		return mesh.Object{"Address": dc.Address, "Port": port}
	}
	gateway := address(lan)
	gateway["Name"], gateway["Kind"] = "mesh-gateway", "mesh-gateway"
	gateway["TaggedAddresses"] = mesh.Object{"lan": address(lan), "wan": address(wan)}
	dc.Register(t, gateway)
}

func nativeInstance(name, version, address string, port int) mesh.Object {
	return mesh.Object{"ID": name + "-" + version, "Name": name, "Address": address, "Port": port,
		"Meta": mesh.Object{"version": version}, "Connect": mesh.Object{"Native": true}}
}
