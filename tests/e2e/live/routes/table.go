// Package routes compares what two mesh gateways would do with every name: the
// configuration of an Envoy and the listing of a meshgw.
package routes

import (
	"fmt"
	"sort"
	"strings"
)

// An Endpoint is a place that connections go to.
type Endpoint struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Weight  int    `json:"weight"`
	Health  string `json:"health"`
}

func (e Endpoint) String() string {
	return fmt.Sprintf("%s port %d, weight %d, %s", e.Address, e.Port, e.Weight, e.Health)
}

// A Table has the endpoints of each name, and of each suffix as "*.suffix".
type Table map[string][]Endpoint

func (t Table) sort() Table {
	for _, endpoints := range t {
		sort.Slice(endpoints, func(a, b int) bool { return endpoints[a].String() < endpoints[b].String() })
	}
	return t
}

// Difference lists what the tables do not agree on, a line for each name or
// endpoint; empty when they agree.
func Difference(first, second string, a, b Table) []string {
	var lines []string
	for name, endpoints := range a {
		other, known := b[name]
		if !known {
			lines = append(lines, fmt.Sprintf("%s: only %s has it, with %d endpoints", name, first, len(endpoints)))
			continue
		}
		lines = append(lines, missing(name, first, endpoints, other)...)
		lines = append(lines, missing(name, second, other, endpoints)...)
	}
	for name, endpoints := range b {
		if _, known := a[name]; !known {
			lines = append(lines, fmt.Sprintf("%s: only %s has it, with %d endpoints", name, second, len(endpoints)))
		}
	}
	sort.Strings(lines)
	return lines
}

// missing reports the endpoints of one table that the other has not, or not as
// often.
func missing(name, owner string, endpoints, other []Endpoint) []string {
	left := map[Endpoint]int{}
	for _, endpoint := range other {
		left[endpoint]++
	}
	var lines []string
	for _, endpoint := range endpoints {
		if left[endpoint]--; left[endpoint] < 0 {
			lines = append(lines, fmt.Sprintf("%s: only %s has %s", name, owner, endpoint))
		}
	}
	return lines
}

// isWildcard tells a suffix from a name.
func isWildcard(name string) bool { return strings.HasPrefix(name, "*.") }
