package routes

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// What a dump of Envoy's configuration has of routes, endpoints and clusters.
// A part of another type has none of these.
type dumpPart struct {
	ActiveClusters []struct {
		Cluster struct {
			Name           string     `json:"name"`
			LoadAssignment assignment `json:"load_assignment"`
		} `json:"cluster"`
	} `json:"dynamic_active_clusters"`
	Endpoints []struct {
		Config assignment `json:"endpoint_config"`
	} `json:"dynamic_endpoint_configs"`
	Listeners []struct {
		Active struct {
			Listener struct {
				Chains  []chain `json:"filter_chains"`
				Default chain   `json:"default_filter_chain"`
			} `json:"listener"`
		} `json:"active_state"`
	} `json:"dynamic_listeners"`
}

type assignment struct {
	Cluster    string `json:"cluster_name"`
	Localities []struct {
		Endpoints []struct {
			Endpoint struct {
				Address struct {
					Socket struct {
						Address string `json:"address"`
						Port    int    `json:"port_value"`
					} `json:"socket_address"`
				} `json:"address"`
			} `json:"endpoint"`
			Health string `json:"health_status"`
			Weight int    `json:"load_balancing_weight"`
		} `json:"lb_endpoints"`
	} `json:"endpoints"`
}

type chain struct {
	Match struct {
		Names []string `json:"server_names"`
	} `json:"filter_chain_match"`
	Filters []struct {
		Name   string `json:"name"`
		Config struct {
			Cluster string `json:"cluster"`
		} `json:"typed_config"`
	} `json:"filters"`
}

// FromEnvoy reads an answer of a mesh gateway's `/config_dump?include_eds`. A
// name that the listeners do not have is that of a cluster: Consul has Envoy
// choose the cluster by the name that the client sent.
func FromEnvoy(dump io.Reader) (Table, error) {
	var whole struct {
		Configs []dumpPart `json:"configs"`
	}
	if err := json.NewDecoder(dump).Decode(&whole); err != nil {
		return nil, err
	}
	clusters, chains := Table{}, map[string]string{}
	for _, part := range whole.Configs {
		readEndpoints(part, clusters)
		readChains(part, chains)
	}
	for _, part := range whole.Configs {
		readClusters(part, clusters)
	}
	table, hasTarget := Table{}, map[string]bool{}
	for name, cluster := range chains {
		endpoints, known := clusters[cluster]
		if !known {
			return nil, fmt.Errorf("%s leads to the cluster %s, which is not there", name, cluster)
		}
		table[name] = append([]Endpoint(nil), endpoints...)
		hasTarget[cluster] = isWildcard(name)
	}
	for name, endpoints := range clusters {
		// Clusters of datacenters have names too, which nobody sends.
		if !hasTarget[name] {
			table[name] = endpoints
		}
	}
	return table.sort(), nil
}

func readEndpoints(part dumpPart, clusters Table) {
	for _, dynamic := range part.Endpoints {
		clusters[dynamic.Config.Cluster] = endpointsOf(dynamic.Config)
	}
}

// readClusters adds those without endpoints. One that is resolved by name has
// them inside; what came of the name is not what Consul said.
func readClusters(part dumpPart, clusters Table) {
	for _, active := range part.ActiveClusters {
		name := active.Cluster.Name
		if endpoints := endpointsOf(active.Cluster.LoadAssignment); len(endpoints) > 0 || clusters[name] == nil {
			clusters[name] = endpoints
		}
	}
}

func endpointsOf(from assignment) []Endpoint {
	endpoints := []Endpoint{}
	for _, locality := range from.Localities {
		for _, endpoint := range locality.Endpoints {
			health := "unhealthy"
			// Envoy takes one of unknown health as healthy, and its dump leaves it out.
			if endpoint.Health == "" || endpoint.Health == "HEALTHY" || endpoint.Health == "UNKNOWN" {
				health = "healthy"
			}
			place := endpoint.Endpoint.Address.Socket
			endpoints = append(endpoints, Endpoint{place.Address, place.Port, max(1, endpoint.Weight), health})
		}
	}
	return endpoints
}

func readChains(part dumpPart, chains map[string]string) {
	for _, listener := range part.Listeners {
		for _, chain := range listener.Active.Listener.Chains {
			for _, filter := range chain.Filters {
				if !strings.HasSuffix(filter.Name, "tcp_proxy") {
					continue
				}
				for _, name := range chain.Match.Names {
					chains[name] = filter.Config.Cluster
				}
			}
		}
	}
}
