// Go_client sends one ClientHello: go_client [-classic|-tls12|-ech] PORT NAME [ALPN...].
package main

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"flag"
	"net"
)

// echConfigList makes the configuration of a server that no one runs.
func echConfigList(publicName string) []byte {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	public := key.PublicKey().Bytes()
	contents := []byte{7} // config_id
	contents = binary.BigEndian.AppendUint16(contents, 0x0020)
	contents = binary.BigEndian.AppendUint16(contents, uint16(len(public)))
	contents = append(contents, public...)
	contents = append(contents, 0, 4, 0, 1, 0, 1) // HKDF-SHA256, AES-128-GCM
	contents = append(contents, 32, byte(len(publicName)))
	contents = append(contents, publicName...)
	contents = append(contents, 0, 0)
	config := binary.BigEndian.AppendUint16(nil, 0xfe0d)
	config = binary.BigEndian.AppendUint16(config, uint16(len(contents)))
	config = append(config, contents...)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(config))), config...)
}

func main() {
	classic := flag.Bool("classic", false, "no post-quantum key share")
	tls12 := flag.Bool("tls12", false, "no TLS 1.3")
	ech := flag.Bool("ech", false, "Encrypted Client Hello")
	flag.Parse()
	config := &tls.Config{ServerName: flag.Arg(1), NextProtos: flag.Args()[2:]}
	if *classic {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	}
	if *tls12 {
		config.MaxVersion = tls.VersionTLS12
	}
	if *ech {
		config.EncryptedClientHelloConfigList = echConfigList("public.example.net")
	}
	connection, err := net.Dial("tcp", "127.0.0.1:"+flag.Arg(0))
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	_ = tls.Client(connection, config).Handshake() // Fails: no one answers.
}
