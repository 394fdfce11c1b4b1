package roughness_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/compensation/roughness"
)

func newAlong(t testing.TB, m roughness.Marks, c roughness.Config) *roughness.Along {
	a, err := roughness.NewAlong(m, c)
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return a
}

// The textbook's feed marks: f^2/(8r), and Ra = f^2/(31.2 r).
func TestFeedMarksOfATrueTool(t *testing.T) {
	for _, m := range []roughness.Marks{{Radius: 0.8e-3, Pitch: 0.1e-3}, {Radius: 3e-3, Pitch: 0.05e-3}, {Radius: 0.4e-3, Pitch: 0.2e-3}} {
		a := newAlong(t, m, roughness.Config{Spacing: 0.5 * um})
		for i := range 200 { // 10 mm by steps of 50 um
			a.Add([3]float64{1, float64(i) * 50 * um, 2}, 7*um)
		}
		r := a.Result()
		flat := m.Pitch / m.Radius
		near(t, "cusp", m.Cusp(), m.Pitch*m.Pitch/(8*m.Radius), flat*flat)
		near(t, "Rz", r.Rz, m.Cusp(), 2e-3)
		near(t, "Ra", r.Ra, m.CuspRa(), 2e-3+0.02*flat*flat)
		near(t, "Ra by the book", r.Ra, m.Pitch*m.Pitch/(31.2*m.Radius), 5e-3+flat*flat)
		if !r.Complete() {
			t.Errorf("%d sections of 10 mm", r.Sections)
		}
	}
}

// profileOf is the profile that arcs leave, by its definition: the lowest of all.
func profileOf(radius float64, at, height []float64, x float64) float64 {
	lowest := math.Inf(1)
	for i := range at {
		if d := x - at[i]; math.Abs(d) <= radius {
			lowest = min(lowest, height[i]+radius-math.Sqrt(radius*radius-d*d))
		}
	}
	return lowest
}

// Residuals of any size against the cusps: marks that cut others away are what it must get right.
func TestTheProfileOfATeethIsTheLowestOfTheirArcs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := roughness.Marks{
			Radius: rapid.Float64Range(0.1e-3, 3e-3).Draw(t, "radius"),
			Pitch:  rapid.Float64Range(0.01e-3, 0.15e-3).Draw(t, "pitch"),
		}
		size := rapid.SampledFrom([]float64{0, 1e-8, 1e-6, 3e-5}).Draw(t, "size")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		c := roughness.Config{Spacing: 3 * um, Cutoff: 0.1e-3}
		a, err := roughness.NewAlong(m, c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := roughness.NewMeter(c)
		if err != nil {
			t.Fatal(err)
		}
		n := int(2e-3 / m.Pitch)
		at, height := make([]float64, n), make([]float64, n)
		trend := rapid.Float64Range(-1e-2, 1e-2).Draw(t, "trend")
		for i := range at {
			at[i] = float64(i) * m.Pitch
			height[i] = size*r.NormFloat64() + trend*size/1e-6*at[i]
			a.Add([3]float64{0, 0, at[i] * (1 + 1e-13)}, height[i])
		}
		a.Break()
		for i := 0; float64(i)*c.Spacing <= at[n-1]; i++ {
			want.Add(profileOf(m.Radius, at, height, float64(i)*c.Spacing))
		}
		x, y := a.Result(), want.Result()
		if x.Sections != y.Sections || math.Abs(x.Ra-y.Ra) > 1e-13 || math.Abs(x.Rz-y.Rz) > 1e-12 || math.Abs(x.Wt-y.Wt) > 1e-12 {
			t.Fatalf("got %+v\nwant %+v", x, y)
		}
	})
}

