package qr

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"linetwin.dev/vision/qr/scenes"
)

// textured makes a picture without a code, of one of several kinds.
func textured(rng *rand.Rand, w, h int) Image { return Image(scenes.None(rng, w, h)) }

// TestNothingIsReadWhereThereIsNoCode looks at pictures without a code; with
// LINETWIN_QR_NONE=10000 at as many.
func TestNothingIsReadWhereThereIsNoCode(t *testing.T) {
	n := 42
	if v, err := strconv.Atoi(os.Getenv("LINETWIN_QR_NONE")); err == nil {
		n = v
	}
	d := NewDecoder(Options{})
	for i := range n {
		rng := scenes.Stream(5, i)
		img := textured(rng, 120+rng.IntN(200), 120+rng.IntN(160))
		if got := d.Decode(img, 20_000_000); len(got) > 0 {
			t.Errorf("picture %d without a code was read as %+v", i, got[0])
		}
	}
}
