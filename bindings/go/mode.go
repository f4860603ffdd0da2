package meshgw

// #include "glue.h"
import "C"

// Mode is a mesh gateway mode.
type Mode int32

// The mesh gateway modes.
const (
	ModeDefault Mode = C.MESHGW_MODE_DEFAULT // Not set: a lower layer decides.
	ModeNone    Mode = C.MESHGW_MODE_NONE    // Dial the service instance itself.
	ModeLocal   Mode = C.MESHGW_MODE_LOCAL   // Dial a gateway of the source's datacenter.
	ModeRemote  Mode = C.MESHGW_MODE_REMOTE  // Dial a gateway of the destination's.
)

var modeNames = names(C.MESHGW_MODE_REMOTE+1, func(value int32) string {
	return C.GoString(C.meshgw_mode_name(C.int32_t(value)))
})

// String returns Consul's spelling, "" for ModeDefault, "unknown" for other
// values.
func (m Mode) String() string { return modeNames(int32(m)) }

// ParseMode reads Consul's spelling; case matters. [ErrInvalidArgument] has
// Consul's own message.
func ParseMode(text string) (Mode, error) {
	var mode C.int32_t
	var cErr *C.meshgw_error
	status := C.meshgw_mode_parse(toStr(text), &mode, &cErr)
	return Mode(mode), toError(status, cErr)
}

// ModeRules are the rules of a version of Consul.
type ModeRules int32

// The rules that are known.
const (
	RulesLatest ModeRules = C.MESHGW_RULES_LATEST // Today's, with UpstreamConfig.
	RulesV1_6   ModeRules = C.MESHGW_RULES_V1_6   // Upstream, instance, service-, proxy-defaults.
)

// String returns "latest" or "v1.6", "unknown" for other values.
func (r ModeRules) String() string {
	switch r {
	case RulesLatest:
		return "latest"
	case RulesV1_6:
		return "v1.6"
	}
	return "unknown"
}

// ModeSource is the layer that a mode comes from.
type ModeSource int32

// The layers, in the order in which they decide.
const (
	SourceBuiltIn             ModeSource = C.MESHGW_SOURCE_BUILT_IN // Nothing is set anywhere.
	SourceUpstream            ModeSource = C.MESHGW_SOURCE_UPSTREAM
	SourceUpstreamOverride    ModeSource = C.MESHGW_SOURCE_UPSTREAM_OVERRIDE
	SourceProxyInstance       ModeSource = C.MESHGW_SOURCE_PROXY_INSTANCE
	SourceUpstreamDefaults    ModeSource = C.MESHGW_SOURCE_UPSTREAM_DEFAULTS
	SourceServiceDefaults     ModeSource = C.MESHGW_SOURCE_SERVICE_DEFAULTS
	SourceProxyDefaults       ModeSource = C.MESHGW_SOURCE_PROXY_DEFAULTS
	SourceDestinationDefaults ModeSource = C.MESHGW_SOURCE_DESTINATION_DEFAULTS
)

var sourceNames = names(C.MESHGW_SOURCE_DESTINATION_DEFAULTS+1, func(value int32) string {
	return C.GoString(C.meshgw_source_name(C.int32_t(value)))
})

// String returns the stable name of the layer ("built_in", "upstream", ...),
// "unknown" for other values.
func (s ModeSource) String() string { return sourceNames(int32(s)) }

// ModeVeto is why a mode that was set is not applied.
type ModeVeto int32

// The vetoes.
const (
	VetoNone           ModeVeto = C.MESHGW_VETO_NONE
	VetoSameDatacenter ModeVeto = C.MESHGW_VETO_SAME_DATACENTER
	VetoExternalSNI    ModeVeto = C.MESHGW_VETO_EXTERNAL_SNI
	VetoPreparedQuery  ModeVeto = C.MESHGW_VETO_PREPARED_QUERY
)

var modeVetoNames = names(C.MESHGW_VETO_PREPARED_QUERY+1, func(value int32) string {
	return C.GoString(C.meshgw_veto_name(C.int32_t(value)))
})

// String returns "none", "same_datacenter", "external_sni" or "prepared_query",
// "unknown" for other values.
func (v ModeVeto) String() string { return modeVetoNames(int32(v)) }

// Dial is what a sidecar dials.
type Dial int32

