package meshgw

// #include "glue.h"
import "C"

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// SpliceEnd is how carrying bytes between two connections ended.
type SpliceEnd int32

// The ends.
const (
	SpliceRunning     SpliceEnd = C.MESHGW_SPLICE_RUNNING  // The loop was closed.
	SpliceFinished    SpliceEnd = C.MESHGW_SPLICE_FINISHED // FIN both ways, and every byte delivered.
	SpliceClientReset SpliceEnd = C.MESHGW_SPLICE_CLIENT_RESET
	SpliceServerReset SpliceEnd = C.MESHGW_SPLICE_SERVER_RESET
	SpliceFailed      SpliceEnd = C.MESHGW_SPLICE_FAILED    // A system call failed.
	SpliceCancelled   SpliceEnd = C.MESHGW_SPLICE_CANCELLED // The context has ended.
)

var spliceEndNames = names(C.MESHGW_SPLICE_CANCELLED+1, func(value int32) string {
	return C.GoString(C.meshgw_splice_end_name(C.int32_t(value)))
})

// String returns "running", "finished", "client_reset", "server_reset",
// "failed" or "cancelled", "unknown" for other values.
func (e SpliceEnd) String() string { return spliceEndNames(int32(e)) }

// SpliceResult is how a pair of connections ended. Bytes are those that were
// delivered.
type SpliceResult struct {
	End           SpliceEnd
	Errno         syscall.Errno // Behind the end, else 0.
	BytesToServer uint64
	BytesToClient uint64
	SplicedBytes  uint64 // Of both; the rest was copied.
	ClientFIN     bool   // FIN was received from the client.
	ServerFIN     bool
}

// SpliceError is an end other than SpliceFinished. It unwraps to the Errno.
type SpliceError struct {
	End   SpliceEnd
	Errno syscall.Errno
}

// Error returns the end, and the errno behind it.
func (e *SpliceError) Error() string {
	text := "meshgw: splice: " + e.End.String()
	if e.Errno != 0 {
		text += ": " + e.Errno.Error()
	}
	return text
}

// Unwrap returns the Errno, nil when there is none.
func (e *SpliceError) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// err is nil for an end that everybody wants.
func (r *SpliceResult) err() error {
	switch r.End {
	case SpliceFinished:
		return nil
	case SpliceRunning:
		return ErrClosed
	}
	return &SpliceError{r.End, r.Errno}
}

var (
	processLoopMutex sync.Mutex
	processLoopMade  *SpliceLoop
)

// processLoop is the loop behind Splice, made on first use; when that fails, for
// want of descriptors, the next use tries again.
func processLoop() (loop *SpliceLoop, err error) {
	processLoopMutex.Lock()
	defer processLoopMutex.Unlock()
	if processLoopMade == nil {
		processLoopMade, err = NewSpliceLoop(nil)
	}
	return processLoopMade, err
}

// Splice carries bytes between two connections until both ways have ended:
// whole, in order, FIN after the last byte; a half-closed connection keeps
// flowing the other way, and a reset is passed on as one. first was read from
// the client already, its hello for instance: it is sent to the server before
// anything else, and is not kept.
//
// Splice blocks the calling goroutine, which costs its stack and nothing else:
// the work is done by one thread for the whole process (see [SpliceLoop] for
// more). On big streams the bytes do not pass through user memory.
//
// Both connections are taken over: they are closed for Go as soon as the loop
// has them, so a later Close of either does no harm and has no effect, and
// deadlines that were set on them, which are those of Go's poller, hold no
// longer; half-closing is up to the two peers, CloseRead and CloseWrite give
// [net.ErrClosed]. They must not be in use by other goroutines. There is no
// time-out of its own but TCP keepalive, which is on for connections that Go
// made; to end a pair from outside use [SpliceLoop.Splice] with a context.
//
// The error is nil when both sides sent FIN and every byte was delivered, else
// a [*SpliceError], with the result so far. When the connections could not be
// taken over it is an [*Error] or that of the system, and they stay the
// caller's, untouched.
func Splice(client, server *net.TCPConn, first []byte) (SpliceResult, error) {
	loop, err := processLoop()
	if err != nil {
		return SpliceResult{}, err
	}
	return loop.Splice(context.Background(), client, server, first)
}
