package live

import (
	"errors"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestOutages(t *testing.T) {
	everyPair(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		first := f.dc2.StartNative(t, "api", "api-1", nil)
		f.waitPages(t, apiInDc2, first)
		// The leaf and the roots that a client asks the agent for outlive it.
		client, err := f.dc1.NewDialer(apiInDc2)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("gateways whose agents are killed go on with what they know", func(t *testing.T) {
			talk := f.talkWith(t, apiInDc2, first)
			f.dc1.Kill()
			f.dc2.Kill()
			livesOn(t, talk, first)
			for range tries {
				if err := showsPageVia(client, f.gateway1.LAN, first.Page); err != nil {
					t.Fatal(err)
				}
			}
		})
		t.Run("gateways follow changes again when their agents are back", func(t *testing.T) {
			talk, err := client.Dial(f.gateway1.LAN)
			if err != nil {
				t.Fatal(err)
			}
			defer talk.Close()
			f.startServers(t)
			// An agent takes what it restores to be critical until it is told again.
			f.dc2.SetCheck(t, first.ID, "passing")
			second := f.dc2.StartNative(t, "api", "api-2", nil)
			f.waitPages(t, apiInDc2, first, second)
			if _, err := talk.Ask(); err != nil {
				t.Errorf("a connection from before: %v", err)
			}
		})
		t.Run("a gateway whose agent comes back without its state keeps its connections", func(t *testing.T) {
			talk := f.talkWith(t, apiInDc2, first)
			f.dc2.Kill()
			f.dc2.Forget(t)
			f.startServers(t)
			livesOn(t, talk, first)
			if err := f.gateway2.Running(); err != nil {
				t.Error(err)
			}
		})
		t.Run("a gateway whose agent came back without its state registers itself again", func(t *testing.T) {
			if kinds.second == mesh.Envoy {
				t.Skip("Envoy's registration is made once, by the program that starts it")
			}
			checkRegistered(t, f.dc2, f.gateway2)
		})
	})
}

func TestConsulIsAwayAtStart(t *testing.T) {
	forPairs(t, "meshgw/meshgw meshgw/envoy", func(t *testing.T, kinds gatewayKinds) {
		f := &federation{Mesh: mesh.New(t)}
		f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
		f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
		f.gateway1.Launch(t)
		if kinds.first == mesh.Envoy {
			t.Run("a gateway that cannot reach its agent ends", func(t *testing.T) {
				mesh.Eventually(t, "it has ended", func() error {
					if f.gateway1.Running() == nil {
						return errors.New("it runs")
					}
					return nil
				})
			})
			return
		}
		t.Run("a gateway waits for its agent and then serves", func(t *testing.T) {
			mesh.Eventually(t, "its log says that it waits", func() error {
				if err := f.gateway1.Running(); err != nil {
					return err
				}
				if f.gateway1.Log() == "" {
					return errors.New("nothing is logged")
				}
				return nil
			})
			f.startServers(t)
			f.gateway2.Launch(t)
			f.gateway1.WaitListening(t)
			f.waitPages(t, apiInDc2, f.dc2.StartNative(t, "api", "api-1", nil))
		})
	})
}

func showsPageVia(client *mesh.Dialer, gateway, want string) error {
	talk, err := client.Dial(gateway)
	if err != nil {
		return err
	}
	defer talk.Close()
	page, err := talk.Ask()
	if err == nil && page != want {
		err = errors.New("the page is " + page)
	}
	return err
}
