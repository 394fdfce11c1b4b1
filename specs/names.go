package specs

import (
	"maps"
	"slices"
)

// Names are the keys of a map in order. Go through a scenario's maps with it: the
// order of a map must not reach an outcome.
func Names[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
