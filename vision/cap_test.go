package vision

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Points on a cylinder that leans, as a camera before and above it sees them, give the lean back.
func TestALeaningCapIsMeasured(t *testing.T) {
	in, cfg := testInspector(t)
	s := in.shape
	for _, want := range []leaning{{}, {1, -1, 0.5, 0.08, 0}, {-1, 0.5, 1, 0, 0.1}, {0, 0, 2, -0.1, -0.12}, {0, 0, 2, 0.02, 0.2}} {
		rng := rand.New(rand.NewPCG(3, 3))
		depth := Depth{cfg.K.W, cfg.K.H, make([]float32, cfg.K.W*cfg.K.H)}
		c := in.view.c
		for y := in.roi.Y0; y < in.roi.Y1; y++ {
			for x := in.roi.X0; x < in.roi.X1; x++ {
				r := in.view.ray(Point{float64(x), float64(y)})
				// March to the surface: the distance from it is a bound of the step.
				for z := 250.0; z < 420; {
					at := [3]float64{c[0] + z*r[0], c[1] + z*r[1], c[2] + z*r[2] - s.height}
					d, _, _, h := want.distance(&capPoint{at: at}, s)
					if d = max(d, -h); d < 0.01 {
						depth.Z[y*cfg.K.W+x] = float32(z + 1.2*rng.NormFloat64())
						break
					}
					z += max(d, 0.01) * 0.8
				}
			}
		}
		got, ok := in.fitCap(depth, placing{}, in.newScratch())
		if off := math.Hypot(got.ax-want.ax, got.ay-want.ay); !ok || off > 0.02 || math.Abs(got.z-want.z) > 0.5 {
			t.Errorf("measured %+v (%v), want %+v: off by %.2f degrees", got, ok, want, off*180/math.Pi)
		}
	}
}

func TestWhatIsNoCapIsNotFitted(t *testing.T) {
	in, cfg := testInspector(t)
	b := goodBottle(t, "LT00000001")
	b.noCap = true
	f := b.picture(cfg)
	sc := in.newScratch()
	p, ok := in.locate(f.Depth, sc)
	if !ok {
		t.Fatal("no bottle")
	}
	if l, ok := in.fitCap(f.Depth, p, sc); ok {
		t.Errorf("a neck is a cap that leans: %+v", l)
	}
	if _, ok := in.fitCap(Depth{cfg.K.W, cfg.K.H, make([]float32, cfg.K.W*cfg.K.H)}, p, sc); ok {
		t.Error("a cap is found without depth")
	}
}
