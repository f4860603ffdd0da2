package meshgw

// #include "glue.h"
import "C"

// Reason is how a connection of a [Gateway] ended.
type Reason int32

// The reasons. ReasonOK: both sides sent FIN, and every byte was delivered.
const (
	ReasonOK                Reason = C.MESHGW_REASON_OK
	ReasonNoSNI             Reason = C.MESHGW_REASON_NO_SNI
	ReasonNoRoute           Reason = C.MESHGW_REASON_NO_ROUTE
	ReasonNoHealthyEndpoint Reason = C.MESHGW_REASON_NO_HEALTHY_ENDPOINT
	ReasonHelloTimeout      Reason = C.MESHGW_REASON_HELLO_TIMEOUT
	ReasonHelloMalformed    Reason = C.MESHGW_REASON_HELLO_MALFORMED
	ReasonHelloTooLarge     Reason = C.MESHGW_REASON_HELLO_TOO_LARGE
	ReasonNotTLS            Reason = C.MESHGW_REASON_NOT_TLS
	ReasonRateLimited       Reason = C.MESHGW_REASON_RATE_LIMITED
	ReasonConnectionLimit   Reason = C.MESHGW_REASON_CONNECTION_LIMIT
	ReasonConnectFailed     Reason = C.MESHGW_REASON_CONNECT_FAILED
	ReasonConnectTimeout    Reason = C.MESHGW_REASON_CONNECT_TIMEOUT
	ReasonIdleTimeout       Reason = C.MESHGW_REASON_IDLE_TIMEOUT
	ReasonDrained           Reason = C.MESHGW_REASON_DRAINED
	ReasonDenied            Reason = C.MESHGW_REASON_DENIED
	ReasonReset             Reason = C.MESHGW_REASON_RESET
	ReasonClientClosed      Reason = C.MESHGW_REASON_CLIENT_CLOSED
	ReasonFailed            Reason = C.MESHGW_REASON_FAILED
	ReasonHelloMemory       Reason = C.MESHGW_REASON_HELLO_MEMORY
)

var reasonNames = names(C.MESHGW_REASON_HELLO_MEMORY+1, func(value int32) string {
	return C.GoString(C.meshgw_reason_name(C.int32_t(value)))
})

// String returns the stable name of the reason ("ok", "no_sni", ...), "unknown"
// for other values.
func (r Reason) String() string { return reasonNames(int32(r)) }

// Side is one of the two ends of a connection, or the gateway between them.
type Side int32

// The sides.
const (
	SideGateway Side = -1
	SideClient  Side = C.MESHGW_SIDE_CLIENT
	SideServer  Side = C.MESHGW_SIDE_SERVER
)

// String returns "gateway", "client" or "server", "unknown" for other values.
func (s Side) String() string {
	switch s {
	case SideGateway:
		return "gateway"
	case SideClient:
		return "client"
	case SideServer:
		return "server"
	}
	return "unknown"
}
