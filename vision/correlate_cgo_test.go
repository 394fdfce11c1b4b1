//go:build cgo

package vision

import (
	"slices"
	"testing"
)

func TestCorrelationDoesNotDependOnTheNumberOfThreads(t *testing.T) {
	defer func() {
		if err := SetNumThreads(0); err != nil {
			t.Error(err)
		}
	}()
	scene := texture(700, 500, 4)
	tpl, err := NewTemplate(scene.Crop(Rect{210, 170, 330, 250}))
	if err != nil {
		t.Fatal(err)
	}
	var first []float32
	for _, n := range []int{1, 2, 4} {
		if err := SetNumThreads(n); err != nil {
			t.Fatal(err)
		}
		s, err := correlate(scene, tpl)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = s
		}
		if !slices.Equal(first, s) {
			t.Errorf("%d threads give other scores than one", n)
		}
	}
}
