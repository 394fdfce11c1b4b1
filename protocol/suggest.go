package protocol

import (
	"fmt"

	"github.com/antzucaro/matchr"
)

// UnknownName is the error for a register name that is none of names: it proposes
// the nearest of them, if one is near.
func UnknownName(name string, names []string) error {
	best, bestDistance := "", len(name)/3+2
	for _, n := range names {
		if d := matchr.OSA(name, n); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	switch {
	case best != "":
		return fmt.Errorf("register %q is unknown; did you mean %q?", name, best)
	case len(names) == 0:
		return fmt.Errorf("register %q is unknown; there are no registers", name)
	}
	return fmt.Errorf("register %q is unknown; there are %d registers, from %q on", name, len(names), names[0])
}
