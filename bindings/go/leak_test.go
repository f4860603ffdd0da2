package meshgw

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// residentBytes is the resident size of this process, after a collection.
func residentBytes(t testing.TB) int64 {
	t.Helper()
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// useObjects makes and closes one of each kind that owns memory of C.
func useObjects(t testing.TB) {
	config, err := ParseConfig(ConfigFile{Name: "a.hcl", Contents: agentText})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := NewCatalog(config)
	if err != nil {
		t.Fatal(err)
	}
	routes, _, err := catalog.Routes("dc1", "")
	if err != nil {
		t.Fatal(err)
	}
	routes.Explain("web.default.dc1.internal.td.consul")
	built, err := NewRoutes([]Cluster{oneEndpoint("c", "192.0.2.1", 1)}, []Route{{Kind: RouteDefault, Cluster: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	built.Clusters()
	ExplainMode(ModeLayers{Upstream: ModeLocal}, ModeTarget{}, RulesLatest)
	ParseMeshName("dc2.internal.td.consul")
	if _, err := ParseConfig(ConfigFile{Name: "a.hcl", Contents: "datacenter ="}); err == nil {
		t.Fatal("no error")
	}
	for _, object := range []interface{ Close() error }{config, catalog, routes, built} {
		object.Close()
	}
}

func useThreads(t testing.TB) {
	loop, err := NewSpliceLoop(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	g, err := NewGateway(GatewayOptions{Workers: 1, OnEvent: func(Event) {}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if _, err := g.Listen("wan", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
}

// grows checks that use leaves neither memory nor descriptors behind. What is
// used the first times stays, as pools.
func grows(t *testing.T, times int, limit int64, use func(testing.TB)) {
	t.Helper()
	for i := 0; i < times/10; i++ {
		use(t)
	}
	memory, files := residentBytes(t), openFDs(t)
	for i := 0; i < times; i++ {
		use(t)
	}
	if grown := residentBytes(t) - memory; grown > limit && !raceEnabled {
		t.Errorf("memory grew by %d KiB", grown>>10)
	}
	waitFor(t, "the descriptors are closed", func() bool { return openFDs(t) <= files })
}

func TestObjectsThatAreClosedLeaveNothing(t *testing.T) {
	before := leaks.Load()
	grows(t, 10_000, 8<<20, useObjects)
	equal(t, "objects left to the collector", leaks.Load(), before)
}

func TestThreadsThatAreEndedLeaveNothing(t *testing.T) { grows(t, 300, 8<<20, useThreads) }

func TestTheCollectorFreesWhatWasForgotten(t *testing.T) {
	before := leaks.Load()
	for i := 0; i < 100; i++ {
		if _, err := ParseConfig(ConfigFile{Name: "a.hcl", Contents: agentText}); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(20 * time.Second); leaks.Load() < before+90; runtime.GC() {
		if time.Now().After(end) {
			t.Fatal(leaks.Load()-before, "of 100 were freed")
		}
	}
}
