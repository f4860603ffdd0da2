// Proxy routes TCP connections by the server name of their TLS hello, as the
// mesh gateway of one datacenter of a catalog, and never decrypts.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/meshgw/meshgw/bindings/go"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8443", "address to listen on")
	folder := flag.String("catalog", "catalog", "folder with a folder for each datacenter")
	datacenter := flag.String("datacenter", "dc1", "whose gateway this is")
	flag.Parse()
	catalog, err := meshgw.LoadCatalog(*folder)
	exitOn(err)
	routes, _, err := catalog.Routes(*datacenter, "")
	exitOn(err)
	listener, err := net.Listen("tcp", *address)
	exitOn(err)
	log.Print("listening on ", listener.Addr())
	for {
		client, err := listener.Accept()
		exitOn(err)
		go func() { log.Print(client.RemoteAddr(), ": ", carry(client, routes)) }()
	}
}

func exitOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// carry brings one connection to where its hello says, and returns at its end.
func carry(client net.Conn, routes *meshgw.Routes) error {
	defer client.Close()
	peeked, err := meshgw.Peek(client, &meshgw.PeekOptions{Timeout: 5 * time.Second})
	if err != nil {
		return err // Never route on doubt.
	}
	cluster, err := routes.Cluster(routes.Lookup(peeked.ServerName()).Cluster)
	if err != nil || len(cluster.Endpoints) == 0 {
		return fmt.Errorf("no route for %q", peeked.ServerName())
	}
	server, err := net.DialTimeout("tcp", cluster.Endpoints[0].HostPort(), cluster.ConnectTimeout)
	if err != nil {
		return err
	}
	defer server.Close()
	_, err = peeked.Splice(server.(*net.TCPConn))
	return err
}
