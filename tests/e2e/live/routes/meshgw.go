package routes

import (
	"encoding/json"
	"errors"
	"io"
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
			return table.sort(), nil
		}
		if err != nil {
			return nil, err
		}
		table[route.Match] = route.Endpoints
	}
}
