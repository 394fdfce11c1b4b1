package control_test

import (
	"math"
	"math/cmplx"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/control"
)

// respond measures a frequency response as a technician does: a sine goes in, and what comes out is
// correlated with it over whole periods, after a while to settle.
func respond(omega, period float64, settle int, step func(float64) float64) complex128 {
	turns := 2 * math.Pi / (omega * period)
	samples := int(math.Round(turns * math.Ceil(2000/turns)))
	var sum complex128
	for k := range settle + samples {
		phase := omega * period * float64(k)
		y := step(math.Sin(phase))
		if k >= settle {
			sum += complex(y, 0) * cmplx.Exp(complex(0, -phase))
		}
	}
	return sum * complex(0, 2) / complex(float64(samples), 0)
}

func TestResponsesAreThoseOfTheRealFilters(t *testing.T) {
	const h = 1e-3
	notch, err := control.Notch(600, 200, 0.1, h)
	if err != nil {
		t.Fatal(err)
	}
	low, err := control.LowPass(900, h)
	if err != nil {
		t.Fatal(err)
	}
	m := control.Model{Gain: 1.5, TimeConstant: 0.02, Delay: 0.007}
	// Frequencies with a whole number of samples in a period.
	for _, samples := range []float64{5, 8, 10, 20, 50, 200} {
		w := 2 * math.Pi / h / samples
		for _, f := range []control.Biquad{notch, low} {
			want := respond(w, h, 4000, f.Step)
			if got := f.Response(w, h); cmplx.Abs(got-want) > 1e-9 {
				t.Errorf("filter at %.0f rad/s: %v; measured %v", w, got, want)
			}
		}
		g := control.Gains{P: 2, D: 0.01, Filter: 0.004}
		c := newPID(t, control.PIDConfig{Period: h, Gains: g, Weight: 1, DerivativeWeight: 1})
		want := respond(w, h, 4000, func(x float64) float64 { return c.Step(x, 0, 0) })
		if got := g.Response(w, h); cmplx.Abs(got-want) > 1e-9 {
			t.Errorf("PD at %.0f rad/s: %v; measured %v", w, got, want)
		}
		a, b := m.Discrete(h)
		var y float64
		var late [8]float64
		k := 0
		want = respond(w, h, 4000, func(x float64) float64 {
			out := y
			late[k%8] = x
			y = a*y + b*late[(k+1)%8] // 7 samples ago
			k++
			return out
		})
		if got := m.Response(w, h); cmplx.Abs(got-want) > 1e-9 {
			t.Errorf("model at %.0f rad/s: %v; measured %v", w, got, want)
		}
	}
}

func TestFiltersHaveTheirFrequenciesWhereTheyShould(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := rapid.SampledFrom([]float64{1e-4, 2.5e-4, 1e-3}).Draw(rt, "period")
		w := rapid.Float64Range(0.01, 0.95).Draw(rt, "share") * math.Pi / h
		depth := rapid.Float64Range(0, 1).Draw(rt, "depth")
		notch, err := control.Notch(w, w/3, depth, h)
		if err != nil {
			rt.Fatal(err)
		}
		low, err := control.LowPass(w, h)
		if err != nil {
			rt.Fatal(err)
		}
		b := tb{rt: rt}
		near(b, "gain in the notch", cmplx.Abs(notch.Response(w, h)), depth, 1e-6)
		near(b, "gain of the low-pass", cmplx.Abs(low.Response(w, h)), math.Sqrt(0.5), 1e-9)
		for _, f := range []control.Biquad{notch, low} {
			near(b, "gain at rest", cmplx.Abs(f.Response(0, h)), 1, 1e-6)
			f.Settle(3)
			for range 10 {
				near(b, "output at rest", f.Step(3), 3, 1e-6)
			}
		}
	})
}

