package meshgw

// #include "glue.h"
import "C"

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"
)

// SpliceOptions are options of a [SpliceLoop]. Zero is the default of each
// field.
type SpliceOptions struct {
	// MaxKeptBytes bounds the memory for sides that take nothing. 0: 64 MiB.
	MaxKeptBytes uint64
	// CopyBytes is what one read copies at most. 0: 32 KiB.
	CopyBytes uint32
	// PipeBytes is the size of a pipe. 0: 256 KiB.
	PipeBytes uint32
	// MaxPipes bounds the pipes. 0: 64. NoPipes: never splice, copy.
	MaxPipes uint32
}

// NoPipes, as SpliceOptions.MaxPipes, makes a loop copy all bytes.
const NoPipes uint32 = 1<<32 - 1

// SpliceLoop carries bytes between many pairs of connections on one thread.
// [Splice] has one for the process; make more to use more CPUs. Safe for
// concurrent use.
type SpliceLoop struct {
	life       life
	ptr        *C.meshgw_splice_loop
	events     *eventFile
	stopped    chan struct{} // The thread has ended.
	dispatched chan struct{} // The goroutine that reads results has ended.

	mu      sync.Mutex
	closing bool
	tag     uint64
	waiting map[uint64]func(SpliceResult)
}

// NewSpliceLoop makes a loop and starts its thread. options may be nil.
// [ErrResourceExhausted]: no descriptors.
func NewSpliceLoop(options *SpliceOptions) (*SpliceLoop, error) {
	c := C.meshgw_splice_options{struct_size: C.sizeof_meshgw_splice_options}
	if options != nil {
		c.max_kept_bytes = C.uint64_t(options.MaxKeptBytes)
		c.copy_bytes = C.uint32_t(options.CopyBytes)
		c.pipe_bytes = C.uint32_t(options.PipeBytes)
		c.max_pipes = C.uint32_t(options.MaxPipes)
	}
	l := &SpliceLoop{
		stopped:    make(chan struct{}),
		dispatched: make(chan struct{}),
		waiting:    make(map[uint64]func(SpliceResult)),
	}
	var ptr *C.meshgw_splice_loop
	var cErr *C.meshgw_error
	if err := toError(C.meshgw_splice_loop_create(&c, &ptr, &cErr), cErr); err != nil {
		return nil, err
	}
	events, err := newEventFile(C.meshgw_splice_loop_event_fd(ptr))
	if err != nil {
		C.meshgw_splice_loop_free(ptr)
		return nil, err
	}
	l.ptr, l.events = ptr, events
	l.life.begin(func() { C.meshgw_splice_loop_free(ptr) })
	go func() {
		defer close(l.stopped)
		C.meshgw_splice_loop_run(ptr) // Blocks: this is the loop's thread.
	}()
	go l.dispatch()
	return l, nil
}

// dispatch hands results to those who wait for them.
func (l *SpliceLoop) dispatch() {
	defer close(l.dispatched)
	results := make([]C.meshgw_splice_result, 64)
	next := func() bool {
		n := int(C.meshgw_splice_loop_next(l.ptr, &results[0], C.size_t(len(results))))
		for i := range results[:n] {
			l.deliver(uint64(results[i].tag), toSpliceResult(&results[i].state))
		}
		return n > 0
	}
	l.events.poll(next)
	for next() { // Those that came with the end.
	}
}

func (l *SpliceLoop) deliver(tag uint64, result SpliceResult) {
	l.mu.Lock()
	onEnd := l.waiting[tag]
	delete(l.waiting, tag)
	l.mu.Unlock()
	if onEnd != nil {
		onEnd(result)
	}
}

func toSpliceResult(s *C.meshgw_splice_state) SpliceResult {
	return SpliceResult{
		End:           SpliceEnd(s.end),
		Errno:         syscall.Errno(s.error),
		BytesToServer: uint64(s.bytes_to_server),
		BytesToClient: uint64(s.bytes_to_client),
		SplicedBytes:  uint64(s.spliced_bytes),
		ClientFIN:     s.client_fin != 0,
		ServerFIN:     s.server_fin != 0,
	}
}

