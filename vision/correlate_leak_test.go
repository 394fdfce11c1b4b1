//go:build cgo && matprofile

package vision

import (
	"testing"

	"gocv.io/x/gocv"
)

// Run with -tags matprofile, which makes gocv count the Mats that are open.
func TestMatchingLeavesNoMatOpen(t *testing.T) {
	before := gocv.MatProfile.Count()
	scene := texture(160, 120, 5)
	tpl, err := NewTemplate(scene.Crop(Rect{22, 21, 142, 101}))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := tpl.Find(scene, Rect{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := gocv.MatProfile.Count(); n != before {
		t.Errorf("%d Mats are open, %d were before", n, before)
	}
}
