package meshgw

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"math/rand"
	"testing"
)

// The benchmarks have the names of those in benchmarks/client_hello_benchmark.cc.
// The reference is crypto/tls, used as proxies in Go do: a server connection,
// stopped in the callback that hands out the hello.

func extension(id uint16, body ...byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, id)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)))
	return append(out, body...)
}

// prefixed puts the length of b in front of it.
func prefixed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func list16(values ...uint16) (out []byte) {
	for _, v := range values {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	return out
}

// buildHello makes a hello of cipher suites and extensions, in one record.
func buildHello(suites []uint16, extensions ...[]byte) []byte {
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(body, 32)
	body = append(body, bytes.Repeat([]byte{0x77}, 32)...)
	body = append(body, prefixed(list16(suites...))...)
	body = append(body, 1, 0)
	body = append(body, prefixed(bytes.Join(extensions, nil))...)
	message := append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	return append([]byte{22, 3, 1}, prefixed(message)...)
}

func keyShare(group uint16, size int) []byte {
	return append(list16(group), prefixed(make([]byte, size))...)
}

// postQuantumHello is Chromium-like, of about 1.8 KB.
func postQuantumHello() []byte {
	name := "www.example-of-a-usual-length.com"
	ech := append([]byte{0, 0, 1, 0, 1, 7}, prefixed(make([]byte, 32))...)
	ech = append(ech, prefixed(make([]byte, 208))...)
	shares := bytes.Join([][]byte{keyShare(0x4a4a, 1), keyShare(0x11ec, 1216), keyShare(0x1d, 32)}, nil)
	return buildHello([]uint16{
		0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
		0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		extension(0x2a2a), extension(35),
		extension(43, append([]byte{6}, list16(0x3a3a, 0x0304, 0x0303)...)...),
		extension(27, 2, 0, 2),
		extension(13, prefixed(list16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))...),
		extension(0xfe0d, ech...),
		extension(10, prefixed(list16(0x4a4a, 0x11ec, 0x001d, 0x0017, 0x0018))...),
		extension(0x44cd, 0, 3, 2, 'h', '2'), extension(5, 1, 0, 0, 0, 0), extension(0xff01, 0),
		extension(0, prefixed(append([]byte{0}, prefixed([]byte(name))...))...),
		extension(18), extension(11, 1, 0), extension(51, prefixed(shares)...), extension(45, 1, 1),
		extension(16, prefixed([]byte("\x02h2\x08http/1.1"))...),
		extension(23), extension(0x5a5a, 0))
}

func captured(b testing.TB, name string) []byte {
	for _, v := range helloVectors(b) {
		if v.Name == name {
			return v.bytes(b)
		}
	}
	b.Fatal("no vector", name)
	return nil
}

type helloInput struct {
	name  string
	bytes []byte
}

func helloInputs(b testing.TB) []helloInput {
	return []helloInput{
		{"openssl_391", captured(b, "openssl_mesh_alpn")},
		{"curl_517", captured(b, "curl_h2")},
		{"go_pq_1525", captured(b, "go_post_quantum")},
		{"chromium_like_pq", postQuantumHello()},
	}
}

// realMix has the captured hellos in an order too long to be learnt.
func realMix(b testing.TB) [][]byte {
	var all [][]byte
	for _, v := range helloVectors(b) {
		if v.Client != "" {
			all = append(all, v.bytes(b))
		}
	}
	random := rand.New(rand.NewSource(1))
	mix := make([][]byte, 1<<13)
	for i := range mix {
		mix[i] = all[random.Intn(len(all))]
	}
	return mix
}

func readOne(b *testing.B, wire []byte) {
	if _, err := ReadHello(wire); err != nil {
		b.Fatal(err)
	}
}

var stopAtHello = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	lastName = hello.ServerName
	return nil, errStop
}}
var lastName string

func readOneCryptoTLS(b *testing.B, wire []byte) {
	tls.Server(bytesConn{bytes.NewReader(wire)}, stopAtHello).Handshake()
}

func benchmarkHot(b *testing.B, read func(*testing.B, []byte)) {
	for _, input := range helloInputs(b) {
		b.Run(input.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				read(b, input.bytes)
			}
		})
	}
}

func benchmarkMix(b *testing.B, read func(*testing.B, []byte)) {
	mix := realMix(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		read(b, mix[i&(len(mix)-1)])
	}
}

func benchmarkFlood(b *testing.B, read func(*testing.B, []byte)) {
	var extensions [][]byte
	for id := uint16(100); id < 4000; id++ {
		extensions = append(extensions, extension(id))
	}
	wire := buildHello([]uint16{0x1301}, extensions...)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		read(b, wire)
	}
}

func BenchmarkHot(b *testing.B)                     { benchmarkHot(b, readOne) }
func BenchmarkHotCryptoTLS(b *testing.B)            { benchmarkHot(b, readOneCryptoTLS) }
func BenchmarkMix(b *testing.B)                     { benchmarkMix(b, readOne) }
func BenchmarkMixCryptoTLS(b *testing.B)            { benchmarkMix(b, readOneCryptoTLS) }
func BenchmarkExtensionFlood(b *testing.B)          { benchmarkFlood(b, readOne) }
func BenchmarkExtensionFloodCryptoTLS(b *testing.B) { benchmarkFlood(b, readOneCryptoTLS) }

// A wake-up that cannot change anything: one byte is missing.
func BenchmarkUselessWakeUp(b *testing.B) {
	wire := postQuantumHello()
	reader, _ := NewHelloReader(nil)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := reader.Feed(wire[:len(wire)-1]); err != ErrNeedMore {
			b.Fatal(err)
		}
	}
}

func BenchmarkTwoRecords(b *testing.B) {
	wire := splitRecords(postQuantumHello(), 900)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		readOne(b, wire)
	}
}

// The worst that records allow: each byte in a record of its own, and each
// byte of the stream fed alone.
func BenchmarkOneByteRecordsAndReads(b *testing.B) {
	one := captured(b, "curl_h2")
	sizes := make([]int, len(one))
	for i := range sizes {
		sizes[i] = 1
	}
	wire := splitRecords(one, sizes...)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		reader, _ := NewHelloReader(nil)
		for n := 1; n <= len(wire); n++ {
			reader.Feed(wire[:n])
		}
	}
}

// With all other details: InspectHello gives them in one.
func BenchmarkJa4(b *testing.B) {
	wire := postQuantumHello()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if d, err := InspectHello(wire, nil); err != nil || d.JA4 == "" {
			b.Fatal(err)
		}
	}
}
