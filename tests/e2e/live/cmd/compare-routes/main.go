// Command compare-routes prints what an Envoy and a meshgw that are mesh
// gateways of one datacenter do differently, a line each, and ends with 1 then.
//
//	compare-routes DUMP LISTING
//
// DUMP has Envoy's answer to /config_dump?include_eds, LISTING what
// `meshgw routes -output json` prints.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/meshgw/meshgw/tests/e2e/live/routes"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compare-routes DUMP LISTING")
		os.Exit(2)
	}
	envoy := read(os.Args[1], routes.FromEnvoy)
	meshgw := read(os.Args[2], routes.FromMeshgw)
	lines := routes.Difference("envoy", "meshgw", envoy, meshgw)
	for _, line := range lines {
		fmt.Println(line)
	}
	if len(lines) > 0 {
		os.Exit(1)
	}
}

func read(path string, parse func(io.Reader) (routes.Table, error)) routes.Table {
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		var table routes.Table
		if table, err = parse(file); err == nil {
			return table
		}
	}
	fmt.Fprintf(os.Stderr, "compare-routes: %s: %v\n", path, err)
	os.Exit(2)
	return nil
}
