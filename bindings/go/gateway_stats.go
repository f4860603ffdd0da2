package meshgw

// #include "glue.h"
import "C"

// GatewayStats is a snapshot of a gateway's counters, summed over its threads.
type GatewayStats struct {
	Accepted        uint64
	Active          uint64
	PendingHellos   uint64
	BytesIn         uint64
	BytesOut        uint64
	SplicedBytes    uint64
	ConnectFailures uint64
	AcceptPauses    uint64 // Out of descriptors.
	ShedHellos      uint64 // MaxPendingHellos was hit.
	// HelloMemorySheds counts connections closed to make room within
	// MaxHelloBufferBytes; those that found none are ByReason of
	// ReasonHelloMemory less these.
	HelloMemorySheds uint64
	PipeLimitHits    uint64
	PipesOpen        uint64
	PipesTakenBack   uint64 // From readers that are too slow.
	KeptBytes        uint64 // At the moment: MaxKeptBytes.
	KeptLimitHits    uint64 // MaxKeptBytes forbade to keep some.
	Ejections        uint64
	PostQuantum      uint64
	ECH              uint64
	EventsDropped    uint64 // There was no room for them, or no memory.
	// ByReason counts connections that ended by [Reason].
	ByReason [32]uint64
	// ByVerdict counts hellos by verdict, CodeOK to CodeTooManyRecords.
	ByVerdict [8]uint64
	// ByRouteKind counts connections by [RouteKind].
	ByRouteKind [8]uint64
}

// Stats returns a snapshot of the counters. [ErrClosed].
func (g *Gateway) Stats() (GatewayStats, error) {
	if !g.life.enter() {
		return GatewayStats{}, ErrClosed
	}
	defer g.life.leave()
	var s C.meshgw_gateway_stats
	s.struct_size = C.sizeof_meshgw_gateway_stats
	if err := toError(C.meshgw_gateway_get_stats(g.ptr, &s), nil); err != nil {
		return GatewayStats{}, err
	}
	out := GatewayStats{
		Accepted:         uint64(s.accepted),
		Active:           uint64(s.active),
		PendingHellos:    uint64(s.pending_hellos),
		BytesIn:          uint64(s.bytes_in),
		BytesOut:         uint64(s.bytes_out),
		SplicedBytes:     uint64(s.spliced_bytes),
		ConnectFailures:  uint64(s.connect_failures),
		AcceptPauses:     uint64(s.accept_pauses),
		ShedHellos:       uint64(s.shed_hellos),
		HelloMemorySheds: uint64(s.hello_memory_sheds),
		PipeLimitHits:    uint64(s.pipe_limit_hits),
		PipesOpen:        uint64(s.pipes_open),
		PipesTakenBack:   uint64(s.pipes_taken_back),
		KeptBytes:        uint64(s.kept_bytes),
		KeptLimitHits:    uint64(s.kept_limit_hits),
		Ejections:        uint64(s.ejections),
		PostQuantum:      uint64(s.post_quantum),
		ECH:              uint64(s.ech),
		EventsDropped:    uint64(s.events_dropped),
	}
	copyCounters(out.ByReason[:], s.by_reason[:])
	copyCounters(out.ByVerdict[:], s.by_verdict[:])
	copyCounters(out.ByRouteKind[:], s.by_route_kind[:])
	return out, nil
}

func copyCounters(to []uint64, from []C.uint64_t) {
	for i := range to {
		to[i] = uint64(from[i])
	}
}
