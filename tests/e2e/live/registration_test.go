package live

import (
	"fmt"
	"net"
	"strconv"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
)

func TestRegistration(t *testing.T) {
	everyKind(t, func(t *testing.T, kinds gatewayKinds) {
		f := startFederation(t, kinds)
		t.Run("the catalog has both gateways with their kind and addresses", func(t *testing.T) {
			checkRegistered(t, f.dc1, f.gateway1)
			checkRegistered(t, f.dc2, f.gateway2)
		})
		t.Run("Consul's check of a gateway that listens passes", func(t *testing.T) {
			waitGatewayCheck(t, f.dc1, "passing")
			waitGatewayCheck(t, f.dc2, "passing")
		})
		t.Run("Consul's check of a gateway that was killed is critical, and passes when it is back", func(t *testing.T) {
			f.gateway1.Kill()
			waitGatewayCheck(t, f.dc1, "critical")
			f.gateway1.Launch(t)
			f.gateway1.WaitListening(t)
			waitGatewayCheck(t, f.dc1, "passing")
		})
	})
}

func theGateway(dc *mesh.Datacenter) (mesh.Instance, error) { return theInstance(dc, "mesh-gateway") }

func theInstance(dc *mesh.Datacenter, service string) (mesh.Instance, error) {
	found, err := dc.Instances(service)
	if err != nil {
		return mesh.Instance{}, err
	}
	if len(found) != 1 {
		return mesh.Instance{}, fmt.Errorf("the catalog has %d instances of %s", len(found), service)
	}
	return found[0], nil
}

func checkRegistered(t *testing.T, dc *mesh.Datacenter, gateway *mesh.Gateway) {
	t.Helper()
	var registered mesh.Instance
	mesh.Eventually(t, "the gateway of "+dc.Name+" is in the catalog", func() (err error) {
		registered, err = theGateway(dc)
		return err
	})
	service := registered.Service
	if service.Kind != "mesh-gateway" || service.ID != "mesh-gateway" {
		t.Errorf("kind %q, id %q", service.Kind, service.ID)
	}
	place := func(address string, port int) string { return net.JoinHostPort(address, strconv.Itoa(port)) }
	if got := place(service.Address, service.Port); got != gateway.LAN {
		t.Errorf("it is registered at %s and not %s", got, gateway.LAN)
	}
	for name, want := range map[string]string{"lan": gateway.LAN, "wan": gateway.WAN} {
		tagged := service.TaggedAddresses[name]
		if got := place(tagged.Address, tagged.Port); got != want {
			t.Errorf("its %s address is %s and not %s", name, got, want)
		}
	}
	if service.Proxy.Config["envoy_gateway_no_default_bind"] != true {
		t.Errorf("its configuration is %v", service.Proxy.Config)
	}
	bound, _ := service.Proxy.Config["envoy_gateway_bind_addresses"].(map[string]any)
	if len(bound) != 2 || bound["lan"] == nil || bound["wan"] == nil {
		t.Errorf("it is bound to %v", bound)
	}
}

func waitGatewayCheck(t *testing.T, dc *mesh.Datacenter, status string) {
	t.Helper()
	waitServiceCheck(t, dc, "mesh-gateway", status)
}

// waitServiceCheck waits for the check of TCP that registering comes with.
func waitServiceCheck(t *testing.T, dc *mesh.Datacenter, gateway, status string) {
	t.Helper()
	mesh.Eventually(t, "the check of "+gateway+" of "+dc.Name+" is "+status, func() error {
		registered, err := theInstance(dc, gateway)
		if err != nil {
			return err
		}
		for _, check := range registered.Checks {
			if check.ServiceID == "" {
				continue
			}
			if check.Type != "tcp" || check.Status != status {
				return fmt.Errorf("the check is %+v", check)
			}
			return nil
		}
		return fmt.Errorf("there is no check of the service")
	})
}
