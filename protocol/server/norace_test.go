//go:build !race

package server

// underRace says that the race detector is on: it allocates, and costs memory and time.
const underRace = false
