package meshgw

// #include "glue.h"
import "C"

import (
	"runtime"
	"sync"
)

// RoutesBuilder collects clusters and rules for [Routes]. Safe for concurrent
// use, in an order that is then unknown. Call Close when done with it.
type RoutesBuilder struct {
	mu   sync.Mutex // C refuses calls that overlap.
	life life
	ptr  *C.meshgw_routes_builder
}

// NewRoutesBuilder makes an empty builder.
func NewRoutesBuilder() (*RoutesBuilder, error) {
	b := new(RoutesBuilder)
	var cErr *C.meshgw_error
	status := C.meshgw_routes_builder_create(&b.ptr, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	ptr := b.ptr
	b.life.begin(func() { C.meshgw_routes_builder_free(ptr) })
	runtime.SetFinalizer(b, func(b *RoutesBuilder) { b.life.collected() })
	return b, nil
}

// use runs one call of C on the builder.
func (b *RoutesBuilder) use(call func() (C.meshgw_status, *C.meshgw_error)) error {
	if b == nil || !b.life.enter() {
		return ErrClosed
	}
	defer b.life.leave()
	b.mu.Lock()
	defer b.mu.Unlock()
	return toError(call())
}

// AddCluster adds a cluster, which is copied. [ErrAlreadyExists] for a name
// that is taken; [ErrInvalidArgument] for an endpoint that cannot be;
// [ErrFailedPrecondition] after Build; [ErrClosed].
func (b *RoutesBuilder) AddCluster(cluster Cluster) error {
	var pin pins
	defer pin.Unpin()
	c, err := cluster.toC(&pin)
	if err != nil {
		return err
	}
	return b.use(func() (status C.meshgw_status, cErr *C.meshgw_error) {
		status = C.meshgw_routes_builder_add_cluster(b.ptr, &c, &cErr)
		return status, cErr
	})
}

// Add adds a rule. [ErrAlreadyExists] for one that is there;
// [ErrInvalidArgument] with what is wrong; [ErrFailedPrecondition] after Build;
// [ErrClosed].
func (b *RoutesBuilder) Add(rule Route) error {
	return b.use(func() (status C.meshgw_status, cErr *C.meshgw_error) {
		status = C.meshgw_routes_builder_add(b.ptr, C.int32_t(rule.Kind),
			toStr(rule.Match), toStr(rule.Cluster), toStr(rule.Origin), &cErr)
		return status, cErr
	})
}

// Build makes the table. The builder is used up then. [ErrNotFound] for a rule
// or failover whose cluster was not added; [ErrFailedPrecondition] after a
// Build; [ErrClosed].
func (b *RoutesBuilder) Build() (*Routes, error) {
	var routes *C.meshgw_routes
	err := b.use(func() (status C.meshgw_status, cErr *C.meshgw_error) {
		status = C.meshgw_routes_builder_build(b.ptr, &routes, &cErr)
		return status, cErr
	})
	if err != nil {
		return nil, err
	}
	return takeRoutes(routes), nil
}

// Close frees the builder; tables that it made stay. Idempotent.
func (b *RoutesBuilder) Close() error {
	if b != nil {
		b.life.end()
	}
	return nil
}
