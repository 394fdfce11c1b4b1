package rig

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

func randomPose(r *rand.Rand) kinematics.Pose {
	v := func(s float64) float64 { return s * (2*r.Float64() - 1) }
	return kinematics.FromRPY([3]float64{v(1), v(1), v(1)}, [3]float64{v(3), v(1.5), v(3)})
}

func apart(a, b kinematics.Pose) float64 {
	d, w := kinematics.Distance(a, b)
	return math.Max(d, w)
}

// A body that moves with a constant twist is where Between says; at the ends it is exact, and
// it does not matter who looks, or in which direction.
func TestBetweenFollowsTheScrew(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := randomPose(r)
		var twist kinematics.Twist
		for i := range twist {
			twist[i] = 1.5 * (2*r.Float64() - 1)
		}
		ta, tb := time.Duration(r.Int64N(int64(sec))), 2*sec
		b := a.Mul(kinematics.Exp(twist))
		for _, s := range []float64{0, 1, r.Float64(), 1 + 0.2*r.Float64()} {
			at := ta + time.Duration(s*float64(tb-ta))
			got := Between(a, ta, b, tb, at)
			if d := apart(got, a.Mul(kinematics.Exp(twist.Scale(s)))); d > 1e-8 {
				t.Fatalf("seed %d at %.2f: off by %g", seed, s, d)
			}
			if d := apart(got, Between(b, tb, a, ta, at)); d > 1e-8 {
				t.Fatalf("seed %d: backwards off by %g", seed, d)
			}
			if err := got.Check(); err != nil {
				t.Fatal(err)
			}
			o := randomPose(r)
			if d := apart(o.Mul(got), Between(o.Mul(a), ta, o.Mul(b), tb, at)); d > 1e-8 {
				t.Fatalf("seed %d: seen from elsewhere off by %g", seed, d)
			}
		}
	}
	if p := randomPose(rand.New(rand.NewPCG(1, 1))); Between(p, sec, kinematics.Identity(), sec, 5*sec) != p {
		t.Error("two poses at one instant")
	}
}

