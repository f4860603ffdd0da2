package mesh

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// A WAN joins the networks of datacenters by a router, and can be cut: the
// router then drops, without a word, what it would forward.
type WAN struct {
	router *site
	joined int
}

// NewWAN returns one without datacenters, and skips the test where it cannot be
// made. What is to use it is made after it.
func NewWAN(t testing.TB) *WAN {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip, of iproute2")
	}
	w := &WAN{router: newSite(t)}
	w.Heal(t)
	return w
}

// Cut has all packets between datacenters be lost.
func (w *WAN) Cut(t testing.TB) { w.forward(t, "0") }

// Heal ends a cut.
func (w *WAN) Heal(t testing.TB) { w.forward(t, "1") }

func (w *WAN) forward(t testing.TB, value string) {
	t.Helper()
	err := w.router.run(func() error {
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte(value), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// join adds a network and returns the address that a datacenter has there.
func (w *WAN) join(t testing.TB) string {
	t.Helper()
	w.joined++
	s := newSite(t)
	link := fmt.Sprintf("lan%d", w.joined)
	address, gateway := fmt.Sprintf("10.0.%d.1", w.joined), fmt.Sprintf("10.0.%d.254", w.joined)
	w.router.ip(t, "link add %s type veth peer name wan netns /proc/%d/fd/%d", link, os.Getpid(), s.namespace.Fd())
	w.router.ip(t, "address add %s/24 dev %s", gateway, link)
	w.router.ip(t, "link set %s up", link)
	s.ip(t, "link set lo up")
	s.ip(t, "address add %s/24 dev wan", address)
	s.ip(t, "link set wan up")
	s.ip(t, "route add default via %s", gateway)
	sites.Store(address, s)
	return address
}
