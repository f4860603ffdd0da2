// Package mesh runs a Consul service mesh of several datacenters on loopback
// addresses: servers, sidecars, backends and mesh gateways of either kind.
//
// What is called with a testing.TB fails that test when it cannot do its work,
// and what it starts ends with the test that made the mesh.
package mesh

import (
	"os"
	"testing"
)

// Object is a JSON object as Consul's HTTP API takes it.
type Object = map[string]any

// A Mesh owns all processes of one test and ends them with it.
type Mesh struct {
	folder      string
	datacenters []*Datacenter
	agents      int
	processes   []*Process
}

// New returns an empty mesh, and skips the test where a program is missing.
func New(t testing.TB) *Mesh {
	t.Helper()
	for _, name := range []string{"CONSUL", "ENVOY"} {
		if os.Getenv(name) == "" {
			t.Skipf("%s is not set to the path of its program", name)
		}
	}
	m := &Mesh{folder: newFolder(t)}
	t.Cleanup(func() { m.end(t) })
	return m
}

// newFolder returns one for logs and state; MESHGW_E2E_KEEP names a folder in
// which it is left behind.
func newFolder(t testing.TB) string {
	t.Helper()
	parent := os.Getenv("MESHGW_E2E_KEEP")
	if parent == "" {
		return t.TempDir()
	}
	folder, err := os.MkdirTemp(parent, "mesh-")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("logs and state are left in %s", folder)
	return folder
}

// start runs the command where the address is.
func (m *Mesh) start(t testing.TB, address, name string, command ...string) *Process {
	t.Helper()
	process := startProcess(t, m.folder, address, name, command...)
	m.processes = append(m.processes, process)
	return process
}

// The last started ends first: a server would log how all others leave it.
func (m *Mesh) end(t testing.TB) {
	for i := len(m.processes) - 1; i >= 0; i-- {
		m.processes[i].Kill()
	}
	if !t.Failed() {
		return
	}
	printed := map[string]bool{}
	for _, process := range m.processes {
		if !printed[process.log] {
			process.printLog(t)
		}
		printed[process.log] = true
	}
}
