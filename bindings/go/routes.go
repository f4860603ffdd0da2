package meshgw

// #include "glue.h"
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// RouteKind is which rule matched a name.
type RouteKind int32

// The kinds of rules, in the order in which they are tried.
const (
	RouteExact   RouteKind = C.MESHGW_ROUTE_EXACT
	RouteSuffix  RouteKind = C.MESHGW_ROUTE_SUFFIX
	RouteRegex   RouteKind = C.MESHGW_ROUTE_REGEX
	RouteDefault RouteKind = C.MESHGW_ROUTE_DEFAULT
	RouteNone    RouteKind = C.MESHGW_ROUTE_NONE // No route: close the connection.
)

var routeKindNames = names(C.MESHGW_ROUTE_NONE+1, func(value int32) string {
	return C.GoString(C.meshgw_route_kind_name(C.int32_t(value)))
})

// String returns "exact", "suffix", "regex", "default" or "none", "unknown" for
// other values.
func (k RouteKind) String() string { return routeKindNames(int32(k)) }

// Route is a rule: which names lead to which cluster.
type Route struct {
	// Kind says what Match is. RouteExact: a whole name in any case.
	// RouteSuffix: "*.x" matches one or more labels before x, and the longest x
	// wins. RouteRegex: RE2 syntax for the whole lower-cased name, tried in the
	// order given. RouteDefault: anything else; Match is empty when given, and
	// "*" in [Routes.Rules].
	Kind    RouteKind
	Match   string
	Cluster string // The name of the cluster.
	Origin  string // Where the rule comes from, for people; may be empty.
}

// RouteMatch is what a look-up found.
type RouteMatch struct {
	Kind    RouteKind // RouteNone: close the connection.
	Cluster int       // Index of the cluster, see [Routes.Cluster]; -1: none.
}

// Routes maps server names to clusters of endpoints. Immutable. Made by
// [NewRoutes], [RoutesBuilder.Build] and [Catalog.Routes]; call Close when done.
// Safe for concurrent use.
type Routes struct {
	life     life
	ptr      *C.meshgw_routes
	clusters []atomic.Pointer[Cluster] // Copies, made when first asked for.
}

// takeRoutes owns a reference that C handed over.
func takeRoutes(ptr *C.meshgw_routes) *Routes {
	r := &Routes{ptr: ptr}
	r.clusters = make([]atomic.Pointer[Cluster], int(C.meshgw_routes_cluster_count(ptr)))
	r.life.begin(func() { C.meshgw_routes_free(ptr) })
	runtime.SetFinalizer(r, func(r *Routes) { r.life.collected() })
	return r
}

// NewRoutes makes a table of clusters and rules. Errors are those of
// [RoutesBuilder].
func NewRoutes(clusters []Cluster, rules []Route) (*Routes, error) {
	b, err := NewRoutesBuilder()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	for i := range clusters {
		if err := b.AddCluster(clusters[i]); err != nil {
			return nil, err
		}
	}
	for _, rule := range rules {
		if err := b.Add(rule); err != nil {
			return nil, err
		}
	}
	return b.Build()
}

// Close lets go of the table. Gateways that use it keep it. Idempotent.
func (r *Routes) Close() error {
	if r != nil {
		r.life.end()
	}
	return nil
}

// Lookup finds the rule for a name, in any case; one trailing dot is ignored.
// Its cost does not depend on the number of exact and suffix rules. It
// allocates nothing in Go. RouteNone after Close.
func (r *Routes) Lookup(serverName string) RouteMatch {
	if r == nil || !r.life.enter() {
		return RouteMatch{RouteNone, -1}
	}
	name := toStr(serverName)
	m := C.go_routes_lookup(C.uintptr_t(uintptr(unsafe.Pointer(r.ptr))), name.data, name.len)
	r.life.leave()
	return RouteMatch{RouteKind(m.kind), int(m.cluster)}
}

// NumClusters returns how many clusters there are; 0 after Close.
func (r *Routes) NumClusters() int {
	if r == nil || r.life.closed.Load() {
		return 0
	}
	return len(r.clusters)
}

// Cluster returns the cluster of that index. It is shared and must not be
// changed. [ErrNotFound]: no such index. [ErrClosed].
func (r *Routes) Cluster(index int) (*Cluster, error) {
	if r == nil || !r.life.enter() {
		return nil, ErrClosed
	}
	defer r.life.leave()
	if index < 0 || index >= len(r.clusters) {
		return nil, &Error{Code: CodeNotFound, Message: "there is no such cluster"}
	}
	if known := r.clusters[index].Load(); known != nil {
		return known, nil
	}
	made, err := readCluster(r.ptr, C.size_t(index))
	if err != nil {
		return nil, err
	}
	r.clusters[index].Store(made)
	return made, nil
}

// Clusters returns all clusters by their index. They are shared and must not be
// changed. [ErrClosed].
func (r *Routes) Clusters() ([]*Cluster, error) {
	if r == nil {
		return nil, ErrClosed
	}
	out := make([]*Cluster, len(r.clusters))
	for i := range out {
		cluster, err := r.Cluster(i)
		if err != nil {
			return nil, err
		}
		out[i] = cluster
	}
	return out, nil
}

// Rules returns all rules: exact and suffix ones by name, patterns in order,
// the default. [ErrClosed].
func (r *Routes) Rules() ([]Route, error) {
	if r == nil || !r.life.enter() {
		return nil, ErrClosed
	}
	defer r.life.leave()
	out := make([]Route, int(C.meshgw_routes_rule_count(r.ptr)))
	for i := range out {
		var from C.meshgw_route
		from.struct_size = C.sizeof_meshgw_route
		status := C.meshgw_routes_rule_at(r.ptr, C.size_t(i), &from)
		if err := toError(status, nil); err != nil {
			return nil, err
		}
		out[i] = Route{
			Kind:    RouteKind(from.kind),
			Match:   fromStr(from.match),
			Cluster: fromStr(from.cluster_name),
			Origin:  fromStr(from.origin),
		}
	}
	return out, nil
}
