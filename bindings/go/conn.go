package meshgw

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// Conn is a connection whose hello was read by [Peek]. Read gives the bytes
// that were read for it first, so whoever reads it next sees the connection
// from its start: it may be given to [crypto/tls.Server].
//
// Methods are as safe for concurrent use as those of the connection within.
type Conn struct {
	net.Conn // The connection within; see NetConn.
	hello    Hello
	mu       sync.Mutex
	peeked   []byte // Read for the hello and not yet replayed.
}

// Hello returns what the connection's hello says; the zero value when [Peek]
// failed.
func (c *Conn) Hello() Hello { return c.hello }

// ServerName returns the name in the hello, empty when there is none.
func (c *Conn) ServerName() string { return c.hello.ServerName }

// Peeked returns the bytes that were read for the hello and not yet replayed
// by Read. They are valid until the next Read, WriteTo, Splice or Close, and
// must not be changed. Whoever goes on with the descriptor itself ([Splice], [Conn.NetConn])
// must pass them on first.
func (c *Conn) Peeked() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peeked
}

// forget drops what was not replayed, and returns it.
func (c *Conn) forget() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	peeked := c.peeked
	c.peeked = nil
	return peeked
}

// take copies peeked bytes to b.
func (c *Conn) take(b []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := copy(b, c.peeked)
	c.peeked = c.peeked[n:]
	if len(c.peeked) == 0 {
		c.peeked = nil // The buffer is of no more use.
	}
	return n
}

// Read gives the bytes that were read for the hello, then reads the connection.
func (c *Conn) Read(b []byte) (int, error) {
	if n := c.take(b); n > 0 {
		return n, nil
	}
	return c.Conn.Read(b)
}

// WriteTo writes what Read would give to w, until the end. [io.Copy] uses it,
// and so the copying in the kernel that [net.TCPConn] knows is not lost.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	peeked := c.forget()
	if len(peeked) > 0 {
		if n, err := w.Write(peeked); err != nil {
			return int64(n), err
		}
	}
	n, err := io.Copy(w, c.Conn)
	return n + int64(len(peeked)), err
}

// ReadFrom writes what r gives to the connection, until the end, in the kernel
// where [net.TCPConn] can.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(c.Conn, r)
}

// Close closes the connection. Read gives [net.ErrClosed] then, also when not
// all that was read for the hello had been replayed.
func (c *Conn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// CloseWrite sends FIN, where the connection within can be half-closed;
// [errors.ErrUnsupported] otherwise.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// CloseRead shuts the reading side, where the connection within can;
// [errors.ErrUnsupported] otherwise.
func (c *Conn) CloseRead() error {
	if half, ok := c.Conn.(interface{ CloseRead() error }); ok {
		return half.CloseRead()
	}
	return errors.ErrUnsupported
}

// SyscallConn returns the raw connection within; [errors.ErrUnsupported] when
// it has none. What Peeked returns is not in the socket any more.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if raw, ok := c.Conn.(syscall.Conn); ok {
		return raw.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// NetConn returns the connection within. What Peeked returns was read from it.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// Splice carries bytes between this connection, which must be a [net.TCPConn]
// within, and server, as the function [Splice] does; what was read for the
// hello goes first.
func (c *Conn) Splice(server *net.TCPConn) (SpliceResult, error) {
	client, ok := c.Conn.(*net.TCPConn)
	if !ok {
		return SpliceResult{}, invalid("the connection is no *net.TCPConn")
	}
	result, err := Splice(client, server, c.Peeked())
	if result.End != SpliceRunning { // It was carried, and is closed.
		c.forget()
	}
	return result, err
}
