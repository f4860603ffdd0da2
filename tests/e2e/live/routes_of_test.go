package live

import (
	"fmt"
	"strings"

	"github.com/meshgw/meshgw/tests/e2e/live/mesh"
	"github.com/meshgw/meshgw/tests/e2e/live/routes"
)

// routesOf returns what a gateway does with every name, by its own word.
func routesOf(gateway *mesh.Gateway) (routes.Table, error) {
	path, read := "/v1/routes", routes.FromMeshgw
	if gateway.Kind == mesh.Envoy {
		path, read = "/config_dump?include_eds", routes.FromEnvoy
	}
	answer, err := gateway.Ask(path)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	return read(answer)
}

// hasRoute is nil when the gateway has endpoints for a name that begins so.
func hasRoute(gateway *mesh.Gateway, prefix string) error {
	table, err := routesOf(gateway)
	if err != nil {
		return err
	}
	for name, endpoints := range table {
		if strings.HasPrefix(name, prefix) && len(endpoints) > 0 {
			return nil
		}
	}
	return fmt.Errorf("none of the %d routes to %s has an endpoint", len(table), prefix)
}