func TestWithoutMarksTheProfileIsTheResidualAlongTheWay(t *testing.T) {
	const amplitude, wave = 1 * um, 100 * um
	residual := func(s float64) float64 { return amplitude * math.Sin(2*math.Pi*s/wave) }
	c := roughness.Config{Spacing: um}
	straight := newAlong(t, roughness.Marks{}, c)
	round := newAlong(t, roughness.Marks{}, c)
	uneven := newAlong(t, roughness.Marks{}, c)
	const radius = 5e-3
	r := rand.New(rand.NewPCG(1, 1))
	for s := 0.; s < 7e-3; s += 2 * um {
		straight.Add([3]float64{s, 0, 0}, residual(s))
		round.Add([3]float64{radius * math.Cos(s/radius), 1, radius * math.Sin(s/radius)}, residual(s))
		if r.IntN(3) != 0 {
			uneven.Add([3]float64{0, s, 0}, residual(s))
			uneven.Add([3]float64{0, s, 0}, residual(s)) // a machine that stands still
		}
	}
	for _, a := range []*roughness.Along{straight, round, uneven} {
		got := a.Result()
		near(t, "Ra", got.Ra, 2*amplitude/math.Pi, 1e-2)
		near(t, "Rz", got.Rz, 2*amplitude, 1e-2)
		if got.Sections < 5 {
			t.Errorf("%d sections", got.Sections)
		}
	}
}

// A raster over x, with passes 0.2 mm apart in y, of which each is as far off as level says.
func raster(a *roughness.Across, passes int, level func(pass int, x float64) float64) {
	for k := range passes {
		for i := range 41 {
			x := float64(i-20) * 0.5e-3
			if k%2 == 1 {
				x = -x
			}
			a.Add([3]float64{x + 0.1e-3, 0.2e-3 * float64(k), 0}, level(k, x+0.1e-3))
		}
	}
}

func newAcross(t testing.TB) *roughness.Across {
	a, err := roughness.NewAcross(roughness.Marks{Radius: 3e-3, Pitch: 0.2e-3},
		roughness.Line{Direction: [3]float64{0, 2, 0}, Feed: [3]float64{-1, 0.3, 0}, Within: 1e-3}, roughness.Config{Spacing: um})
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return a
}

func TestScallopsAcrossTrueAndUnevenPasses(t *testing.T) {
	m := roughness.Marks{Radius: 3e-3, Pitch: 0.2e-3}
	a := newAcross(t)
	raster(a, 60, func(_ int, x float64) float64 { return 1e-3 * x }) // 0 on the line
	near(t, "Rz", a.Result().Rz, m.Cusp(), 2e-3)
	near(t, "Ra", a.Result().Ra, m.CuspRa(), 2e-3)
	if taken, missed := a.Passes(); taken != 60 || missed != 0 {
		t.Errorf("%d passes taken, %d missed", taken, missed)
	}

	// Every second pass 1 um higher: its scallop is narrower, and the profile twice as long.
	uneven := newAcross(t)
	level := func(k int, _ float64) float64 { return um * float64(k%2) }
	raster(uneven, 60, level)
	uneven.Flush()
	want, _ := roughness.NewMeter(roughness.Config{Spacing: um})
	at, height := make([]float64, 60), make([]float64, 60)
	for k := range at {
		at[k], height[k] = 0.2e-3*float64(k), level(k, 0)
	}
	for i := 0; float64(i)*um <= at[59]; i++ {
		want.Add(profileOf(3e-3, at, height, float64(i)*um))
	}
	near(t, "Ra of uneven passes", uneven.Result().Ra, want.Result().Ra, 1e-9)
	near(t, "Rz of uneven passes", uneven.Result().Rz, want.Result().Rz, 1e-9)
	if uneven.Result().Ra < 1.2*a.Result().Ra {
		t.Errorf("uneven passes are as smooth as even ones: %g", uneven.Result().Ra)
	}
}

// Rings around a part cross the plane of the line on both of its sides; only one counts.
func TestAcrossTakesOnlyThePassesThatCrossItsLine(t *testing.T) {
	a, err := roughness.NewAcross(roughness.Marks{Radius: 3e-3, Pitch: 0.2e-3},
		roughness.Line{Origin: [3]float64{20e-3, 0, 0}, Direction: [3]float64{0, 0, 1}, Feed: [3]float64{0, 1, 0}, Within: 2e-3},
		roughness.Config{Spacing: um})
	if err != nil {
		t.Fatal(err)
	}
	for k := range 40 {
		for i := range 100 {
			angle := 2*math.Pi*float64(i)/99 + 0.01
			off := 1. // on the far side it is off by a metre
			if math.Cos(angle) > 0 {
				off = 0
			}
			a.Add([3]float64{20e-3 * math.Cos(angle), 20e-3 * math.Sin(angle), 0.2e-3 * float64(k)}, off)
		}
	}
	taken, missed := a.Passes()
	if taken < 39 || taken > 41 || missed > 1 {
		t.Errorf("%d passes taken, %d missed, want 40 and none", taken, missed)
	}
	near(t, "Rz", a.Result().Rz, roughness.Marks{Radius: 3e-3, Pitch: 0.2e-3}.Cusp(), 2e-2)
}

