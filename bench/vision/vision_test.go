//go:build linux

package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
	"linetwin.dev/vision/qr/scenes"
)

func TestHardPicturesAreOfTheSizeThatIsSaid(t *testing.T) {
	for i := range 8 {
		img, err := hard(i)
		if err != nil || !img.Valid() || img.W != 1280 || img.H != 720 {
			t.Errorf("picture %d is %dx%d, error %v", i, img.W, img.H, err)
		}
	}
}

func TestCleanCodesLieInThePicture(t *testing.T) {
	reader := vision.NewQRReader(vision.QROptions{})
	for i, module := range []float64{3, 10} {
		img, text, err := cleanCode(scenes.Stream(1, i), module)
		if err != nil {
			t.Fatal(err)
		}
		if got := reader.Read(img, vision.Rect{}); len(got) != 1 || got[0].Text != text {
			t.Errorf("modules of %g pixels are read as %+v, want %q", module, got, text)
		}
	}
}

func TestTouchingReadsAllBytes(t *testing.T) {
	m := newMemory()
	before := m.touch()
	for i := range m.images {
		for _, k := range []int{0, 5, len(m.images[i]) - 1} {
			m.images[i][k]++
			if got := m.touch(); got != before+1 {
				t.Errorf("a change of word %d of image %d is not seen", k, i)
			}
			m.images[i][k]--
		}
	}
	m.mask[side*side-1] = 1
	if m.touch(); m.mask[side*side-1] != 0 {
		t.Error("the mask is not cleared")
	}
}

func TestTheTableIsMetWhereItsRaysMeetIt(t *testing.T) {
	if z := along([3]float64{}, [3]float64{0, 0, 1}); math.Abs(z-900) > 1e-9 {
		t.Errorf("straight ahead the table is at %g mm, want 900", z)
	}
	if z := along([3]float64{}, [3]float64{0, -10, 1}); z > 0 {
		t.Errorf("above the horizon the table is at %g mm", z)
	}
}

func TestTheStationJudgesBottlesOfAllKindsRightly(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", reference))); err != nil {
		t.Fatal(err)
	}
	st, err := benchStation(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all device.Defect
	for i := range 2 * kinds {
		shot, err := bottle(st, i)
		if err != nil {
			t.Fatal(err)
		}
		if (shot.Defects == 0) != (i%2 == 0) {
			t.Errorf("bottle %d has %v; every other one is good", i, shot.Defects)
		}
		all |= shot.Defects
		c := shot.Judge()
		if c.Escaped || c.Rejected || c.Misread {
			t.Errorf("bottle %d with %v is judged %v", i, shot.Defects, c.Verdict.Reason)
		}
		if c.Verdict.Good() && len(c.Verdict.Marks) != 8 {
			t.Errorf("bottle %d shows %d marks, want code, label, cap, front, relief and three templates", i, len(c.Verdict.Marks))
		}
		shot.Release()
	}
	if want := 2*device.Bulge - 1; all != want {
		t.Errorf("bottles with %v, want %v", all, want)
	}
}
