package mesh

import (
	"fmt"
	"os"
	"testing"
)

// Long enough that a test's check changes only when the test says so.
const timeToLive = "1h"

func passing() Object { return Object{"TTL": timeToLive, "Status": "passing"} }

// A Service is an instance of one behind an Envoy sidecar.
type Service struct {
	ID      string
	Page    string
	ProxyID string

	dc      *Datacenter
	sidecar *Process
	admin   string
}

// StartService starts a backend with its sidecar and registers both. Settings
// such as Meta or Weights are merged into both registrations.
func (dc *Datacenter) StartService(t testing.TB, name, id string, settings Object) *Service {
	t.Helper()
	s := &Service{ID: id, ProxyID: id + "-sidecar-proxy", Page: PageOf(id, dc), dc: dc}
	port := dc.startBackend(t, s.Page, nil)
	instance := Object{"ID": id, "Name": name, "Address": dc.Address, "Port": port}
	proxy := Object{
		"ID": s.ProxyID, "Name": name + "-sidecar-proxy", "Kind": "connect-proxy",
		"Address": dc.Address, "Port": freePort(dc.Address),
		"Proxy": Object{
			"DestinationServiceName": name, "DestinationServiceID": id,
			"LocalServiceAddress": dc.Address, "LocalServicePort": port,
		},
		"Check": passing(),
	}
	merge(instance, settings)
	merge(proxy, settings)
	dc.Register(t, instance)
	dc.Register(t, proxy)
	s.startSidecar(t)
	address := fmt.Sprintf("%s:%d", dc.Address, proxy["Port"])
	Eventually(t, "the sidecar of "+id+" listens", func() error {
		if err := s.sidecar.Running(); err != nil {
			return err
		}
		return answers(address)
	})
	return s
}

func (s *Service) startSidecar(t testing.TB) {
	t.Helper()
	s.admin = fmt.Sprintf("%s:%d", s.dc.Address, freePort(s.dc.Address))
	flags := append(s.dc.agentFlags(), "-proxy-id", s.ProxyID)
	if s.dc.Token != "" {
		flags = append(flags, "-token", s.dc.Token)
	}
	s.sidecar = s.dc.startEnvoy(t, "sidecar-"+s.ID, s.admin, flags...)
	t.Cleanup(s.sidecar.Kill)
}

// startEnvoy runs an Envoy with a bootstrap by Consul's program.
func (dc *Datacenter) startEnvoy(t testing.TB, name, admin string, flags ...string) *Process {
	t.Helper()
	command := []string{os.Getenv("CONSUL"), "connect", "envoy",
		// Newer than those that this Consul names; it works with them.
		"-ignore-envoy-compatibility", "-envoy-binary", os.Getenv("ENVOY"), "-admin-bind", admin}
	command = append(command, flags...)
	command = append(command, "--", "--concurrency", "1",
		// The main component lists all extensions.
		"--log-level", "info", "--component-log-level", "main:warning")
	return dc.mesh.start(t, dc.Address, name, command...)
}

// agentFlags say how a proxy of the datacenter reaches its agent.
func (dc *Datacenter) agentFlags() []string {
	return []string{"-http-addr", dc.HTTPAddress(),
		"-grpc-addr", fmt.Sprintf("%s:%d", dc.Address, dc.ports.grpc)}
}
