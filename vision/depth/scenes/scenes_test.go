package scenes

import (
	"math"
	"reflect"
	"testing"
)

func TestASeedAndANumberNameOneScene(t *testing.T) {
	for _, c := range Categories() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			a, b, other := c.Scene(3, 1), c.Scene(3, 1), c.Scene(3, 2)
			if !reflect.DeepEqual(a, b) {
				t.Error("the same seed and number give two scenes")
			}
			if reflect.DeepEqual(a.Frames, other.Frames) {
				t.Error("two numbers give the same frames")
			}
		})
	}
}

func TestGoodPartsHaveNoDefectsAndOthersHave(t *testing.T) {
	good := map[string]bool{"flat": true, "curved": true, "edges": true, "within tolerance": true}
	for _, c := range Categories() {
		for i := range 5 {
			if s := c.Scene(1, i); s.Good() != good[c.Name] {
				t.Errorf("%s %d has %d regions and %d pixels missing", c.Name, i, len(s.Regions), s.Missing)
			}
		}
	}
}

// The mean of the frames less the bias is what is there: out of tolerance where the regions are, and only there.
func TestFramesShowWhatTheTruthSays(t *testing.T) {
	for _, c := range Categories() {
		s := c.Scene(2, 0)
		for _, r := range s.Regions {
			sum, n := 0.0, 0.0
			for y := r.Y; y < r.Y+r.H; y++ {
				for x := r.X; x < r.X+r.W; x++ {
					i := y*s.Want.W + x
					for _, f := range s.Frames {
						if f.Z[i] > 0 && s.Mask[i] != 0 {
							sum += float64(f.Z[i]-s.Want.Z[i]) - s.Bias
							n++
						}
					}
				}
			}
			// The box has more than the region in it, and a corner of it may have little of it.
			if mean := sum / n; mean*r.Peak <= 0 || math.Abs(mean) < 0.2*s.Tolerance {
				t.Errorf("%s: around %+v the frames deviate by %.2f mm", c.Name, r, mean)
			}
		}
	}
}

// A dent of height h and radius R has the volume pi h R^2 / 3; what is within tolerance does not count.
func TestVolumesAreThoseOfTheDents(t *testing.T) {
	m := maker{rng: nil, camera: Standard()}
	m.part = part{near: 600, halfW: 100, halfH: 80, table: 650, dents: []spot{{x: 10, y: -5, radius: 30, height: 20}}}
	c := m.camera
	want := newMap(c.W, c.H)
	dev := make([]float64, c.W*c.H)
	mask := make([]byte, c.W*c.H)
	for i := range dev {
		rx, ry := (float64(i%c.W)-c.CX)/c.FX, (float64(i/c.W)-c.CY)/c.FY
		if z, ok := m.expected(rx, ry); ok {
			want.Z[i], mask[i] = float32(z), 255
			dev[i], _ = m.deviation(rx*z, ry*z, z)
		}
	}
	list := regions(dev, want, mask, 0, c.FX, c.FY)
	if len(list) != 1 {
		t.Fatalf("%d regions, want 1", len(list))
	}
	r := list[0]
	if v := math.Pi * 20 * 30 * 30 / 3; math.Abs(r.Volume-v) > 0.01*v {
		t.Errorf("volume %.0f mm^3, want %.0f", r.Volume, v)
	}
	if a := math.Pi * 30 * 30; math.Abs(r.Area-a) > 0.01*a || math.Abs(r.Peak-20) > 0.1 {
		t.Errorf("area %.0f mm^2 and peak %.2f mm, want %.0f and 20", r.Area, r.Peak, a)
	}
}

func TestNoiseIsThatOfTheCamera(t *testing.T) {
	s := Categories()[0].Scene(4, 0)
	var sum, square, n float64
	for i, in := range s.Mask {
		if in == 0 {
			continue
		}
		for _, f := range s.Frames {
			if z := float64(f.Z[i]); z > 0 {
				d := (z - float64(s.Want.Z[i]) - s.Bias) / s.Camera.Sigma(float64(s.Want.Z[i]))
				sum, square, n = sum+d, square+d*d, n+1
			}
		}
	}
	if mean, rms := sum/n, math.Sqrt(square/n); math.Abs(mean) > 0.01 || math.Abs(rms-1) > 0.01 {
		t.Errorf("deviations in sigmas have mean %.3f and RMS %.3f, want 0 and 1", mean, rms)
	}
}

func TestEdgesHaveFlyingPixelsAndHoles(t *testing.T) {
	for _, c := range Categories() {
		if c.Name != "edges" {
			continue
		}
		s := c.Scene(1, 0)
		flying, lost := 0, 0
		for i, in := range s.Mask {
			if in != 0 || s.Table[i] != 0 {
				continue
			}
			z, table := float64(s.Frames[0].Z[i])-s.Bias, float64(s.Want.Z[0])
			if z+s.Bias == 0 {
				lost++
			} else if z > float64(s.Want.Z[i])+8 && z < table-8 {
				flying++
			}
		}
		if flying < 100 || lost < 50 {
			t.Errorf("%d flying pixels and %d holes near edges, want 100 and 50 or more", flying, lost)
		}
	}
}
