package vision

import (
	"fmt"
	"slices"
	"strings"
)

// markerDictionaries in the order of OpenCV's enumeration.
var markerDictionaries = []string{
	"4x4_50", "4x4_100", "4x4_250", "4x4_1000",
	"5x5_50", "5x5_100", "5x5_250", "5x5_1000",
	"6x6_50", "6x6_100", "6x6_250", "6x6_1000",
	"7x7_50", "7x7_100", "7x7_250", "7x7_1000",
}

// markerDictionary returns the dictionary's number, and checks that it holds id.
func markerDictionary(name string, id int) (int, error) {
	n := slices.Index(markerDictionaries, name)
	if n < 0 {
		return 0, fmt.Errorf("marker dictionary %q is not known; known are %s", name, strings.Join(markerDictionaries, ", "))
	}
	if size := [...]int{50, 100, 250, 1000}[n%4]; id < 0 || id >= size {
		return 0, fmt.Errorf("marker %d is not in dictionary %s, which holds 0 to %d", id, name, size-1)
	}
	return n, nil
}
