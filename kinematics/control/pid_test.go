package control_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/control"
)

func newPID(t testing.TB, cfg control.PIDConfig) *control.PID {
	t.Helper()
	c, err := control.NewPID(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The continuous controller, for a measurement that runs straight between samples, integrated
// in steps of a thousandth of the period by Simpson's rule and the filter's exact answer.
func TestPIDIsTheContinuousControllerForSignalsStraightBetweenSamples(t *testing.T) {
	for _, h := range []float64{1e-4, 1e-3, 0.05} {
		g := control.Gains{P: 2, I: 30, D: 0.04, Filter: 0.01}
		c := newPID(t, control.PIDConfig{Period: h, Gains: g, Weight: 0.7, DerivativeWeight: 0.2})
		r := rand.New(rand.NewPCG(1, 1))
		set, y := 0.3, -0.2
		out := c.Step(set, y, 0)
		near(t, "first output", out, 2*(0.7*set-y), 1e-15)
		var integral, slope float64
		for range 200 {
			toSet, toY := r.NormFloat64(), r.NormFloat64()
			const parts = 1000
			dt := h / parts
			for k := range parts {
				s := (float64(k) + 0.5) / parts
				integral += g.I * dt * (set + s*(toSet-set) - y - s*(toY-y))
				// slope' = (d/dt(c r - y) - slope) / filter, with a constant right side
				to := (0.2*(toSet-set) - (toY - y)) / h
				slope = to + (slope-to)*math.Exp(-dt/g.Filter)
			}
			set, y = toSet, toY
			want := 2*(0.7*set-y) + integral + g.D*slope
			near(t, "output", c.Step(set, y, 0), want, 1e-9*(1+math.Abs(want)))
		}
	}
}

func TestPIDLeavesALimitAsSoonAsTheErrorTurns(t *testing.T) {
	run := func(tracking float64) (over float64, settled int) {
		c := newPID(t, control.PIDConfig{Period: 0.01, Gains: control.Gains{P: 2, I: 4}, Weight: 1, Min: -1, Max: 1, Tracking: tracking})
		var y float64 // an integrator of 1/s
		for k := range 3000 {
			set := 5.0
			u := c.Step(set, y, 0)
			if u < -1 || u > 1 {
				t.Fatalf("output %v is beyond its limits", u)
			}
			y += 0.01 * u
			over = max(over, y-set)
			if math.Abs(y-set) > 0.02*set {
				settled = k + 1
			}
		}
		return over, settled
	}
	over, settled := run(0)
	wound, late := run(1e6) // as good as no anti-windup
	if over > 0.3 || settled > 700 {
		t.Errorf("with back-calculation: overshoot %.2f, settled after %d samples", over, settled)
	}
	if wound < 5*over || late < 2*settled {
		t.Errorf("without back-calculation: overshoot %.2f, settled after %d; with it %.2f and %d", wound, late, over, settled)
	}
}

func TestPIDChangesItsGainsAndItsMasterWithoutABump(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		gains := func() control.Gains {
			return control.Gains{P: 5 * r.Float64(), I: 20 * r.Float64(), D: 0.1 * r.Float64(), Filter: 0.1 * r.Float64()}
		}
		c := newPID(t, control.PIDConfig{Period: 0.01, Gains: gains(), Weight: r.Float64(), DerivativeWeight: r.Float64()})
		for range 20 {
			c.Step(r.NormFloat64(), r.NormFloat64(), 0)
		}
		set, y := r.NormFloat64(), r.NormFloat64()
		c.Step(set, y, 0)
		// At rest but for the integral, so that one more step may be compared.
		for range 2000 {
			c.Step(set, y, 0)
		}
		before := c.Step(set, y, 0)
		old := c.Gains()
		g := gains()
		if err := c.Retune(g); err != nil {
			rt.Fatal(err)
		}
		after := c.Step(set, y, 0)
		if d := math.Abs(after - before - g.I*0.01*(set-y)); d > 1e-9*(1+math.Abs(before)) {
			rt.Fatalf("from %+v to %+v: output went from %v to %v, off the integral's step by %g", old, g, before, after, d)
		}
		manual := r.NormFloat64()
		for range 5 {
			c.Track(set, y, manual)
		}
		near(rt2(rt), "output after manual control", c.Step(set, y, 0), manual+g.I*0.01*(set-y), 1e-12)
	})
}

// rt2 lets near report to rapid.
func rt2(rt *rapid.T) testing.TB { return tb{rt: rt} }

type tb struct {
	testing.TB
	rt *rapid.T
}

func (b tb) Helper()                      { b.rt.Helper() }
func (b tb) Errorf(f string, args ...any) { b.rt.Errorf(f, args...) }

func TestPIDRepeatsItsOutputForInputThatIsNoNumber(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		cfg := control.PIDConfig{Period: 0.01, Gains: control.Gains{P: 3, I: 10, D: 0.1, Filter: 0.01}, Weight: 1}
		if r.IntN(2) == 0 {
			cfg.Min, cfg.Max = -2, 2
		}
		dirty, clean := newPID(t, cfg), newPID(t, cfg)
		var held uint64
		for range 300 {
			in := [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
			if r.IntN(4) == 0 {
				bad := in
				bad[r.IntN(3)] = nonsense[r.IntN(3)]
				last := dirty.Output()
				if got := dirty.Step(bad[0], bad[1], bad[2]); got != last {
					rt.Fatalf("input %v: output %v in place of the last, %v", bad, got, last)
				}
				held++
			}
			if a, b := dirty.Step(in[0], in[1], in[2]), clean.Step(in[0], in[1], in[2]); a != b {
				rt.Fatalf("output %v; %v without the bad samples", a, b)
			}
		}
		if dirty.Held() != held {
			rt.Fatalf("%d steps held, said to be %d", held, dirty.Held())
		}
		for range 100 { // numbers so large that arithmetic overflows
			u := dirty.Step(nonsense[r.IntN(len(nonsense))], nonsense[r.IntN(len(nonsense))], nonsense[r.IntN(len(nonsense))])
			dirty.Track(nonsense[r.IntN(len(nonsense))], nonsense[r.IntN(len(nonsense))], nonsense[r.IntN(len(nonsense))])
			if !isFinite(u) || !isFinite(dirty.Output()) {
				rt.Fatalf("output %v", u)
			}
		}
	})
}

func TestPIDSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	for want, cfg := range map[string]control.PIDConfig{
		"period is 0 s; it must be positive":   {},
		"weight is 2; it must be between 0":    {Period: 1, Weight: 2},
		"output limits 2 to 1":                 {Period: 1, Min: 2, Max: 1},
		"greatest output is +Inf":              {Period: 1, Max: math.Inf(1)},
		"gains: I is NaN":                      {Period: 1, Gains: control.Gains{I: math.NaN()}},
		"filter is -1 s; it must be 0 or more": {Period: 1, Gains: control.Gains{Filter: -1}},
	} {
		_, err := control.NewPID(cfg)
		wantError(t, err, want)
	}
	c := newPID(t, control.PIDConfig{Period: 1})
	wantError(t, c.Retune(control.Gains{P: math.NaN()}), "P is NaN")
}
