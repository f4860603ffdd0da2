package meshgw

import (
	"fmt"
	"math/rand"
	"testing"
)

// The benchmarks have the names of those in
// benchmarks/mesh_gateway_mode_benchmark.cc.

var (
	elsewhere = ModeTarget{SourceDatacenter: "primary", Datacenter: "secondary"}
	here      = ModeTarget{SourceDatacenter: "primary", Datacenter: "primary"}
)

// randomLayers are such that no branch can be foreseen.
func randomLayers() []ModeLayers {
	random := rand.New(rand.NewSource(7))
	mode := func() Mode { // Most layers say nothing.
		if random.Intn(2) == 0 {
			return ModeDefault
		}
		return Mode(random.Intn(4))
	}
	out := make([]ModeLayers, 4096)
	for i := range out {
		out[i] = ModeLayers{mode(), mode(), mode(), mode(), mode(), mode(), mode()}
	}
	return out
}

func BenchmarkResolveMode(b *testing.B) {
	layers := randomLayers()
	for _, rules := range []ModeRules{RulesLatest, RulesV1_6} {
		b.Run(fmt.Sprintf("v1_6:%d", rules), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				target := elsewhere
				if i%2 != 0 {
					target = here
				}
				if _, err := ResolveMode(layers[i%len(layers)], target, rules); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExplainMode(b *testing.B) {
	layers := randomLayers()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := ExplainMode(layers[i%len(layers)], elsewhere, RulesLatest); err != nil {
			b.Fatal(err)
		}
	}
}

var layerOrder = [...]string{"upstream", "upstream_override", "service_instance", "upstream_defaults",
	"service_defaults", "proxy_defaults", "destination_service_defaults"}

func resolveByName(layers map[string]string, here, there string) string {
	for _, layer := range layerOrder {
		if mode := layers[layer]; mode != "" {
			if here == there {
				return "none"
			}
			return mode
		}
	}
	return "none"
}

// The same rules told with names and a map, in Go.
func BenchmarkReferenceNamesAndMap(b *testing.B) {
	var named []map[string]string
	for _, l := range randomLayers() {
		named = append(named, map[string]string{
			layerOrder[0]: l.Upstream.String(), layerOrder[1]: l.UpstreamOverride.String(),
			layerOrder[2]: l.ProxyInstance.String(), layerOrder[3]: l.UpstreamDefaults.String(),
			layerOrder[4]: l.ServiceDefaults.String(), layerOrder[5]: l.ProxyDefaults.String(),
			layerOrder[6]: l.DestinationDefaults.String(),
		})
	}
	there := [2]string{"secondary", "primary"}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		resolveByName(named[i%len(named)], "primary", there[i%2])
	}
}
