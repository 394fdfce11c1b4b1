package control_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics/control"
)

// The stated bounds: from the third step on, and for the first one, of which nothing is known but
// that gain and time constant are those expected to within a half, and the delay at most 150 ms.
const (
	mostOvershoot, mostSettled           = 0.05, 0.45
	mostFirstOvershoot, mostFirstSettled = 0.20, 1.8
)

func TestSelfTuningServesEveryDelayWithPlantsOffByHalf(t *testing.T) {
	for _, delay := range delays {
		var first, later outcome
		for _, gain := range variations {
			for _, slow := range variations {
				for _, rough := range []bool{false, true} {
					p := newLoop(gain*expected.Gain, slow*expected.TimeConstant, delay)
					if rough {
						p.rough()
					}
					all := p.steps(10, nil, newSelfTuning(t, nil).Step)
					first.worst(all[0])
					for _, o := range all[2:] {
						later.worst(o)
					}
				}
			}
		}
		t.Logf("delay %3.0f ms: first step overshoot %2.0f %%, settled after %.2f s; from the third on %2.0f %%, %.2f s",
			delay*1e3, first.overshoot*100, first.settled, later.overshoot*100, later.settled)
		if first.overshoot > mostFirstOvershoot || first.settled > mostFirstSettled || later.overshoot > mostOvershoot || later.settled > mostSettled {
			t.Errorf("delay %.0f ms: beyond the stated bounds", delay*1e3)
		}
	}
}

func TestAFixedPIDTunedFor20msIsWorseOrUnstableWhereTheSelfTuningIsNot(t *testing.T) {
	m := expected
	m.Delay = 0.020 + 0.005 // and half a period of hold
	fixed := func() *control.PID {
		return newPID(t, control.PIDConfig{Period: 0.01, Gains: m.Tune(m.Delay, m.Delay/3, 0.01), Weight: 1, Min: -4, Max: 4})
	}
	for _, delay := range []float64{0.020, 0.080} {
		for _, gain := range variations {
			a := newLoop(gain, expected.TimeConstant, delay).rough()
			c := newSelfTuning(t, nil)
			adaptive := a.steps(10, nil, c.Step)
			b := newLoop(gain, expected.TimeConstant, delay).rough()
			b.missing = 0 // the fixed one has no way to deal with that
			pid := fixed()
			constant := b.steps(10, nil, func(set, y float64) float64 { return pid.Step(set, y, 0) })
			x, y := adaptive[9], constant[9]
			t.Logf("delay %.0f ms, gain %.1f: self-tuning overshoot %3.0f %%, settled %.2f s, mean error %.3f; fixed %3.0f %%, %.2f s, %.3f",
				delay*1e3, gain, x.overshoot*100, x.settled, x.absolute/2, y.overshoot*100, y.settled, y.absolute/2)
			switch {
			case delay == 0.020 && gain == 1 && y.settled > 0.3:
				t.Errorf("the fixed PID is to be good where it was tuned for; it settles after %.2f s", y.settled)
			case delay == 0.080 && gain >= 1 && (y.settled < 2 || y.absolute < 4*x.absolute):
				t.Errorf("gain %.1f: the fixed PID is to be unstable, with more than 4 times the error: settled %.2f s, error %.3f to %.3f", gain, y.settled, y.absolute, x.absolute)
			}
		}
	}
}

