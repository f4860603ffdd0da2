package mesh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A site is a thread in a network namespace of its own, which ends with the
// last thread, process and socket in it: nothing is left of it after a crash.
type site struct {
	work      chan func()
	over      chan struct{}
	namespace *os.File
}

// The sites by their addresses; any other address is one of this machine.
var sites sync.Map

// newSite makes one that ends with the test, and skips the test where that is
// not allowed.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{work: make(chan func()), over: make(chan struct{})}
	failed := make(chan error)
	go func() {
		// For good: the thread ends with this function.
		runtime.LockOSThread()
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		if err == nil {
			s.namespace, err = os.Open("/proc/thread-self/ns/net")
		}
		failed <- err
		for {
			select {
			case do := <-s.work:
				do()
			case <-s.over:
				return
			}
		}
	}()
	t.Cleanup(func() { close(s.over) })
	if err := <-failed; err != nil {
		t.Skipf("no network namespace can be made: %v", err)
	}
	t.Cleanup(func() { s.namespace.Close() })
	return s
}

// run has the thread do it, and fails when that has ended.
func (s *site) run(do func() error) error {
	result := make(chan error)
	select {
	case s.work <- func() { result <- do() }:
		return <-result
	case <-s.over:
		return errors.New("the site has ended")
	}
}

// ip runs the command of that name.
func (s *site) ip(t testing.TB, format string, arguments ...any) {
	t.Helper()
	line := fmt.Sprintf(format, arguments...)
	var output []byte
	err := s.run(func() (err error) {
		output, err = exec.Command("ip", strings.Fields(line)...).CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("ip %s: %v: %s", line, err, output)
	}
}

// at does what opens sockets of an address, or starts processes there, in its
// site.
func at(address string, do func() error) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if s, found := sites.Load(host); found {
		return s.(*site).run(do)
	}
	return do()
}

// dialAt opens a connection from the site of the address itself.
func dialAt(address string) (connection net.Conn, err error) {
	err = at(address, func() (err error) {
		connection, err = net.DialTimeout("tcp", address, Deadline)
		return err
	})
	return connection, err
}

func listenAt(address string) (listener net.Listener, err error) {
	err = at(address, func() (err error) {
		listener, err = net.Listen("tcp", address)
		return err
	})
	return listener, err
}

var client = &http.Client{Timeout: Deadline, Transport: &http.Transport{
	DialContext: func(_ context.Context, _, address string) (net.Conn, error) { return dialAt(address) },
}}
