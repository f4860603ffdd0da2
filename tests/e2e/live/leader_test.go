package live

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// The first gateway's agent is a client, the second's a server.
func TestServerLeaderIsLost(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		m := mesh.New(t)
		three := mesh.Object{"bootstrap_expect": 3}
		servers := []*mesh.Datacenter{m.AddDatacenter(t, "dc1", three)}
		servers = append(servers, servers[0].AddAgent(t, "server-2", three), servers[0].AddAgent(t, "server-3", three))
		agent := servers[0].AddAgent(t, "client", mesh.Object{"server": false, "bootstrap_expect": nil})
		for _, member := range append(servers, agent) {
			member.Launch(t)
		}
		for _, member := range append(servers, agent) {
			member.WaitLeader(t)
		}
		leader, follower := leaderOf(t, servers)
		ofClient, ofServer := agent.NewGateway(kinds.first), follower.NewGateway(kinds.second)
		ofServer.Name = "mesh-gateway-2"
		target := mesh.Target{Service: "api", Datacenter: "dc1"}
		first := agent.StartNative(t, "api", "api-1", nil)
		for _, gateway := range []*mesh.Gateway{ofClient, ofServer} {
			gateway.Launch(t)
			gateway.WaitListening(t)
			waitPagesOf(t, agent, gateway, target, first)
		}
		client, err := agent.NewDialer(target)
		if err != nil {
			t.Fatal(err)
		}
		loads := []*load{startLoad(t, client, ofClient), startLoad(t, client, ofServer)}
		leader.Kill()
		mesh.Eventually(t, "the others have another leader", func() error { return hasOtherLeader(follower, leader) })
		second := agent.StartNative(t, "api", "api-2", nil)
		t.Run("a gateway whose agent is a client follows changes under the new leader", func(t *testing.T) {
			waitPagesOf(t, agent, ofClient, target, first, second)
		})
		t.Run("a gateway whose agent is another server follows changes under the new leader", func(t *testing.T) {
			waitPagesOf(t, agent, ofServer, target, first, second)
		})
		t.Run("no connection failed meanwhile", func(t *testing.T) {
			for _, load := range loads {
				load.checkNoneFailed(t)
			}
		})
	})
}

// leaderOf returns the server that leads, and another one.
func leaderOf(t *testing.T, servers []*mesh.Datacenter) (leader, follower *mesh.Datacenter) {
	t.Helper()
	mesh.Eventually(t, "there is a leader", func() error {
		address, err := leaderAddress(servers[0])
		if err != nil {
			return err
		}
		for i, server := range servers {
			if strings.HasPrefix(address, server.Address+":") {
				leader, follower = server, servers[(i+1)%len(servers)]
				return nil
			}
		}
		return errors.New("no server has the address " + address)
	})
	return leader, follower
}

func leaderAddress(dc *mesh.Datacenter) (string, error) {
	var address string
	err := dc.Get("/v1/status/leader", &address)
	if err == nil && address == "" {
		err = errors.New("there is no leader")
	}
	return address, err
}

func hasOtherLeader(dc, lost *mesh.Datacenter) error {
	address, err := leaderAddress(dc)
	if err == nil && strings.HasPrefix(address, lost.Address+":") {
		err = fmt.Errorf("the leader is still %s", address)
	}
	return err
}
