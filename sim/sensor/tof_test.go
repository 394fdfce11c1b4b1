package sensor_test

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/sensor"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

var modes = []string{"nfov-unbinned", "nfov-binned", "wfov-binned", "wfov-unbinned"}

// asOnTheSheet gives the noise of the data sheet, without steps.
func asOnTheSheet(s *specs.ToFSim) { s.Sigma, s.ReadShare = 0.017, 0.5 }

func TestTimeOfFlightNoiseIsAsStatedByModeRangeAndReflectivity(t *testing.T) {
	for _, mode := range modes {
		c := tofCamera(mode, asOnTheSheet)
		m := c.Mode()
		for _, part := range []float64{0.3, 0.6, 0.95} {
			for _, level := range []uint8{38, 128, 242} { // 15, 50, 95 %
				d := float64(m.Near) + part*float64(m.Far-m.Near)
				scene := plates(wall(t, d, level))
				z, none := window(from(t, c, scene, 1), 20)
				mean, got := meanAndSigma(z)
				s := float64(level) / 255 / 0.15 * math.Pow(float64(m.Far)/d, 2)
				want := 17 * math.Sqrt(0.5/s+0.5/s/s)
				// 1600 pixels tell a standard deviation to 1.8 %.
				if none > 0 || math.Abs(got/want-1) > 0.06 || math.Abs(mean-1000*d) > want/10 {
					t.Errorf("%s, %.2f m, %.0f %%: depth %.1f mm with a deviation of %.2f mm, %d without; want %.1f and %.2f",
						mode, d, float64(level)/2.55, mean, got, none, 1000*d, want)
				}
				if got > 17.5 {
					t.Errorf("%s, %.2f m, %.0f %%: deviation %.2f mm; the sheet allows 17", mode, d, float64(level)/2.55, got)
				}
			}
		}
	}
}

func TestSystematicErrorIsWithinTheSheetAndAnotherOneForEachCamera(t *testing.T) {
	c := tofCamera("wfov-binned", func(s *specs.ToFSim) {
		s.Bias, s.Scale, s.Wiggle, s.Pattern = 0.005, 0.001, 0.003, 0.003
	})
	const units = 8
	var at [units]float64
	largest := 0.0
	for unit := range uint64(units) {
		for _, d := range []float64{0.4, 0.9, 1.7, 2.7} {
			f := take(t, c, unit, plates(wall(t, d, 200)), 1)
			bound := 11 + d // 0.1 % of it in mm
			for i, z := range f.Depth.Z {
				if off := math.Abs(float64(z) - 1000*d); z > 0 && off > bound+0.01 {
					t.Fatalf("camera %d: pixel %d is %.2f mm off at %.1f m; the sheet allows %.2f", unit, i, off, d, bound)
				} else if z > 0 {
					largest = max(largest, off)
				}
			}
			z, _ := window(f, 20)
			at[unit], _ = meanAndSigma(z)
		}
	}
	if _, spread := meanAndSigma(at[:]); spread < 1.5 || largest < 7 {
		t.Errorf("cameras differ by %.2f mm, the largest error is %.2f mm; the bound of 11 mm leaves room for more", spread, largest)
	}
	again := new(vision.Frame)
	if err := sensor.NewUnit(c, 3).Shoot(plates(wall(t, 1, 200)), kinematics.Identity(), 9, again); err != nil {
		t.Fatal(err)
	}
	_, a := sums(take(t, c, 3, plates(wall(t, 1, 200)), 1))
	if _, b := sums(again); a != b {
		t.Error("one camera has another error in its second life")
	}
}

func TestErrorWigglesOverDistanceWithItsPeriod(t *testing.T) {
	c := tofCamera("nfov-unbinned", func(s *specs.ToFSim) { s.Wiggle = 0.003 })
	// Correlate the error with the stated wave over four periods.
	var re, im, n float64
	for d := 1.0; d < 1+4*0.187-1e-9; d += 0.187 / 8 {
		z, _ := window(take(t, c, 5, plates(wall(t, d, 200)), 1), 3)
		mean, _ := meanAndSigma(z)
		s, co := math.Sincos(2 * math.Pi * d / 0.187)
		re, im, n = re+(mean-1000*d)*co, im+(mean-1000*d)*s, n+1
	}
	if a := 2 * math.Hypot(re, im) / n; a < 1.5-0.05 || a > 3+0.05 {
		t.Errorf("amplitude %.2f mm, want 1.5 to 3", a)
	}
}

