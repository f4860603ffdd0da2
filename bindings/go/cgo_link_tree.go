//go:build meshgw_tree

package meshgw

// #cgo CFLAGS: -I${SRCDIR}/../../capi/include
// #cgo LDFLAGS: -L${SRCDIR}/../../build/release -lmeshgw -Wl,-rpath,${SRCDIR}/../../build/release
import "C"

// LinkInfo says which library this package was linked with: "pkg-config", or
// "tree" with the build tag meshgw_tree.
const LinkInfo = "tree"
