package control_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/control"
)

// Whatever a self-tuning controller and its parts are fed with, what comes out are numbers within
// limits; and once samples are good again, the loop works.
func TestNothingThatIsNoNumberComesOutOfASelfTuning(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		limited := rapid.Bool().Draw(rt, "limited")
		c := newSelfTuning(t, func(cfg *control.SelfTuningConfig) {
			if !limited {
				cfg.Min, cfg.Max = 0, 0
			}
		})
		p := newLoop(1, 0.08, 0.055)
		bad := nonsense[:3] // wires that break
		if rapid.Bool().Draw(rt, "huge") {
			bad = nonsense
		}
		for k := range 600 {
			set, y := float64(k/100%2), p.see()
			if r.IntN(10) == 0 {
				set = bad[r.IntN(len(bad))]
			}
			if r.IntN(5) == 0 {
				y = bad[r.IntN(len(bad))]
			}
			u := c.Step(set, y)
			checkNumbers(rt, c, u, limited)
			p.hold(max(-4, min(4, u)))
		}
		if len(bad) > 3 && !limited {
			return // an integral of 1e300 has no way back
		}
		p.steps(4, nil, c.Step)
		if o := p.to(1, 1, nil, c.Step); o.settled > 0.5 || o.overshoot > 0.2 {
			rt.Fatalf("with good samples again: %+v; model %+v", o, c.Model())
		}
	})
}

type fataler interface{ Fatalf(string, ...any) }

func checkNumbers(t fataler, c *control.SelfTuning, u float64, limited bool) {
	m, g, b := c.Model(), c.Gains(), c.Band()
	for _, x := range []float64{u, m.Gain, m.TimeConstant, m.Delay, g.P, g.I, g.D, g.Filter, b.Closed, b.Predict, b.Lead, c.Caution(), c.Identifier().Evidence()} {
		if !isFinite(x) {
			t.Fatalf("output %v, model %+v, gains %+v, band %+v", u, m, g, b)
		}
	}
	if limited && math.Abs(u) > 4 {
		t.Fatalf("output %v is beyond its limits", u)
	}
	if slope := m.Gain / m.TimeConstant * 0.08; slope < 0.25-1e-9 || slope > 4+1e-9 || m.TimeConstant < 0.02-1e-9 || m.TimeConstant > 0.32+1e-9 || m.Delay < 0 || m.Delay > 0.15 {
		t.Fatalf("model %+v is beyond what may be believed", m)
	}
}

// FuzzSteps feeds any bytes, as floats, to everything that takes a sample.
func FuzzSteps(f *testing.F) {
	seed := func(x ...float64) {
		var b []byte
		for _, v := range x {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		f.Add(b)
	}
	seed(0, 0, 0, 1, 1, 1, math.NaN(), math.Inf(1), 1e308)
	seed(nonsense...)
	seed(1e100, -1e100, 1e99, 1e-300, 1, 2, 3)
	f.Fuzz(func(t *testing.T, data []byte) {
		var x []float64
		for ; len(data) >= 8 && len(x) < 600; data = data[8:] {
			x = append(x, math.Float64frombits(binary.LittleEndian.Uint64(data)))
		}
		self := newSelfTuning(t, nil)
		pid := newPID(t, control.PIDConfig{Period: 0.01, Gains: control.Gains{P: 1, I: 3, D: 0.1, Filter: 0.02}})
		drive, axis, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
			p.Load = &control.Load{Inertia: 1e-3, Stiffness: 1000, Damping: 0.1, Backlash: 1e-4, Friction: control.Friction{Coulomb: 0.1}}
			p.MaxTorque = 5
		})
		rls := newRLS(t, control.RLSConfig{Order: 2, Weight: []float64{1e-3, 1e-3}})
		theta := make([]float64, 2)
		drive.Enable(0, 0, 0)
		for ; len(x) >= 3; x = x[3:] {
			checkNumbers(t, self, self.Step(x[0], x[1]), true)
			if u := pid.Step(x[0], x[1], x[2]); !isFinite(u) {
				t.Fatalf("PID: %v", u)
			}
			u := drive.Step(control.Setpoint{Position: x[0], Velocity: x[1]}, x[2])
			if !isFinite(u) {
				t.Fatalf("drive: %v", u)
			}
			axis.Step(x[0], clampTo(x[1], 1e6))
			if s := axis.State(); !isFinite(s.Position) || !isFinite(s.LoadVelocity) || !isFinite(s.Torque) || !isFinite(axis.Encoder()) {
				t.Fatalf("axis: %+v", s)
			}
			rls.Add(x[:2], x[2])
			rls.Estimate(theta)
			if !isFinite(theta[0]) || !isFinite(theta[1]) {
				t.Fatalf("RLS: %v", theta)
			}
		}
	})
}

func clampTo(x, limit float64) float64 { return max(-limit, min(limit, x)) }
