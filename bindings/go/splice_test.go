package meshgw

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand"
	"net"
	"sync"
	"syscall"
	"testing"
)

// spliced is a client and a server with a splice between them.
type spliced struct {
	client, server *net.TCPConn
	result         chan SpliceResult
	err            chan error
}

func startSplice(t testing.TB, first []byte, run func(client, server *net.TCPConn, first []byte) (SpliceResult, error)) *spliced {
	client, up := tcpPair(t)
	down, server := tcpPair(t)
	s := &spliced{client, server, make(chan SpliceResult, 1), make(chan error, 1)}
	go func() {
		result, err := run(up, down, first)
		s.result <- result
		s.err <- err
	}()
	return s
}

// stream writes random bytes, then FIN, and returns their hash.
func stream(c *net.TCPConn, seed int64, size int64) (sum [32]byte) {
	hash := sha256.New()
	io.CopyN(io.MultiWriter(c, hash), rand.New(rand.NewSource(seed)), size)
	c.CloseWrite()
	return [32]byte(hash.Sum(nil))
}

func drainHash(c net.Conn) (sum [32]byte, err error) {
	hash := sha256.New()
	_, err = io.Copy(hash, c)
	return [32]byte(hash.Sum(nil)), err
}

func TestSplicedBytesArriveWholeBothWays(t *testing.T) {
	const size = 20 << 20
	first := []byte("what was read before")
	s := startSplice(t, first, Splice)
	sums := make(chan [2][32]byte, 2)
	for seed, ends := range [][2]*net.TCPConn{{s.client, s.server}, {s.server, s.client}} {
		from, to, seed := ends[0], ends[1], int64(seed)
		go func() {
			sent := make(chan [32]byte, 1)
			go func() { sent <- stream(from, seed, size) }()
			if to == s.server {
				head := make([]byte, len(first))
				if io.ReadFull(to, head); !bytes.Equal(head, first) {
					t.Errorf("%q came first", head)
				}
			}
			got, err := drainHash(to)
			if err != nil {
				t.Error(err)
			}
			sums <- [2][32]byte{<-sent, got}
		}()
	}
	for i := 0; i < 2; i++ {
		if both := <-sums; both[0] != both[1] {
			t.Error("bytes differ")
		}
	}
	result := <-s.result
	equal(t, "error", <-s.err, nil)
	equal(t, "end", result.End, SpliceFinished)
	equal(t, "to server", result.BytesToServer, size+uint64(len(first)))
	equal(t, "to client", result.BytesToClient, size)
	equal(t, "FINs", result.ClientFIN && result.ServerFIN, true)
	t.Log("spliced bytes:", result.SplicedBytes)
}

func TestAHalfClosedConnectionFlowsTheOtherWay(t *testing.T) {
	s := startSplice(t, nil, Splice)
	io.WriteString(s.client, "question")
	s.client.CloseWrite()
	if got, err := io.ReadAll(s.server); string(got) != "question" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	io.WriteString(s.server, "answer")
	s.server.Close()
	if got, err := io.ReadAll(s.client); string(got) != "answer" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	equal(t, "error", <-s.err, nil)
}

func TestAResetIsPassedOn(t *testing.T) {
	for _, row := range []struct {
		resetServer bool
		want        SpliceEnd
	}{{true, SpliceServerReset}, {false, SpliceClientReset}} {
		s := startSplice(t, nil, Splice)
		from, to := s.client, s.server
		if row.resetServer {
			from, to = to, from
		}
		io.WriteString(to, "x") // The splice is at work.
		io.ReadFull(from, make([]byte, 1))
		from.SetLinger(0)
		from.Close()
		if _, err := to.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Error(err)
		}
		equal(t, "end", (<-s.result).End, row.want)
		var ended *SpliceError
		if err := <-s.err; !errors.As(err, &ended) || ended.End != row.want {
			t.Error(err)
		}
	}
}