func TestPatternIsSmoothAndWithinItsBound(t *testing.T) {
	c := tofCamera("nfov-unbinned", func(s *specs.ToFSim) { s.Pattern = 0.003 })
	f := take(t, c, 2, plates(wall(t, 1, 200)), 1)
	lo, hi, step := math.Inf(1), math.Inf(-1), 0.0
	for y := 100; y < 476; y++ {
		for x := 100; x < 540; x++ {
			z := float64(f.Depth.Z[y*640+x])
			lo, hi = min(lo, z-1000), max(hi, z-1000)
			step = max(step, math.Abs(z-float64(f.Depth.Z[y*640+x+1])))
		}
	}
	if lo < -3.01 || hi > 3.01 || hi-lo < 1 || step > 0.1 {
		t.Errorf("errors from %+.2f to %+.2f mm, %.3f mm from pixel to pixel; want at most 3, a field that varies, and no steps", lo, hi, step)
	}
}

// edge is a near plate over the left of the view, with a border that leans a little, before
// a far wall.
func edgeScene(t testing.TB) *scenery.Scene {
	return plates(
		plate(t, [3]float64{-3, -3, 1}, [3]float64{2.9, 0, 0}, [3]float64{0.3, 6, 0}, gray8(128)),
		wall(t, 2, 128))
}

func TestPixelsOverAnEdgeFly(t *testing.T) {
	for _, tt := range []struct {
		flying, loss   float64
		least, most    float64 // flying pixels a row
		lostLo, lostHi float64 // of the pixels over the edge
	}{{0, 0, 0, 0, 0, 0}, {1, 0, 0.75, 1.05, 0, 0}, {0.5, 0, 0.35, 0.6, 0, 0}, {1, 0.3, 0.5, 0.8, 0.22, 0.38}} {
		c := tofCamera("nfov-unbinned", func(s *specs.ToFSim) { s.Flying, s.EdgeLoss = tt.flying, specs.Ratio(tt.loss) })
		f := from(t, c, edgeScene(t), 4)
		flying, lost, rows := 0.0, 0.0, 0.0
		for y := 100; y < 476; y++ {
			rows++
			for x := 200; x < 440; x++ {
				switch z := f.Depth.Z[y*640+x]; {
				case z == 0:
					lost++
				case z < 999.9 || z > 2000.1:
					t.Fatalf("pixel %d, %d is at %.1f mm, nearer than near or farther than far", x, y, z)
				case z > 1005 && z < 1995:
					flying++
				}
			}
		}
		if got := flying / rows; got < tt.least || got > tt.most {
			t.Errorf("flying %g, loss %g: %.3f flying pixels a row, want %.2f to %.2f", tt.flying, tt.loss, got, tt.least, tt.most)
		}
		if share := lost / max(1, lost+flying); share < tt.lostLo || share > tt.lostHi {
			t.Errorf("flying %g, loss %g: %.2f of the pixels over the edge are invalid", tt.flying, tt.loss, share)
		}
	}
}

func TestAFlyingPixelLeansToWhereMoreLightComesFrom(t *testing.T) {
	c := tofCamera("nfov-unbinned", func(s *specs.ToFSim) { s.Flying = 1 })
	mean := func(near, far uint8) float64 {
		f := from(t, c, plates(
			plate(t, [3]float64{-3, -3, 1}, [3]float64{2.9, 0, 0}, [3]float64{0.3, 6, 0}, gray8(near)), wall(t, 2, far)), 1)
		var z []float64
		for y := 100; y < 476; y++ {
			for x := 200; x < 440; x++ {
				if v := float64(f.Depth.Z[y*640+x]); v > 1005 && v < 1995 {
					z = append(z, v)
				}
			}
		}
		m, _ := meanAndSigma(z)
		return m
	}
	bright, dark := mean(240, 20), mean(20, 240)
	if bright > 1200 || dark < 1400 {
		t.Errorf("flying pixels are at %.0f mm with a bright near side, at %.0f mm with a dark one", bright, dark)
	}
}

func TestDarkSurfacesAreNoisyAndThenHaveNoDepth(t *testing.T) {
	c := tofCamera("wfov-binned", func(s *specs.ToFSim) {
		asOnTheSheet(s)
		s.LeastSignal = 2
	})
	share := func(d float64, level uint8) float64 {
		z, none := window(from(t, c, plates(wall(t, d, level)), 1), 20)
		return float64(none) / float64(none+len(z))
	}
	// Signal 0.16, 2 and 5.3 of that of the sheet.
	if none := share(2, 3); none < 0.98 {
		t.Errorf("of a 1 %% surface at 2 m %.2f has no depth, want all", none)
	}
	if none := share(2, 37); none < 0.3 || none > 0.7 {
		t.Errorf("of a surface at the least signal %.2f has no depth, want a half", none)
	}
	if none := share(0.35, 3); none > 0.01 {
		t.Errorf("of a 1 %% surface at 0.35 m %.2f has no depth, want none", none)
	}
}

