package meshgw

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
)

type helloVector struct {
	Name        string
	Client      string
	Hex         string
	Limits      struct{ MaxMessageBytes, MaxRecords uint32 }
	RawLimits   map[string]uint32 `json:"limits"`
	Verdict     string
	Reason      string
	Offset      int
	ServerName  *string `json:"server_name"`
	ALPN        []string
	Versions    []uint16
	Records     int
	Bytes       int
	ECH         string
	PostQuantum bool `json:"post_quantum"`
	EarlyData   bool `json:"early_data"`
	JA4         string
}

func (v *helloVector) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(v.Name, err)
	}
	return b
}

func (v *helloVector) options() *HelloOptions {
	return &HelloOptions{
		MaxMessageBytes: v.RawLimits["max_message_bytes"],
		MaxRecords:      v.RawLimits["max_records"],
	}
}

func helloVectors(t testing.TB) []helloVector {
	t.Helper()
	var vectors []helloVector
	loadVectors(t, "hello.json", &vectors)
	if len(vectors) < 80 {
		t.Fatal("only", len(vectors), "vectors")
	}
	return vectors
}

// checkVerdict compares everything but the details of a hello.
func checkVerdict(t *testing.T, v *helloVector, hello Hello, err error) {
	t.Helper()
	switch v.Verdict {
	case "hello":
		if err != nil {
			t.Error(err)
			return
		}
		equal(t, "has name", hello.Flags.Has(HelloHasServerName), v.ServerName != nil)
		if v.ServerName != nil {
			equal(t, "name", hello.ServerName, *v.ServerName)
		}
		equal(t, "position", hello.Position, v.Bytes)
		equal(t, "post-quantum", hello.Flags.Has(HelloPostQuantum), v.PostQuantum)
		equal(t, "early data", hello.Flags.Has(HelloEarlyData), v.EarlyData)
		equal(t, "ECH", hello.Flags.ECH().String(), v.ECH)
	case "need_more":
		if err != ErrNeedMore {
			t.Errorf("got %v", err)
		}
		if size := len(v.Hex) / 2; hello.Position <= size {
			t.Errorf("%d bytes are here and only %d are needed", size, hello.Position)
		}
	default:
		var refused *HelloError
		if !errors.As(err, &refused) {
			t.Fatalf("got %v, want %s", err, v.Verdict)
		}
		equal(t, "verdict", refused.Code.String(), v.Verdict)
		equal(t, "reason", refused.Reason.String(), v.Reason)
		equal(t, "offset", refused.Offset, v.Offset)
		equal(t, "matches its sentinel", errors.Is(err, refused.Code), true)
		equal(t, "name", hello.ServerName, "")
	}
}

func TestEveryVectorOfHellosGivesWhatItSays(t *testing.T) {
	for _, v := range helloVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			b := v.bytes(t)
			if v.RawLimits == nil {
				hello, err := ReadHello(b)
				checkVerdict(t, &v, hello, err)
			}
			details, err := InspectHello(b, v.options())
			checkVerdict(t, &v, details.Hello, err)
			if v.Verdict == "hello" {
				checkDetails(t, &v, &details)
			}
			reader, err := NewHelloReader(v.options())
			if err != nil {
				t.Fatal(err)
			}
			hello, err := reader.Feed(b)
			checkVerdict(t, &v, hello, err)
		})
	}
}

func checkDetails(t *testing.T, v *helloVector, d *HelloDetails) {
	t.Helper()
	equal(t, "records", d.Records, v.Records)
	equal(t, "JA4", d.JA4, v.JA4)
	if len(d.ALPN)+len(v.ALPN) > 0 && !reflect.DeepEqual(d.ALPN, v.ALPN) {
		t.Errorf("ALPN: got %q, want %q", d.ALPN, v.ALPN)
	}
	if len(d.SupportedVersions)+len(v.Versions) > 0 && !reflect.DeepEqual(d.SupportedVersions, v.Versions) {
		t.Errorf("versions: got %v, want %v", d.SupportedVersions, v.Versions)
	}
}

func TestAHelloThatComesByteByByteIsReadAlike(t *testing.T) {
	whole := clientHello(t, &tls.Config{ServerName: "db.example", NextProtos: []string{"h2"}})
	for _, wire := range [][]byte{whole, splitRecords(whole, 3, 50, 1)} {
		reader, err := NewHelloReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(wire); n++ {
			for _, read := range []func([]byte) (Hello, error){reader.Feed, ReadHello} {
				if hello, err := read(wire[:n]); err != ErrNeedMore || hello.ServerName != "" || hello.Position <= n {
					t.Fatal(n, hello, err)
				}
			}
		}
		want, err := ReadHello(append(wire[:len(wire):len(wire)], "what follows"...))
		if err != nil || want.ServerName != "db.example" || want.Position != len(wire) {
			t.Fatal(want, err)
		}
		for i := 0; i < 2; i++ { // The verdict is repeated.
			if got, err := reader.Feed(wire); err != nil || got != want {
				t.Error(got, err)
			}
		}
	}
}

func TestReadingAHelloAllocatesItsNameOnly(t *testing.T) {
	one := clientHello(t, &tls.Config{ServerName: "db.default.dc2.internal.td.consul"})
	two := splitRecords(one, 60)
	nothing := []byte("GET / HTTP/1.1\r\n\r\n")
	for _, row := range []struct {
		name   string
		b      []byte
		allocs float64
	}{{"one record", one, 1}, {"two records", two, 1}, {"a part", one[:99], 0}, {"no TLS", nothing, 1}} {
		got := testing.AllocsPerRun(1000, func() { ReadHello(row.b) })
		if got > row.allocs && !raceEnabled {
			t.Errorf("%s: %v allocations, want %v", row.name, got, row.allocs)
		}
	}
}

func TestOptionsOfHellosAreObeyed(t *testing.T) {
	// crypto/tls sends no such names, so the bytes are changed behind it.
	wire := clientHello(t, &tls.Config{ServerName: "a.example.comx"})
	changed := []byte(string(wire))
	for i := range changed {
		if string(changed[i:min(i+14, len(changed))]) == "a.example.comx" {
			changed[i+13] = '.'
		}
	}
	if _, err := InspectHello(changed, nil); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	d, err := InspectHello(changed, &HelloOptions{AllowTrailingDot: true})
	if err != nil || d.ServerName != "a.example.com" {
		t.Error(d.ServerName, err)
	}
	big, err := NewHelloReader(&HelloOptions{MaxMessageBytes: 1 << 30, MaxRecords: 65535}) // The first is clamped.
	if err != nil {
		t.Fatal(err)
	}
	if _, err := big.Feed(splitRecords(wire, 1)); err != nil {
		t.Error(err)
	}
	if _, err := NewHelloReader(&HelloOptions{MaxRecords: 65536}); !errors.Is(err, ErrInvalidArgument) {
		t.Error("more records than can be counted:", err)
	}
	var zero HelloReader
	if _, err := zero.Feed(wire); !errors.Is(err, ErrInvalidArgument) {
		t.Error("a reader that was not made:", err)
	}
}
