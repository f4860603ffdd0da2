package live

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// Servers that give up those of another datacenter within seconds.
var impatient = mesh.Object{"gossip_wan": mesh.Object{
	"probe_interval": "500ms", "probe_timeout": "250ms", "suspicion_mult": 2,
}}

const memberFailed = 4

func TestWANLink(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		wan := mesh.NewWAN(t)
		f := &federation{Mesh: mesh.New(t)}
		f.dc1 = f.AddDatacenterBehind(t, wan, "dc1", impatient)
		f.dc2 = f.AddDatacenterBehind(t, wan, "dc2", impatient)
		f.startServers(t)
		f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
		f.startGateways(t)
		here := f.dc1.StartNative(t, "web", "web-1", nil)
		first := f.dc2.StartNative(t, "api", "api-1", nil)
		f.waitPages(t, apiInDc2, first)
		client, err := f.dc1.NewDialer(apiInDc2)
		if err != nil {
			t.Fatal(err)
		}
		quiet, asking := f.talkWith(t, apiInDc2, first), f.talkWith(t, apiInDc2, first)
		routes := watchRoutes(t, f.gateway1, "*.dc2.internal.")

		wan.Cut(t)
		answer := make(chan error, 1)
		go func() {
			page, err := asking.Ask()
			if err == nil && page != first.Page {
				err = errors.New("the page is " + page)
			}
			answer <- err
		}()
		t.Run("a connection to the other side of a cut link fails before the client gives up", func(t *testing.T) {
			talk, err := client.Dial(f.gateway1.LAN)
			if err == nil {
				talk.Close()
				t.Fatal("it does not")
			}
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Errorf("the client gave up: %v", err)
			}
		})
		second := f.dc2.StartNative(t, "api", "api-2", nil)
		t.Run("each side goes on by itself, and follows its own changes", func(t *testing.T) {
			if page, err := f.dc1.PageVia(f.gateway1.LAN, mesh.Target{Service: "web", Datacenter: "dc1"}); err != nil || page != here.Page {
				t.Errorf("%s shows %q, %v", here.ID, page, err)
			}
			waitPagesOf(t, f.dc2, f.gateway2, apiInDc2, first, second)
		})
		mesh.Eventually(t, "dc1 has given up the server of dc2", func() error { return hasMember(f.dc1, "server-dc2.dc2", memberFailed) })

		wan.Heal(t)
		t.Run("connections get through within seconds of the link's return, to what has changed meanwhile", func(t *testing.T) {
			mesh.Within(t, 10*time.Second, "a connection gets through", func() error { return askVia(client, f.gateway1.LAN) })
			f.waitPages(t, apiInDc2, first, second)
		})
		t.Run("connections from before the cut live on", func(t *testing.T) {
			livesOn(t, quiet, first)
			if err := <-answer; err != nil {
				t.Errorf("one on which something was asked meanwhile: %v", err)
			}
		})
		t.Run("the gateway had a route to the other side all the time", func(t *testing.T) {
			looks, err := routes.stop()
			t.Logf("%d looks", looks)
			if looks == 0 || err != nil {
				t.Errorf("after %d looks: %v", looks, err)
			}
		})
	})
}

// hasMember is nil when the member of the WAN has the state.
func hasMember(dc *mesh.Datacenter, name string, state int) error {
	var members []struct {
		Name   string
		Status int
	}
	if err := dc.Get("/v1/agent/members?wan=1", &members); err != nil {
		return err
	}
	for _, member := range members {
		if member.Name == name && member.Status == state {
			return nil
		}
	}
	return fmt.Errorf("the members are %+v", members)
}

// A routeWatch looks again and again whether a gateway has endpoints for names
// that begin so.
type routeWatch struct {
	over  chan struct{}
	ended chan struct{}
	looks int
	err   error
}

func watchRoutes(t *testing.T, gateway *mesh.Gateway, prefix string) *routeWatch {
	t.Helper()
	w := &routeWatch{over: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for w.err == nil {
			select {
			case <-w.over:
				return
			case <-time.After(100 * time.Millisecond):
				w.looks++
				w.err = hasRoute(gateway, prefix)
			}
		}
	}()
	return w
}

// stop returns how often it has looked, and what was wrong.
func (w *routeWatch) stop() (int, error) {
	close(w.over)
	<-w.ended
	return w.looks, w.err
}
