package meshgw

// #include "glue.h"
import "C"

import (
	"log/slog"
	"syscall"
	"time"
)

// EventKind is what an event tells of.
type EventKind int32

// The kinds of events.
const (
	EventConnection EventKind = C.MESHGW_EVENT_CONNECTION // A connection has ended.
	EventLog        EventKind = C.MESHGW_EVENT_LOG        // Of the gateway itself.
)

// String returns "connection" or "log", "unknown" for other values.
func (k EventKind) String() string {
	switch k {
	case EventConnection:
		return "connection"
	case EventLog:
		return "log"
	}
	return "unknown"
}

// Event is something that happened in a [Gateway].
type Event struct {
	Kind EventKind
	// Time is the start of the connection, or that of the message.
	Time time.Time

	// Level and Message are of EventLog; all others of EventConnection.
	Level   slog.Level
	Message string

	Connection   uint64 // Its number in this gateway.
	Listener     string // The listener's name.
	Source       string // "ip:port", "[ip]:port" or "unix".
	ServerName   string // As sent: escape it before writing it.
	Rule         string // What matched.
	Cluster      string
	Service      string
	Datacenter   string
	Endpoint     string        // The last one dialled, "ip:port".
	ALPN         []string      // Of the hello; a long list is cut.
	TLSVersions  []uint16      // Offered by the hello; without GREASE.
	Connect      time.Duration // Since accept; negative: did not happen.
	FirstByte    time.Duration // Since accept; negative: did not happen.
	Duration     time.Duration
	BytesIn      uint64 // From the client, the hello included.
	BytesOut     uint64
	SplicedBytes uint64
	HelloBytes   uint32
	HelloRecords uint32
	Verdict      Code // On the hello.
	HelloReason  HelloReason
	RouteKind    RouteKind
	Attempts     uint32 // Endpoints dialled.
	Reason       Reason
	Errno        syscall.Errno // If a system call decided; else 0.
	ClosedBy     Side
	PostQuantum  bool
	ECH          ECH
}

var levels = map[C.int32_t]slog.Level{
	C.MESHGW_LEVEL_DEBUG: slog.LevelDebug,
	C.MESHGW_LEVEL_INFO:  slog.LevelInfo,
	C.MESHGW_LEVEL_WARN:  slog.LevelWarn,
	C.MESHGW_LEVEL_ERROR: slog.LevelError,
}

// toEvent copies an event of C.
func toEvent(e *C.meshgw_event) Event {
	return Event{
		Kind:         EventKind(e.kind),
		Time:         time.Unix(0, int64(e.time_ns)),
		Level:        levels[e.level],
		Message:      fromStr(e.message),
		Connection:   uint64(e.connection),
		Listener:     fromStr(e.listener),
		Source:       fromStr(e.source),
		ServerName:   fromStr(e.server_name),
		Rule:         fromStr(e.rule),
		Cluster:      fromStr(e.cluster),
		Service:      fromStr(e.service),
		Datacenter:   fromStr(e.datacenter),
		Endpoint:     fromStr(e.endpoint),
		ALPN:         protocolNames(fromBytes(e.alpn)),
		TLSVersions:  values16(fromBytes(e.tls_versions)),
		Connect:      toMicroseconds(e.connect_us),
		FirstByte:    toMicroseconds(e.first_byte_us),
		Duration:     toMicroseconds(e.duration_us),
		BytesIn:      uint64(e.bytes_in),
		BytesOut:     uint64(e.bytes_out),
		SplicedBytes: uint64(e.spliced_bytes),
		HelloBytes:   uint32(e.hello_bytes),
		HelloRecords: uint32(e.hello_records),
		Verdict:      Code(e.verdict),
		HelloReason:  HelloReason(e.hello_reason),
		RouteKind:    RouteKind(e.route_kind),
		Attempts:     uint32(e.attempts),
		Reason:       Reason(e.reason),
		Errno:        syscall.Errno(e.error),
		ClosedBy:     Side(e.closed_by),
		PostQuantum:  e.post_quantum != 0,
		ECH:          ECH(e.ech),
	}
}

func toMicroseconds(us C.int64_t) time.Duration { return time.Duration(us) * time.Microsecond }
