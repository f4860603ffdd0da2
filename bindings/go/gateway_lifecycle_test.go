package meshgw

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestRunDrainsWhenItsContextEnds(t *testing.T) {
	g := newGateway(t, GatewayOptions{DrainTimeout: 20 * time.Second}, echoRoutes(t))
	address, err := g.Listen("wan", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	c, err := dialTLS(t, address, echoName)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	waitFor(t, "the gateway does not accept", func() bool {
		other, err := net.Dial("tcp", address)
		if err == nil {
			other.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	io.WriteString(c, "still here") // Established ones go on.
	if _, err := io.ReadFull(c, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	select {
	case <-ended:
		t.Fatal("Run did not wait for the connection")
	default:
	}
	c.Close()
	equal(t, "Run", <-ended, nil)
}

func TestADrainClosesWhatIsLeft(t *testing.T) {
	g, address := startGateway(t, GatewayOptions{}, echoRoutes(t))
	c, err := dialTLS(t, address, echoName)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	closed, err := g.Drain(10 * time.Millisecond)
	if closed != 1 || err != nil {
		t.Error(closed, err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on")
	}
	equal(t, "Run", g.Run(context.Background()), nil)
}

func TestCloseEndsADrain(t *testing.T) {
	g := newGateway(t, GatewayOptions{DrainTimeout: time.Hour}, echoRoutes(t))
	address, err := g.Listen("wan", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	c, err := dialTLS(t, address, echoName)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	g.Close()
	equal(t, "Run", <-ended, nil)
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	g := newGateway(t, GatewayOptions{}, nil)
	if _, err := g.Drain(0); !errors.Is(err, ErrFailedPrecondition) {
		t.Error("drain before the start:", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Run(context.Background()) }()
	waitFor(t, "started", func() bool { return errors.Is(g.Start(), ErrFailedPrecondition) })
	equal(t, "close", errors.Join(g.Close(), g.Close()), nil)
	equal(t, "Run", <-ended, nil)
	_, err1 := g.Listen("a", "127.0.0.1:0")
	_, err2 := g.Stats()
	_, err3 := g.Drain(0)
	for _, err := range []error{err1, err2, err3, g.Start(), g.SetRoutes(nil), g.ListenFD("a", 0), g.ServeFD("a", 0), g.Run(context.Background())} {
		if err != ErrClosed && err != nil {
			t.Error(err)
		}
	}
}

// Close while others use the gateway: each call works or says ErrClosed, and no
// memory is used after it was freed.
func TestAGatewayMayBeClosedWhileInUse(t *testing.T) {
	routes := echoRoutes(t)
	for round := 0; round < 20; round++ {
		g, address := startGateway(t, GatewayOptions{OnEvent: func(Event) {}}, routes)
		var users sync.WaitGroup
		for _, use := range []func() error{
			func() error { _, err := g.Stats(); return err },
			func() error { return g.SetRoutes(routes) },
			func() error { _, err := g.Listen("more", "127.0.0.1:0"); return err },
			func() error {
				if c, err := net.Dial("tcp", address); err == nil {
					c.Close()
				}
				return g.Serve("none", nil)
			},
			func() error { return g.Run(context.Background()) },
		} {
			users.Add(1)
			go func(use func() error) {
				defer users.Done()
				for err := use(); err != ErrClosed; err = use() {
					if _, err := g.Stats(); err != nil {
						return
					}
				}
			}(use)
		}
		waitFor(t, "a connection was accepted", func() bool { return stats(t, g).Accepted > 0 })
		g.Close()
		users.Wait()
	}
}
