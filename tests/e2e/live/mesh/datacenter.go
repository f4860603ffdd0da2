package mesh

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A Datacenter is one Consul server, which is also the agent of everything that
// runs there, on an address of its own; or another agent of that datacenter.
type Datacenter struct {
	Name    string
	Node    string
	Address string
	// Token goes with all requests of the test itself.
	Token string
	// ConfigFolder, when set, has more of the server's configuration.
	ConfigFolder string

	mesh   *Mesh
	ports  serverPorts
	config Object
	server *Process
	base   string
}

type serverPorts struct {
	http, https, grpc, grpcTLS, server, serfLAN, serfWAN int
}

// AddDatacenter describes the next datacenter, 127.0.0.1 for the first, which
// is the primary. The settings are merged over the server's configuration.
func (m *Mesh) AddDatacenter(t testing.TB, name string, settings Object) *Datacenter {
	t.Helper()
	return m.addDatacenter(name, m.nextAddress(), settings)
}

// AddDatacenterBehind describes the next datacenter, in a network of its own.
func (m *Mesh) AddDatacenterBehind(t testing.TB, wan *WAN, name string, settings Object) *Datacenter {
	t.Helper()
	return m.addDatacenter(name, wan.join(t), settings)
}

func (m *Mesh) addDatacenter(name, address string, settings Object) *Datacenter {
	dc := m.newAgent(name, "server-"+name, address)
	m.datacenters = append(m.datacenters, dc)
	dc.config = dc.defaultConfig()
	merge(dc.config, settings)
	return dc
}

// AddAgent describes another agent of the datacenter, a server unless the
// settings say otherwise.
func (dc *Datacenter) AddAgent(t testing.TB, node string, settings Object) *Datacenter {
	t.Helper()
	agent := dc.mesh.newAgent(dc.Name, node, dc.mesh.nextAddress())
	agent.Token = dc.Token
	agent.config = agent.defaultConfig()
	merge(agent.config, Object{
		"retry_join":     []string{fmt.Sprintf("%s:%d", dc.Address, dc.ports.serfLAN)},
		"retry_interval": "1s",
	})
	merge(agent.config, settings)
	return agent
}

func (m *Mesh) nextAddress() string {
	m.agents++
	return fmt.Sprintf("127.0.0.%d", m.agents)
}

func (m *Mesh) newAgent(datacenter, node, address string) *Datacenter {
	dc := &Datacenter{Name: datacenter, Node: node, Address: address, mesh: m}
	p := &dc.ports
	for _, port := range []*int{&p.http, &p.https, &p.grpc, &p.grpcTLS, &p.server, &p.serfLAN, &p.serfWAN} {
		*port = freePort(address)
	}
	dc.base = fmt.Sprintf("http://%s:%d", address, p.http)
	return dc
}

// HTTPAddress is where the server's HTTP API is.
func (dc *Datacenter) HTTPAddress() string { return fmt.Sprintf("%s:%d", dc.Address, dc.ports.http) }

// Configure merges the settings over the server's configuration, as of its next
// start.
func (dc *Datacenter) Configure(settings Object) { merge(dc.config, settings) }

func (dc *Datacenter) defaultConfig() Object {
	primary := dc.mesh.datacenters[0]
	config := Object{
		"server": true, "bootstrap_expect": 1,
		"datacenter": dc.Name, "primary_datacenter": primary.Name, "node_name": dc.Node,
		"data_dir":  dc.DataFolder(),
		"bind_addr": dc.Address, "client_addr": dc.Address,
		"ports": Object{
			"http": dc.ports.http, "grpc": dc.ports.grpc, "grpc_tls": -1, "dns": -1,
			"server": dc.ports.server, "serf_lan": dc.ports.serfLAN, "serf_wan": dc.ports.serfWAN,
		},
		"connect": Object{"enabled": true},
		// One server needs no patience with others.
		"performance":             Object{"raft_multiplier": 1},
		"skip_leave_on_interrupt": true,
		"disable_update_check":    true,
		"enable_debug":            false,
		"log_level":               "info",
	}
	if dc.Name != primary.Name {
		config["retry_join_wan"] = []string{fmt.Sprintf("%s:%d", primary.Address, primary.ports.serfWAN)}
		config["retry_interval_wan"] = "1s"
	}
	return config
}

// merge puts the settings into the object, objects into objects; nil removes.
func merge(into, settings Object) {
	for key, value := range settings {
		inner, isObject := value.(Object)
		outer, wasObject := into[key].(Object)
		switch {
		case value == nil:
			delete(into, key)
		case isObject && wasObject:
			merge(outer, inner)
		default:
			into[key] = value
		}
	}
}

// DataFolder is where the server keeps its state.
func (dc *Datacenter) DataFolder() string { return filepath.Join(dc.mesh.folder, dc.Node+"-data") }

// Start runs the server and returns when it leads its datacenter.
func (dc *Datacenter) Start(t testing.TB) {
	t.Helper()
	dc.Launch(t)
	dc.WaitLeader(t)
}

// Launch runs the server and does not wait for it.
func (dc *Datacenter) Launch(t testing.TB) {
	t.Helper()
	text, err := json.MarshalIndent(dc.config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dc.mesh.folder, dc.Node+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command := []string{os.Getenv("CONSUL"), "agent", "-config-file", file}
	if dc.ConfigFolder != "" {
		command = append(command, "-config-dir", dc.ConfigFolder)
	}
	dc.server = dc.mesh.start(t, dc.Address, dc.Node, command...)
}

// WaitLeader returns when the server has elected itself and its CA signs, which
// is after it has roots.
func (dc *Datacenter) WaitLeader(t testing.TB) {
	t.Helper()
	Eventually(t, dc.Node+" has a leader and a CA that signs", func() error {
		if err := dc.server.Running(); err != nil {
			return err
		}
		_, err := dc.leaf("web")
		return err
	})
}

// Kill ends the server as a crash does.
func (dc *Datacenter) Kill() { dc.server.Kill() }

// Forget removes the state of a server that has ended.
func (dc *Datacenter) Forget(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(dc.DataFolder()); err != nil {
		t.Fatal(err)
	}
}

// WaitFederated returns when every server sees all datacenters and their roots
// are those of the primary.
func (m *Mesh) WaitFederated(t testing.TB) {
	t.Helper()
	for _, dc := range m.datacenters {
		Eventually(t, dc.Name+" sees all datacenters", func() error {
			var names []string
			if err := dc.Get("/v1/catalog/datacenters", &names); err != nil {
				return err
			}
			if len(names) != len(m.datacenters) {
				return fmt.Errorf("it sees %v", names)
			}
			return nil
		})
	}
	m.waitSameRoots(t)
}
