package meshgw

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestAPeekedConnectionIsReadFromItsStart(t *testing.T) {
	client, server := tcpPair(t)
	cert := certificate(t)
	name := "api.default.dc1.internal.td.consul"
	go func() {
		c := tls.Client(client, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		io.WriteString(c, "hello")
		c.CloseWrite()
	}()
	peeked, err := Peek(server, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "name", peeked.ServerName(), name)
	equal(t, "position", peeked.Hello().Position <= len(peeked.Peeked()), true)
	inner := tls.Server(peeked, &tls.Config{Certificates: []tls.Certificate{cert}})
	got, err := io.ReadAll(inner)
	if err != nil || string(got) != "hello" {
		t.Errorf("%q %v", got, err)
	}
	equal(t, "what is left", len(peeked.Peeked()), 0)
}

// slowly writes b byte by byte.
func slowly(c net.Conn, b []byte) {
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil {
			return
		}
	}
}

func TestAHelloInPiecesIsPeeked(t *testing.T) {
	one := clientHello(t, &tls.Config{ServerName: "a.example"})
	for _, wire := range [][]byte{one, splitRecords(one, 4, 1, 100)} {
		client, server := net.Pipe()
		go func() {
			slowly(client, wire)
			io.WriteString(client, "rest")
			client.Close()
		}()
		peeked, err := Peek(server, nil)
		if err != nil || peeked.ServerName() != "a.example" {
			t.Fatal(peeked.ServerName(), err)
		}
		got, err := io.ReadAll(peeked)
		if err != nil || !bytes.Equal(got, append(wire[:len(wire):len(wire)], "rest"...)) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

func TestFailedPeeksReplayToo(t *testing.T) {
	for _, row := range []struct {
		sent string
		want error
	}{
		{"SSH-2.0-OpenSSH_9.2\r\n", ErrNotTLS},
		{"\x16\x03\x01\x40", io.ErrUnexpectedEOF},
		{"", io.EOF},
		{"\x16\x03\x01\x00\x00xxxxx", ErrMalformed},
	} {
		client, server := tcpPair(t)
		io.WriteString(client, row.sent)
		client.CloseWrite()
		peeked, err := Peek(server, nil)
		if !errors.Is(err, row.want) {
			t.Errorf("%q: %v", row.sent, err)
		}
		if got, err := io.ReadAll(peeked); err != nil || string(got) != row.sent {
			t.Errorf("%q %v", got, err)
		}
	}
}

func TestPeekHonoursDeadlinesAndContexts(t *testing.T) {
	_, server := tcpPair(t)
	server.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := Peek(server, nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	client, server := tcpPair(t)
	if _, err := Peek(server, &PeekOptions{Timeout: time.Millisecond}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	if _, err := PeekContext(ctx, server, nil); !errors.Is(err, why) {
		t.Error(err)
	}
	// The connection can be read on.
	io.WriteString(client, "x")
	if _, err := server.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// peekedPair returns a client that has sent a hello, the server's end of its
// connection, peeked, and the hello.
func peekedPair(t *testing.T) (client, server *net.TCPConn, peeked *Conn, wire []byte) {
	t.Helper()
	client, server = tcpPair(t)
	wire = clientHello(t, &tls.Config{ServerName: "a.example"})
	client.Write(wire)
	peeked, err := Peek(server, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client, server, peeked, wire
}

func TestAPeekedConnectionCanDoWhatItsInnerCan(t *testing.T) {
	client, server, peeked, wire := peekedPair(t)
	var _ syscall.Conn = peeked
	if _, err := peeked.SyscallConn(); err != nil {
		t.Error(err)
	}
	equal(t, "inner", peeked.NetConn(), net.Conn(server))
	other, _ := tcpPair(t)
	if err := (&Conn{Conn: other}).CloseRead(); err != nil {
		t.Error(err)
	}
	if n, err := io.Copy(peeked, bytes.NewReader([]byte("answer"))); n != 6 || err != nil {
		t.Error(n, err)
	}
	if err := peeked.CloseWrite(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(client); string(got) != "answer" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	client.CloseWrite()
	var got bytes.Buffer
	if n, err := io.Copy(&got, peeked); n != int64(len(wire)) || err != nil || !bytes.Equal(got.Bytes(), wire) {
		t.Error(n, err)
	}
	a, _ := net.Pipe()
	a.Close()
	piped, _ := Peek(a, nil)
	if err := errors.Join(piped.CloseRead(), piped.CloseWrite()); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := piped.SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

func TestAPeekedConnectionThatWasClosedGivesNothing(t *testing.T) {
	closeIt := func(peeked *Conn) {
		peeked.Close()
	}
	spliceIt := func(peeked *Conn) {
		down, server := tcpPair(t)
		server.Close()
		peeked.Splice(down)
	}
	for _, end := range []func(*Conn){closeIt, spliceIt} {
		client, _, peeked, _ := peekedPair(t)
		client.Close()
		end(peeked)
		if n, err := peeked.Read(make([]byte, 1)); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Error(n, err)
		}
		if n, err := io.Copy(io.Discard, peeked); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Error(n, err)
		}
		equal(t, "what is left", len(peeked.Peeked()), 0)
	}
}

func TestASpliceThatIsRefusedLeavesWhatWasPeeked(t *testing.T) {
	_, _, peeked, wire := peekedPair(t)
	down, _ := tcpPair(t)
	down.Close()
	if _, err := peeked.Splice(down); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	got := make([]byte, len(wire))
	if _, err := io.ReadFull(peeked, got); err != nil || !bytes.Equal(got, wire) {
		t.Errorf("%q %v", got, err)
	}
}
