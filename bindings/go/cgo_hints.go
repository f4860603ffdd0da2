//go:build go1.24

package meshgw

// These calls keep no pointer and call nothing back: so what they are lent may
// lie on the stacks of callers.

// #cgo noescape meshgw_hello_scan
// #cgo nocallback meshgw_hello_scan
// #cgo noescape go_routes_lookup
// #cgo nocallback go_routes_lookup
// #cgo noescape go_mode_resolve
// #cgo nocallback go_mode_resolve
// #include "glue.h"
import "C"
