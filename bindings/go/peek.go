package meshgw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// PeekOptions are options of [Peek]. Zero is the default of each field.
type PeekOptions struct {
	// Hello has limits and relaxations.
	Hello HelloOptions
	// Timeout bounds the wait for the whole hello. 0: none but the deadline
	// that the connection has.
	Timeout time.Duration
}

// peekBytes is what is read at first: most hellos fit.
const peekBytes = 2048

// Peek reads the hello at the start of c and returns a connection that replays
// what was read. options may be nil.
//
// The result is never nil, and replays what was read also on an error: a
// [*HelloError] or the error of reading ([io.ErrUnexpectedEOF]: the client
// closed within the hello; [io.EOF]: before its first byte). c stays the
// caller's to close, which closing the result does. Read deadlines that were
// set on c hold; with a timeout that passed, or a context that ended, the read
// deadline is removed.
func Peek(c net.Conn, options *PeekOptions) (*Conn, error) {
	return PeekContext(context.Background(), c, options)
}

// PeekContext is [Peek] that gives up when ctx ends, with its cause.
func PeekContext(ctx context.Context, c net.Conn, options *PeekOptions) (*Conn, error) {
	if options == nil {
		options = new(PeekOptions)
	}
	out := &Conn{Conn: c}
	reader, err := NewHelloReader(&options.Hello)
	if err != nil {
		return out, err
	}
	if options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, options.Timeout)
		defer cancel()
	}
	finish := interruptReads(ctx, c)
	err = out.readHello(reader)
	if interrupted := finish(); interrupted != nil && err != nil && !isVerdict(err) {
		err = fmt.Errorf("meshgw: reading the hello: %w", interrupted)
	}
	return out, err
}

func isVerdict(err error) bool {
	var verdict *HelloError
	return errors.As(err, &verdict)
}

// interruptReads makes reads of c end when ctx does. The function that it
// returns undoes that, and returns the cause if it happened.
func interruptReads(ctx context.Context, c net.Conn) func() error {
	if ctx.Done() == nil {
		return func() error { return nil }
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		c.SetReadDeadline(time.Unix(1, 0)) // Any time that has passed.
	})
	return func() error {
		if stop() {
			return nil
		}
		<-done
		c.SetReadDeadline(time.Time{})
		return context.Cause(ctx)
	}
}

// readHello reads until there is a verdict.
func (c *Conn) readHello(reader *HelloReader) error {
	buffer := make([]byte, 0, peekBytes)
	for needed := 1; ; {
		if len(buffer) == cap(buffer) {
			// Bounded: C never needs more than its limits allow.
			grown := make([]byte, len(buffer), max(2*cap(buffer), needed))
			copy(grown, buffer)
			buffer = grown
		}
		n, err := c.Conn.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		c.peeked = buffer
		if len(buffer) >= needed {
			// Only now can the verdict change: one call into C for most hellos,
			// also when they come byte by byte.
			hello, verdict := reader.Feed(buffer)
			if verdict == nil {
				c.hello = hello
			}
			if verdict != ErrNeedMore {
				return verdict
			}
			needed = hello.Position
		}
		if err != nil {
			return readError(err, len(buffer))
		}
	}
}

func readError(err error, read int) error {
	if err == io.EOF && read > 0 {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("meshgw: reading the hello: %w", err)
}
