package meshgw

// #include "glue.h"
import "C"

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// toStr lends s to C for one call: pass the result by value, as an argument.
func toStr(s string) C.meshgw_str {
	if len(s) == 0 {
		return C.meshgw_str{}
	}
	return C.meshgw_str{
		data: (*C.char)(unsafe.Pointer(unsafe.StringData(s))),
		len:  C.size_t(len(s)),
	}
}

// toBytes lends b to C for one call.
func toBytes(b []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))), C.size_t(len(b))
}

// fromStr copies a string of C.
func fromStr(s C.meshgw_str) string {
	return C.GoStringN(s.data, C.int(s.len))
}

// fromBytes copies bytes of C.
func fromBytes(b C.meshgw_bytes) []byte {
	return C.GoBytes(unsafe.Pointer(b.data), C.int(b.len))
}

// takeString copies a string that C handed over, and frees it.
func takeString(s *C.meshgw_string) string {
	defer C.meshgw_string_free(s)
	return fromStr(C.meshgw_string_view(s))
}

// pins keeps strings in place while C reads them through structs in Go memory.
// Call Unpin after the call. They are copies: Go 1.21 cannot pin constants.
type pins struct{ runtime.Pinner }

func (p *pins) str(s string) C.meshgw_str {
	if len(s) != 0 {
		s = strings.Clone(s)
		p.Pin(unsafe.StringData(s))
	}
	return toStr(s)
}

// life counts the calls that use a C object, so that Close frees it after the
// last of them and never under one. The zero value is that of a closed object.
// A call ends with leave, on memory of the Go object: so the object is alive,
// and its finalizer not run, until the C call has returned.
type life struct {
	users  atomic.Int64 // Calls in progress, and one until end.
	closed atomic.Bool
	free   func()
}

// begin is called once, before the object is shared.
func (l *life) begin(free func()) {
	l.free = free
	l.users.Store(1)
}

// enter reports whether the object may be used until leave.
func (l *life) enter() bool {
	if l.closed.Load() {
		return false
	}
	for {
		n := l.users.Load()
		if n == 0 {
			return false
		}
		if l.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (l *life) leave() {
	if l.users.Add(-1) == 0 {
		l.free()
	}
}

// end closes the object: no call may enter any more. Idempotent.
func (l *life) end() {
	if l.free != nil && !l.closed.Swap(true) {
		l.leave()
	}
}

// leaks counts objects that the garbage collector had to free.
var leaks atomic.Int64

// collected is what the finalizers of objects call.
func (l *life) collected() {
	if !l.closed.Load() {
		leaks.Add(1)
	}
	l.end()
}

// names gives the names that C has for the values of an enumeration, read once.
func names(count int32, name func(int32) string) func(int32) string {
	known := sync.OnceValue(func() []string {
		list := make([]string, count)
		for i := range list {
			list[i] = name(int32(i))
		}
		return list
	})
	return func(value int32) string {
		if value < 0 || value >= count {
			return name(value)
		}
		return known()[value]
	}
}