func TestALiftIsNoPass(t *testing.T) {
	a := newAcross(t)
	a.Add([3]float64{-1e-3, 0, 0}, 0)
	a.Break()
	a.Add([3]float64{1e-3, 0, 0}, 0)
	a.Add([3]float64{math.NaN(), 0, 0}, 0)
	a.Add([3]float64{-1e-3, 0, 0}, 0)
	if taken, missed := a.Passes(); taken != 0 || missed != 0 {
		t.Errorf("%d passes, %d missed", taken, missed)
	}
	a.Add([3]float64{1e-3, 1e-4, 0}, 0)
	a.Add([3]float64{-1e-3, -1e-4, 0}, 0)
	if taken, missed := a.Passes(); taken != 1 || missed != 1 {
		t.Errorf("%d passes, %d missed, want 1 and, behind it, 1", taken, missed)
	}
	a.Flush()
	if taken, _ := a.Passes(); taken != 0 {
		t.Errorf("%d passes after the end", taken)
	}
}

// Numbers of any size neither hang nor panic, and a jump begins another path.
func TestPathsOfAnyNumbersEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := roughness.NewAlong(roughness.Marks{Radius: 1e-3, Pitch: 0.1e-3}, roughness.Config{Spacing: 40 * um})
		b, _ := roughness.NewAcross(roughness.Marks{Radius: 1e-3, Pitch: 0.1e-3},
			roughness.Line{Direction: [3]float64{0, 1, 0}, Feed: [3]float64{1, 0, 0}, Within: 1e9}, roughness.Config{Spacing: 40 * um})
		n := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1e-3, 1e-3), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1)}))
		for range rapid.IntRange(1, 50).Draw(t, "samples") {
			p := [3]float64{n.Draw(t, "x"), n.Draw(t, "y"), n.Draw(t, "z")}
			e := n.Draw(t, "e")
			a.Add(p, e)
			b.Add(p, e)
		}
		b.Flush()
		for _, r := range []roughness.Result{a.Result(), b.Result()} {
			if r.Ra < 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// What the model is for: a slow drift and a pitch error, compensated or not.
func TestCompensationShowsInTheRoughness(t *testing.T) {
	run := func(gain float64) roughness.Result {
		a := newAcross(t)
		r := rand.New(rand.NewPCG(6, 6))
		off := 0.
		raster(a, 60, func(k int, x float64) float64 {
			if x == -10e-3+0.1e-3 || x == 10e-3+0.1e-3 { // once in a pass
				off = (1 - gain) * 4 * um * r.NormFloat64()
			}
			return off
		})
		return a.Result()
	}
	without, with, perfect := run(0), run(0.9), run(1)
	if !(with.Ra < 0.6*without.Ra && perfect.Ra < with.Ra) {
		t.Errorf("Ra %.3g um without, %.3g with, %.3g with perfect compensation", without.Ra/um, with.Ra/um, perfect.Ra/um)
	}
}

func TestNothingAllocates(t *testing.T) {
	a := newAlong(t, roughness.Marks{Radius: 3e-3, Pitch: 0.05e-3}, roughness.Config{Spacing: 2 * um, Short: 8 * um})
	b := newAcross(t)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		p := [3]float64{1e-4 * float64(i%9-4), 1e-4 * float64(i), 0}
		a.Add(p, um*float64(i%3))
		b.Add(p, um*float64(i%3))
		_ = a.Result()
		i++
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
	if a.Result().Sections == 0 || b.Result().Sections == 0 {
		t.Errorf("nothing was measured: %+v, %+v", a.Result(), b.Result())
	}
}
