package meshgw

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"
)

func oneEndpoint(name, address string, port int) Cluster {
	return Cluster{Name: name, Endpoints: []Endpoint{{Address: address, Port: port}}}
}

func exampleRoutes(t testing.TB) *Routes {
	t.Helper()
	full := Cluster{
		Name: "api", Service: "api", Datacenter: "dc1", Failover: []string{"gateway"},
		Kind: ClusterLocalService, LoadBalancing: BalanceMaglev,
		ConnectTimeout: 1500 * time.Millisecond, MaxConnections: 7,
		Endpoints: []Endpoint{
			{Address: "192.0.2.1", ID: "api-1", Port: 80, Weight: 3, Health: HealthUnhealthy, Priority: 1},
			{Address: "unix:/run/api.sock", Weight: 1},
		},
	}
	routes, err := NewRoutes(
		[]Cluster{full, oneEndpoint("gateway", "gw.example", 8443)},
		[]Route{
			{Kind: RouteExact, Match: "API.example", Cluster: "api", Origin: "here"},
			{Kind: RouteSuffix, Match: "*.dc2.example", Cluster: "gateway"},
			{Kind: RouteRegex, Match: "v[0-9]+\\.example", Cluster: "api"},
			{Kind: RouteDefault, Cluster: "gateway"},
		})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { routes.Close() })
	clusters, err := routes.Clusters()
	if err != nil || len(clusters) != 2 {
		t.Fatal(clusters, err)
	}
	if !reflect.DeepEqual(*clusters[0], full) {
		t.Errorf("got  %+v\nwant %+v", *clusters[0], full)
	}
	return routes
}

func TestTheMostSpecificRouteMatches(t *testing.T) {
	routes := exampleRoutes(t)
	for _, row := range []struct {
		name    string
		kind    RouteKind
		cluster int
	}{
		{"api.example", RouteExact, 0},
		{"Api.Example.", RouteExact, 0},
		{"x.y.dc2.example", RouteSuffix, 1},
		{"v12.example", RouteRegex, 0},
		{"dc2.example", RouteDefault, 1},
		{"", RouteDefault, 1},
	} {
		got := routes.Lookup(row.name)
		equal(t, row.name, got, RouteMatch{row.kind, row.cluster})
		explained, err := routes.Explain(row.name)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, row.name, explained.Match, got)
		won := 0
		for _, candidate := range explained.Candidates {
			if candidate.Won {
				won++
				equal(t, row.name, candidate.Kind, row.kind)
			}
			equal(t, "why", candidate.Why != "", true)
		}
		equal(t, row.name, won, 1)
	}
	rules, err := routes.Rules()
	if err != nil || len(rules) != 4 {
		t.Fatal(rules, err)
	}
	equal(t, "rule", rules[1], Route{RouteExact, "api.example", "api", "here"})
	equal(t, "rule", rules[0].Match, "*.dc2.example")
	equal(t, "rule", rules[3].Kind, RouteDefault)
}

func TestTablesThatCannotBeAreRefused(t *testing.T) {
	good := oneEndpoint("c", "192.0.2.1", 1)
	for name, row := range map[string]struct {
		clusters []Cluster
		rules    []Route
		want     error
	}{
		"no cluster":       {nil, []Route{{Kind: RouteExact, Match: "a", Cluster: "c"}}, ErrNotFound},
		"twice":            {[]Cluster{good, good}, nil, ErrAlreadyExists},
		"port":             {[]Cluster{oneEndpoint("c", "192.0.2.1", 0)}, nil, ErrInvalidArgument},
		"negative port":    {[]Cluster{oneEndpoint("c", "192.0.2.1", -1)}, nil, ErrInvalidArgument},
		"pattern":          {[]Cluster{good}, []Route{{Kind: RouteRegex, Match: "(", Cluster: "c"}}, ErrInvalidArgument},
		"kind":             {[]Cluster{good}, []Route{{Kind: RouteNone, Match: "a", Cluster: "c"}}, ErrInvalidArgument},
		"same rule twice":  {[]Cluster{good}, []Route{{RouteExact, "a", "c", ""}, {RouteExact, "A", "c", ""}}, ErrAlreadyExists},
		"unknown failover": {[]Cluster{{Name: "c", Failover: []string{"d"}}}, nil, ErrNotFound},
		"timeout":          {[]Cluster{{Name: "c", ConnectTimeout: -1}}, nil, ErrInvalidArgument},
	} {
		if routes, err := NewRoutes(row.clusters, row.rules); !errors.Is(err, row.want) {
			t.Errorf("%s: %v %v", name, routes, err)
		}
	}
}

func TestABuilderIsUsedUpByBuilding(t *testing.T) {
	b, err := NewRoutesBuilder()
	if err != nil {
		t.Fatal(err)
	}
	routes, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer routes.Close()
	equal(t, "nothing", routes.Lookup("a"), RouteMatch{RouteNone, -1})
	if err := b.AddCluster(Cluster{Name: "c"}); !errors.Is(err, ErrFailedPrecondition) {
		t.Error(err)
	}
	if _, err := b.Build(); !errors.Is(err, ErrFailedPrecondition) {
		t.Error(err)
	}
	b.Close()
	b.Close()
	if err := b.Add(Route{}); err != ErrClosed {
		t.Error(err)
	}
}

func TestClosedRoutesLeadNowhere(t *testing.T) {
	for _, routes := range []*Routes{exampleRoutes(t), {}, nil} {
		equal(t, "close", errors.Join(routes.Close(), routes.Close()), nil)
		equal(t, "look-up", routes.Lookup("api.example"), RouteMatch{RouteNone, -1})
		equal(t, "clusters", routes.NumClusters(), 0)
		_, err1 := routes.Cluster(0)
		_, err2 := routes.Rules()
		_, err3 := routes.Explain("a")
		for _, err := range []error{err1, err2, err3} {
			equal(t, "error", err, ErrClosed)
		}
	}
	routes := exampleRoutes(t)
	if _, err := routes.Cluster(2); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// Close while others look up: they find something or nothing, and no memory is
// used after it was freed.
func TestRoutesMayBeClosedWhileInUse(t *testing.T) {
	for round := 0; round < 50; round++ {
		routes := exampleRoutes(t)
		var users sync.WaitGroup
		for i := 0; i < 4; i++ {
			users.Add(1)
			go func() {
				defer users.Done()
				for routes.Lookup("api.example").Kind == RouteExact {
					routes.Cluster(1)
				}
			}()
		}
		routes.Close()
		users.Wait()
	}
}

func TestALookupAllocatesNothing(t *testing.T) {
	routes := exampleRoutes(t)
	name := fmt.Sprint("api", ".example")
	if allocs := testing.AllocsPerRun(1000, func() { routes.Lookup(name) }); allocs > 0 && !raceEnabled {
		t.Error(allocs)
	}
}