func TestSelfTuningFollowsADelayThatChanges(t *testing.T) {
	for _, change := range []struct{ from, to, most float64 }{
		{0.020, 0.080, 0.7}, {0.080, 0.020, 0.1}, {0.045, 0.065, 0.2}, {0.020, 0.055, 0.4}, {0.120, 0.010, 0.1}, {0.055, 0.120, 1},
		{0.010, 0.120, 2.5}, // at first more than three times the gain that this delay bears
	} {
		var during, after outcome
		for _, gain := range variations {
			for _, slow := range variations {
				for _, when := range []int{0, 5, 100} { // with the step, in it, and at rest
					p := newLoop(gain, slow*expected.TimeConstant, change.from).rough()
					all := p.steps(12, func(step, k int) {
						if step == 4 && k == when {
							p.plant.Delay = change.to
						}
					}, newSelfTuning(t, nil).Step)
					during.worst(all[4])
					during.worst(all[5])
					for _, o := range all[7:] {
						after.worst(o)
					}
				}
			}
		}
		t.Logf("delay %3.0f to %3.0f ms: overshoot %3.0f %% meanwhile; then %2.0f %%, settled after %.2f s", change.from*1e3, change.to*1e3, during.overshoot*100, after.overshoot*100, after.settled)
		if during.overshoot > change.most || after.overshoot > mostOvershoot || after.settled > mostSettled {
			t.Errorf("beyond the stated bounds")
		}
	}
}

func TestSelfTuningTakesOutALoad(t *testing.T) {
	off := 0.0 // the largest error of the slope, in its logarithm
	for _, delay := range delays {
		p := newLoop(1, expected.TimeConstant, delay).rough()
		c := newSelfTuning(t, nil)
		p.steps(5, nil, c.Step)
		p.load = 0.3
		p.to(1, 1, nil, c.Step)
		m := c.Identifier().Model()
		off = max(off, math.Abs(math.Log(m.Gain*0.08/m.TimeConstant)))
		if o := p.to(1, 1, nil, c.Step); o.settled > 0 || o.overshoot > 0.05 {
			t.Errorf("delay %.0f ms: 2 s after a load of 0.3 the error is still beyond 5 %%: %+v", delay*1e3, o)
		}
		p.load = 0
		for _, o := range p.steps(6, nil, c.Step)[3:] {
			if o.overshoot > mostOvershoot || o.settled > mostSettled {
				t.Errorf("delay %.0f ms: after the load had gone: %+v", delay*1e3, o)
			}
		}
	}
	t.Logf("a load that comes spoils the slope by %.0f %% at most", 100*math.Expm1(off))
	if off > math.Log(1.15) {
		t.Errorf("a load, which is no answer to the input, taught a slope that is off by %.0f %%", 100*math.Expm1(off))
	}
}

// A machine that is given a velocity is an integrator.
func TestSelfTuningServesAPlantThatIntegrates(t *testing.T) {
	for _, delay := range delays {
		for _, gain := range variations {
			c := newSelfTuning(t, func(cfg *control.SelfTuningConfig) {
				cfg.Nominal = control.Model{Gain: 200, TimeConstant: 20} // 10 per s
			})
			p := newLoop(200*gain, 20, delay).rough()
			var later outcome
			for _, o := range p.steps(10, nil, c.Step)[3:] {
				later.worst(o)
			}
			t.Logf("delay %3.0f ms, gain %.1f: overshoot %2.0f %%, settled after %.2f s", delay*1e3, gain, later.overshoot*100, later.settled)
			if later.overshoot > 0.12 || later.settled > 1.6 {
				t.Errorf("delay %.0f ms, gain %.1f: overshoot %.0f %%, settled after %.2f s; model %+v", delay*1e3, gain, later.overshoot*100, later.settled, c.Model())
			}
			p.load = 0.05
			p.to(1, 1, nil, c.Step)
			p.to(1, 1, nil, c.Step)
			p.to(1, 1, nil, c.Step)
			if o := p.to(1, 1, nil, c.Step); o.settled > 0 {
				t.Errorf("delay %.0f ms, gain %.1f: the load is still seen after 6 s: %+v", delay*1e3, gain, o)
			}
		}
	}
}