func TestFilterGivesZeroForInputThatIsNoNumberAndGoesOn(t *testing.T) {
	f, err := control.LowPass(100, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range nonsense {
		if y := f.Step(x); !isFinite(y) {
			t.Errorf("%v for %v", y, x)
		}
	}
	f.Settle(math.NaN())
	for range 1000 {
		f.Step(1)
	}
	near(t, "output", f.Step(1), 1, 1e-9)
	_, err = control.LowPass(4000, 1e-3)
	wantError(t, err, "frequency is 4000 rad/s; it must be positive and at most 3138.")
	_, err = control.Notch(100, 10, -1, 1e-3)
	wantError(t, err, "depth is -1; it must be between 0 and 1")
}

// Loops whose margins are known in closed form.
func TestMarginsOfKnownLoops(t *testing.T) {
	const h = 1e-4
	// k/s with a delay: phase pi/2 - k d, gain pi/(2 k d), delay margin (pi/2)/k - d.
	k, d := 20.0, 0.03
	m := control.FindMargins(func(w float64) complex128 {
		return complex(k, 0) / complex(0, w) * cmplx.Exp(complex(0, -w*d))
	}, h)
	near(t, "crossover", m.Crossover, k, 1e-6)
	near(t, "phase", m.Phase, math.Pi/2-k*d, 1e-6)
	near(t, "gain", m.Gain, math.Pi/2/(k*d), 1e-6)
	near(t, "delay", m.Delay, math.Pi/2/k-d, 1e-6)
	// k/(s+1)^3 has a gain margin of 8/k; k = 4: |L| = 1 where 1+w^2 = 4^(2/3).
	m = control.FindMargins(func(w float64) complex128 { s := complex(1, w); return 4 / (s * s * s) }, 0.01)
	near(t, "gain", m.Gain, 2, 1e-6)
	w := math.Sqrt(math.Pow(4, 2./3) - 1)
	near(t, "crossover", m.Crossover, w, 1e-6)
	near(t, "phase", m.Phase, math.Pi-3*math.Atan(w), 1e-6)
	// A small gain has no crossover, and an integrator no end of its gain margin.
	m = control.FindMargins(func(w float64) complex128 { return 0.5 / complex(1, w) }, 0.01)
	if !math.IsInf(m.Phase, 1) || !math.IsInf(m.Gain, 1) || !math.IsInf(m.Delay, 1) || m.Sensitivity > 1.0001 {
		t.Errorf("margins of 0.5/(s+1): %+v", m)
	}
}

// The margins are true: with a gain or a delay just below the margin the simulated loop is stable,
// and just above it is not.
func TestMarginsAreWhereTheSimulatedLoopBecomesUnstable(t *testing.T) {
	const h = 0.001
	model := control.Model{Gain: 2, TimeConstant: 0.05, Delay: 0.02}
	g := model.Tune(0.02, 0.005, h)
	m := control.FindMargins(func(w float64) complex128 { return g.Response(w, h) * model.Response(w, h) }, h)
	grows := func(gain float64, delay int) bool {
		c := newPID(t, control.PIDConfig{Period: h, Gains: g, Weight: 1, DerivativeWeight: 1})
		a, b := model.Discrete(h)
		var late [4096]float64
		y, early, end := 1.0, 0.0, 0.0
		for k := range 40_000 {
			late[k%4096] = c.Step(0, y, 0)
			if k > 20+delay {
				y = a*y + b*gain*late[(k-20-delay)%4096]
			}
			if k > 2000 && k < 4000 {
				early = max(early, math.Abs(y))
			}
			if k > 38_000 {
				end = max(end, math.Abs(y))
			}
		}
		return end > early
	}
	if grows(0.97*m.Gain, 0) || !grows(1.03*m.Gain, 0) {
		t.Errorf("the loop does not become unstable at a gain of %v", m.Gain)
	}
	extra := m.Delay / h
	if grows(1, int(0.95*extra)) || !grows(1, int(1.05*extra)+1) {
		t.Errorf("the loop does not become unstable at %v samples of delay more", extra)
	}
}

// Skogestad's rule with a closed-loop time constant equal to the delay has margins that do not depend
// on the plant, as long as the integral time is the plant's time constant.
func TestTunedLoopHasTheMarginsOfItsRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.Float64Range(0.01, 0.1).Draw(rt, "delay")
		m := control.Model{Gain: rapid.Float64Range(-3, 3).Filter(func(x float64) bool { return x != 0 }).Draw(rt, "gain"),
			TimeConstant: d * rapid.Float64Range(0.5, 8).Draw(rt, "ratio"), Delay: d}
		h := d / 200 // as good as continuous
		g := m.Tune(d, 0, h)
		got := control.FindMargins(func(w float64) complex128 { return g.Response(w, h) * m.Response(w, h) }, h)
		b := tb{rt: rt}
		near(b, "gain margin", got.Gain, math.Pi, 0.05)
		near(b, "phase margin", got.Phase, (math.Pi-1)/2, 0.02) // 61.4 degrees
		near(b, "sensitivity", got.Sensitivity, 1.59, 0.02)
		near(b, "delay margin", got.Delay/d, math.Pi-1, 0.05)
	})
}
