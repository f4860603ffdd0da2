package meshgw

// #include "glue.h"
import "C"

import (
	"net"
	"strconv"
	"time"
)

// Health is what is known of an endpoint.
type Health int32

// The states of health.
const (
	HealthHealthy   Health = C.MESHGW_HEALTH_HEALTHY
	HealthUnhealthy Health = C.MESHGW_HEALTH_UNHEALTHY
)

var healthNames = names(C.MESHGW_HEALTH_UNHEALTHY+1, func(value int32) string {
	return C.GoString(C.meshgw_health_name(C.int32_t(value)))
})

// String returns "healthy" or "unhealthy", "unknown" for other values.
func (h Health) String() string { return healthNames(int32(h)) }

// ClusterKind is what a cluster leads to.
type ClusterKind int32

// The kinds of clusters.
const (
	ClusterLocalService  ClusterKind = C.MESHGW_CLUSTER_LOCAL_SERVICE
	ClusterRemoteGateway ClusterKind = C.MESHGW_CLUSTER_REMOTE_GATEWAY
	ClusterServer        ClusterKind = C.MESHGW_CLUSTER_SERVER
	ClusterExported      ClusterKind = C.MESHGW_CLUSTER_EXPORTED
	ClusterOther         ClusterKind = C.MESHGW_CLUSTER_OTHER
)

var clusterKindNames = names(C.MESHGW_CLUSTER_OTHER+1, func(value int32) string {
	return C.GoString(C.meshgw_cluster_kind_name(C.int32_t(value)))
})

// String returns "local_service", "remote_gateway", "server", "exported" or
// "other", "unknown" for other values.
func (k ClusterKind) String() string { return clusterKindNames(int32(k)) }

// LoadBalancing is how an endpoint of a cluster is chosen, by weight.
type LoadBalancing int32

// The ways to choose an endpoint.
const (
	BalanceLeastRequest LoadBalancing = C.MESHGW_BALANCE_LEAST_REQUEST // Of two choices.
	BalanceRoundRobin   LoadBalancing = C.MESHGW_BALANCE_ROUND_ROBIN
	BalanceRandom       LoadBalancing = C.MESHGW_BALANCE_RANDOM
	BalanceMaglev       LoadBalancing = C.MESHGW_BALANCE_MAGLEV // By the client's address.
)

var loadBalancingNames = names(C.MESHGW_BALANCE_MAGLEV+1, func(value int32) string {
	return C.GoString(C.meshgw_balance_name(C.int32_t(value)))
})

// String returns Consul's spelling: "least_request", "round_robin", "random" or
// "maglev", "unknown" for other values.
func (b LoadBalancing) String() string { return loadBalancingNames(int32(b)) }

// Endpoint is where an instance is reached.
type Endpoint struct {
	Address  string // IP literal, host name, or "unix:/path".
	ID       string // The instance's, for logs; may be empty.
	Port     int    // 1..65535; 0 only with "unix:".
	Weight   int    // 1..128; 0 when given: 1.
	Health   Health
	Priority int // A larger one is used only when no smaller has a healthy one.
}

// HostPort returns address and port for [net.Dial] with "tcp"; of an endpoint on
// a unix socket the address.
func (e *Endpoint) HostPort() string {
	if e.Port == 0 {
		return e.Address
	}
	return net.JoinHostPort(e.Address, strconv.Itoa(e.Port))
}

// Cluster is a set of endpoints that serve the same names.
type Cluster struct {
	Name       string // Unique in a table.
	Service    string // For logs; may be empty.
	Datacenter string // For logs; may be empty.
	Endpoints  []Endpoint
	// Failover names clusters to use, in order, while this one has no endpoint
	// to use.
	Failover       []string
	Kind           ClusterKind
	LoadBalancing  LoadBalancing
	ConnectTimeout time.Duration // For one endpoint. 0 when given: 5 s.
	MaxConnections uint32        // 0: no limit.
}