// What can be dialled.
const (
	DialInstance      Dial = C.MESHGW_DIAL_INSTANCE
	DialLocalGateway  Dial = C.MESHGW_DIAL_LOCAL_GATEWAY
	DialRemoteGateway Dial = C.MESHGW_DIAL_REMOTE_GATEWAY
	DialPeerGateway   Dial = C.MESHGW_DIAL_PEER_GATEWAY
)

var dialNames = names(C.MESHGW_DIAL_PEER_GATEWAY+1, func(value int32) string {
	return C.GoString(C.meshgw_dial_name(C.int32_t(value)))
})

// String returns "instance", "local_gateway", "remote_gateway" or
// "peer_gateway", "unknown" for other values.
func (d Dial) String() string { return dialNames(int32(d)) }

// ModeLayers holds what each layer says. The zero value says nothing.
type ModeLayers struct {
	Upstream            Mode // proxy.upstreams[].mesh_gateway
	UpstreamOverride    Mode // UpstreamConfig.Overrides[]
	ProxyInstance       Mode // proxy.mesh_gateway
	UpstreamDefaults    Mode // UpstreamConfig.Defaults
	ServiceDefaults     Mode // Of the source service.
	ProxyDefaults       Mode // "global"
	DestinationDefaults Mode // service-defaults of the destination.
}

// ModeTarget says where source and destination are.
type ModeTarget struct {
	SourceDatacenter string
	SourcePartition  string // Empty: "default".
	Datacenter       string
	Partition        string // Empty: "default".
	Peer             string // Not empty: reached by cluster peering.
	HasExternalSNI   bool   // ExternalSNI of the destination is set.
	IsPreparedQuery  bool   // These never use gateways.
}

// ModeDecision is what a sidecar does about one upstream.
type ModeDecision struct {
	Mode    Mode // Never ModeDefault.
	Source  ModeSource
	Veto    ModeVeto
	Dial    Dial
	Applies bool // The mode changes what is dialled.
	// WANAddress: the WAN-tagged address is dialled.
	WANAddress bool
	// NoneTakenAsRemote: peering knows no ModeNone.
	NoneTakenAsRemote bool
}

func (l *ModeLayers) toC() C.meshgw_mode_layers {
	return C.meshgw_mode_layers{
		upstream:             C.int32_t(l.Upstream),
		upstream_override:    C.int32_t(l.UpstreamOverride),
		proxy_instance:       C.int32_t(l.ProxyInstance),
		upstream_defaults:    C.int32_t(l.UpstreamDefaults),
		service_defaults:     C.int32_t(l.ServiceDefaults),
		proxy_defaults:       C.int32_t(l.ProxyDefaults),
		destination_defaults: C.int32_t(l.DestinationDefaults),
	}
}

func (t *ModeTarget) toC() C.meshgw_mode_target {
	return C.meshgw_mode_target{
		source_datacenter: toStr(t.SourceDatacenter),
		source_partition:  toStr(t.SourcePartition),
		datacenter:        toStr(t.Datacenter),
		partition:         toStr(t.Partition),
		peer:              toStr(t.Peer),
		has_external_sni:  C.uint32_t(toFlag(t.HasExternalSNI)),
		is_prepared_query: C.uint32_t(toFlag(t.IsPreparedQuery)),
	}
}

func toDecision(d *C.meshgw_mode_decision) ModeDecision {
	return ModeDecision{
		Mode:              Mode(d.mode),
		Source:            ModeSource(d.source),
		Veto:              ModeVeto(d.veto),
		Dial:              Dial(d.dial),
		Applies:           d.applies != 0,
		WANAddress:        d.wan_address != 0,
		NoneTakenAsRemote: d.none_taken_as_remote != 0,
	}
}

// ResolveMode decides as a Consul sidecar does (agent/configentry/resolve.go,
// agent/xds/endpoints.go). [ErrInvalidArgument] for a value that is none of its
// enumeration. Allocates nothing but an error.
func ResolveMode(layers ModeLayers, target ModeTarget, rules ModeRules) (ModeDecision, error) {
	r := C.go_mode_resolve(layers.toC(), target.toC(), C.int32_t(rules))
	if r.status != C.MESHGW_OK {
		return ModeDecision{}, toError(r.status, r.err)
	}
	return toDecision(&r.decision), nil
}
