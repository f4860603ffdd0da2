package meshgw

// #include "glue.h"
import "C"

import (
	"strconv"
	"sync"
)

// Hello is what routing needs of a ClientHello.
type Hello struct {
	// ServerName is the SNI as sent, not lower-cased. Empty: none was sent.
	ServerName string
	// Flags say what else the hello has.
	Flags HelloFlags
	// Position counts bytes from the start of the connection. With a hello: how
	// many the hello takes, record headers included. With [ErrNeedMore]: how
	// many must be here before the verdict can change. Else: where the rule was
	// broken.
	Position int
}

// HelloFlags is a set of flags of a hello.
type HelloFlags uint16

// The flags of a hello.
const (
	// HelloHasServerName: it has a server name.
	HelloHasServerName HelloFlags = C.MESHGW_HELLO_HAS_SERVER_NAME
	// HelloEarlyData: it offers early data (0-RTT).
	HelloEarlyData HelloFlags = C.MESHGW_HELLO_EARLY_DATA
	// HelloPreSharedKey: it offers a pre-shared key, as resumption does.
	HelloPreSharedKey HelloFlags = C.MESHGW_HELLO_PRE_SHARED_KEY
	// HelloPostQuantum: it has a key share of a post-quantum group.
	HelloPostQuantum HelloFlags = C.MESHGW_HELLO_POST_QUANTUM
	// HelloECHOuter: Encrypted ClientHello (RFC 9849), which cannot be told
	// from GREASE. The visible name is the public one.
	HelloECHOuter HelloFlags = C.MESHGW_HELLO_ECH_OUTER
	// HelloECHInner: the inner hello of Encrypted ClientHello.
	HelloECHInner HelloFlags = C.MESHGW_HELLO_ECH_INNER
)

// helloInternalFlags are of no meaning beyond a call.
const helloInternalFlags = C.MESHGW_HELLO_NAME_IN_SCRATCH

// Has reports whether all flags of other are set.
func (f HelloFlags) Has(other HelloFlags) bool { return f&other == other }

// HelloError is a verdict that refuses a hello: it must not be routed by a
// name. It matches the sentinel of its Code by [errors.Is].
type HelloError struct {
	// Code is one of CodeNotTLS to CodeTooManyRecords.
	Code Code
	// Reason is the rule that decided.
	Reason HelloReason
	// Offset is where the rule was broken, in bytes from the start.
	Offset int
}

// Error returns verdict, reason and place in a sentence.
func (e *HelloError) Error() string {
	return "meshgw: no ClientHello: " + e.Code.String() + ": " +
		e.Reason.String() + " at byte " + strconv.Itoa(e.Offset)
}

// Is reports whether target is the sentinel of the error's Code.
func (e *HelloError) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

type scratchBuffer [C.MESHGW_HELLO_SCRATCH_BYTES]byte

// scratches hold hellos that come in several records, put together.
var scratches = sync.Pool{New: func() any { return new(scratchBuffer) }}

// ReadHello reads the ClientHello at the start of b, with the default limits.
//
// [ErrNeedMore]: b is the start of a hello; call again with more, at least
// Position bytes. Any other error is a [*HelloError]. The grammar is what
// BoringSSL, OpenSSL and Go all accept. b is not kept. Nothing is allocated but
// the server name and a [HelloError]; a hello in several records borrows a
// buffer from a pool. For bytes that come piece by piece see [HelloReader] and
// [Peek].
func ReadHello(b []byte) (Hello, error) {
	data, size := toBytes(b)
	r := C.meshgw_hello_scan(data, size, nil, 0)
	if r.reason != C.MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL {
		return toHello(r, b, nil)
	}
	scratch := scratches.Get().(*scratchBuffer)
	defer returnScratch(scratch)
	place, room := toBytes(scratch[:])
	r = C.meshgw_hello_scan(data, size, place, room)
	return toHello(r, b, scratch[:])
}

// toHello turns a verdict on data into what callers get.
func toHello(r C.meshgw_hello, data, scratch []byte) (Hello, error) {
	switch r.status {
	case C.MESHGW_OK:
		from := data
		if r.flags&C.MESHGW_HELLO_NAME_IN_SCRATCH != 0 {
			from = scratch
		}
		name := from[r.server_name_offset:][:r.server_name_len]
		return Hello{
			ServerName: string(name),
			Flags:      HelloFlags(r.flags &^ helloInternalFlags),
			Position:   int(r.position),
		}, nil
	case C.MESHGW_NEED_MORE:
		return Hello{Position: int(r.position)}, ErrNeedMore
	case C.MESHGW_ERR_INVALID_ARGUMENT:
		return Hello{}, invalid("the reader of the hello was not made by NewHelloReader")
	}
	at := int(r.position)
	return Hello{Position: at}, &HelloError{Code(r.status), HelloReason(r.reason), at}
}
