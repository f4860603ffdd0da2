// Package oracle holds the project's reader of hellos to crypto/tls, the server
// that Consul and its agents are.
package oracle

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"reflect"
	"testing"
	"time"
)

const mutations = "6000"

// seed is fixed, so that a run repeats; MESHGW_TLS_SEED explores others.
func seed() string {
	if text := os.Getenv("MESHGW_TLS_SEED"); text != "" {
		return text
	}
	return "1"
}

// answer is what the project reads in one stream.
type answer struct {
	Name          string
	Bytes         string
	Accepted      bool
	ServerName    string `json:"server_name"`
	ALPN          []string
	Versions      string
	LegacyVersion uint16 `json:"legacy_version"`
}

func byProject(t *testing.T) []answer {
	t.Helper()
	command := exec.Command(os.Getenv("MESHGW_HELLO_ANSWERS"), mutations, seed())
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("hello_answers: %v", err)
	}
	var answers []answer
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		answers = append(answers, a)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return answers
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	out, err := hex.DecodeString(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return out
}

// stream is a connection that has its bytes already and ends behind them.
type stream struct{ *bytes.Reader }

func (stream) Write(p []byte) (int, error)      { return len(p), nil }
func (stream) Close() error                     { return nil }
func (stream) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (stream) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (stream) SetDeadline(time.Time) error      { return nil }
func (stream) SetReadDeadline(time.Time) error  { return nil }
func (stream) SetWriteDeadline(time.Time) error { return nil }

var _ net.Conn = stream{}
var _ io.Reader = stream{}

var errSeen = errors.New("all that is asked has been answered")

// byGo is the oracle: what a server is told of the hello, nil where it comes to
// none.
func byGo(wire []byte) *tls.ClientHelloInfo {
	var seen *tls.ClientHelloInfo
	server := tls.Server(stream{bytes.NewReader(wire)}, &tls.Config{
		MinVersion: tls.VersionTLS10,
		GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			seen = info
			return nil, errSeen
		},
	})
	_ = server.Handshake()
	return seen
}

// versions are those of the extension, else those that Go makes of the old
// field.
func versions(t *testing.T, a answer) []uint16 {
	t.Helper()
	var out []uint16
	wire := fromHex(t, a.Versions)
	for ; len(wire) >= 2; wire = wire[2:] {
		out = append(out, uint16(wire[0])<<8|uint16(wire[1]))
	}
	if out != nil {
		return out
	}
	for v := uint16(tls.VersionTLS13); v >= tls.VersionTLS10; v-- {
		if v <= a.LegacyVersion {
			out = append(out, v)
		}
	}
	return out
}

func compareHello(t *testing.T, a answer, info *tls.ClientHelloInfo) {
	t.Helper()
	if name := string(fromHex(t, a.ServerName)); name != info.ServerName {
		t.Errorf("%s: server name %q, Go has %q", a.Name, name, info.ServerName)
	}
	var alpn []string
	for _, protocol := range a.ALPN {
		alpn = append(alpn, string(fromHex(t, protocol)))
	}
	if len(alpn)+len(info.SupportedProtos) > 0 && !reflect.DeepEqual(alpn, info.SupportedProtos) {
		t.Errorf("%s: ALPN %q, Go has %q", a.Name, alpn, info.SupportedProtos)
	}
	ours := versions(t, a)
	if len(ours)+len(info.SupportedVersions) > 0 && !reflect.DeepEqual(ours, info.SupportedVersions) {
		t.Errorf("%s: versions %x, Go has %x", a.Name, ours, info.SupportedVersions)
	}
}

func TestNoHelloIsReadInTwoWaysByTwoWhoAcceptIt(t *testing.T) {
	answers := byProject(t)
	both, named, withALPN, onlyGo, onlyProject := 0, 0, 0, 0, 0
	for _, a := range answers {
		info := byGo(fromHex(t, a.Bytes))
		switch {
		case a.Accepted && info != nil:
			both++
			if info.ServerName != "" {
				named++
			}
			if len(info.SupportedProtos) > 0 {
				withALPN++
			}
			compareHello(t, a, info)
		case info != nil:
			onlyGo++
		case a.Accepted:
			onlyProject++
		}
	}
	t.Logf("%d hellos: both accept %d (%d with a name, %d with ALPN), Go alone %d, the project alone %d",
		len(answers), both, named, withALPN, onlyGo, onlyProject)
	// The test must not be empty, and ours is the stricter side.
	if both < 1500 || named < 1000 || withALPN < 300 || onlyGo < 100 {
		t.Errorf("too few to say anything")
	}
}

func TestEveryVectorThatIsAHelloIsOneForGo(t *testing.T) {
	hellos := 0
	for _, a := range byProject(t) {
		if !a.Accepted || bytes.Contains([]byte(a.Name), []byte(", mutation ")) {
			continue
		}
		hellos++
		if byGo(fromHex(t, a.Bytes)) == nil {
			t.Errorf("%s: Go refuses it", a.Name)
		}
	}
	if hellos < 20 {
		t.Errorf("only %d", hellos)
	}
}