func TestGainsOfTheSelfTuningNeverJump(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	c := newSelfTuning(t, nil)
	p := newLoop(1, 0.08, 0.02).rough()
	worst := 0.0
	last := c.Gains()
	p.steps(200, func(step, k int) {
		if k == 0 && step%3 == 0 {
			p.plant = control.Model{Gain: 0.5 + r.Float64(), TimeConstant: 0.04 + 0.08*r.Float64(), Delay: math.Round(10+110*r.Float64()) / 1e3}
		}
		g := c.Gains()
		worst = max(worst, math.Abs(math.Log(g.P/last.P)), math.Abs(math.Log(g.I/last.I)))
		last = g
	}, c.Step)
	t.Logf("largest change of a gain in one sample: %.1f %%", 100*math.Expm1(worst))
	if worst > math.Log(1.2)+1e-9 {
		t.Errorf("a gain changed by a factor of %.3f in one sample", math.Exp(worst))
	}
}

func TestScheduleIsContinuousInTheDelay(t *testing.T) {
	s := control.DefaultSchedule()
	for _, d := range []struct {
		delay float64
		want  control.Band
	}{{0, s.Short}, {0.0299, s.Short}, {0.04, s.Medium}, {0.05, s.Medium}, {0.06, s.Medium}, {0.0701, s.Long}, {1, s.Long}} {
		if got := s.At(d.delay); got != d.want {
			t.Errorf("at %g s: %+v; it must be %+v", d.delay, got, d.want)
		}
	}
	last := s.At(0)
	for us := range 150_000 {
		b := s.At(float64(us) * 1e-6)
		if math.Abs(b.Closed-last.Closed) > 1e-4 || math.Abs(b.Predict-last.Predict) > 1e-4 || math.Abs(b.Lead-last.Lead) > 1e-4 {
			t.Fatalf("at %d us it jumps from %+v to %+v", us, last, b)
		}
		last = b
	}
	_, err := control.NewSelfTuning(control.SelfTuningConfig{IdentifierConfig: control.IdentifierConfig{Nominal: expected, Noise: 1},
		Schedule: control.Schedule{Short: control.Band{Closed: 1}, Medium: control.Band{Closed: 1, Predict: 2}, Long: control.Band{Closed: 1}}})
	wantError(t, err, "schedule: medium: prediction is 2")
}

// The loop that has been learned, opened at its error, with the plant as it truly is.
func TestALearnedLoopHasMargins(t *testing.T) {
	for _, delay := range []float64{0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12} {
		for _, gain := range variations {
			p := newLoop(gain, 0.08, delay)
			c := newSelfTuning(t, nil)
			p.steps(10, nil, c.Step)
			plant := p.plant
			m := control.FindMargins(func(w float64) complex128 { return c.Response(w) * plant.Response(w, 0.01) }, 0.01)
			if m.Phase < 60*math.Pi/180 || m.Gain < 2.3 || m.Sensitivity > 1.8 || m.Delay < 1.5*delay {
				t.Errorf("delay %.0f ms, gain %.1f: phase %.0f deg, gain %.2f, sensitivity %.2f, delay margin %.0f ms", delay*1e3, gain, m.Phase*180/math.Pi, m.Gain, m.Sensitivity, m.Delay*1e3)
			}
		}
	}
}

func TestSelfTuningHoldsWhatItKnowsWhileNothingMoves(t *testing.T) {
	for _, quantum := range []float64{0, 0.002, 0.01} {
		p := newLoop(1, 0.08, 0.045).rough()
		p.quantum = quantum
		c := newSelfTuning(t, nil)
		p.steps(6, nil, c.Step)
		before, learned := c.Identifier().Model(), c.Identifier().Learned()
		worst := 0.0
		for range 50_000 {
			p.hold(c.Step(0, p.see()))
			worst = max(worst, math.Abs(p.x))
		}
		if c.Identifier().Model() != before || c.Identifier().Learned() != learned {
			t.Errorf("quantum %g: %d samples of noise changed %+v to %+v", quantum, c.Identifier().Learned()-learned, before, c.Identifier().Model())
		}
		if worst > 4*p.noise+quantum {
			t.Errorf("quantum %g: noise moves the plant by %g", quantum, worst)
		}
	}
}

