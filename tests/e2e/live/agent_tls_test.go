package live

import (
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

// An agent that refuses a certificate may close before that can be read.
const reasonTLS = "(?i)certificate|unknown.ca|broken pipe|connection reset"

func TestAgentTLS(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		authority, stranger := mesh.NewAuthority(t, "authority"), mesh.NewAuthority(t, "stranger")
		f := &federation{Mesh: mesh.New(t)}
		f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
		f.dc1.Secure(t, authority)
		f.dc2.Secure(t, authority)
		f.startServers(t)
		f.gateway1, f.gateway2 = f.dc1.NewGateway(kinds.first), f.dc2.NewGateway(kinds.second)
		f.gateway1.Agent = f.dc1.SecureFlags(t, authority, authority)
		f.gateway2.Agent = f.dc2.SecureFlags(t, authority, authority)

		t.Run("a gateway that does not trust its agent's certificate does not listen and says so", func(t *testing.T) {
			refused := f.dc1.NewGateway(kinds.first)
			refused.Agent = f.dc1.SecureFlags(t, authority, stranger)
			checkDoesNotListen(t, refused, reasonTLS)
		})
		t.Run("a gateway whose certificate its agent does not trust does not listen and says so", func(t *testing.T) {
			refused := f.dc1.NewGateway(kinds.first)
			refused.Agent = f.dc1.SecureFlags(t, stranger, authority)
			checkDoesNotListen(t, refused, reasonTLS)
		})
		f.startGateways(t)
		t.Run("gateways that reach their agents over TLS carry connections", func(t *testing.T) {
			f.waitPages(t, apiInDc2, f.dc2.StartNative(t, "api", "api-1", nil))
		})
	})
}
