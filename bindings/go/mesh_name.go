package meshgw

// #include "glue.h"
import "C"

// MeshNameKind is the form of a Consul server name.
type MeshNameKind int32

// The forms of Consul server names.
const (
	// MeshNameService: [subset.]service.namespace.[partition.]dc.internal.<td>
	MeshNameService MeshNameKind = C.MESHGW_NAME_SERVICE
	// MeshNameGateway: [partition.]dc.internal[-v1].<td>
	MeshNameGateway MeshNameKind = C.MESHGW_NAME_GATEWAY
	// MeshNamePreparedQuery: query.default.dc.query.<td>
	MeshNamePreparedQuery MeshNameKind = C.MESHGW_NAME_PREPARED_QUERY
	// MeshNameExported: service.namespace.partition.peer.external.<td>
	MeshNameExported MeshNameKind = C.MESHGW_NAME_EXPORTED
	// MeshNameServer: [node.]server.dc.<domain>
	MeshNameServer MeshNameKind = C.MESHGW_NAME_SERVER
	// MeshNamePeeringServer: server.dc.peering.<td>
	MeshNamePeeringServer MeshNameKind = C.MESHGW_NAME_PEERING_SERVER
)

var meshNameKindNames = names(C.MESHGW_NAME_PEERING_SERVER+1, func(value int32) string {
	return C.GoString(C.meshgw_name_kind_name(C.int32_t(value)))
})

// String returns the stable name of the kind ("service", "gateway", ...),
// "unknown" for other values.
func (k MeshNameKind) String() string { return meshNameKindNames(int32(k)) }

// MeshName holds the parts of a Consul server name (SNI), of which each kind
// has some. A value like any other: it owns nothing.
type MeshName struct {
	Kind        MeshNameKind
	Subset      string
	Service     string
	Namespace   string // Empty when formatted: "default".
	Partition   string // Empty when formatted: "default".
	Datacenter  string
	Peer        string
	Node        string
	TrustDomain string // "<cluster id>.consul"; of a server: the agents' domain.
}

// ParseMeshName takes a server name apart, in any case; parts come back in
// lower case. [ErrInvalidArgument], with the label and what was expected, for a
// name of no known form. Consul joins parts by dots without escaping, so a name
// does not always say which parts it was made of: route by whole names, and
// parse for people.
func ParseMeshName(name string) (MeshName, error) {
	return ParseMeshNameIn(name, "")
}

// ParseMeshNameIn is [ParseMeshName] where the agents' domain, which is in the
// names of servers, is not "consul".
func ParseMeshNameIn(name, serverDomain string) (MeshName, error) {
	var parsed *C.meshgw_name
	var cErr *C.meshgw_error
	status := C.meshgw_name_parse(toStr(name), toStr(serverDomain), &parsed, &cErr)
	if err := toError(status, cErr); err != nil {
		return MeshName{}, err
	}
	defer C.meshgw_name_free(parsed)
	var parts C.meshgw_name_parts
	parts.struct_size = C.sizeof_meshgw_name_parts
	if err := toError(C.meshgw_name_get(parsed, &parts), nil); err != nil {
		return MeshName{}, err
	}
	return MeshName{
		Kind:        MeshNameKind(parts.kind),
		Subset:      fromStr(parts.subset),
		Service:     fromStr(parts.service),
		Namespace:   fromStr(parts.name_space),
		Partition:   fromStr(parts.partition),
		Datacenter:  fromStr(parts.datacenter),
		Peer:        fromStr(parts.peer),
		Node:        fromStr(parts.node),
		TrustDomain: fromStr(parts.trust_domain),
	}, nil
}

// Format joins the parts as Consul does. [ErrInvalidArgument] when one that the
// kind needs is empty.
func (n MeshName) Format() (string, error) {
	var text *C.meshgw_string
	var cErr *C.meshgw_error
	status := C.go_name_format(C.meshgw_name_parts{
		kind:         C.int32_t(n.Kind),
		subset:       toStr(n.Subset),
		service:      toStr(n.Service),
		name_space:   toStr(n.Namespace),
		partition:    toStr(n.Partition),
		datacenter:   toStr(n.Datacenter),
		peer:         toStr(n.Peer),
		node:         toStr(n.Node),
		trust_domain: toStr(n.TrustDomain),
	}, &text, &cErr)
	if err := toError(status, cErr); err != nil {
		return "", err
	}
	return takeString(text), nil
}