func TestSelfTuningBridgesSamplesThatAreMissing(t *testing.T) {
	for _, delay := range delays {
		p := newLoop(1, 0.08, delay).rough()
		p.missing = 0.3
		c := newSelfTuning(t, nil)
		for k, o := range p.steps(10, nil, c.Step) {
			if k >= 3 && (o.overshoot > 0.2 || o.settled > 0.6) {
				t.Errorf("delay %.0f ms, 30 %% of samples missing: step %d: %+v", delay*1e3, k, o)
			}
		}
		// The camera is dark for 0.2 s, just as the set-point changes: the model steps alone.
		p.missing = 0
		o := p.to(1, 1, func(k int) {
			p.missing = 0
			if k < 20 {
				p.missing = 1
			}
		}, c.Step)
		if o.overshoot > 0.2 || o.settled > 0.7 {
			t.Errorf("delay %.0f ms, dark for 0.2 s: %+v", delay*1e3, o)
		}
		// And for 3 s: the output is held.
		var last float64
		for k := range 300 {
			u := c.Step(0.5, math.NaN())
			if k > 33 && u != last {
				t.Fatalf("output changed to %v after %d samples without sight", u, k)
			}
			last = u
		}
		if c.Missing() != 300 {
			t.Errorf("%d samples missing; it says %d", 300, c.Missing())
		}
	}
}

func TestSelfTuningUsesADelayThatIsKnown(t *testing.T) {
	c := newSelfTuning(t, nil)
	p := newLoop(1.5, 0.12, 0.1)
	c.KnowDelay(0.1)
	all := p.steps(6, func(step, k int) {
		if step == 3 && k == 0 {
			p.plant.Delay = 0.02
			c.KnowDelay(0.02)
		}
	}, c.Step)
	for k, o := range all[2:] {
		if o.overshoot > mostOvershoot || o.settled > mostSettled {
			t.Errorf("step %d: %+v", k+2, o)
		}
	}
	if d := c.Model().Delay; d != 0.02 {
		t.Errorf("the delay is %g s", d)
	}
}

func TestSelfTuningTakesOverWithoutABump(t *testing.T) {
	c := newSelfTuning(t, nil)
	p := newLoop(1, 0.08, 0.03)
	for range 300 { // somebody holds the plant at 0.7
		y := p.see()
		c.Track(0.7, y, 0.7)
		p.hold(0.7)
	}
	worst := 0.0
	for range 200 {
		u := c.Step(0.7, p.see())
		worst = max(worst, math.Abs(u-0.7))
		p.hold(u)
	}
	near(t, "change of the output", worst, 0, 1e-6)
}

func TestSelfTuningGivesEqualBitsForEqualSamplesAndAfterReset(t *testing.T) {
	c := newSelfTuning(t, nil)
	run := func() (out []float64) {
		p := newLoop(1.2, 0.1, 0.055).rough()
		p.steps(4, nil, func(set, y float64) float64 {
			u := c.Step(set, y)
			out = append(out, u)
			return u
		})
		return out
	}
	a := run()
	c.Reset()
	b := run()
	for k := range a {
		if a[k] != b[k] {
			t.Fatalf("sample %d: %v and %v", k, a[k], b[k])
		}
	}
}

func TestSelfTuningSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	for want, cfg := range map[string]control.IdentifierConfig{
		"nominal gain is 0; give its sign":                            {Nominal: control.Model{TimeConstant: 1}, Noise: 1},
		"noise is 0; it must be positive":                             {Nominal: expected},
		"nominal time constant is 0 s":                                {Noise: 1},
		"longest delay of 0.5 s is 50 periods; it must be at most 30": {Nominal: expected, Noise: 1, MaxDelay: 0.5},
		"nominal delay is 0.2 s; it must be between 0 and 0.15":       {Nominal: control.Model{Gain: 1, TimeConstant: 1, Delay: 0.2}, Noise: 1},
	} {
		_, err := control.NewSelfTuning(control.SelfTuningConfig{IdentifierConfig: cfg})
		wantError(t, err, want)
	}
}
