// Package meshgw reads the server name of mesh connections without decrypting
// them and carries their bytes to the right place: the mesh gateway of a Consul
// service mesh as a library. It stands on the C library libmeshgw.
//
// Each level is useful alone:
//
//   - [ReadHello], [InspectHello] and [Peek] read the ClientHello at the start
//     of a connection.
//   - [ResolveMode] and [ExplainMode] decide on mesh gateway modes, [MeshName]
//     takes Consul's server names apart, [ParseConfig] and [LoadCatalog] read
//     Consul's files.
//   - [Routes] finds the cluster for a server name.
//   - [Splice] carries bytes between two connections in the kernel, without a
//     goroutine that is kept busy.
//   - [Gateway] is all of it: accept, read the hello, route, connect, carry.
//
// # Building
//
// The package is found with pkg-config (meshgw.pc), as installed. With the
// build tag meshgw_tree it links the library of the source tree around it, from
// build/release. It needs cgo, Linux, and Go 1.21 or later.
//
// # Errors
//
// Errors match the sentinels of this package ([ErrNotFound], [ErrMalformed],
// ...) by [errors.Is]. Their types are [*Error], [*HelloError] and
// [*SpliceError]. A use of an object after its Close is [ErrClosed].
//
// # Objects
//
// [Routes], [Config], [Catalog], [RoutesBuilder], [SpliceLoop] and [Gateway]
// own memory of the C library: call Close when done. Close may be called more
// than once, and at any time: it takes effect when the calls that use the
// object have returned. What was forgotten is freed by the garbage collector,
// late. All objects may be used by many goroutines at once.
//
// # Forks
//
// Objects are unusable in a child that was forked without exec, which Go
// programs do not do.
package meshgw
