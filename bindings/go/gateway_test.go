package meshgw

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const echoName = "echo.default.dc1.internal.td.consul"

// echoServer answers TLS connections with what they send, until the test ends.
func echoServer(t testing.TB) *net.TCPAddr {
	t.Helper()
	l := listen(t)
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				s := tls.Server(c, config)
				io.Copy(s, s)
				s.CloseWrite()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr)
}

func echoRoutes(t testing.TB) *Routes {
	t.Helper()
	cluster := oneEndpoint("echo", "127.0.0.1", echoServer(t).Port)
	cluster.Service = "echo"
	cluster.Datacenter = "dc1"
	routes, err := NewRoutes([]Cluster{cluster},
		[]Route{{Kind: RouteExact, Match: echoName, Cluster: "echo"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { routes.Close() })
	return routes
}

// dialTLS connects through a gateway.
func dialTLS(t testing.TB, address, name string) (*tls.Conn, error) {
	t.Helper()
	dialer := &net.Dialer{Timeout: 20 * time.Second}
	c, err := tls.DialWithDialer(dialer, "tcp", address, &tls.Config{
		ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"},
	})
	if err == nil {
		c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return c, err
}

func echo(t testing.TB, address string) {
	t.Helper()
	c, err := dialTLS(t, address, echoName)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	io.WriteString(c, "hello")
	c.CloseWrite()
	if got, err := io.ReadAll(c); string(got) != "hello" || err != nil {
		t.Errorf("%q %v", got, err)
	}
}

func newGateway(t testing.TB, options GatewayOptions, routes *Routes) *Gateway {
	t.Helper()
	if options.Workers == 0 {
		options.Workers = 2
	}
	g, err := NewGateway(options, routes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

func startGateway(t testing.TB, options GatewayOptions, routes *Routes) (g *Gateway, address string) {
	t.Helper()
	g = newGateway(t, options, routes)
	address, err := g.Listen("wan", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return g, address
}

func stats(t testing.TB, g *Gateway) GatewayStats {
	t.Helper()
	s, err := g.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAGatewayCarriesTLSByItsName(t *testing.T) {
	g, address := startGateway(t, GatewayOptions{}, echoRoutes(t))
	var clients sync.WaitGroup
	for i := 0; i < 20; i++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			echo(t, address)
		}()
	}
	clients.Wait()
	if _, err := dialTLS(t, address, "unknown.example"); err == nil {
		t.Error("an unknown name was served")
	}
	waitFor(t, "no connection is left", func() bool { return stats(t, g).Active == 0 })
	s := stats(t, g)
	equal(t, "accepted", s.Accepted, 21)
	equal(t, "no route", s.ByReason[ReasonNoRoute], 1)
	equal(t, "hellos", s.ByVerdict[CodeOK], 21)
	equal(t, "exact", s.ByRouteKind[RouteExact], 20)
}

func TestAddressesThatCannotBeAreNamed(t *testing.T) {
	g := newGateway(t, GatewayOptions{}, nil)
	taken := listen(t).Addr().String()
	_, err := g.Listen("wan", taken)
	if !errors.Is(err, ErrAlreadyExists) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Error(err)
	}
	if _, err := g.Listen("wan", "nonsense"); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := g.ListenFD("wan", int(file.Fd())); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := g.ListenFD("wan", -1); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := NewGateway(GatewayOptions{HelloTimeout: Never}, nil); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	closed := exampleRoutes(t)
	closed.Close()
	if _, err := NewGateway(GatewayOptions{}, closed); err != ErrClosed {
		t.Error(err)
	}
}

func TestListenersAndConnectionsAreHandedOver(t *testing.T) {
	g := newGateway(t, GatewayOptions{}, echoRoutes(t))
	l := listen(t)
	address := l.Addr().String()
	if err := g.ListenOn("mine", l); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error("the listener is still Go's:", err)
	}
	path := filepath.Join(t.TempDir(), "socket")
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.ListenOn("unix", unix); err != nil {
		t.Fatal(err)
	}
	client, server := tcpPair(t)
	if err := g.Serve("given", server); !errors.Is(err, ErrFailedPrecondition) {
		t.Error("before the start:", err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Serve("given", server); err != nil {
		t.Fatal(err)
	}
	echo(t, address)
	overUnix, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{client, overUnix} {
		s := tls.Client(c, &tls.Config{ServerName: echoName, InsecureSkipVerify: true})
		fmt.Fprint(s, "hello")
		s.CloseWrite()
		if got, err := io.ReadAll(s); string(got) != "hello" || err != nil {
			t.Errorf("%q %v", got, err)
		}
		c.Close()
	}
	a, _ := net.Pipe()
	if err := g.Serve("given", a); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := g.Serve("given", &Conn{Conn: a, peeked: []byte("x")}); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestRoutesChangeWhileConnectionsGoOn(t *testing.T) {
	g, address := startGateway(t, GatewayOptions{}, nil)
	if _, err := dialTLS(t, address, echoName); err == nil {
		t.Error("served without routes")
	}
	if err := g.SetRoutes(echoRoutes(t)); err != nil {
		t.Fatal(err)
	}
	c, err := dialTLS(t, address, echoName)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var changes sync.WaitGroup
	for i := 0; i < 4; i++ {
		changes.Add(1)
		go func() {
			defer changes.Done()
			for n := 0; n < 50; n++ {
				if err := g.SetRoutes(nil); err != nil {
					t.Error(err)
				}
				stats(t, g)
			}
		}()
	}
	changes.Wait()
	io.WriteString(c, "on")
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Error(err)
	}
	if _, err := dialTLS(t, address, echoName); err == nil {
		t.Error("served without routes")
	}
}
