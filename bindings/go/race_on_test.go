//go:build race

package meshgw

// The race detector allocates.
const raceEnabled = true
