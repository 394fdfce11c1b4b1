package roughness_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/compensation/roughness"
)

const um = 1e-6

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

// measure a profile of a number of cutoffs.
func measure(t testing.TB, c roughness.Config, cutoffs float64, profile func(x float64) float64) roughness.Result {
	t.Helper()
	m, err := roughness.NewMeter(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range int(cutoffs * m.Config().Cutoff / c.Spacing) {
		m.Add(profile(float64(i) * c.Spacing))
	}
	return m.Result()
}

// Waves of 40 um length, far below the cutoff, have the parameters that their shapes have.
func TestKnownProfilesHaveTheirParameters(t *testing.T) {
	const amplitude, wave = 2 * um, 40 * um
	phase := func(x float64) float64 { return x/wave - math.Floor(x/wave) }
	for _, c := range []struct {
		name                     string
		profile                  func(x float64) float64
		ra, rq, rz, rp, rsk, rku float64
	}{
		{"sine", func(x float64) float64 { return amplitude * math.Sin(2*math.Pi*x/wave) },
			2 / math.Pi, 1 / math.Sqrt2, 2, 1, 0, 1.5},
		{"triangle", func(x float64) float64 { return amplitude * (4*math.Abs(phase(x)-0.5) - 1) },
			0.5, 1 / math.Sqrt(3), 2, 1, 0, 1.8},
		{"square", func(x float64) float64 { return math.Copysign(amplitude, phase(x+1e-9)-0.5) },
			1, 1, 2, 1, 0, 1},
		{"pulses, an eighth high", func(x float64) float64 {
			if phase(x+1e-9) < 0.125 {
				return amplitude
			}
			return 0
		}, 2 * 0.125 * 0.875, math.Sqrt(0.125 * 0.875), 1, 0.875, 0.75 / math.Sqrt(0.125*0.875), 1/(0.125*0.875) - 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := measure(t, roughness.Config{Spacing: 0.25 * um}, 7.06, c.profile)
			if r.Sections != roughness.Sections || !r.Complete() {
				t.Fatalf("%d sections of 7 cutoffs, want 5", r.Sections)
			}
			near(t, "Ra", r.Ra, c.ra*amplitude, 1e-3)
			near(t, "Rq", r.Rq, c.rq*amplitude, 1e-3)
			near(t, "Rz", r.Rz, c.rz*amplitude, 2e-3)
			near(t, "Rp", r.Rp, c.rp*amplitude, 2e-3)
			near(t, "Rt", r.Rt, c.rz*amplitude, 3e-3)
			near(t, "MaxRa", r.MaxRa, c.ra*amplitude, 2e-3)
			near(t, "Rku", r.Rku, c.rku, 2e-3)
			near(t, "Length", r.Length, 4e-3, 1e-12)
			if math.Abs(r.Rsk-c.rsk) > 2e-3*max(1, c.rsk) {
				t.Errorf("Rsk is %g, want %g", r.Rsk, c.rsk)
			}
		})
	}
}

// ISO 16610-21: a wave of length l passes the roughness filter by 1 - exp(-pi (alpha lc/l)^2); half
// of it at the cutoff.
func TestTheFilterPassesHalfAtTheCutoff(t *testing.T) {
	alpha := math.Sqrt(math.Ln2 / math.Pi)
	for _, cutoff := range []float64{0.25e-3, 0.8e-3, 2.5e-3} {
		for _, ratio := range []float64{0.1, 0.3, 0.5, 1, 2, 3} {
			want := 1 - math.Exp(-math.Pi*alpha*alpha/(ratio*ratio))
			if ratio == 1 && math.Abs(want-0.5) > 1e-15 {
				t.Fatalf("the formula gives %v", want)
			}
			wave := ratio * cutoff
			// Whole waves: sections times a number that the ratio divides.
			r := measure(t, roughness.Config{Spacing: cutoff / 400, Cutoff: cutoff}, 302.06, func(x float64) float64 {
				return um * math.Sin(2*math.Pi*x/wave)
			})
			near(t, "transmission by Rq", r.Rq*math.Sqrt2/um, want, 1e-5)
			near(t, "transmission by Ra", r.Ra*math.Pi/2/um, want, 3e-4+4/(400*ratio*400*ratio))
			near(t, "transmission of the waviness", r.Wq*math.Sqrt2/um, max(1-want, 1e-7), 1e-4+3e-7/(1-want+1e-9))
		}
	}
}

