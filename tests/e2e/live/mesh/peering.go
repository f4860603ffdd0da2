package mesh

import (
	"fmt"
	"net/http"
	"testing"
)

// AllowPeering has the server talk to those of other clusters, as of its next
// start.
func (dc *Datacenter) AllowPeering() {
	dc.Configure(Object{"ports": Object{"grpc_tls": dc.ports.grpcTLS}})
}

// Peer has the cluster dial another one, and returns when both say that they
// are peers. Each knows the other by the name of its datacenter.
func (dc *Datacenter) Peer(t testing.TB, other *Datacenter) {
	t.Helper()
	var token struct{ PeeringToken string }
	Eventually(t, other.Name+" makes a token for "+dc.Name, func() error {
		return other.Request(http.MethodPost, "/v1/peering/token", Object{"PeerName": dc.Name}, &token)
	})
	Eventually(t, dc.Name+" takes the token", func() error {
		return dc.Request(http.MethodPost, "/v1/peering/establish",
			Object{"PeerName": other.Name, "PeeringToken": token.PeeringToken}, nil)
	})
	for _, pair := range [][2]*Datacenter{{dc, other}, {other, dc}} {
		Eventually(t, pair[0].Name+" is a peer of "+pair[1].Name, func() error { return pair[0].hasPeer(pair[1].Name) })
	}
}

func (dc *Datacenter) hasPeer(name string) error {
	var peering struct{ State string }
	err := dc.Get("/v1/peering/"+name, &peering)
	if err == nil && peering.State != "ACTIVE" {
		err = fmt.Errorf("the peering is %s", peering.State)
	}
	return err
}
