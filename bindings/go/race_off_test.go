//go:build !race

package meshgw

const raceEnabled = false
