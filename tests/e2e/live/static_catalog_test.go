package live

import (
	"errors"
	"io"
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
			mesh.Eventually(t, "both have the same routes", func() error {
				listing, err := exec.Command(meshgw, "routes", "-catalog", catalog, "-datacenter", dc.Name, "-output", "json").Output()
				if err != nil {
					return err
				}
				return sameRoutes(gateway, strings.NewReader(string(listing)))
			})
		})
		live := dc.NewGateway(mesh.Meshgw)
		live.ProxyID = gateway.ProxyID
		live.Flags = []string{"-bind", "here=" + live.LAN}
		live.Launch(t)
		t.Run("meshgw has the routes of "+dc.Name+" from Consul that Consul gives Envoy", func(t *testing.T) {
			mesh.Eventually(t, "both have the same routes", func() error {
				listing, err := http.Get("http://" + live.Admin + "/v1/routes")
				if err != nil {
					return err
				}
				defer listing.Body.Close()
				return sameRoutes(gateway, listing.Body)
			})
		})
	}
}

func sameRoutes(gateway *mesh.Gateway, listing io.Reader) error {
	response, err := http.Get("http://" + gateway.Admin + "/config_dump?include_eds")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	theirs, err := routes.FromEnvoy(response.Body)
	if err != nil {
		return err
	}
	ours, err := routes.FromMeshgw(listing)
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
