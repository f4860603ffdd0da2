package meshgw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// The fields of the access log of the program, but ts (the record's time).
const accessLogFields = `alpn attempts bytes_in bytes_out closed_by conn_id connect_ms datacenter duration_ms ech
	endpoint first_byte_ms hello_bytes hello_reason hello_records hello_verdict listener post_quantum reason
	route rule service sni spliced_bytes src tls_versions`

func TestEndedConnectionsAreLoggedAndTold(t *testing.T) {
	var log bytes.Buffer // The loop writes it; Drain ends the loop.
	events := make(chan Event, 16)
	begin := time.Now()
	g, address := startGateway(t, GatewayOptions{
		Logger:  slog.New(slog.NewJSONHandler(&log, nil)),
		OnEvent: func(e Event) { events <- e },
	}, echoRoutes(t))
	echo(t, address)
	good := nextConnection(t, events)
	equal(t, "listener", good.Listener, "wan")
	equal(t, "name", good.ServerName, echoName)
	equal(t, "rule", good.Rule, echoName)
	equal(t, "cluster", good.Cluster+good.Service+good.Datacenter, "echoechodc1")
	equal(t, "verdict", good.Verdict, CodeOK)
	equal(t, "route", good.RouteKind, RouteExact)
	equal(t, "attempts", good.Attempts, 1)
	equal(t, "alpn", strings.Join(good.ALPN, " "), "h2 http/1.1")
	equal(t, "TLS 1.3 is offered", slices.Contains(good.TLSVersions, 0x0304), true)
	equal(t, "bytes", good.BytesIn > uint64(good.HelloBytes) && good.BytesOut > 0, true)
	equal(t, "times", good.Duration >= good.FirstByte && good.FirstByte >= good.Connect && good.Connect >= 0, true)
	equal(t, "start", good.Time.After(begin.Add(-time.Second)) && good.Time.Before(time.Now().Add(time.Second)), true)
	if host, _, err := net.SplitHostPort(good.Source); host != "127.0.0.1" {
		t.Error(good.Source, err)
	}
	if _, err := dialTLS(t, address, "unknown.example"); err == nil {
		t.Error("an unknown name was served")
	}
	bad := nextConnection(t, events)
	equal(t, "reason", bad.Reason, ReasonNoRoute)
	equal(t, "closed by", bad.ClosedBy, SideGateway)
	equal(t, "connect", bad.Connect < 0, true)
	if _, err := g.Drain(0); err != nil {
		t.Fatal(err)
	}
	checkLog(t, log.String(), &good)
}

func nextConnection(t *testing.T, events chan Event) Event {
	t.Helper()
	for {
		select {
		case e := <-events:
			if e.Kind == EventConnection {
				return e
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no event came")
		}
	}
}

func checkLog(t *testing.T, log string, good *Event) {
	t.Helper()
	var records []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(line, err)
		}
		if record["msg"] == "connection" {
			records = append(records, record)
		}
	}
	if len(records) != 2 {
		t.Fatal(log)
	}
	var fields []string
	for field := range records[0] {
		if field != "time" && field != "level" && field != "msg" && field != "error" {
			fields = append(fields, field)
		}
	}
	sort.Strings(fields)
	equal(t, "fields", strings.Join(fields, " "), strings.Join(strings.Fields(accessLogFields), " "))
	equal(t, "sni", records[0]["sni"], any(echoName))
	equal(t, "verdict", records[0]["hello_verdict"], any("hello"))
	equal(t, "alpn", fmt.Sprint(records[0]["alpn"]), "[h2 http/1.1]")
	equal(t, "versions", fmt.Sprint(records[0]["tls_versions"]), "[1.3 1.2]")
	equal(t, "connect", records[0]["connect_ms"], any(float64(good.Connect.Microseconds())/1000))
	equal(t, "no connect", records[1]["connect_ms"], nil)
	equal(t, "reason", records[1]["reason"], any("no_route"))
}
