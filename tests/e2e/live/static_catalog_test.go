package live

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
	"github.com/meshgw/meshgw/tests/e2e/live/routes"
)

// Consul's agents read the same files as meshgw.
func TestStaticCatalog(t *testing.T) {
	meshgw := os.Getenv("MESHGW")
	if meshgw == "" {
		t.Skip("MESHGW is not set to the path of the program")
	}
	catalog, err := filepath.Abs("testdata/catalog")
	if err != nil {
		t.Fatal(err)
	}
	f := &federation{Mesh: mesh.New(t)}
	f.dc1, f.dc2 = f.AddDatacenter(t, "dc1", nil), f.AddDatacenter(t, "dc2", nil)
	f.dc1.ConfigFolder, f.dc2.ConfigFolder = filepath.Join(catalog, "dc1"), filepath.Join(catalog, "dc2")
	f.startServers(t)
	for _, dc := range []*mesh.Datacenter{f.dc1, f.dc2} {
		gateway := dc.NewGateway(mesh.Envoy)
		gateway.ProxyID = "mesh-gateway"
		gateway.Launch(t)
		t.Run("meshgw has the routes of "+dc.Name+" from files that Consul gives Envoy", func(t *testing.T) {
			mesh.Eventually(t, "both have the same routes", func() error { return sameRoutes(gateway, meshgw, catalog, dc.Name) })
		})
	}
}

func sameRoutes(gateway *mesh.Gateway, meshgw, catalog, datacenter string) error {
	response, err := http.Get("http://" + gateway.Admin + "/config_dump?include_eds")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	theirs, err := routes.FromEnvoy(response.Body)
	if err != nil {
		return err
	}
	listing, err := exec.Command(meshgw, "routes", "-catalog", catalog, "-datacenter", datacenter, "-output", "json").Output()
	if err != nil {
		return err
	}
	ours, err := routes.FromMeshgw(strings.NewReader(string(listing)))
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
}
