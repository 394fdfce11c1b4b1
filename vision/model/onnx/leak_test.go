//go:build cgo && matprofile

package onnx

import (
	"testing"

	"gocv.io/x/gocv"
)

// Run with -tags matprofile, which makes gocv count the Mats that are open.
func TestNetworksLeaveNoMatOpen(t *testing.T) {
	before := gocv.MatProfile.Count()
	dir, s := folder(t, classifierSpec, classifier())
	for range 3 {
		n, err := Open(dir, s, CPU)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if _, err := n.Recognise(scene(20, 20)); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := gocv.MatProfile.Count(); n != before {
		t.Errorf("%d Mats are open, %d were before", n, before)
	}
}
