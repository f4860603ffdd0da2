package meshgw

// #include "glue.h"
import "C"

// ModeExplanation is a decision with everything that was considered.
type ModeExplanation struct {
	Decision ModeDecision
	// Summary is a sentence: what is dialled and why.
	Summary string
	// Layers has every layer, highest precedence first.
	Layers []ModeLayer
	// Target and Dial are where the upstream leads and what the sidecar dials,
	// with health; zero unless a catalog was asked.
	Target UpstreamTarget
	Dial   []Endpoint
	// Failover is where the sidecar turns next, in order, from the resolver of
	// the target; empty unless a catalog was asked.
	Failover []UpstreamFailover
}

// UpstreamFailover is where a sidecar turns when all instances of the target,
// and of the failovers in front of this one, are unhealthy.
type UpstreamFailover struct {
	Datacenter string
	Partition  string
	Service    string
	Subset     string // Empty: all instances.
	Peer       string // Empty: not in another cluster.
	ServerName string
	Decision   ModeDecision
	Dial       []Endpoint
}

// UpstreamTarget is where an upstream leads, in a [ModeExplanation].
type UpstreamTarget struct {
	SourceDatacenter string
	Datacenter       string // After redirects of resolvers.
	Service          string // After redirects of resolvers.
	ServerName       string // The SNI that the sidecar sends.
}

// ModeLayer is one layer in a [ModeExplanation].
type ModeLayer struct {
	Source     ModeSource
	Value      Mode
	Considered bool // False: these rules do not know the layer.
	Won        bool
	// File, Line and Column (from 1, in bytes) are where the value is written;
	// zero unless a catalog was asked and has it.
	File   string
	Line   int
	Column int
	// Why is a sentence: why it won or lost.
	Why string
}

// ExplainMode decides as [ResolveMode] does, by the same code, and says why.
func ExplainMode(layers ModeLayers, target ModeTarget, rules ModeRules) (*ModeExplanation, error) {
	var explanation *C.meshgw_mode_explanation
	var cErr *C.meshgw_error
	status := C.go_mode_explain(layers.toC(), target.toC(), C.int32_t(rules), &explanation, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeModeExplanation(explanation)
}

// takeModeExplanation copies an explanation of C, and frees it.
func takeModeExplanation(from *C.meshgw_mode_explanation) (*ModeExplanation, error) {
	defer C.meshgw_mode_explanation_free(from)
	var decision C.meshgw_mode_decision
	status := C.meshgw_mode_explanation_decision(from, &decision)
	if err := toError(status, nil); err != nil {
		return nil, err
	}
	out := &ModeExplanation{
		Decision: toDecision(&decision),
		Summary:  fromStr(C.meshgw_mode_explanation_summary(from)),
	}
	for i, n := C.size_t(0), C.meshgw_mode_explanation_layer_count(from); i < n; i++ {
		var layer C.meshgw_mode_layer
		layer.struct_size = C.sizeof_meshgw_mode_layer
		status := C.meshgw_mode_explanation_layer_at(from, i, &layer)
		if err := toError(status, nil); err != nil {
			return nil, err
		}
		out.Layers = append(out.Layers, ModeLayer{
			Source:     ModeSource(layer.source),
			Value:      Mode(layer.value),
			Considered: layer.considered != 0,
			Won:        layer.won != 0,
			File:       fromStr(layer.file),
			Line:       int(layer.line),
			Column:     int(layer.column),
			Why:        fromStr(layer.why),
		})
	}
	if err := out.readTarget(from); err != nil {
		return nil, err
	}
	for i, n := C.size_t(0), C.meshgw_mode_explanation_failover_count(from); i < n; i++ {
		failover, err := readFailover(from, i)
		if err != nil {
			return nil, err
		}
		out.Failover = append(out.Failover, failover)
	}
	return out, nil
}

func readFailover(from *C.meshgw_mode_explanation, index C.size_t) (UpstreamFailover, error) {
	var failover C.meshgw_upstream_failover
	failover.struct_size = C.sizeof_meshgw_upstream_failover
	if err := toError(C.meshgw_mode_explanation_failover_at(from, index, &failover), nil); err != nil {
		return UpstreamFailover{}, err
	}
	out := UpstreamFailover{
		Datacenter: fromStr(failover.datacenter),
		Partition:  fromStr(failover.partition),
		Service:    fromStr(failover.service),
		Subset:     fromStr(failover.subset),
		Peer:       fromStr(failover.peer),
		ServerName: fromStr(failover.server_name),
		Decision:   toDecision(&failover.decision),
	}
	for i := C.size_t(0); i < failover.dial_count; i++ {
		var endpoint C.meshgw_endpoint
		endpoint.struct_size = C.sizeof_meshgw_endpoint
		status := C.meshgw_mode_explanation_failover_dial_at(from, index, i, &endpoint)
		if err := toError(status, nil); err != nil {
			return UpstreamFailover{}, err
		}
		out.Dial = append(out.Dial, toEndpoint(&endpoint))
	}
	return out, nil
}

func (e *ModeExplanation) readTarget(from *C.meshgw_mode_explanation) error {
	var target C.meshgw_upstream_target
	target.struct_size = C.sizeof_meshgw_upstream_target
	if err := toError(C.meshgw_mode_explanation_target(from, &target), nil); err != nil {
		return err
	}
	e.Target = UpstreamTarget{
		SourceDatacenter: fromStr(target.source_datacenter),
		Datacenter:       fromStr(target.datacenter),
		Service:          fromStr(target.service),
		ServerName:       fromStr(target.server_name),
	}
	for i, n := C.size_t(0), C.meshgw_mode_explanation_dial_count(from); i < n; i++ {
		var endpoint C.meshgw_endpoint
		endpoint.struct_size = C.sizeof_meshgw_endpoint
		if err := toError(C.meshgw_mode_explanation_dial_at(from, i, &endpoint), nil); err != nil {
			return err
		}
		e.Dial = append(e.Dial, toEndpoint(&endpoint))
	}
	return nil
}