func TestShinySurfacesBlindTheCameraWhereTheyFaceIt(t *testing.T) {
	c := tofCamera("wfov-binned", func(s *specs.ToFSim) { s.Saturation = 0.8 })
	shiny := render.Material{Color: render.RGB{R: 150, G: 150, B: 150}, Gloss: 0.5, Shine: 60}
	none := func(tilt float64, m render.Material) int {
		sin, cos := math.Sincos(tilt)
		_, n := window(from(t, c, plates(plate(t, [3]float64{-0.2 * cos, -0.2, 0.4 - 0.2*sin}, [3]float64{0.4 * cos, 0, 0.4 * sin}, [3]float64{0, 0.4, 0}, m)), 1), 10)
		return n
	}
	if n := none(0, shiny); n < 300 {
		t.Errorf("%d of 400 pixels on a shiny plate that faces the camera have no depth, want most", n)
	}
	if n := none(35*deg, shiny); n > 0 {
		t.Errorf("%d pixels on a shiny plate that looks away have no depth", n)
	}
	if n := none(0, gray8(255)); n > 0 {
		t.Errorf("%d pixels on white paper have no depth", n)
	}
}

// corner is two white walls at a right angle, symmetric about the view, with their edge
// upright at the distance z.
func corner(t testing.TB, z float64) *scenery.Scene {
	const l = 0.6
	r := l * math.Sqrt2 / 2
	return plates(
		plate(t, [3]float64{0, -0.5, z}, [3]float64{-r, 0, -r}, [3]float64{0, 1, 0}, gray8(230)),
		plate(t, [3]float64{0, -0.5, z}, [3]float64{r, 0, -r}, [3]float64{0, 1, 0}, gray8(230)))
}

