package vision

import (
	"math"
	"testing"

	"linetwin.dev/vision/align"
)

// The calibration of a Femto Bolt's depth camera, as one was published.
var boltDepth = Intrinsics{W: 1024, H: 1024, FX: 505.28, FY: 505.28, CX: 511.5, CY: 511.5,
	K1: 8.690, K2: 4.468, K3: .1729, K4: 9.017, K5: 7.379, K6: 1.056, P1: 1e-4, P2: -5e-5}

func TestARayGoesToThePixelThatItComesFrom(t *testing.T) {
	for name, k := range map[string]Intrinsics{
		"pinhole":  Pinhole(640, 480, 1.2),
		"radial":   {W: 640, H: 480, FX: 500, FY: 510, CX: 320, CY: 240, K1: -0.12, K2: 0.03},
		"rational": boltDepth,
	} {
		for y := 0; y < k.H; y += k.H / 7 {
			for x := 0; x < k.W; x += k.W / 7 {
				p := Point{float64(x), float64(y)}
				if math.Hypot(p.X-k.CX, p.Y-k.CY) > 1.2*k.FX {
					continue // beyond what the lens shows
				}
				rx, ry := k.Ray(p)
				q, ok := k.Project(3*rx, 3*ry, 3)
				if !ok || math.Hypot(q.X-p.X, q.Y-p.Y) > 1e-6 {
					t.Errorf("%s: the ray of %v is seen at %v", name, p, q)
				}
			}
		}
	}
}

func TestIntrinsicsProjectAsTheAlignersCameraDoes(t *testing.T) {
	lens, err := align.Camera(boltDepth).Lens()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][3]float64{{0, 0, 500}, {120, -80, 700}, {-300, 250, 400}} {
		u, v, ok := lens.Project(at[0], at[1], at[2])
		p, ours := boltDepth.Project(at[0], at[1], at[2])
		if !ok || !ours || math.Hypot(p.X-u, p.Y-v) > 1e-9 {
			t.Errorf("%v is seen at %v, %v, by the aligner's camera at %v, %v, %v", at, p, ours, u, v, ok)
		}
	}
}
