package meshgw_test

import (
	"errors"
	"fmt"

	"github.com/meshgw/meshgw/bindings/go"
)

func ExampleReadHello() {
	_, err := meshgw.ReadHello([]byte("GET / HTTP/1.1\r\n\r\n"))
	var refused *meshgw.HelloError
	if errors.As(err, &refused) {
		fmt.Println(refused.Reason)
	}
	fmt.Println(errors.Is(err, meshgw.ErrNotTLS))
	// Output:
	// plain_text
	// true
}

func ExampleResolveMode() {
	decision, err := meshgw.ResolveMode(
		meshgw.ModeLayers{Upstream: meshgw.ModeNone, ProxyDefaults: meshgw.ModeLocal},
		meshgw.ModeTarget{SourceDatacenter: "dc1", Datacenter: "dc2"},
		meshgw.RulesLatest)
	fmt.Println(decision.Mode, decision.Source, decision.Dial, err)
	// Output: none upstream instance <nil>
}

func ExampleParseMeshName() {
	name, err := meshgw.ParseMeshName("api.default.dc2.internal.td.consul")
	fmt.Println(name.Kind, name.Service, name.Datacenter, err)
	// Output: service api dc2 <nil>
}

func ExampleParseConfig() {
	_, err := meshgw.ParseConfig(meshgw.ConfigFile{Name: "a.hcl", Contents: "datacenter = 1"})
	var bad *meshgw.Error
	if errors.As(err, &bad) {
		for _, d := range bad.Details {
			fmt.Printf("%s:%d:%d: %s\n", d.File, d.Line, d.Column, d.What)
		}
	}
	// Output: a.hcl:1:14: datacenter is an integer
}

func ExampleRoutes_Lookup() {
	gateway := meshgw.Cluster{
		Name:      "dc2",
		Endpoints: []meshgw.Endpoint{{Address: "203.0.113.5", Port: 8443}},
	}
	routes, err := meshgw.NewRoutes([]meshgw.Cluster{gateway}, []meshgw.Route{
		{Kind: meshgw.RouteSuffix, Match: "*.dc2.internal.td.consul", Cluster: "dc2"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer routes.Close()
	match := routes.Lookup("api.default.dc2.internal.td.consul")
	cluster, err := routes.Cluster(match.Cluster)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(match.Kind, cluster.Endpoints[0].HostPort())
	fmt.Println(routes.Lookup("elsewhere.example").Kind)
	// Output:
	// suffix 203.0.113.5:8443
	// none
}
