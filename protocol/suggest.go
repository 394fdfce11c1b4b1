package protocol

import "fmt"

// UnknownName is the error for a register name that is none of names: it proposes
// the nearest of them, if one is near.
func UnknownName(name string, names []string) error {
	best, bestDistance := "", len(name)/3+2
	for _, n := range names {
		if d := distance(name, n, bestDistance); d < bestDistance {
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

// distance is the Levenshtein distance of a and b, or some number >= limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(d, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
	}
	return row[len(b)]
}