func TestTheShortFilterPassesHalfAtItsCutoff(t *testing.T) {
	for _, ratio := range []float64{0.5, 1, 2, 4} {
		wave := 8 * um * ratio
		r := measure(t, roughness.Config{Spacing: 0.5 * um, Short: 8 * um}, 12, func(x float64) float64 {
			return um * math.Sin(2*math.Pi*x/wave)
		})
		near(t, "transmission", r.Rq*math.Sqrt2/um, math.Exp(-math.Ln2/(ratio*ratio)), 1e-3)
	}
}

// byDefinition is the roughness of a profile with loops that follow the definitions.
func byDefinition(z []float64, cutoff int) (ra, rq, rz float64, sections int) {
	alpha := math.Sqrt(math.Ln2 / math.Pi)
	var r []float64
	for i := cutoff; i+cutoff < len(z); i++ {
		sum, weight := 0., 0.
		for k := -cutoff; k <= cutoff; k++ {
			x := float64(k) / float64(cutoff) / alpha
			w := math.Exp(-math.Pi * x * x)
			sum += w * z[i+k]
			weight += w
		}
		r = append(r, z[i]-sum/weight)
	}
	for len(r) >= cutoff {
		s := r[:cutoff]
		r = r[cutoff:]
		for _, v := range s {
			ra += math.Abs(v)
			rq += v * v
		}
		rz += slices.Max(s) - slices.Min(s)
		sections++
	}
	n := float64(sections * cutoff)
	return ra / n, math.Sqrt(rq / n), rz / float64(sections), sections
}

func TestAMeterIsTheDefinitionOfItsParameters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cutoff := rapid.IntRange(20, 60).Draw(t, "cutoff")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		z := make([]float64, cutoff*rapid.IntRange(4, 9).Draw(t, "cutoffs"))
		level := rapid.SampledFrom([]float64{0, 1e-3, -100}).Draw(t, "level")
		for i := range z {
			z[i] = level + um*r.NormFloat64()
		}
		m, err := roughness.NewMeter(roughness.Config{Spacing: um, Cutoff: float64(cutoff) * um})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range z {
			m.Add(v)
		}
		ra, rq, rz, sections := byDefinition(z, cutoff)
		got := m.Result()
		if got.Sections != sections || math.Abs(got.Ra-ra) > 1e-12 || math.Abs(got.Rq-rq) > 1e-12 || math.Abs(got.Rz-rz) > 1e-12 {
			t.Fatalf("%+v, want Ra %g, Rq %g, Rz %g of %d sections", got, ra, rq, rz, sections)
		}
	})
}

// With many samples in a cutoff the mean is not taken at each: what that misses is as little as
// the filter says.
func TestAFineProfileIsTheDefinitionToo(t *testing.T) {
	const cutoff = 500
	for _, wave := range []float64{40, 200, 350, 500, 1200, 4000} {
		z := make([]float64, 12*cutoff)
		m, err := roughness.NewMeter(roughness.Config{Spacing: um, Cutoff: cutoff * um})
		if err != nil {
			t.Fatal(err)
		}
		for i := range z {
			z[i] = um * math.Sin(2*math.Pi*float64(i)/wave)
			m.Add(z[i])
		}
		// It begins a step of 500/64 samples later.
		got := m.Result()
		if got.Sections != 9 {
			t.Fatalf("%d sections, want 9", got.Sections)
		}
		_, rq, _, _ := byDefinition(z[7:7+cutoff*(got.Sections+2)+1], cutoff)
		if math.Abs(got.Rq-rq) > 3e-6*um {
			t.Errorf("wave of %v cutoffs: Rq %g, want %g", wave/cutoff, got.Rq, rq)
		}
	}
}

func TestRoughnessScalesAndTurnsOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Float64Range(-100, 100).Draw(t, "scale")
		slope := rapid.Float64Range(-0.1, 0.1).Draw(t, "slope")
		c := roughness.Config{Spacing: um, Cutoff: 40 * um}
		a, _ := roughness.NewMeter(c)
		b, _ := roughness.NewMeter(c)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i := range 400 {
			z := um * r.ExpFloat64()
			a.Add(z)
			b.Add(scale*z + slope*um*float64(i) + 0.3) // a straight line is none of its roughness
		}
		x, y := a.Result(), b.Result()
		s := math.Abs(scale)
		if scale < 0 {
			x.Rp, x.Rv, x.Rsk = x.Rv, x.Rp, -x.Rsk
		}
		for _, p := range [][2]float64{{s * x.Ra, y.Ra}, {s * x.Rq, y.Rq}, {s * x.Rz, y.Rz}, {s * x.Rp, y.Rp}, {s * x.Rv, y.Rv}, {s * x.Rt, y.Rt}} {
			if math.Abs(p[0]-p[1]) > 1e-9*p[0]+1e-15 {
				t.Fatalf("%+v times %g is %+v", x, scale, y)
			}
		}
		if s > 0.1 && math.Abs(x.Rsk-y.Rsk) > 1e-6 {
			t.Fatalf("skewness %g and %g", x.Rsk, y.Rsk)
		}
	})
}

