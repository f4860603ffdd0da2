package meshgw

// #include "glue.h"
import "C"

import (
	"log/slog"
	"time"
)

// GatewayOptions are options of a [Gateway]. Zero is the default of each field.
// Time-outs are rounded up to milliseconds; [Never] turns one off where that is
// said.
type GatewayOptions struct {
	Workers             uint32        // Threads. 0: one for each CPU.
	MaxConnections      uint32        // At once. 0: by the descriptor limit.
	MaxPendingHellos    uint32        // Of one listener. 0: 1024.
	HelloTimeout        time.Duration // From accept. 0: 5 s.
	IdleTimeout         time.Duration // 0: 1 h. Or Never.
	HalfClosedTimeout   time.Duration // 0: 5 min. Or Never.
	MaxConnectAttempts  uint32        // Endpoints tried. 0: 3; at most 8.
	MaxPipes            uint32        // 0: half of pipe-user-pages-soft.
	MaxHelloBufferBytes uint64        // Of all workers. 0: 64 MiB.
	MaxKeptBytes        uint64        // For sides that take nothing. 0: 64 MiB.
	// DNSRefresh is how often host names of endpoints are looked up, in whole
	// seconds. 0: 10 s.
	DNSRefresh time.Duration
	// RouteWithoutServerName and RouteNotTLS let the default route match
	// connections without a name, and such that are not TLS.
	RouteWithoutServerName bool
	RouteNotTLS            bool
	// Hello has limits on hellos, and names that are taken.
	Hello HelloOptions

	// Logger gets a record for each connection that ended, see [Event.Attrs],
	// and for each message of the gateway. Nil: none.
	Logger *slog.Logger
	// OnEvent is called with each event, by one goroutine. It must not block
	// for long, nor call Close or Drain of the gateway. Nil: none.
	OnEvent func(Event)
	// MaxEvents bounds the events that wait for Logger and OnEvent. More than
	// that are dropped and counted. 0: 16384 if there is one of the two.
	MaxEvents uint32
	// DrainTimeout is how long Run waits for connections to end when its
	// context has. 0: 15 s; negative: not at all.
	DrainTimeout time.Duration
}

const (
	defaultMaxEvents    = 16384
	defaultDrainTimeout = 15 * time.Second
)

func (o *GatewayOptions) wantsEvents() bool { return o.Logger != nil || o.OnEvent != nil }

func (o *GatewayOptions) toC() C.meshgw_gateway_options {
	c := C.meshgw_gateway_options{
		struct_size:               C.sizeof_meshgw_gateway_options,
		workers:                   C.uint32_t(o.Workers),
		max_connections:           C.uint32_t(o.MaxConnections),
		max_pending_hellos:        C.uint32_t(o.MaxPendingHellos),
		hello_timeout_ms:          toMilliseconds(o.HelloTimeout),
		idle_timeout_ms:           toMilliseconds(o.IdleTimeout),
		half_closed_timeout_ms:    toMilliseconds(o.HalfClosedTimeout),
		max_connect_attempts:      C.uint32_t(o.MaxConnectAttempts),
		max_pipes:                 C.uint32_t(o.MaxPipes),
		max_hello_buffer_bytes:    C.uint64_t(o.MaxHelloBufferBytes),
		max_kept_bytes:            C.uint64_t(o.MaxKeptBytes),
		dns_refresh_s:             toSeconds(o.DNSRefresh),
		route_without_server_name: toFlag(o.RouteWithoutServerName),
		route_not_tls:             toFlag(o.RouteNotTLS),
		hello:                     o.Hello.toC(),
	}
	if o.wantsEvents() {
		c.max_events = C.uint32_t(o.MaxEvents)
		if o.MaxEvents == 0 {
			c.max_events = defaultMaxEvents
		}
	}
	return c
}

func (o *GatewayOptions) drainTimeout() time.Duration {
	if o.DrainTimeout == 0 {
		return defaultDrainTimeout
	}
	return max(o.DrainTimeout, 0)
}

// check refuses what the fields of C cannot hold.
func (o *GatewayOptions) check() error {
	if o.HelloTimeout < 0 || o.DNSRefresh < 0 {
		return invalid("HelloTimeout and DNSRefresh cannot be negative")
	}
	return nil
}
