//go:build !meshgw_tree

package meshgw

// #cgo pkg-config: meshgw
import "C"

// LinkInfo says which library this package was linked with: "pkg-config", or
// "tree" with the build tag meshgw_tree.
const LinkInfo = "pkg-config"
