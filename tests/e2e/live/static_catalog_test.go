package live

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
	"github.com/meshgw/meshgw/tests/e2e/live/routes"
)

// Consul's agents read the same files as meshgw. Each catalog has a folder for
// each datacenter; that of the primary is the first.
func TestStaticCatalog(t *testing.T) {
	if os.Getenv("MESHGW") == "" {
		t.Skip("MESHGW is not set to the path of the program")
	}
	catalogs, err := filepath.Glob("testdata/catalogs/*")
	if err != nil || len(catalogs) == 0 {
		t.Fatalf("catalogs: %v, %v", catalogs, err)
	}
	// Consul names other datacenters half a minute late: all wait at once.
	var started []*catalogRun
	for _, catalog := range catalogs {
		started = append(started, startCatalog(t, catalog))
	}
	for _, run := range started {
		t.Run(filepath.Base(run.catalog), run.check)
	}
}

// A catalogRun is the datacenters of a catalog that have gateways, with one of
// each kind. Both are the same gateway to Consul.
type catalogRun struct {
	catalog       string
	names         []string
	envoy, meshgw map[string]*mesh.Gateway
}

func startCatalog(t *testing.T, catalog string) *catalogRun {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(catalog, "*"))
	if err != nil {
		t.Fatal(err)
	}
	m := mesh.New(t)
	var datacenters []*mesh.Datacenter
	for _, folder := range folders {
		dc := m.AddDatacenter(t, filepath.Base(folder), nil)
		if dc.ConfigFolder, err = filepath.Abs(folder); err != nil {
			t.Fatal(err)
		}
		dc.Launch(t)
		datacenters = append(datacenters, dc)
	}
	for _, dc := range datacenters {
		dc.WaitLeader(t)
	}
	m.WaitFederated(t)
	run := &catalogRun{catalog: catalog, envoy: map[string]*mesh.Gateway{}, meshgw: map[string]*mesh.Gateway{}}
	for _, dc := range datacenters {
		var services map[string]struct{}
		if err := dc.Get("/v1/agent/services", &services); err != nil {
			t.Fatal(err)
		}
		if _, found := services["mesh-gateway"]; !found {
			continue
		}
		envoy, meshgw := dc.NewGateway(mesh.Envoy), dc.NewGateway(mesh.Meshgw)
		envoy.ProxyID, meshgw.ProxyID = "mesh-gateway", "mesh-gateway"
		meshgw.Flags = []string{"-bind", "here=" + meshgw.LAN}
		envoy.Launch(t)
		meshgw.Launch(t)
		run.names = append(run.names, dc.Name)
		run.envoy[dc.Name], run.meshgw[dc.Name] = envoy, meshgw
	}
	if len(run.names) < 2 {
		t.Fatalf("%s has gateways in %v", catalog, run.names)
	}
	return run
}

func (run *catalogRun) check(t *testing.T) {
	for _, name := range run.names {
		t.Run("meshgw has the routes of "+name+" from files that Consul gives Envoy", func(t *testing.T) {
			waitSameRoutes(t, run.envoy[name], func() (routes.Table, error) { return routesOfFiles(run.catalog, name) })
		})
		t.Run("meshgw has the routes of "+name+" from Consul that Consul gives Envoy", func(t *testing.T) {
			waitSameRoutes(t, run.envoy[name], func() (routes.Table, error) { return routesOf(run.meshgw[name]) })
		})
	}
}

func routesOfFiles(catalog, datacenter string) (routes.Table, error) {
	listing, err := exec.Command(os.Getenv("MESHGW"), "routes", "-catalog", catalog, "-datacenter", datacenter, "-service-id", "mesh-gateway",
		"-output", "json").Output()
	if err != nil {
		return nil, err
	}
	return routes.FromMeshgw(bytes.NewReader(listing))
}

func waitSameRoutes(t *testing.T, envoy *mesh.Gateway, meshgw func() (routes.Table, error)) {
	t.Helper()
	mesh.Eventually(t, "both have the same routes", func() error {
		theirs, err := routesOf(envoy)
		if err != nil {
			return err
		}
		ours, err := meshgw()
		if err != nil {
			return err
		}
		if len(ours) == 0 {
			return errors.New("meshgw has no routes")
		}
		if lines := routes.Difference("envoy", "meshgw", theirs, ours); len(lines) > 0 {
			return errors.New(strings.Join(lines, "\n"))
		}
		return nil
	})
}