// Add gives a pair of connections to the loop, as [Splice] does, and returns.
// onEnd (may be nil) is called with the result once, by one goroutine for all:
// it must not block, nor Close the loop. So a pair costs no goroutine. When Add
// fails, onEnd is not called and the connections stay the caller's.
func (l *SpliceLoop) Add(client, server *net.TCPConn, first []byte, onEnd func(SpliceResult)) error {
	_, err := l.add(client, server, first, onEnd)
	return err
}

// add returns the tag of the pair.
func (l *SpliceLoop) add(client, server *net.TCPConn, first []byte, onEnd func(SpliceResult)) (uint64, error) {
	if client == nil || server == nil {
		return 0, invalid("a connection is nil")
	}
	if client == server {
		return 0, invalid("client and server are the same connection")
	}
	clientFD, err := duplicate(client)
	if err != nil {
		return 0, err
	}
	serverFD, err := duplicate(server)
	if err != nil {
		syscall.Close(clientFD)
		return 0, err
	}
	tag, err := l.addFDs(clientFD, serverFD, first, onEnd)
	if err != nil {
		syscall.Close(clientFD)
		syscall.Close(serverFD)
		return 0, err
	}
	// Go's poller must not watch them: it would wake up for every packet.
	client.Close()
	server.Close()
	return tag, nil
}

// addFDs takes over two descriptors, if there is no error.
func (l *SpliceLoop) addFDs(client, server int, first []byte, onEnd func(SpliceResult)) (uint64, error) {
	if !l.life.enter() {
		return 0, ErrClosed
	}
	defer l.life.leave()
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return 0, ErrClosed
	}
	l.tag++
	tag := l.tag
	l.waiting[tag] = onEnd // Before the pair can end.
	l.mu.Unlock()
	data, size := toBytes(first)
	var cErr *C.meshgw_error
	status := C.meshgw_splice_loop_add(l.ptr, C.int32_t(client), C.int32_t(server),
		data, size, C.uint64_t(tag), &cErr)
	err := toError(status, cErr)
	if err != nil {
		l.mu.Lock()
		delete(l.waiting, tag)
		l.mu.Unlock()
	}
	return tag, err
}

// Splice is the function [Splice] on this loop. When ctx ends, both connections
// are reset and the error is its cause.
func (l *SpliceLoop) Splice(ctx context.Context, client, server *net.TCPConn, first []byte) (SpliceResult, error) {
	if ctx.Err() != nil {
		return SpliceResult{}, context.Cause(ctx)
	}
	ended := make(chan SpliceResult, 1)
	tag, err := l.add(client, server, first, func(r SpliceResult) { ended <- r })
	if err != nil {
		return SpliceResult{}, err
	}
	select {
	case result := <-ended:
		return result, result.err()
	case <-ctx.Done():
		l.cancel(tag)
		return <-ended, context.Cause(ctx)
	}
}

// cancel has the pair reset, if it has not ended: onEnd is called soon.
func (l *SpliceLoop) cancel(tag uint64) {
	if !l.life.enter() {
		return // Close resets all.
	}
	defer l.life.leave()
	// Nothing tells when there is memory again.
	for C.meshgw_splice_loop_cancel(l.ptr, C.uint64_t(tag)) == C.MESHGW_ERR_NO_MEMORY {
		time.Sleep(time.Millisecond)
	}
}

// Len returns how many pairs have not ended; 0 after Close.
func (l *SpliceLoop) Len() int {
	if !l.life.enter() {
		return 0
	}
	defer l.life.leave()
	return int(C.meshgw_splice_loop_size(l.ptr))
}

// Close ends the thread and resets the pairs that are left; their results are
// SpliceRunning, and Splice returns [ErrClosed]. Idempotent.
func (l *SpliceLoop) Close() error {
	if !l.life.enter() {
		return nil
	}
	l.mu.Lock()
	first := !l.closing
	l.closing = true
	l.mu.Unlock()
	C.meshgw_splice_loop_stop(l.ptr)
	<-l.stopped
	l.events.Close()
	<-l.dispatched
	if first {
		l.life.end()
	}
	l.life.leave() // Frees the loop, and so resets what is left.
	l.mu.Lock()
	left := l.waiting
	l.waiting = make(map[uint64]func(SpliceResult))
	l.mu.Unlock()
	for _, onEnd := range left {
		if onEnd != nil {
			onEnd(SpliceResult{End: SpliceRunning})
		}
	}
	return nil
}
