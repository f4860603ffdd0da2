package meshgw

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// The benchmarks have the names of those in benchmarks/route_table_benchmark.cc.

const nameTail = ".internal.11111111-2222-3333-4444-555555555555.consul"

// serviceName is one as Connect writes it.
func serviceName(i int) string { return fmt.Sprintf("service-%d.default.dc1%s", i, nameTail) }

func datacenterSuffix(i int) string { return fmt.Sprintf("dc-%d%s", i, nameTail) }

func buildTable(b testing.TB, exact, suffixes int) *Routes {
	b.Helper()
	var clusters []Cluster
	var rules []Route
	for i := 0; i < exact; i++ {
		name := serviceName(i)
		clusters = append(clusters, oneEndpoint(name, "192.0.2.1", 443))
		rules = append(rules, Route{Kind: RouteExact, Match: name, Cluster: name})
	}
	for i := 0; i < suffixes; i++ {
		name := datacenterSuffix(i)
		clusters = append(clusters, oneEndpoint(name, "192.0.2.1", 443))
		rules = append(rules, Route{Kind: RouteSuffix, Match: "*." + name, Cluster: name})
	}
	routes, err := NewRoutes(clusters, rules)
	if err != nil {
		b.Fatal(err)
	}
	return routes
}

// randomNames are `wanted` of the names 0..count-1, the same in every run.
func randomNames(count, wanted int, name func(int) string) []string {
	random := rand.New(rand.NewSource(1))
	out := make([]string, wanted)
	for i := range out {
		out[i] = name(random.Intn(count))
	}
	return out
}

func lookupInTurn(b *testing.B, routes *Routes, names []string) {
	b.ReportAllocs()
	b.ResetTimer()
	next := 0
	for i := 0; i < b.N; i++ {
		if routes.Lookup(names[next]).Cluster < 0 {
			b.Fatal(names[next], "was not found")
		}
		if next++; next == len(names) {
			next = 0
		}
	}
	b.StopTimer() // Freeing a big table takes its time.
}

func BenchmarkExact(b *testing.B) {
	for _, args := range [][2]int{{10, 1}, {1000, 1}, {100000, 1}, {100000, 1000}, {100000, 100000}} {
		b.Run(fmt.Sprintf("routes:%d/names:%d", args[0], args[1]), func(b *testing.B) {
			routes := buildTable(b, args[0], 10)
			defer routes.Close()
			lookupInTurn(b, routes, randomNames(args[0], args[1], serviceName))
		})
	}
}

func BenchmarkSuffix(b *testing.B) {
	for _, args := range [][2]int{{10, 1}, {1000, 1}, {100000, 1}, {100000, 1000}} {
		b.Run(fmt.Sprintf("routes:%d/names:%d", args[0], args[1]), func(b *testing.B) {
			routes := buildTable(b, 10, args[0])
			defer routes.Close()
			lookupInTurn(b, routes, randomNames(args[0], args[1], func(i int) string {
				return "v2.api.default." + datacenterSuffix(i)
			}))
		})
	}
}

func benchmarkMiss(b *testing.B, routes *Routes, name string) {
	defer routes.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if routes.Lookup(name).Kind != RouteNone {
			b.Fatal("found")
		}
	}
	b.StopTimer()
}

func BenchmarkMiss(b *testing.B) {
	b.Run("routes:100000", func(b *testing.B) {
		benchmarkMiss(b, buildTable(b, 100000, 1000), "unknown.default.dc-none"+nameTail)
	})
}

// The most labels that a name can have, each of which some suffix has too.
func BenchmarkMissAtEveryLabel(b *testing.B) {
	var rules []Route
	for suffix := "b"; len(suffix) < 252; suffix += ".b" {
		rules = append(rules, Route{Kind: RouteSuffix, Match: "*." + suffix, Cluster: "c"})
	}
	routes, err := NewRoutes([]Cluster{oneEndpoint("c", "192.0.2.1", 443)}, rules)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkMiss(b, routes, "a"+strings.Repeat(".a", 126))
}

// The reference: a map of Go, which knows neither case nor suffixes.
func BenchmarkReferenceMap(b *testing.B) {
	for _, args := range [][2]int{{100000, 1}, {100000, 1000}, {100000, 100000}} {
		b.Run(fmt.Sprintf("routes:%d/names:%d", args[0], args[1]), func(b *testing.B) {
			table := make(map[string]int)
			for i := 0; i < args[0]; i++ {
				table[serviceName(i)] = i
			}
			names := randomNames(args[0], args[1], serviceName)
			b.ReportAllocs()
			b.ResetTimer()
			next := 0
			for i := 0; i < b.N; i++ {
				if _, ok := table[names[next]]; !ok {
					b.Fatal("not found")
				}
				if next++; next == len(names) {
					next = 0
				}
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, count := range []int{1000, 100000} {
		b.Run(fmt.Sprintf("routes:%d", count), func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				buildTable(b, count, 10).Close()
			}
		})
	}
}