func TestWhatIsBeforeABreakDoesNotJoinWhatIsAfter(t *testing.T) {
	m, err := roughness.NewMeter(roughness.Config{Spacing: um, Cutoff: 100 * um})
	if err != nil {
		t.Fatal(err)
	}
	wave := func(n int, level float64) {
		for i := range n {
			m.Add(level + um*math.Sin(2*math.Pi*float64(i)/10))
		}
	}
	wave(1000, 0)
	one := m.Result()
	m.Break()
	wave(1000, 1e-3) // a step of 1 mm
	m.Add(math.NaN())
	wave(1000, -1)
	all := m.Result()
	if all.Sections != 3*one.Sections || one.Sections != 8 {
		t.Errorf("%d and %d sections", one.Sections, all.Sections)
	}
	near(t, "Ra", all.Ra, one.Ra, 1e-6)
	near(t, "Rz", all.Rz, one.Rz, 1e-6)
	near(t, "Wt", all.Wt, 1.001, 1e-6)
	m.Reset()
	if r := m.Result(); r != (roughness.Result{}) || r.Complete() {
		t.Errorf("after a reset: %+v", r)
	}
	wave(1000, 0)
	if r := m.Result(); r != one {
		t.Errorf("again: %+v, want %+v", r, one)
	}
}

func TestAFlatProfileIsNotRough(t *testing.T) {
	r := measure(t, roughness.Config{Spacing: 2 * um}, 8, func(float64) float64 { return 0.1 })
	if r.Ra != 0 || r.Rz != 0 || r.Rku != 0 || r.Wq != 0 || r.Sections < 5 {
		t.Errorf("%+v", r)
	}
}

func TestConfigurationsThatMakeNoSenseAreTold(t *testing.T) {
	nan := math.NaN()
	meter := func(c roughness.Config) error { _, err := roughness.NewMeter(c); return err }
	good := roughness.Config{Spacing: 2 * um}
	along := func(m roughness.Marks) error { _, err := roughness.NewAlong(m, good); return err }
	across := func(m roughness.Marks, l roughness.Line) error {
		_, err := roughness.NewAcross(m, l, good)
		return err
	}
	ball := roughness.Marks{Radius: 3e-3, Pitch: 0.1e-3}
	line := roughness.Line{Direction: [3]float64{0, 1, 0}, Feed: [3]float64{1, 0, 0}, Within: 1}
	noWay, noFeed, lost := line, line, line
	noWay.Direction = [3]float64{}
	noFeed.Feed = [3]float64{0, 2, 0}
	lost.Origin[1] = nan
	for _, c := range []struct {
		err  error
		want string
	}{
		{meter(roughness.Config{}), "Spacing is 0 m; it has to be positive"},
		{meter(roughness.Config{Spacing: 1e-4}), "at most a twentieth of the cutoff"},
		{meter(roughness.Config{Spacing: 1e-9}), "for 50000 samples in a cutoff"},
		{meter(roughness.Config{Spacing: 1e-6, Cutoff: nan}), "Cutoff is NaN"},
		{meter(roughness.Config{Spacing: 1e-6, Short: 1e-6}), "Short is 1e-06 m; it has to be at least two spacings"},
		{meter(roughness.Config{Spacing: 1e-6, Short: 1}), "below the cutoff"},
		{along(roughness.Marks{Pitch: 1e-3}), "a radius of 0 m"},
		{along(roughness.Marks{Radius: 1e-3, Pitch: 2e-3}), "below the diameter"},
		{along(roughness.Marks{Radius: 1, Pitch: 1e-6}), "at least 0.00012"},
		{across(roughness.Marks{}, line), "it has to be the step-over"},
		{across(ball, noWay), "no direction"},
		{across(ball, noFeed), "no feed across its direction"},
		{across(ball, lost), "it has to lie within 10 km"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v; want %q", c.err, c.want)
		}
	}
}
