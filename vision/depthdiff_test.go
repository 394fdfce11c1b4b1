package vision

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestDepthDiffMeasuresABumpAndAHole(t *testing.T) {
	k := Pinhole(200, 100, 1)
	want := PlaneDepth(nil, k, [3]float64{0, 0, 1}, 500)
	got := Depth{200, 100, append([]float32(nil), want.Z...)}
	// 20 x 10 pixels that stand out by 6 mm, 10 x 10 that are 4 mm too deep.
	for y := 30; y < 40; y++ {
		for x := 50; x < 70; x++ {
			got.Z[y*200+x] -= 6
		}
		for x := 100; x < 110; x++ {
			got.Z[y*200+x] += 4
		}
	}
	got.Z[0], got.Z[1] = 0, float32(math.NaN())
	d, err := CompareDepth(got, want, nil, k, DepthTolerance{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	px := 500 * 500 / (k.FX * k.FY)
	if d.Out != 300 || d.Missing != 2 || d.Compared != 19998 || d.Nearest != -6 || d.Furthest != 4 {
		t.Errorf("counts: %+v", d)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6*math.Abs(b) }
	if !near(d.Area, 300*px) || !near(d.VolumeNear, 200*6*px) || !near(d.VolumeFar, 100*4*px) {
		t.Errorf("area %.3f, volumes %.3f and %.3f; want %.3f, %.3f, %.3f", d.Area, d.VolumeNear, d.VolumeFar, 300*px, 1200*px, 400*px)
	}
	if !near(d.Mean, (-1200.0+400)/19998) || d.X != 50 || d.Y != 30 {
		t.Errorf("mean %v, largest at %d, %d", d.Mean, d.X, d.Y)
	}
	mask := make([]byte, 200*100)
	for i := range mask {
		if i%200 >= 100 {
			mask[i] = 1
		}
	}
	if d, _ := CompareDepth(got, want, mask, k, DepthTolerance{2, 3}); d.Out != 100 || d.Missing != 0 || d.Nearest != 0 {
		t.Errorf("masked: %+v", d)
	}
}

func TestDepthDiffRefusesWhatCannotBeCompared(t *testing.T) {
	k := Pinhole(4, 4, 1)
	good := Depth{4, 4, make([]float32, 16)}
	for name, c := range map[string]struct {
		got, want Depth
		mask      []byte
		k         Intrinsics
		tol       DepthTolerance
	}{
		"empty":             {Depth{}, good, nil, k, DepthTolerance{}},
		"torn":              {Depth{4, 4, make([]float32, 15)}, good, nil, k, DepthTolerance{}},
		"other size":        {good, Depth{2, 8, make([]float32, 16)}, nil, k, DepthTolerance{}},
		"short mask":        {good, good, make([]byte, 3), k, DepthTolerance{}},
		"no intrinsics":     {good, good, nil, Intrinsics{}, DepthTolerance{}},
		"negative":          {good, good, nil, k, DepthTolerance{-1, 1}},
		"tolerance not one": {good, good, nil, k, DepthTolerance{1, float32(math.NaN())}},
	} {
		if _, err := CompareDepth(c.got, c.want, c.mask, c.k, c.tol); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if d, err := CompareDepth(good, good, nil, k, DepthTolerance{}); err != nil || d.Compared != 0 || d.X != -1 {
		t.Errorf("nothing to compare: %+v, %v", d, err)
	}
}

func TestDepthDiffAllocatesNothing(t *testing.T) {
	k := Pinhole(64, 64, 1)
	want := PlaneDepth(nil, k, [3]float64{0.1, 0.2, 1}, 400)
	if n := testing.AllocsPerRun(10, func() {
		if _, err := CompareDepth(want, want, nil, k, DepthTolerance{1, 1}); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRayUndoesProject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := Pinhole(1280, 720, rapid.Float64Range(0.5, 1.5).Draw(t, "fov"))
		k.K1 = rapid.Float64Range(-0.1, 0.2).Draw(t, "k1")
		k.K2 = rapid.Float64Range(0, 0.05).Draw(t, "k2")
		x, y := rapid.Float64Range(-0.6, 0.6).Draw(t, "x"), rapid.Float64Range(-0.4, 0.4).Draw(t, "y")
		p, ok := k.Project(3*x, 3*y, 3)
		gx, gy := k.Ray(p)
		if !ok || math.Abs(gx-x) > 1e-9 || math.Abs(gy-y) > 1e-9 {
			t.Errorf("(%v, %v) came back as (%v, %v)", x, y, gx, gy)
		}
	})
	if _, ok := Pinhole(10, 10, 1).Project(1, 1, -1); ok {
		t.Error("a point behind the camera is seen")
	}
}

func TestHomographyTakesFourPointsToFour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var from, to [4]Point
		for i, p := range [4]Point{{0, 0}, {100, 0}, {100, 80}, {0, 80}} {
			j := func(n string) float64 { return rapid.Float64Range(-20, 20).Draw(t, n) }
			from[i], to[i] = Point{p.X + j("a"), p.Y + j("b")}, Point{500 + p.X + j("c"), p.Y + j("d")}
		}
		h, ok := HomographyOf(from, to)
		if !ok {
			t.Fatal("no homography")
		}
		for i := range from {
			if q := h.Apply(from[i]); math.Hypot(q.X-to[i].X, q.Y-to[i].Y) > 1e-6 {
				t.Errorf("point %d goes to %v, want %v", i, q, to[i])
			}
		}
	})
	if _, ok := HomographyOf([4]Point{{0, 0}, {1, 1}, {2, 2}, {3, 3}}, [4]Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}); ok {
		t.Error("points on a line give a homography")
	}
}

func BenchmarkCompareDepth(b *testing.B) {
	k := Pinhole(1024, 1024, 1.2)
	want := PlaneDepth(nil, k, [3]float64{0, 0.3, 1}, 800)
	got := Depth{1024, 1024, append([]float32(nil), want.Z...)}
	mask := make([]byte, len(got.Z))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range got.Z {
		got.Z[i] += float32(rng.NormFloat64())
		mask[i] = byte(i / 1024 & 1)
	}
	b.ReportAllocs()
	b.SetBytes(int64(4 * 2 * len(got.Z)))
	for b.Loop() {
		if _, err := CompareDepth(got, want, mask, k, DepthTolerance{3, 3}); err != nil {
			b.Fatal(err)
		}
	}
}
