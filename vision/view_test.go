package vision

import (
	"math"
	"testing"
)

// aslant is a face that a camera with a bent lens sees from the side and above.
func aslant() (*view, face) {
	cfg := testConfig()
	cfg.K.K1, cfg.K.K2, cfg.K.P1 = -0.12, 0.03, 0.001
	v := newView(cfg.K, cfg.Camera, cfg.Nominal)
	return &v, stand{x: 5, y: -2, yaw: 0.1}.face(60)
}

func TestPixelsBetweenTheNodesOfASheetAreWhereTheCameraSeesThem(t *testing.T) {
	v, f := aslant()
	var q squarer
	s := f.sheet(123, 77, 60, 40, 3, 90, 0.1)
	q.rows(v, s, func(y int, at []Point) {
		if len(at) != s.w {
			t.Fatalf("row %d has %d pixels", y, len(at))
		}
		for x, p := range at {
			// The sheet turned by hand: from its middle right and down, clockwise.
			a, b := (float64(x)-61)*60/123, (float64(y)-38)*40/77
			sin, cos := math.Sincos(0.1)
			want, _ := v.pixel(f.at(3+cos*a-sin*b, 90-sin*a-cos*b))
			if math.Hypot(p.X-want.X, p.Y-want.Y) > 0.01 {
				t.Fatalf("pixel %d, %d is at %v, want %v", x, y, p, want)
			}
		}
	})
}

func TestWarpingMovesASheetsPixelsAsItSays(t *testing.T) {
	_, f := aslant()
	s := f.sheet(120, 80, 60, 40, 0, 100, -0.05)
	w := s.warped(1.5, 0.02, -0.03, -2, 0.01, 0.04)
	for _, p := range [][2]float64{{0, 0}, {10, -20}, {-59.5, 39.5}} {
		x, y := p[0], p[1]
		for i := range 3 {
			got := w.middle(i) + x*w.right[i] + y*w.down[i]
			want := s.middle(i) + (x+1.5+0.02*x-0.03*y)*s.right[i] + (y-2+0.01*x+0.04*y)*s.down[i]
			if math.Abs(got-want) > 1e-9 {
				t.Errorf("%v lies at %g along axis %d, want %g", p, got, i, want)
			}
		}
	}
	if d := s.off(s.warped(3, 0, 0, -4, 0, 0)); math.Abs(d-5) > 1e-9 {
		t.Errorf("a sheet moved by 5 pixels is off by %g", d)
	}
}

func TestEquationsAreSolvedOrRefused(t *testing.T) {
	m := []float64{0, 2, 1, 7, 1, 0, 0, 1, 4, 1, 1, 9}
	if !solve(m, 3) || math.Abs(m[3]-1) > 1e-12 || math.Abs(m[7]-2) > 1e-12 || math.Abs(m[11]-3) > 1e-12 {
		t.Errorf("solved to %v, want 1, 2, 3", m)
	}
	if solve([]float64{1, 2, 3, 2, 4, 6}, 2) {
		t.Error("two equations that say the same are solved")
	}
}
