package meshgw

// #include "glue.h"
import "C"

import (
	"os"
	"syscall"
	"time"
)

// duplicate returns a descriptor of its own for the socket of c, close-on-exec.
// It goes by SyscallConn, under which c cannot be closed and its number reused.
// Not by File: that one may make the socket blocking.
func duplicate(c syscall.Conn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd, dupErr := -1, error(nil)
	if err := raw.Control(func(s uintptr) { fd, dupErr = duplicateFD(int(s)) }); err != nil {
		return -1, err
	}
	return fd, dupErr
}

func duplicateFD(fd int) (int, error) {
	got, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	return int(got), nil
}

// eventFile waits, with the poller of Go, for a descriptor that C lends: no
// thread is blocked by it.
type eventFile struct {
	file *os.File
	raw  syscall.RawConn
}

func newEventFile(fd C.int32_t) (*eventFile, error) {
	own, err := duplicateFD(int(fd))
	if err != nil {
		return nil, err
	}
	// It does not block, so the poller takes it.
	file := os.NewFile(uintptr(own), "meshgw events")
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &eventFile{file, raw}, nil
}

// poll calls next until Close, and waits while it returns false: there was
// nothing. C makes the descriptor readable while something waits; Go's poller
// tells only when it becomes so. Hence the look at the descriptor, after a wait
// was prepared and before it begins: what comes later is told.
func (e *eventFile) poll(next func() bool) {
	for {
		err := e.raw.Read(func(fd uintptr) bool {
			for !next() {
				if C.go_is_readable(C.int(fd)) == 0 {
					return false
				}
			}
			return true
		})
		if err != nil {
			return
		}
	}
}

// Close ends poll. Idempotent.
func (e *eventFile) Close() { e.file.Close() }

// Never turns a time-out off, where that can be.
const Never time.Duration = -1

// toMilliseconds rounds up; negative: Never; too long: the longest there is.
func toMilliseconds(d time.Duration) C.uint32_t {
	switch {
	case d < 0:
		return C.MESHGW_NEVER
	case d >= C.MESHGW_NEVER*time.Millisecond:
		return C.MESHGW_NEVER - 1
	}
	return C.uint32_t((d + time.Millisecond - 1) / time.Millisecond)
}

// toSeconds rounds up, to the longest there is.
func toSeconds(d time.Duration) C.uint32_t {
	return C.uint32_t((uint64(toMilliseconds(d)) + 999) / 1000)
}
