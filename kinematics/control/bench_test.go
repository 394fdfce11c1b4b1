package control_test

import (
	"math"
	"testing"

	"linetwin.dev/kinematics/control"
)

// stepper is something that a control cycle calls.
type stepper struct {
	name string
	step func(k int)
}

func steppers(t testing.TB) []stepper {
	friction := control.Friction{Coulomb: 0.05, Static: 0.08, Stribeck: 0.05, Viscous: 0.004}
	notch, err := control.Notch(1500, 300, 0.1, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	drive, rigid, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
		c.Coulomb, c.CoulombSpeed, c.FollowingError = 0.05, 0.01, 10
		p.Friction, p.Resolution = friction, 1e-6
	})
	filtered, _, _ := tuned(t, func(c *control.DriveConfig, p *control.AxisConfig) {
		c.Filters = []control.Biquad{notch, notch}
	})
	elastic := newAxis(t, control.AxisConfig{Period: 1e-3, Substeps: 1, Inertia: 1e-3, TorqueLag: 3e-4, Friction: friction,
		Load: &control.Load{Inertia: 2e-3, Stiffness: 900, Damping: 0.02, Backlash: 1e-4, Friction: friction}})
	pid := newPID(t, control.PIDConfig{Period: 1e-3, Gains: control.Gains{P: 2, I: 10, D: 0.01, Filter: 1e-3}, Weight: 1, Min: -1, Max: 1})
	rls := newRLS(t, control.RLSConfig{Order: 3, Weight: []float64{1e-6, 1e-6, 1e-6}})
	self := newSelfTuning(t, nil)
	loop := newLoop(1, 0.08, 0.055).rough()
	drive.Enable(0, 0, 0)
	filtered.Enable(0, 0, 0)
	theta, wave := make([]float64, 3), make([]float64, 1024)
	for k := range wave {
		wave[k] = math.Sin(2 * math.Pi * float64(k) / 1024)
	}
	at := func(k int) float64 { return wave[k&1023] }
	var x float64
	return []stepper{
		{"drive", func(k int) { x = drive.Step(control.Setpoint{Position: at(k), Velocity: 6 * at(k+256)}, at(k-1)) }},
		{"drive with two filters", func(k int) { x = filtered.Step(control.Setpoint{Position: at(k), Velocity: 6 * at(k+256)}, at(k-1)) }},
		{"axis, rigid, Stribeck", func(k int) { rigid.Step(at(k), 0); x = rigid.Encoder() }},
		{"axis, two masses, backlash, a substep", func(k int) { elastic.Step(at(k), 0); x = elastic.Encoder() }},
		{"PID", func(k int) { x = pid.Step(at(k), at(k-3), 0) }},
		{"RLS, 3 parameters, 32 samples", func(k int) {
			phi := [3]float64{at(k), 1, at(3 * k)}
			rls.Add(phi[:], at(7*k))
			x = rls.Estimate(theta)
		}},
		{"self-tuning PID, 17 delays", func(k int) { x = self.Step(float64(k/100%2), loop.x); loop.hold(x) }},
	}
}

func TestNothingThatACycleCallsAllocates(t *testing.T) {
	for _, s := range steppers(t) {
		k := 0
		if n := testing.AllocsPerRun(1000, func() { s.step(k); k++ }); n != 0 {
			t.Errorf("%s: %v allocations in a step", s.name, n)
		}
	}
	c := newSelfTuning(t, nil)
	cov := make([]float64, 4)
	rls := newRLS(t, control.RLSConfig{Order: 2, Weight: []float64{1, 1}})
	d, _, _ := tuned(t, nil)
	g := control.DriveGains{Position: 1, Velocity: 1, Integral: 1}
	pid := newPID(t, control.PIDConfig{Period: 1})
	if n := testing.AllocsPerRun(100, func() {
		c.Track(1, 1, 1)
		c.KnowDelay(0.01)
		c.Reset()
		rls.Covariance(cov)
		rls.Reset()
		d.Enable(0, 0, 0)
		if d.Retune(g) != nil || pid.Retune(control.Gains{P: 2}) != nil {
			t.Error("gains refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations by retuning and the like", n)
	}
}

// The self-tuning's step includes that of its plant, ten times 1 ms.
func BenchmarkStep(b *testing.B) {
	for _, s := range steppers(b) {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			k := 0
			for b.Loop() {
				s.step(k)
				k++
			}
		})
	}
}

// Five axes and their drives, as the simulated machine has them in each cycle.
func BenchmarkFiveAxesWithTheirDrives(b *testing.B) {
	var drives [5]*control.Drive
	var axes [5]*control.Axis
	for i := range drives {
		drives[i], axes[i], _ = tuned(b, func(c *control.DriveConfig, p *control.AxisConfig) {
			p.Friction = control.Friction{Coulomb: 0.05, Static: 0.08, Stribeck: 0.05, Viscous: 0.004}
			p.Resolution = 1e-6
		})
		drives[i].Enable(0, 0, 0)
	}
	b.ReportAllocs()
	k := 0
	for b.Loop() {
		s := math.Mod(float64(k)*1e-3, 1000)
		for i := range drives {
			axes[i].Step(drives[i].Step(control.Setpoint{Position: s, Velocity: 1}, axes[i].Encoder()), 0)
		}
		k++
	}
}
