// go_relay is what a Go program does that relays TCP: io.Copy between two
// connections, which splices. It waits for the ClientHello as a gateway must,
// but looks at its length alone.
//
//	go_relay LISTEN BACKEND
package main

import (
	"encoding/binary"
	"io"
	"log"
	"net"
	"os"
)

func readHello(client net.Conn) ([]byte, error) {
	header := make([]byte, 5)
	if _, err := io.ReadFull(client, header); err != nil {
		return nil, err
	}
	hello := make([]byte, 5+int(binary.BigEndian.Uint16(header[3:])))
	copy(hello, header)
	_, err := io.ReadFull(client, hello[5:])
	return hello, err
}

func carry(to, from *net.TCPConn, done chan<- struct{}) {
	io.Copy(to, from)
	to.CloseWrite()
	done <- struct{}{}
}

func relay(client *net.TCPConn, backend string) {
	defer client.Close()
	hello, err := readHello(client)
	if err != nil {
		return
	}
	dialed, err := net.Dial("tcp", backend)
	if err != nil {
		return
	}
	server := dialed.(*net.TCPConn)
	defer server.Close()
	if _, err := server.Write(hello); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	go carry(server, client, done)
	go carry(client, server, done)
	<-done
	<-done
}

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go relay(client.(*net.TCPConn), os.Args[2])
	}
}
