package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const catalogText = `
datacenter = "dc1"
connect { enabled = true ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
service {
  name = "echo"
  address = "127.0.0.1"
  port = 9
  connect { sidecar_service { port = %d } }
}
`

const echoName = "echo.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul"

// sidecar answers TLS connections with what they send.
func sidecar(t *testing.T) (port int) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// startProxy builds the program and starts it; it says where it listens.
func startProxy(t *testing.T, catalog string) (address string) {
	program := filepath.Join(t.TempDir(), "proxy")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	proxy := exec.Command(program, "-listen", "127.0.0.1:0", "-catalog", catalog)
	said, err := proxy.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Process.Kill(); proxy.Wait() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, found, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go io.Copy(io.Discard, said)
			return found
		}
		t.Log(lines.Text())
	}
	t.Fatal("the proxy ended")
	return ""
}

func TestTheProxyRoutesByServerName(t *testing.T) {
	catalog := t.TempDir()
	text := fmt.Sprintf(catalogText, sidecar(t))
	if err := os.Mkdir(filepath.Join(catalog, "dc1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(catalog, "dc1", "agent.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := startProxy(t, catalog)
	dialer := &net.Dialer{Timeout: 20 * time.Second}
	c, err := tls.DialWithDialer(dialer, "tcp", address, &tls.Config{ServerName: echoName, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(c, "hello")
	c.CloseWrite()
	if got, err := io.ReadAll(c); string(got) != "hello" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	other := &tls.Config{ServerName: "other.example", InsecureSkipVerify: true}
	if _, err := tls.DialWithDialer(dialer, "tcp", address, other); err == nil {
		t.Error("an unknown name was routed")
	}
}
