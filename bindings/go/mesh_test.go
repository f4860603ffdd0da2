package meshgw

import (
	"errors"
	"strings"
	"testing"
)

type nameVector struct {
	Name, Text, Kind, Canonical string
	Parts                       struct {
		Subset, Service, Namespace, Partition, Datacenter, Peer, Node string
		TrustDomain                                                   string `json:"trust_domain"`
	}
}

// want is what the vector says; without a word the default.
func (v *nameVector) want(t *testing.T) MeshName {
	p := v.Parts
	name := MeshName{
		Subset: p.Subset, Service: p.Service, Namespace: p.Namespace, Partition: p.Partition,
		Datacenter: p.Datacenter, Peer: p.Peer, Node: p.Node, TrustDomain: p.TrustDomain,
	}
	for kind := MeshNameService; kind <= MeshNamePeeringServer; kind++ {
		if kind.String() == v.Kind {
			name.Kind = kind
		}
	}
	if name.Kind == 0 {
		t.Fatal("no kind", v.Kind)
	}
	if name.Namespace == "" {
		name.Namespace = "default"
	}
	if name.Partition == "" {
		name.Partition = "default"
	}
	return name
}

func TestTheVectorsOfNamesAreReadAndWrittenAlike(t *testing.T) {
	var vectors struct{ Names, Spellings, Refused []nameVector }
	loadVectors(t, "names.json", &vectors)
	if len(vectors.Names) < 13 || len(vectors.Refused) < 11 {
		t.Fatal("too few vectors")
	}
	for _, v := range vectors.Names {
		got, err := ParseMeshName(v.Text)
		if err != nil {
			t.Error(v.Name, err)
			continue
		}
		want := v.want(t)
		equal(t, v.Name, got, want)
		text, err := want.Format()
		equal(t, v.Name, text, v.Text)
		equal(t, v.Name, err, nil)
	}
	for _, v := range vectors.Spellings {
		name, err := ParseMeshName(v.Text)
		equal(t, v.Name, err, nil)
		text, _ := name.Format()
		equal(t, v.Name, text, v.Canonical)
	}
	for _, v := range vectors.Refused {
		_, err := ParseMeshName(v.Text)
		var detailed *Error
		if !errors.Is(err, ErrInvalidArgument) || !errors.As(err, &detailed) || detailed.Message == "" {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

func TestNamesOfServersHaveTheAgentsDomain(t *testing.T) {
	name, err := ParseMeshNameIn("server.dc1.example", "example")
	if err != nil || name.Kind != MeshNameServer {
		t.Error(name, err)
	}
	if _, err := (MeshName{Kind: MeshNameService}).Format(); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := (MeshName{Kind: 99}).Format(); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

type modeVector struct {
	Name, Rules string
	Layers      map[string]string
	Target      struct {
		SourceDatacenter string `json:"source_datacenter"`
		Datacenter       string
		Partition, Peer  string
		HasExternalSNI   bool `json:"has_external_sni"`
		IsPreparedQuery  bool `json:"is_prepared_query"`
	}
	Want struct {
		Mode, Source, Veto, Dial string
		Applies                  bool
		WANAddress               bool `json:"wan_address"`
	}
}

func (v *modeVector) layers(t *testing.T) (out ModeLayers) {
	for source, mode := range map[ModeSource]*Mode{
		SourceUpstream:            &out.Upstream,
		SourceUpstreamOverride:    &out.UpstreamOverride,
		SourceProxyInstance:       &out.ProxyInstance,
		SourceUpstreamDefaults:    &out.UpstreamDefaults,
		SourceServiceDefaults:     &out.ServiceDefaults,
		SourceProxyDefaults:       &out.ProxyDefaults,
		SourceDestinationDefaults: &out.DestinationDefaults,
	} {
		var err error
		if *mode, err = ParseMode(v.Layers[source.String()]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestTheVectorsOfModesAreDecidedAsTheySay(t *testing.T) {
	var vectors struct{ Modes []modeVector }
	loadVectors(t, "modes.json", &vectors)
	if len(vectors.Modes) < 20 {
		t.Fatal("too few vectors")
	}
	for _, v := range vectors.Modes {
		target := ModeTarget{
			SourceDatacenter: v.Target.SourceDatacenter, Datacenter: v.Target.Datacenter,
			Partition: v.Target.Partition, Peer: v.Target.Peer,
			HasExternalSNI: v.Target.HasExternalSNI, IsPreparedQuery: v.Target.IsPreparedQuery,
		}
		rules := RulesLatest
		if v.Rules == "v1.6" {
			rules = RulesV1_6
		}
		got, err := ResolveMode(v.layers(t), target, rules)
		if err != nil {
			t.Error(v.Name, err)
			continue
		}
		equal(t, v.Name, got.Mode.String(), v.Want.Mode)
		equal(t, v.Name, got.Source.String(), v.Want.Source)
		equal(t, v.Name, got.Veto.String(), v.Want.Veto)
		equal(t, v.Name, got.Dial.String(), v.Want.Dial)
		equal(t, v.Name, got.Applies, v.Want.Applies)
		equal(t, v.Name, got.WANAddress, v.Want.WANAddress)
		explained, err := ExplainMode(v.layers(t), target, rules)
		if err != nil || explained.Decision != got || explained.Summary == "" {
			t.Error(v.Name, explained, err)
			continue
		}
		checkLayers(t, v.Name, explained)
	}
}

func checkLayers(t *testing.T, name string, explained *ModeExplanation) {
	won := 0
	for _, layer := range explained.Layers {
		if layer.Why == "" {
			t.Error(name, layer.Source, "has no reason")
		}
		if layer.Won {
			won++
			equal(t, name, layer.Source, explained.Decision.Source)
		}
	}
	if explained.Decision.Source != SourceBuiltIn {
		equal(t, name, won, 1)
	}
}

func TestBadModesAreRefused(t *testing.T) {
	_, err := ParseMode("Local")
	if !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), `Invalid Mesh Gateway Mode: "Local"`) {
		t.Error(err)
	}
	for _, bad := range []func() error{
		func() error { _, err := ResolveMode(ModeLayers{Upstream: 9}, ModeTarget{}, RulesLatest); return err },
		func() error { _, err := ResolveMode(ModeLayers{}, ModeTarget{}, 7); return err },
		func() error { _, err := ExplainMode(ModeLayers{ProxyDefaults: -1}, ModeTarget{}, 0); return err },
	} {
		if err := bad(); !errors.Is(err, ErrInvalidArgument) {
			t.Error(err)
		}
	}
}

func TestResolvingAModeAllocatesNothing(t *testing.T) {
	target := ModeTarget{SourceDatacenter: strings.Repeat("a", 9), Datacenter: strings.Repeat("b", 9)}
	allocs := testing.AllocsPerRun(1000, func() { ResolveMode(ModeLayers{Upstream: ModeLocal}, target, RulesLatest) })
	if allocs > 0 && !raceEnabled {
		t.Error(allocs)
	}
}
