package meshgw

// #include "glue.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

// milliseconds has three decimals; nil for what did not happen.
func milliseconds(key string, d time.Duration) slog.Attr {
	if d < 0 {
		return slog.Any(key, nil)
	}
	return slog.Float64(key, float64(d.Microseconds())/1000)
}

// verdictName is that of the access log of the program meshgw.
func verdictName(verdict Code) string {
	if verdict == CodeOK {
		return "hello"
	}
	return verdict.String()
}

// versionName is that of the access log: "1.0" to "1.3", "ssl3", else in hex.
func versionName(version uint16) string {
	switch {
	case version == 0x0300:
		return "ssl3"
	case version > 0x0300 && version <= 0x0304:
		return "1." + strconv.Itoa(int(version-0x0301))
	}
	return fmt.Sprintf("0x%04x", version)
}

// versionNames and protocols are lists also when they are empty.
func (e *Event) versionNames() []string {
	names := make([]string, len(e.TLSVersions))
	for i, version := range e.TLSVersions {
		names[i] = versionName(version)
	}
	return names
}

func (e *Event) protocols() []string {
	return append([]string{}, e.ALPN...)
}

// Attrs returns the fields of a connection's event, with the names that the
// access log of the program meshgw has. There is no "ts": it is the time of the
// record.
func (e *Event) Attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.Uint64("conn_id", e.Connection),
		slog.String("listener", e.Listener),
		slog.String("src", e.Source),
		slog.String("sni", e.ServerName),
		slog.Any("alpn", e.protocols()),
		slog.Any("tls_versions", e.versionNames()),
		slog.Uint64("hello_bytes", uint64(e.HelloBytes)),
		slog.Uint64("hello_records", uint64(e.HelloRecords)),
		slog.String("hello_verdict", verdictName(e.Verdict)),
		slog.String("hello_reason", e.HelloReason.String()),
		slog.Bool("post_quantum", e.PostQuantum),
		slog.String("ech", e.ECH.String()),
		slog.String("route", e.RouteKind.String()),
		slog.String("rule", e.Rule),
		slog.String("datacenter", e.Datacenter),
		slog.String("service", e.Service),
		slog.String("endpoint", e.Endpoint),
		slog.Uint64("attempts", uint64(e.Attempts)),
		milliseconds("connect_ms", e.Connect),
		milliseconds("first_byte_ms", e.FirstByte),
		milliseconds("duration_ms", e.Duration),
		slog.Uint64("bytes_in", e.BytesIn),
		slog.Uint64("bytes_out", e.BytesOut),
		slog.Uint64("spliced_bytes", e.SplicedBytes),
		slog.String("reason", e.Reason.String()),
		slog.String("closed_by", e.ClosedBy.String()),
	}
	if e.Errno != 0 {
		attrs = append(attrs, slog.String("error", e.Errno.Error()))
	}
	return attrs
}

// log writes the event as one record, of level Info when it is a connection's.
func (e *Event) log(logger *slog.Logger) {
	level, message := e.Level, e.Message
	if e.Kind == EventConnection {
		level, message = slog.LevelInfo, "connection"
	}
	ctx := context.Background()
	if !logger.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(e.Time, level, message, 0)
	if e.Kind == EventConnection {
		record.AddAttrs(e.Attrs()...)
	}
	_ = logger.Handler().Handle(ctx, record) // As slog.Logger does.
}

// eventLoop hands a gateway's events to its Logger and OnEvent.
type eventLoop struct {
	file *eventFile // Nil: nobody wants events.
	done chan struct{}
	end  sync.Once
}

const eventBatch = 256

func newEventLoop(g *Gateway) (*eventLoop, error) {
	l := &eventLoop{done: make(chan struct{})}
	if !g.options.wantsEvents() {
		close(l.done)
		return l, nil
	}
	var err error
	if l.file, err = newEventFile(C.meshgw_gateway_event_fd(g.ptr)); err != nil {
		return nil, err
	}
	// The gateway outlives the loop: whoever stops it waits for done.
	go func() {
		defer close(l.done)
		l.file.poll(g.nextEvents)
		for g.nextEvents() { // Those that came with the end.
		}
	}()
	return l, nil
}

// close ends the loop when all events that wait were handled.
func (l *eventLoop) close() {
	l.end.Do(func() {
		if l.file != nil {
			l.file.Close()
		}
	})
	<-l.done
}

// nextEvents handles a batch; false when nothing waits.
func (g *Gateway) nextEvents() bool {
	var batch *C.meshgw_events
	if C.meshgw_gateway_next_events(g.ptr, eventBatch, &batch, nil) != C.MESHGW_OK {
		return false
	}
	defer C.meshgw_events_free(batch)
	n := C.meshgw_events_count(batch)
	for i := C.size_t(0); i < n; i++ {
		event := toEvent(C.meshgw_events_at(batch, i))
		if event.Kind != EventConnection && event.Kind != EventLog {
			continue // Of a later version.
		}
		if g.options.Logger != nil {
			event.log(g.options.Logger)
		}
		if g.options.OnEvent != nil {
			g.options.OnEvent(event)
		}
	}
	return n > 0
}