func TestASpliceThatCannotBeginLeavesItsConnections(t *testing.T) {
	client, server := tcpPair(t)
	closed, _ := tcpPair(t)
	closed.Close()
	before := openFDs(t)
	for _, pair := range [][2]*net.TCPConn{{client, closed}, {closed, client}, {client, nil}, {nil, client}, {client, client}} {
		if _, err := Splice(pair[0], pair[1], nil); err == nil {
			t.Error("no error")
		}
	}
	loop := newLoop(t)
	loop.Close()
	other, _ := tcpPair(t)
	if _, err := loop.Splice(context.Background(), client, other, nil); err != ErrClosed {
		t.Error(err)
	}
	io.WriteString(client, "alive")
	if _, err := io.ReadFull(server, make([]byte, 5)); err != nil {
		t.Error(err)
	}
	if now := openFDs(t); now > before+2 { // The pair that came later.
		t.Error(before, "descriptors became", now)
	}
}

func newLoop(t testing.TB) *SpliceLoop {
	t.Helper()
	// No pipes: they are descriptors that stay open, for the next pair.
	loop, err := NewSpliceLoop(&SpliceOptions{MaxPipes: NoPipes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loop.Close() })
	return loop
}

func TestAContextEndsASplice(t *testing.T) {
	loop := newLoop(t)
	before := openFDs(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	s := startSplice(t, []byte("x"), func(client, server *net.TCPConn, first []byte) (SpliceResult, error) {
		return loop.Splice(ctx, client, server, first)
	})
	io.ReadFull(s.server, make([]byte, 1))
	why := errors.New("why")
	cancel(why)
	<-s.result
	if err := <-s.err; err != why {
		t.Error(err)
	}
	for _, c := range []*net.TCPConn{s.client, s.server} {
		if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
			t.Error("not reset:", err)
		}
	}
	equal(t, "descriptors", openFDs(t), before+2) // The ends that the test has.
	a, _ := tcpPair(t)
	if _, err := loop.Splice(ctx, a, a, nil); err != why {
		t.Error(err)
	}
	io.WriteString(a, "x") // Untouched.
}

func TestALoopThatClosesEndsItsPairs(t *testing.T) {
	loop := newLoop(t)
	s := startSplice(t, []byte("x"), func(client, server *net.TCPConn, first []byte) (SpliceResult, error) {
		return loop.Splice(context.Background(), client, server, first)
	})
	io.ReadFull(s.server, make([]byte, 1))
	equal(t, "pairs", loop.Len(), 1)
	equal(t, "close", errors.Join(loop.Close(), loop.Close()), nil)
	equal(t, "end", (<-s.result).End, SpliceRunning)
	equal(t, "error", <-s.err, ErrClosed)
	equal(t, "pairs", loop.Len(), 0)
	if _, err := s.client.Read(make([]byte, 1)); err == nil {
		t.Error("the client's connection goes on")
	}
}

func TestManySplicesAtOnceLeaveNothing(t *testing.T) {
	loop := newLoop(t)
	before := openFDs(t)
	var all sync.WaitGroup
	for i := 0; i < 100; i++ {
		all.Add(1)
		go func(seed int64) {
			defer all.Done()
			client, up := tcpPair(t)
			down, server := tcpPair(t)
			done := make(chan SpliceResult, 1)
			if err := loop.Add(up, down, nil, func(r SpliceResult) { done <- r }); err != nil {
				t.Error(err)
				return
			}
			up.Close() // No harm.
			sent := make(chan [32]byte, 1)
			go func() { sent <- stream(client, seed, 100_000) }()
			got, _ := drainHash(server)
			server.Close()
			equal(t, "hash", got, <-sent)
			equal(t, "end", (<-done).End, SpliceFinished)
			client.Close()
			down.Close()
		}(int64(i))
	}
	all.Wait()
	equal(t, "descriptors", openFDs(t), before)
	equal(t, "pairs", loop.Len(), 0)
}
