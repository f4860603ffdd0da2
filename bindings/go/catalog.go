package meshgw

// #include "glue.h"
import "C"

import (
	"runtime"
	"strings"
)

// Catalog is a static catalog: the configuration of one agent for each
// datacenter. Immutable; call Close when done. Safe for concurrent use.
type Catalog struct {
	life life
	ptr  *C.meshgw_catalog
}

func takeCatalog(ptr *C.meshgw_catalog) *Catalog {
	c := &Catalog{ptr: ptr}
	c.life.begin(func() { C.meshgw_catalog_free(ptr) })
	runtime.SetFinalizer(c, func(c *Catalog) { c.life.collected() })
	return c
}

// LoadCatalog reads directory: a folder for each datacenter. Errors are those
// of [LoadConfig]; also datacenters given twice, none at all, or no cluster_id.
func LoadCatalog(directory string) (*Catalog, error) {
	var catalog *C.meshgw_catalog
	var cErr *C.meshgw_error
	status := C.meshgw_catalog_load(toStr(directory), &catalog, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeCatalog(catalog), nil
}

// NewCatalog makes a catalog of configurations, which it copies; each must name
// its datacenter.
func NewCatalog(configs ...*Config) (*Catalog, error) {
	list := make([]*C.meshgw_config, len(configs)+1) // Never empty: it has an address.
	for i, config := range configs {
		if config == nil || !config.life.enter() {
			return nil, ErrClosed
		}
		defer config.life.leave()
		list[i] = config.ptr
	}
	var catalog *C.meshgw_catalog
	var cErr *C.meshgw_error
	status := C.meshgw_catalog_create(&list[0], C.size_t(len(configs)), &catalog, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeCatalog(catalog), nil
}

// Close frees the catalog; routes made of it stay. Idempotent.
func (c *Catalog) Close() error {
	if c != nil {
		c.life.end()
	}
	return nil
}

// Datacenters returns the names of the datacenters, in order; none after Close.
func (c *Catalog) Datacenters() []string {
	if c == nil || !c.life.enter() {
		return nil
	}
	defer c.life.leave()
	out := make([]string, int(C.meshgw_catalog_datacenter_count(c.ptr)))
	for i := range out {
		out[i] = fromStr(C.meshgw_catalog_datacenter_at(c.ptr, C.size_t(i)))
	}
	return out
}

// Primary returns the name of the primary datacenter; empty after Close.
func (c *Catalog) Primary() string {
	if c == nil || !c.life.enter() {
		return ""
	}
	defer c.life.leave()
	return fromStr(C.meshgw_catalog_primary(c.ptr))
}

// Warnings returns those of its configurations, and what of the catalog as a
// whole has no effect; none after Close.
func (c *Catalog) Warnings() []Detail {
	if c == nil || !c.life.enter() {
		return nil
	}
	defer c.life.leave()
	return details(C.meshgw_catalog_warning_count(c.ptr), func(i C.size_t, out *C.meshgw_error_detail) C.meshgw_status {
		return C.meshgw_catalog_warning_at(c.ptr, i, out)
	})
}

// FilterErrors is that of the catalog's configurations; see
// [Config.FilterErrors].
func (c *Catalog) FilterErrors() []Detail {
	if c == nil || !c.life.enter() {
		return nil
	}
	defer c.life.leave()
	return details(C.meshgw_catalog_filter_error_count(c.ptr), func(i C.size_t, out *C.meshgw_error_detail) C.meshgw_status {
		return C.meshgw_catalog_filter_error_at(c.ptr, i, out)
	})
}

// Routes makes the routes of a mesh gateway of datacenter: of the one with that
// ID; empty: of the only one, or of one with the defaults where the catalog has
// none. The warnings are parts that could not be used. [ErrNotFound] for an
// unknown datacenter or gateway; [ErrFailedPrecondition] when there are several
// gateways and none is named; [ErrClosed].
func (c *Catalog) Routes(datacenter, gatewayID string) (*Routes, []string, error) {
	if c == nil || !c.life.enter() {
		return nil, nil, ErrClosed
	}
	defer c.life.leave()
	var routes *C.meshgw_routes
	var text *C.meshgw_string
	var cErr *C.meshgw_error
	status := C.meshgw_catalog_routes(c.ptr, toStr(datacenter), toStr(gatewayID),
		&routes, &text, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, nil, err
	}
	var warnings []string
	if lines := strings.TrimRight(takeString(text), "\n"); lines != "" {
		warnings = strings.Split(lines, "\n")
	}
	return takeRoutes(routes), warnings, nil
}

// UpstreamQuery asks a [Catalog] for the mode of one upstream.
type UpstreamQuery struct {
	Datacenter         string // Where the source service runs.
	Service            string // The source service.
	Upstream           string // The upstream's destination name; "prepared_query:<name>" for a query.
	UpstreamDatacenter string // Empty: what the definition says.
	ProxyID            string // Empty: the only proxy.
	Rules              ModeRules
}

// ExplainMode resolves the mode of one upstream as a sidecar in that datacenter
// would, with the place of each layer. [ErrNotFound] for what the catalog does
// not have; [ErrFailedPrecondition] when the service has several proxies and
// none is named; [ErrClosed].
func (c *Catalog) ExplainMode(query UpstreamQuery) (*ModeExplanation, error) {
	if c == nil || !c.life.enter() {
		return nil, ErrClosed
	}
	defer c.life.leave()
	var explanation *C.meshgw_mode_explanation
	var cErr *C.meshgw_error
	status := C.go_catalog_explain_mode(c.ptr, C.meshgw_upstream_query{
		datacenter:          toStr(query.Datacenter),
		service:             toStr(query.Service),
		upstream:            toStr(query.Upstream),
		upstream_datacenter: toStr(query.UpstreamDatacenter),
		proxy_id:            toStr(query.ProxyID),
		rules:               C.int32_t(query.Rules),
	}, &explanation, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeModeExplanation(explanation)
}
