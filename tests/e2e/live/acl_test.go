package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

const managementToken = "6d3c9b52-0d5c-4a4f-9c7a-1f1c8c9d0e11"

// What a gateway needs: to register itself, and to see all services on all nodes.
const gatewayRules = `
service "mesh-gateway" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
`

// Without nodes Consul filters what runs on them, and says nothing.
const blindRules = `
service "blind-gateway" { policy = "write" }
service_prefix "" { policy = "read" }
`

var deniedByDefault = mesh.Object{"acl": mesh.Object{
	"enabled": true, "default_policy": "deny", "enable_token_replication": true,
	"tokens": mesh.Object{"initial_management": managementToken, "agent": managementToken, "replication": managementToken},
}}

func TestACLs(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := &federation{Mesh: mesh.New(t)}
		f.dc1 = f.AddDatacenter(t, "dc1", deniedByDefault)
		f.dc2 = f.AddDatacenter(t, "dc2", deniedByDefault)
		f.dc1.Token, f.dc2.Token = managementToken, managementToken
		f.startServers(t)
		accessor, secret := f.CreateToken(t, "gateway", gatewayRules)
		f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
		file := filepath.Join(t.TempDir(), "token")
		writeToken(t, file, secret)
		f.gateway1.TokenFile, f.gateway2.TokenFile = file, file
		first := f.dc2.StartNative(t, "api", "api-1", nil)

		t.Run("a gateway whose token does not exist does not listen and says so", func(t *testing.T) {
			refused := f.dc1.NewGateway(kinds.first)
			refused.Token = "11111111-2222-3333-4444-555555555555"
			checkDoesNotListen(t, refused, "ACL not found")
		})
		t.Run("a gateway whose token may not register it does not listen and says so", func(t *testing.T) {
			refused := f.dc1.NewGateway(kinds.first)
			_, refused.Token = f.CreateToken(t, "other", strings.ReplaceAll(gatewayRules, "mesh-gateway", "other"))
			checkDoesNotListen(t, refused, "Permission denied")
		})
		t.Run("a gateway whose token may not read nodes listens and refuses every name", func(t *testing.T) {
			_, token := f.CreateToken(t, "blind", blindRules)
			blind := f.dc2.NewGateway(kinds.second)
			blind.Name, blind.Token = "blind-gateway", token
			blind.Launch(t)
			blind.WaitListening(t)
			if page, err := f.dc2.PageVia(blind.LAN, apiInDc2); err == nil {
				t.Errorf("a connection got to %s", page)
			}
			blind.Kill()
			f.dc2.Deregister(t, blind.Name)
		})
		f.startGateways(t)
		t.Run("gateways with the least rights carry connections", func(t *testing.T) {
			f.waitPages(t, apiInDc2, first)
		})
		second := f.dc2.StartNative(t, "api", "api-2", nil)
		t.Run("gateways whose token file has changed do with the new token when the old one is revoked", func(t *testing.T) {
			if kinds.second == mesh.Envoy {
				t.Skip("Envoy's token is in the file that it starts with")
			}
			old := accessor
			accessor, secret = f.CreateToken(t, "gateway-next", gatewayRules)
			writeToken(t, file, secret)
			f.DeleteToken(t, old)
			f.dc2.SetCheck(t, first.ID, "critical")
			f.waitPages(t, apiInDc2, second)
			f.dc2.SetCheck(t, first.ID, "passing")
			f.waitPages(t, apiInDc2, first, second)
			f.dc2.Deregister(t, f.gateway2.Name)
			checkRegistered(t, f.dc2, f.gateway2)
		})
		t.Run("gateways whose token is revoked go on with what they know", func(t *testing.T) {
			talk := f.talkWith(t, apiInDc2, first)
			f.DeleteToken(t, accessor)
			f.waitPages(t, apiInDc2, first, second)
			livesOn(t, talk, first)
		})
	})
}

// writeToken replaces the file, as programs do that hand out tokens.
func writeToken(t *testing.T, path, token string) {
	t.Helper()
	next := path + ".next"
	if err := os.WriteFile(next, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}
