package meshgw

// #include "glue.h"
import "C"

import (
	"context"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Gateway accepts connections, reads their hello, finds the route, connects,
// and carries the bytes, on threads of the C library. Established connections
// cost no goroutine. Safe for concurrent use; call Close when done.
type Gateway struct {
	life    life
	ptr     *C.meshgw_gateway
	options GatewayOptions

	mu      sync.Mutex
	closing bool
	events  *eventLoop // Nil until started.
	ended   chan struct{}
	end     sync.Once
}

// NewGateway makes a gateway without listeners; nothing runs yet. Without
// routes (nil) every connection is closed. [ErrInvalidArgument] for options
// that cannot be; [ErrResourceExhausted]: no descriptors.
func NewGateway(options GatewayOptions, routes *Routes) (*Gateway, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	table, release, err := routes.lend()
	if err != nil {
		return nil, err
	}
	defer release()
	g := &Gateway{options: options, ended: make(chan struct{})}
	c := options.toC()
	var ptr *C.meshgw_gateway
	var cErr *C.meshgw_error
	status := C.meshgw_gateway_create(&c, table, &ptr, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	g.ptr = ptr
	g.life.begin(func() { C.meshgw_gateway_free(ptr) })
	runtime.SetFinalizer(g, func(g *Gateway) { g.life.collected() })
	return g, nil
}

// lend gives the table to C until release; nil for nil.
func (r *Routes) lend() (table *C.meshgw_routes, release func(), err error) {
	if r == nil {
		return nil, func() {}, nil
	}
	if !r.life.enter() {
		return nil, nil, ErrClosed
	}
	return r.ptr, r.life.leave, nil
}

// Listen binds address ("127.0.0.1:8443", "[::]:8443", "unix:/path"; port 0
// takes a free one) and returns the one that it got. name is the listener's in
// events. [ErrInvalidArgument], [ErrPermissionDenied], [ErrAlreadyExists] (in
// use), [ErrResourceExhausted] (no descriptors) or [ErrUnavailable] name the
// address; [ErrClosed].
func (g *Gateway) Listen(name, address string) (bound string, err error) {
	if !g.life.enter() {
		return "", ErrClosed
	}
	defer g.life.leave()
	var text *C.meshgw_string
	var cErr *C.meshgw_error
	status := C.meshgw_gateway_listen(g.ptr, toStr(name), toStr(address), &text, &cErr)
	if err := toError(status, cErr); err != nil {
		return "", err
	}
	return takeString(text), nil
}

// ListenFD takes over the listening socket fd, as of socket activation. It
// stays the caller's on an error.
func (g *Gateway) ListenFD(name string, fd int) error {
	if !g.life.enter() {
		return ErrClosed
	}
	defer g.life.leave()
	var cErr *C.meshgw_error
	status := C.meshgw_gateway_listen_fd(g.ptr, toStr(name), C.int32_t(fd), &cErr)
	return toError(status, cErr)
}

// ListenOn takes over listener, a [*net.TCPListener] or [*net.UnixListener]: it
// is closed for Go, and the gateway accepts on its socket. The path of a unix
// listener stays. On an error it stays the caller's, untouched.
func (g *Gateway) ListenOn(name string, listener net.Listener) error {
	raw, ok := listener.(syscall.Conn)
	if !ok {
		return invalid("the listener has no descriptor")
	}
	err := handOver(raw, func(fd int) error { return g.ListenFD(name, fd) })
	if err != nil {
		return err
	}
	if unix, ok := listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
	listener.Close()
	return nil
}

// ServeFD takes over the accepted connection fd, as if a listener of that name
// had accepted it. After Start. It stays the caller's on an error.
func (g *Gateway) ServeFD(name string, fd int) error {
	if !g.life.enter() {
		return ErrClosed
	}
	defer g.life.leave()
	var cErr *C.meshgw_error
	status := C.meshgw_gateway_serve_fd(g.ptr, toStr(name), C.int32_t(fd), &cErr)
	return toError(status, cErr)
}

// Serve takes over conn, a [*net.TCPConn] or [*net.UnixConn] of which nothing
// was read, as if a listener of that name had accepted it: it is closed for Go.
// After Start. On an error it stays the caller's, untouched.
func (g *Gateway) Serve(name string, conn net.Conn) error {
	if peeked, ok := conn.(*Conn); ok && len(peeked.Peeked()) > 0 {
		return invalid("bytes of the connection were read already")
	}
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return invalid("the connection has no descriptor")
	}
	if err := handOver(raw, func(fd int) error { return g.ServeFD(name, fd) }); err != nil {
		return err
	}
	conn.Close()
	return nil
}

// handOver gives a descriptor of its own to take, which owns it on success.
func handOver(from syscall.Conn, take func(fd int) error) error {
	fd, err := duplicate(from)
	if err != nil {
		return err
	}
	if err := take(fd); err != nil {
		syscall.Close(fd)
		return err
	}
	return nil
}

// SetRoutes makes new connections use routes (nil: they are closed), of which
// it takes its own reference. Established ones keep theirs. [ErrClosed].
func (g *Gateway) SetRoutes(routes *Routes) error {
	if !g.life.enter() {
		return ErrClosed
	}
	defer g.life.leave()
	table, release, err := routes.lend()
	if err != nil {
		return err
	}
	defer release()
	return toError(C.meshgw_gateway_set_routes(g.ptr, table), nil)
}

// Start starts the threads, and the goroutine for Logger and OnEvent, and
// returns. [ErrFailedPrecondition] when it was started; [ErrClosed].
func (g *Gateway) Start() error {
	if !g.life.enter() {
		return ErrClosed
	}
	defer g.life.leave()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing {
		return ErrClosed
	}
	if g.events != nil {
		return &Error{Code: CodeFailedPrecondition, Message: "the gateway was started"}
	}
	events, err := newEventLoop(g)
	if err != nil {
		return err
	}
	var cErr *C.meshgw_error
	if err := toError(C.meshgw_gateway_start(g.ptr, &cErr), cErr); err != nil {
		events.close()
		return err
	}
	g.events = events
	return nil
}

// Run starts the gateway, if Start did not, and serves until ctx ends; then it
// stops accepting, waits up to DrainTimeout for the connections to end, closes
// the rest, and returns nil. Also when Drain or Close ended it. Otherwise the
// error is that of Start. Close is left to the caller.
func (g *Gateway) Run(ctx context.Context) error {
	g.mu.Lock()
	started := g.events != nil
	g.mu.Unlock()
	if !started {
		if err := g.Start(); err != nil {
			return err
		}
	}
	select {
	case <-g.ended:
	case <-ctx.Done():
		if _, err := g.Drain(g.options.drainTimeout()); err != nil && err != ErrClosed {
			return err
		}
	}
	return nil
}

// Drain stops accepting, without resetting a client whose handshake is
// complete, and waits until every connection has ended or the time has passed;
// then closes the rest and ends the threads. All events were handled when it
// returns. closed is how many were closed. [ErrFailedPrecondition] when it was
// not started; [ErrClosed].
func (g *Gateway) Drain(timeout time.Duration) (closed int, err error) {
	if !g.life.enter() {
		return 0, ErrClosed
	}
	defer g.life.leave()
	g.mu.Lock()
	started := g.events != nil
	g.mu.Unlock()
	if !started {
		return 0, &Error{Code: CodeFailedPrecondition, Message: "the gateway was not started"}
	}
	var n C.size_t
	status := C.meshgw_gateway_drain(g.ptr, toMilliseconds(max(timeout, 0)), &n)
	if err := toError(status, nil); err != nil {
		return 0, err
	}
	g.finish()
	return int(n), nil
}

// finish ends what Start began, once the threads have ended.
func (g *Gateway) finish() {
	g.mu.Lock()
	events := g.events
	g.mu.Unlock()
	if events != nil {
		events.close()
	}
	g.end.Do(func() { close(g.ended) })
}

// Close closes all connections at once and frees the gateway. It makes Run and
// Drain return. Idempotent.
func (g *Gateway) Close() error {
	if !g.life.enter() {
		return nil
	}
	defer g.life.leave()
	g.mu.Lock()
	g.closing = true // Nothing starts after the stop.
	g.mu.Unlock()
	C.meshgw_gateway_stop(g.ptr)
	g.finish()
	g.life.end()
	return nil
}