// oneBounce is by how much farther a point of the left wall of that corner seems, in mm of
// range: an integral over the right wall in fine steps, with nothing of the sensor's code.
func oneBounce(s, z, ambiguous float64) float64 {
	const l, n = 0.6, 120
	h := math.Sqrt2 / 2
	p := [3]float64{-s * h, 0, z - s*h}
	np, nq := [3]float64{h, 0, -h}, [3]float64{-h, 0, -h}
	dot := func(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
	length := func(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }
	rp := length(p)
	direct := -dot(p, np) / rp / (rp * rp)
	var re, im float64
	for i := range n {
		for j := range n {
			u, v := (float64(i)+0.5)/n*l, (float64(j)+0.5)/n-0.5
			q := [3]float64{u * h, v, z - u*h}
			d := [3]float64{q[0] - p[0], q[1] - p[1], q[2] - p[2]}
			r, rq := length(d), length(q)
			light := -dot(q, nq) / rq / (rq * rq) * 230 / 255
			e := light / math.Pi * dot(d, np) / r * -dot(d, nq) / r / (r * r) * (l / n * 1 / n)
			phase := 2 * math.Pi * (rq + r - rp) / 2 / ambiguous
			re += e * math.Cos(phase)
			im += e * math.Sin(phase)
		}
	}
	return 1000 * ambiguous / (2 * math.Pi) * math.Atan2(im, direct+re)
}

func TestMultipathMakesTheWallsOfACornerSeemFartherAndTheCornerRound(t *testing.T) {
	const z = 1.2
	seen := func(strength float64, scene *scenery.Scene) *vision.Frame {
		return from(t, tofCamera("nfov-unbinned", func(s *specs.ToFSim) { s.Multipath = strength }), scene, 1)
	}
	clean, full, half := seen(0, corner(t, z)), seen(1, corner(t, z)), seen(0.5, corner(t, z))
	k := full.DepthK
	at := func(f *vision.Frame, s float64) float64 {
		h := math.Sqrt2 / 2
		u, _ := k.Project(-s*h, 0, z-s*h)
		x, y := int(math.Round(u.X)), k.H/2
		rx, ry := k.Ray(vision.Point{X: float64(x), Y: float64(y)})
		i := y*k.W + x
		return float64(f.Depth.Z[i]-clean.Depth.Z[i]) * math.Sqrt(1+rx*rx+ry*ry)
	}
	for _, s := range []float64{0.15, 0.25, 0.35, 0.45} {
		got, want := at(full, s), oneBounce(s, z, 4*0.187)
		if math.Abs(got/want-1) > 0.25 {
			t.Errorf("%.0f mm from the edge the wall is %+.1f mm off, by the integral %+.1f mm", 1000*s, got, want)
		}
		if h := at(half, s); h < 0.4*got || h > 0.65*got {
			t.Errorf("%.0f mm from the edge half of the light makes %+.1f mm of %+.1f mm", 1000*s, h, got)
		}
	}
	if edge, wall := at(full, 0.01), at(full, 0.25); edge > wall {
		t.Errorf("the edge is %+.1f mm off, more than the wall's %+.1f mm: the corner is not rounder", edge, wall)
	}
	flat, was := seen(1, plates(wall(t, z, 230))), seen(0, plates(wall(t, z, 230)))
	for i, v := range flat.Depth.Z {
		if math.Abs(float64(v-was.Depth.Z[i])) > 0.01 {
			t.Fatalf("a flat wall lights itself: pixel %d is %.2f mm off", i, v-was.Depth.Z[i])
		}
	}
}

func TestDepthComesInWholeMillimetresWithinTheRangeAndTheField(t *testing.T) {
	for _, mode := range modes {
		c := tofCamera(mode, func(s *specs.ToFSim) {
			asOnTheSheet(s)
			s.Step = 0.001
		})
		m := c.Mode()
		f := from(t, c, plates(wall(t, 0.5*float64(m.Near+m.Far), 200)), 1)
		valid := 0
		for i, z := range f.Depth.Z {
			if z != float32(math.Round(float64(z))) {
				t.Fatalf("%s: pixel %d is %g mm", mode, i, z)
			}
			if (z > 0) != (f.Confidence[i] > 0) {
				t.Fatalf("%s: pixel %d is %g mm with confidence %d", mode, i, z, f.Confidence[i])
			}
			if z > 0 {
				valid++
				x, y := f.DepthK.Ray(vision.Point{X: float64(i % m.W), Y: float64(i / m.W)})
				if out := math.Hypot(x, y) > math.Tan(60*deg)+1e-6; m.HFOV == m.VFOV && out {
					t.Fatalf("%s: pixel %d has depth beyond the field of view", mode, i)
				}
			}
		}
		if share := float64(valid) / float64(len(f.Depth.Z)); share < 0.7 || f.Depth.W != m.W || f.Depth.H != m.H {
			t.Errorf("%s: %.2f of %dx%d pixels have depth", mode, share, f.Depth.W, f.Depth.H)
		}
		for name, d := range map[string]specs.Length{"before": m.Near - 0.05, "beyond": m.Far + 0.1} {
			if z, _ := window(from(t, tofCamera(mode, nil), plates(wall(t, float64(d), 200)), 1), 5); len(z) > 0 {
				t.Errorf("%s: a wall %s the range has the depth %.0f mm", mode, name, z[0])
			}
		}
	}
}

func TestConfidenceGrowsWithTheRootOfTheLight(t *testing.T) {
	c := tofCamera("wfov-binned", nil)
	for _, level := range []uint8{20, 80, 240} {
		f := from(t, c, plates(wall(t, 2, level)), 1)
		got := float64(f.Confidence[256*512+256])
		want := 32 * math.Sqrt(float64(level)/255/0.15) * 2.88 / 2
		if math.Abs(got-want) > 1.01 {
			t.Errorf("confidence of level %d is %g, want %.1f", level, got, want)
		}
	}
}

func TestDepthOfACameraOfItsOwnLiesWhereItsPoseSays(t *testing.T) {
	w := newWorld(t)
	for _, mode := range []string{"wfov-binned", "nfov-unbinned"} {
		c := datasheetCamera(mode)
		c.Sim = specs.CameraSim{ToF: withLens(specs.ToFSim{})}
		pose := kinematics.FromRPY([3]float64{1.16, -0.7, 0.3}, [3]float64{-105 * deg, 0, 0})
		f := shoot(t, c, &scenery.Scene{Parts: []scenery.Placed{scenery.Place(w.part(1, 0), 1.16, 0, 0)}}, pose, 1)
		if f.Aligned() || f.DepthInColor.P != [3]float64{-0.0325, -0.001, 0.0019} {
			t.Fatalf("%s: depth is said to lie at %v", mode, f.DepthInColor)
		}
		toLine := pose.Mul(f.DepthInColor)
		face := 0
		for i, z := range f.Depth.Z {
			if z == 0 {
				continue
			}
			x, y := f.DepthK.Ray(vision.Point{X: float64(i % f.Depth.W), Y: float64(i / f.Depth.W)})
			p := toLine.Apply([3]float64{x * float64(z) / 1000, y * float64(z) / 1000, float64(z) / 1000})
			if math.Abs(p[0]-1.16) < 0.03 && p[2] > 0.01 && p[2] < 0.13 {
				face++
				if off := 1000 * (p[1] + 0.03); math.Abs(off) > 0.05 {
					t.Fatalf("%s: a pixel of the front face is %.3f mm off its plane", mode, off)
				}
			}
		}
		if face < 500 {
			t.Errorf("%s: only %d pixels are on the face", mode, face)
		}
	}
}
