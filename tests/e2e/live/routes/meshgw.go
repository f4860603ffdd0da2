package routes

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// FromMeshgw reads what `meshgw routes -output json` prints: one object a line.
func FromMeshgw(listing io.Reader) (Table, error) {
	table := Table{}
	for decoder := json.NewDecoder(listing); ; {
		var route struct {
			Match     string     `json:"match"`
			Endpoints []Endpoint `json:"endpoints"`
		}
		err := decoder.Decode(&route)
		if errors.Is(err, io.EOF) {
			// Of a live Consul the clusters of datacenters have names too, which
			// nobody sends.
			for match := range table {
				if datacenter, wildcard := strings.CutPrefix(match, "*."); wildcard {
					delete(table, datacenter)
				}
			}
			return table.sort(), nil
		}
		if err != nil {
			return nil, err
		}
		table[route.Match] = route.Endpoints
	}
}
