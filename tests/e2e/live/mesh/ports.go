package mesh

import (
	"fmt"
	"math/rand"
	"net"
	"sync"
)

// Ports that the kernel does not hand out by itself, so that what is restarted
// finds its port free, and far from Consul's own.
const firstPort, lastPort = 22000, 31999

var ports struct {
	sync.Mutex
	next int
}

// freePort returns a port of the address that is free for TCP and UDP, and that
// it returned to nobody else for the last ten thousand calls.
func freePort(address string) int {
	ports.Lock()
	defer ports.Unlock()
	if ports.next == 0 {
		ports.next = firstPort + rand.Intn(lastPort-firstPort)
	}
	for range lastPort - firstPort {
		port := ports.next
		if ports.next++; ports.next > lastPort {
			ports.next = firstPort
		}
		if isFree(fmt.Sprintf("%s:%d", address, port)) {
			return port
		}
	}
	panic("no free port of " + address)
}

func isFree(address string) bool {
	stream, err := listenAt(address)
	if err != nil {
		return false
	}
	defer stream.Close()
	var packet net.PacketConn
	err = at(address, func() (err error) {
		packet, err = net.ListenPacket("udp", address)
		return err
	})
	if err != nil {
		return false
	}
	packet.Close()
	return true
}

// answers tells whether something accepts connections there.
func answers(address string) error {
	connection, err := dialAt(address)
	if err != nil {
		return err
	}
	return connection.Close()
}