// toC lends the cluster for one call: pin keeps what it points to.
func (c *Cluster) toC(pin *pins) (C.meshgw_cluster, error) {
	out := C.meshgw_cluster{
		struct_size:        C.sizeof_meshgw_cluster,
		name:               pin.str(c.Name),
		service:            pin.str(c.Service),
		datacenter:         pin.str(c.Datacenter),
		kind:               C.int32_t(c.Kind),
		load_balancing:     C.int32_t(c.LoadBalancing),
		connect_timeout_ms: toMilliseconds(c.ConnectTimeout),
		max_connections:    C.uint32_t(c.MaxConnections),
		endpoint_count:     C.size_t(len(c.Endpoints)),
		failover_count:     C.size_t(len(c.Failover)),
	}
	if c.ConnectTimeout < 0 {
		return out, invalid("the connect timeout of cluster " + c.Name + " is negative")
	}
	if len(c.Endpoints) > 0 {
		endpoints := make([]C.meshgw_endpoint, len(c.Endpoints))
		for i := range endpoints {
			if err := c.Endpoints[i].toC(pin, &endpoints[i]); err != nil {
				return out, err
			}
		}
		pin.Pin(&endpoints[0])
		out.endpoints = &endpoints[0]
	}
	if len(c.Failover) > 0 {
		failover := make([]C.meshgw_str, len(c.Failover))
		for i, name := range c.Failover {
			failover[i] = pin.str(name)
		}
		pin.Pin(&failover[0])
		out.failover = &failover[0]
	}
	return out, nil
}

func (e *Endpoint) toC(pin *pins, out *C.meshgw_endpoint) error {
	if e.Port < 0 || e.Port > 65535 || e.Weight < 0 || e.Weight > 128 ||
		e.Priority < 0 || e.Priority > 1<<31-1 {
		return invalid("port, weight or priority of endpoint " + e.Address + " is out of range")
	}
	*out = C.meshgw_endpoint{
		struct_size: C.sizeof_meshgw_endpoint,
		address:     pin.str(e.Address),
		id:          pin.str(e.ID),
		port:        C.uint32_t(e.Port),
		weight:      C.uint32_t(e.Weight),
		health:      C.int32_t(e.Health),
		priority:    C.uint32_t(e.Priority),
	}
	return nil
}

// readCluster copies a cluster of routes.
func readCluster(routes *C.meshgw_routes, index C.size_t) (*Cluster, error) {
	var from C.meshgw_cluster
	from.struct_size = C.sizeof_meshgw_cluster
	status := C.meshgw_routes_cluster_at(routes, index, &from)
	if status != C.MESHGW_OK {
		return nil, &Error{Code: Code(status), Message: "there is no such cluster"}
	}
	out := &Cluster{
		Name:           fromStr(from.name),
		Service:        fromStr(from.service),
		Datacenter:     fromStr(from.datacenter),
		Kind:           ClusterKind(from.kind),
		LoadBalancing:  LoadBalancing(from.load_balancing),
		ConnectTimeout: time.Duration(from.connect_timeout_ms) * time.Millisecond,
		MaxConnections: uint32(from.max_connections),
		Endpoints:      make([]Endpoint, from.endpoint_count),
		Failover:       make([]string, from.failover_count),
	}
	for i := range out.Endpoints {
		if err := out.Endpoints[i].read(routes, index, C.size_t(i)); err != nil {
			return nil, err
		}
	}
	for i := range out.Failover {
		var at C.size_t
		status := C.meshgw_routes_failover_at(routes, index, C.size_t(i), &at)
		if err := toError(status, nil); err != nil {
			return nil, err
		}
		var other C.meshgw_cluster
		other.struct_size = C.sizeof_meshgw_cluster
		status = C.meshgw_routes_cluster_at(routes, at, &other)
		if err := toError(status, nil); err != nil {
			return nil, err
		}
		out.Failover[i] = fromStr(other.name)
	}
	return out, nil
}

func (e *Endpoint) read(routes *C.meshgw_routes, cluster, index C.size_t) error {
	var from C.meshgw_endpoint
	from.struct_size = C.sizeof_meshgw_endpoint
	status := C.meshgw_routes_endpoint_at(routes, cluster, index, &from)
	if err := toError(status, nil); err != nil {
		return err
	}
	*e = toEndpoint(&from)
	return nil
}

func toEndpoint(from *C.meshgw_endpoint) Endpoint {
	return Endpoint{
		Address:  fromStr(from.address),
		ID:       fromStr(from.id),
		Port:     int(from.port),
		Weight:   int(from.weight),
		Health:   Health(from.health),
		Priority: int(from.priority),
	}
}
