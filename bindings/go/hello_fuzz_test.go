package meshgw

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"
)

// bytesConn gives bytes and then the end, and takes anything.
type bytesConn struct{ io.Reader }

func (bytesConn) Write(b []byte) (int, error)        { return len(b), nil }
func (bytesConn) Close() error                       { return nil }
func (bytesConn) LocalAddr() net.Addr                { return &net.TCPAddr{} }
func (bytesConn) RemoteAddr() net.Addr               { return &net.TCPAddr{} }
func (bytesConn) SetDeadline(t time.Time) error      { return nil }
func (bytesConn) SetReadDeadline(t time.Time) error  { return nil }
func (bytesConn) SetWriteDeadline(t time.Time) error { return nil }

var errStop = errors.New("seen enough")

// tlsHello returns what crypto/tls reads in a hello; nil: it refuses it.
func tlsHello(b []byte) (seen *tls.ClientHelloInfo) {
	config := &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		seen = hello
		return nil, errStop
	}}
	tls.Server(bytesConn{bytes.NewReader(b)}, config).Handshake()
	return seen
}

// checkAgainstCryptoTLS: what crypto/tls takes, and this package takes, they
// read alike.
func checkAgainstCryptoTLS(t *testing.T, b []byte) {
	hello, err := ReadHello(b)
	details, inspectErr := InspectHello(b, nil)
	if (err == nil) != (inspectErr == nil) || details.Hello != hello {
		t.Fatalf("read %v %v, inspected %v %v", hello, err, details.Hello, inspectErr)
	}
	seen := tlsHello(b)
	if err == ErrNeedMore && seen != nil && hello.Position > len(b) {
		t.Fatal("crypto/tls has the whole hello")
	}
	if err != nil || seen == nil {
		return
	}
	if seen.ServerName != hello.ServerName {
		t.Errorf("crypto/tls reads %q, this %q", seen.ServerName, hello.ServerName)
	}
	if len(seen.SupportedProtos)+len(details.ALPN) > 0 &&
		!reflect.DeepEqual(seen.SupportedProtos, details.ALPN) {
		t.Errorf("crypto/tls reads %q, this %q", seen.SupportedProtos, details.ALPN)
	}
}

func FuzzReadHello(f *testing.F) {
	for _, v := range helloVectors(f) {
		f.Add(v.bytes(f))
	}
	f.Add(clientHello(f, &tls.Config{ServerName: "a.example", NextProtos: []string{"h2", "x"}}))
	f.Fuzz(checkAgainstCryptoTLS)
}

// Hellos with the bodies of the two extensions that decide; what is around them
// is whole, and so what is wrong in them is looked at.
func FuzzReadHelloExtensions(f *testing.F) {
	f.Add([]byte("\x00\x0c\x00\x00\x09a.example"), []byte("\x00\x03\x02h2"))
	f.Add([]byte("\x00\x0d\x00\x00\x0aa.example."), []byte("\x00\x03\x02h3"))
	f.Fuzz(func(t *testing.T, serverName, alpn []byte) {
		if len(serverName) > 1000 || len(alpn) > 1000 {
			return
		}
		checkAgainstCryptoTLS(t, buildHello([]uint16{0x1301},
			extension(43, 2, 3, 4), extension(0, serverName...), extension(16, alpn...)))
	})
}

// Every hello that a client sent is taken by crypto/tls too, so that the fuzz
// target compares something.
func TestCryptoTLSTakesTheCapturedHellos(t *testing.T) {
	compared := 0
	for _, v := range helloVectors(t) {
		if v.Client == "" || v.Verdict != "hello" {
			continue
		}
		seen := tlsHello(v.bytes(t))
		if seen == nil {
			t.Log("crypto/tls refuses", v.Name)
			continue
		}
		compared++
		if v.ServerName != nil {
			equal(t, v.Name, seen.ServerName, *v.ServerName)
		}
	}
	if compared < 20 {
		t.Error("only", compared, "hellos were compared")
	}
}