func TestATrackKnowsWhatItWasTold(t *testing.T) {
	k := NewTrack(50, 20*ms)
	if _, ok := k.At(0); ok {
		t.Error("it knows something of nothing")
	}
	// A tool on a circle of 0.3 m, 1 rad/s, told every 4 ms.
	pose := func(t time.Duration) kinematics.Pose {
		a := t.Seconds()
		p := kinematics.FromRPY([3]float64{0.3 * math.Cos(a), 0.3 * math.Sin(a), 0.1 * a}, [3]float64{0, 0, a})
		return p
	}
	for i := range 100 {
		k.Add(time.Duration(i)*4*ms, pose(time.Duration(i)*4*ms))
	}
	if k.Add(396*ms, pose(0)) || k.Add(5*ms, pose(0)) {
		t.Error("an instant that has passed is taken")
	}
	for at := 201 * ms; at < 416*ms; at += 700 * us {
		got, ok := k.At(at)
		if d := apart(got, pose(at)); !ok || d > 1e-9 {
			t.Fatalf("at %v: off by %g, %v", at, d, ok)
		}
	}
	if _, ok := k.At(417 * ms); ok {
		t.Error("it knows the future")
	}
	if _, ok := k.At(195 * ms); ok {
		t.Error("it knows what it has forgotten")
	}
	if n := testing.AllocsPerRun(100, func() { k.At(300 * ms) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestABeltsTravelIsBetweenItsInstants(t *testing.T) {
	b := NewBelt(8, 5*ms)
	for i := range 20 {
		b.Add(time.Duration(i)*5*ms, 0.4*float64(i)*5e-3)
	}
	if b.Add(sec, math.NaN()) || b.Add(sec, math.Inf(1)) {
		t.Error("a position that is none is taken")
	}
	if d, ok := b.Travel(72*ms, 97*ms); !ok || math.Abs(d-0.4*0.025) > 1e-12 {
		t.Errorf("%v, %v", d, ok)
	}
	if d, ok := b.Travel(97*ms, 72*ms); !ok || math.Abs(d+0.4*0.025) > 1e-12 {
		t.Errorf("back: %v, %v", d, ok)
	}
	if _, ok := b.Travel(0, 90*ms); ok {
		t.Error("what it has forgotten")
	}
	if _, ok := b.At(101 * ms); ok {
		t.Error("the future")
	}
}

// A belt of which nothing was heard for a while may have stood.
func TestWhereABeltWasInALongGapIsNotKnown(t *testing.T) {
	b := NewBelt(8, 10*ms)
	b.Gap = 20 * ms
	for _, at := range []time.Duration{0, 5 * ms, 25 * ms, 46 * ms} {
		b.Add(at, 0.4*at.Seconds())
	}
	for at, known := range map[time.Duration]bool{
		5 * ms: true, 20 * ms: true, 25 * ms: true, 26 * ms: false, 45 * ms: false, 46 * ms: true, 47 * ms: false,
	} {
		if p, ok := b.At(at); ok != known || ok && math.Abs(p-0.4*at.Seconds()) > 1e-12 {
			t.Errorf("at %v: %v, %v", at, p, ok)
		}
	}
	b.Add(50*ms, 0.02)
	if p, ok := b.At(52 * ms); !ok || math.Abs(p-0.0208) > 1e-12 {
		t.Errorf("after the gap: %v, %v", p, ok)
	}
}

var lensOfTest = vision.Intrinsics{W: 160, H: 120, FX: 150, FY: 152, CX: 79.3, CY: 60.4, K1: -0.05, K2: 0.01}

// scene is a tilted floor and a box before it, as the camera sees them after the motion.
func scene(t testing.TB, w *Warper, motion kinematics.Pose) vision.Depth {
	t.Helper()
	d := vision.Depth{W: w.k.W, H: w.k.H, Z: make([]float32, w.k.W*w.k.H)}
	back := motion.Inverse()
	for i := range d.Z {
		x, y := float64(w.rays[2*i]), float64(w.rays[2*i+1])
		// The ray in the scene as it was before the motion: o + s v, z = s in the camera.
		o, v := back.P, back.Rotate([3]float64{x, y, 1})
		best := math.Inf(1)
		if s := (1.2 + 0.1*o[0] - o[2]) / (v[2] - 0.1*v[0]); s > 0 { // z = 1.2 + 0.1 x
			best = s
		}
		if s := (0.9 - o[2]) / v[2]; s > 0 { // the box's front at z = 0.9
			if px, py := o[0]+s*v[0], o[1]+s*v[1]; math.Abs(px) < 0.12 && math.Abs(py) < 0.1 {
				best = min(best, s)
			}
		}
		if !math.IsInf(best, 0) {
			d.Z[i] = float32(1e3 * best)
		}
	}
	return d
}

// A depth image that is moved by the belt's travel, or by the camera's own motion, is the one
// that the camera takes there.
func TestAMovedDepthImageIsWhatTheCameraWouldSee(t *testing.T) {
	w, err := NewWarper(lensOfTest)
	if err != nil {
		t.Fatal(err)
	}
	camera := kinematics.FromRPY([3]float64{0, 0, 1.2}, [3]float64{math.Pi, 0, 0.3})
	was := kinematics.FromRPY([3]float64{0.01, 0.02, 0.01}, [3]float64{0.01, 0, 0.02})
	for name, motion := range map[string]kinematics.Pose{
		"rests":          kinematics.Identity(),
		"belt":           OnBelt(camera, 0.03),
		"belt, backward": OnBelt(camera, -0.012),
		"camera":         Moved(was, kinematics.Identity()),
	} {
		src, want := scene(t, w, kinematics.Identity()), scene(t, w, motion)
		got := vision.Depth{W: src.W, H: src.H, Z: make([]float32, len(src.Z))}
		if err := w.Warp(got, src, motion, 15); err != nil {
			t.Fatal(err)
		}
		seen, near, off := 0, 0, 0.0
		for i, z := range got.Z {
			if z == 0 {
				continue
			}
			seen++
			if d := math.Abs(float64(z - want.Z[i])); d < 3 {
				near++
				off += d
			}
		}
		t.Logf("%s: %.1f %% covered, %.2f %% of them within 3 mm, mean %.2f mm", name, 100*float64(seen)/float64(len(got.Z)), 100*float64(near)/float64(seen), off/float64(near))
		if float64(seen) < 0.9*float64(len(got.Z)) || float64(near) < 0.96*float64(seen) || off/float64(near) > 0.6 {
			t.Errorf("%s: %d of %d seen, %d of them right", name, seen, len(got.Z), near)
		}
		if name == "rests" && (seen != len(got.Z) || near != seen || off > 1e-3*float64(near)) {
			t.Error("without a motion it is another image")
		}
		if n := testing.AllocsPerRun(3, func() { w.Warp(got, src, motion, 15) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// The grid says what the lens says.
func TestTheGridOfALensIsNearEnough(t *testing.T) {
	for name, k := range map[string]vision.Intrinsics{
		"radial":   lensOfTest,
		"rational": {W: 640, H: 576, FX: 505, FY: 505, CX: 320, CY: 288, K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056},
	} {
		w, err := NewWarper(k)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for i := range k.W * k.H {
			if x := w.rays[2*i]; x == x && w.pixel(x, w.rays[2*i+1]) != i {
				wrong++
			}
		}
		if wrong != 0 {
			t.Errorf("%s: the rays of %d pixels lead to others", name, wrong)
		}
	}
}

func TestBadDepthIsNotMoved(t *testing.T) {
	w, err := NewWarper(vision.Intrinsics{W: 3, H: 1, FX: 2, FY: 2, CX: 1})
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	dst := vision.Depth{W: 3, H: 1, Z: []float32{7, 7, 7}}
	if err := w.Warp(dst, vision.Depth{W: 3, H: 1, Z: []float32{nan, inf, -5}}, kinematics.Identity(), 10); err != nil || dst.Z[0] != 0 || dst.Z[1] != 0 || dst.Z[2] != 0 {
		t.Errorf("%v, %v", dst.Z, err)
	}
	if err := w.Warp(dst, vision.Depth{W: 2, H: 1, Z: make([]float32, 2)}, kinematics.Identity(), 10); err == nil {
		t.Error("an image of another size is taken")
	}
	if _, err := NewWarper(vision.Intrinsics{}); err == nil {
		t.Error("a camera that is none")
	}
}

func TestARegionGoesWithWhatItShows(t *testing.T) {
	k := vision.Intrinsics{W: 640, H: 480, FX: 500, FY: 500, CX: 319.5, CY: 239.5}
	camera := kinematics.FromRPY([3]float64{0, 0, 1}, [3]float64{math.Pi, 0, 0}) // looks down, x along the belt
	r := vision.Rect{X0: 100, Y0: 200, X1: 151, Y1: 251}
	got, ok := Shift(r, k, 1, OnBelt(camera, 0.02))
	if want := (vision.Rect{X0: 110, Y0: 200, X1: 161, Y1: 251}); !ok || got != want {
		t.Errorf("%v, %v; want %v", got, ok, want)
	}
	if _, ok := Shift(r, k, 1, kinematics.Translation(0, 0, -2)); ok {
		t.Error("behind the camera")
	}
	if _, ok := Shift(r, k, 0, kinematics.Identity()); ok {
		t.Error("without a depth")
	}
}

func BenchmarkWarp(b *testing.B) {
	k := vision.Intrinsics{W: 640, H: 576, FX: 505, FY: 505, CX: 320, CY: 288, K1: 8.690, K2: 4.468, K3: 0.1729, K4: 9.017, K5: 7.379, K6: 1.056}
	w, err := NewWarper(k)
	if err != nil {
		b.Fatal(err)
	}
	src := scene(b, w, kinematics.Identity())
	dst := vision.Depth{W: src.W, H: src.H, Z: make([]float32, len(src.Z))}
	motion := kinematics.Translation(0.01, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Warp(dst, src, motion, 15); err != nil {
			b.Fatal(err)
		}
	}
}
