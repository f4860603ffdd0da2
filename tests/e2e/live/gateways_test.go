package live

import (
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// The other datacenter has a gateway of each kind.
func TestSeveralGateways(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		other := f.dc2.NewGateway(otherKind(kinds.second))
		other.Name = "mesh-gateway-2"
		other.Launch(t)
		other.WaitListening(t)
		waitServiceCheck(t, f.dc2, f.gateway2.Name, "passing")
		waitServiceCheck(t, f.dc2, other.Name, "passing")
		api := f.dc2.StartNative(t, "api", "api-1", nil)
		f.waitPages(t, apiInDc2, api)
		client, err := f.dc1.NewDialer(apiInDc2)
		if err != nil {
			t.Fatal(err)
		}
		// Connections are spread over all gateways.
		through, survives := f.talkThrough(t, client, f.gateway2), f.talkThrough(t, client, other)
		f.gateway2.Kill()
		load := startLoad(t, client, f.gateway1)
		t.Run("connections through a gateway that is killed end, and others live on", func(t *testing.T) {
			if page, err := through.Ask(); err == nil {
				t.Errorf("one shows %s", page)
			}
			livesOn(t, survives, api)
		})
		t.Run("once Consul's check of it is critical, all connections go to the other", func(t *testing.T) {
			waitServiceCheck(t, f.dc2, f.gateway2.Name, "critical")
			f.waitPages(t, apiInDc2, api)
		})
		t.Run("until then no new connection fails", func(t *testing.T) {
			if kinds.first == mesh.Envoy {
				_, failed := load.stop()
				t.Skipf("Envoy tries one gateway only: %v", failed)
			}
			load.checkNoneFailed(t)
		})
		t.Run("it carries connections again when it is back and the other is killed", func(t *testing.T) {
			f.gateway2.Launch(t)
			f.gateway2.WaitListening(t)
			waitServiceCheck(t, f.dc2, f.gateway2.Name, "passing")
			other.Kill()
			f.waitPages(t, apiInDc2, api)
			f.talkThrough(t, client, f.gateway2)
		})
	})
}

func otherKind(kind mesh.Kind) mesh.Kind {
	if kind == mesh.Envoy {
		return mesh.Meshgw
	}
	return mesh.Envoy
}

// talkThrough opens a conversation that goes through that gateway of dc2. No
// other may be open through it.
func (f *federation) talkThrough(t *testing.T, client *mesh.Dialer, gateway *mesh.Gateway) *mesh.Conversation {
	t.Helper()
	var talk *mesh.Conversation
	mesh.Eventually(t, "a connection goes through "+gateway.Name, func() error {
		opened, err := client.Dial(f.gateway1.LAN)
		if err != nil {
			return err
		}
		if _, err = opened.Ask(); err == nil {
			err = connectionsAre(gateway.WAN, 1)
		}
		if err != nil {
			opened.Close()
			return err
		}
		talk = opened
		return nil
	})
	t.Cleanup(talk.Close)
	return talk
}
