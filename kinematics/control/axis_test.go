package control_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"linetwin.dev/kinematics/control"
)

func newAxis(t testing.TB, cfg control.AxisConfig) *control.Axis {
	t.Helper()
	a, err := control.NewAxis(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The linear equations of motor, transmission and load, stepped by gonum's matrix exponential.
func TestAxisIsExactBetweenTheEventsOfFrictionAndBacklash(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, substeps := range []int{1, 7} {
		for _, lag := range []float64{0, 2e-5, 1e-3} {
			cfg := control.AxisConfig{Period: 1e-3, Substeps: substeps, Inertia: 2e-3, Friction: control.Friction{Viscous: 0.01},
				TorqueLag: lag, Load: &control.Load{Inertia: 5e-3, Friction: control.Friction{Viscous: 0.02}, Stiffness: 900, Damping: 0.05}}
			a := newAxis(t, cfg)
			l := cfg.Load
			// States: torque, motor position and velocity, load position and velocity; inputs: command, external.
			m := mat.NewDense(7, 7, nil)
			if lag > 0 {
				m.Set(0, 0, -1/lag)
				m.Set(0, 5, 1/lag)
				m.Set(2, 0, 1/cfg.Inertia)
			} else {
				m.Set(2, 5, 1/cfg.Inertia)
			}
			m.Set(1, 2, 1)
			m.Set(3, 4, 1)
			for row, j := range map[int]float64{2: cfg.Inertia, 4: -l.Inertia} {
				m.Set(row, 1, -l.Stiffness/j)
				m.Set(row, 3, l.Stiffness/j)
				m.Set(row, 2, -l.Damping/j)
				m.Set(row, 4, l.Damping/j)
			}
			m.Set(2, 2, m.At(2, 2)-0.01/cfg.Inertia)
			m.Set(4, 4, m.At(4, 4)-0.02/l.Inertia)
			m.Set(4, 6, 1/l.Inertia)
			m.Scale(cfg.Period, m)
			var exact mat.Dense
			exact.Exp(m)
			x := mat.NewVecDense(7, nil)
			for range 300 {
				u, external := r.NormFloat64(), r.NormFloat64()
				x.SetVec(5, u)
				x.SetVec(6, external)
				var next mat.VecDense
				next.MulVec(&exact, x)
				x.CopyVec(&next)
				a.Step(u, external)
				s := a.State()
				near(t, "motor position", s.Position, x.AtVec(1), 1e-11)
				near(t, "motor velocity", s.Velocity, x.AtVec(2), 1e-9)
				near(t, "load position", s.LoadPosition, x.AtVec(3), 1e-11)
				near(t, "load velocity", s.LoadVelocity, x.AtVec(4), 1e-9)
				if lag > 0 {
					near(t, "torque", s.Torque, x.AtVec(0), 1e-12)
				}
			}
			if t.Failed() {
				t.Fatalf("lag %g, %d substeps", lag, substeps)
			}
		}
	}
}

func TestAxisMovesAlikeInOneSubstepAndInMany(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	cfg := control.AxisConfig{Period: 1e-3, Substeps: 1, Inertia: 2e-3, TorqueLag: 1e-3, Load: &control.Load{Inertia: 5e-3, Stiffness: 900}}
	one := newAxis(t, cfg)
	cfg.Substeps = 37
	many := newAxis(t, cfg)
	for range 3000 {
		u, external := r.NormFloat64(), r.NormFloat64()
		one.Step(u, external)
		many.Step(u, external)
		a, b := one.State(), many.State()
		near(t, "motor velocity", a.Velocity, b.Velocity, 1e-8)
		near(t, "twist", a.Position-a.LoadPosition, b.Position-b.LoadPosition, 1e-11)
	}
}

func TestAxisWithCoulombFrictionCoastsAsFarAsPhysicsSays(t *testing.T) {
	cfg := control.AxisConfig{Period: 1e-3, Inertia: 0.01, Friction: control.Friction{Coulomb: 0.2, Viscous: 0.004}}
	a := newAxis(t, cfg)
	for range 100 {
		a.Step(2, 0)
	}
	start := a.State()
	for range 5000 {
		a.Step(0, 0)
	}
	end := a.State()
	if end.Velocity != 0 {
		t.Fatalf("still moving at %v", end.Velocity)
	}
	// J v' = -C - B v: way = J/B (v0 - C/B ln(1 + B v0/C))
	j, c, b, v := 0.01, 0.2, 0.004, start.Velocity
	want := j / b * (v - c/b*math.Log(1+b*v/c))
	// The stop falls into a substep, in which friction is one torque: half a substep's way at most.
	near(t, "way", end.Position-start.Position, want, 0.5*c/j*1e-6)
}

func TestAxisSticksUntilTheTorqueBreaksItLoose(t *testing.T) {
	a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 0.01, TorqueLag: 1e-3, Friction: control.Friction{Coulomb: 0.2, Static: 0.3, Stribeck: 0.01}})
	for k := range 100_000 { // pushed to and fro below static friction, and not creeping
		a.Step(0.299*math.Sin(float64(k)/50), 0)
		if s := a.State(); s.Velocity != 0 || s.Position != 0 {
			t.Fatalf("step %d: at %v with %v", k, s.Position, s.Velocity)
		}
	}
	a.Place(0)
	broke := 0.0
	for k := 0; a.State().Velocity == 0; k++ {
		broke = float64(k) * 1e-5
		a.Step(broke, 0)
	}
	near(t, "torque that breaks it loose", broke, 0.3, 1e-3)
	for range 200 {
		a.Step(broke, 0)
	}
	v := a.State().Velocity
	a.Step(0.21, 0)
	for range 100 {
		a.Step(0.21, 0)
	}
	if a.State().Velocity <= v {
		t.Errorf("above Coulomb friction it slows down, from %v to %v", v, a.State().Velocity)
	}
}

func TestALoadThatSticksDoesNotCreepWhileTheMotorShakes(t *testing.T) {
	a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 1e-3, Friction: control.Friction{Viscous: 0.02},
		Load: &control.Load{Inertia: 1e-3, Stiffness: 500, Damping: 0.05, Friction: control.Friction{Coulomb: 1}}})
	for k := range 50_000 {
		a.Step(0.3+0.3*math.Sin(float64(k)/7), 0)
		if s := a.State(); math.Abs(s.LoadPosition) > 1e-12 || s.LoadVelocity != 0 {
			t.Fatalf("step %d: the load is at %v with %v", k, s.LoadPosition, s.LoadVelocity)
		}
	}
}

func TestStribeckFrictionMakesASlowAxisStickAndSlip(t *testing.T) {
	// A drive with a soft spring for a position loop, that moves slowly.
	slips := func(static float64) int {
		a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 0.01, Friction: control.Friction{Coulomb: 0.2, Static: static, Stribeck: 0.05, Viscous: 0.1}})
		count, stuck := 0, true
		for k := range 60_000 {
			p := 0.02 * float64(k) * 1e-3
			a.Step(3*(p-a.Encoder()), 0)
			now := a.State().Velocity == 0
			if stuck && !now {
				count++
			}
			stuck = now
		}
		return count
	}
	with, without := slips(0.4), slips(0.2)
	if with < 5 || without > 2 {
		t.Errorf("static friction twice as high as Coulomb's: slips %d times; of the same size: %d times", with, without)
	}
}

func TestBacklashIsLostWhenTheMotorTurnsBack(t *testing.T) {
	const gap = 1e-3
	a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 1e-3, Friction: control.Friction{Viscous: 0.05},
		Load: &control.Load{Inertia: 1e-3, Stiffness: 2000, Damping: 0.3, Backlash: gap, Friction: control.Friction{Coulomb: 0.02}}})
	settle := func(target float64) control.AxisState {
		for range 4000 {
			s := a.State()
			a.Step(5*(target-s.Position)-0.2*s.Velocity, 0)
		}
		return a.State()
	}
	up := settle(0.1)
	near(t, "motor ahead of the load, going up", up.Position-up.LoadPosition, gap/2, 5e-5)
	down := settle(-0.1)
	near(t, "motor behind the load, going down", down.LoadPosition-down.Position, gap/2, 5e-5)
	settle(0.1)
	before := a.State()
	back := settle(before.Position - 0.9*gap)
	near(t, "load while the motor turns back within the gap", back.LoadPosition, before.LoadPosition, 1e-4*gap)
}

func TestAnElasticAxisSwingsAtItsFrequencyAndLosesNoEnergyWithoutFriction(t *testing.T) {
	cfg := control.AxisConfig{Period: 2.5e-4, Inertia: 2e-3, Load: &control.Load{Inertia: 3e-3, Stiffness: 500}}
	a := newAxis(t, cfg)
	a.Step(20, 0)
	energy := func() float64 {
		s := a.State()
		d := s.Position - s.LoadPosition
		return 0.5*2e-3*s.Velocity*s.Velocity + 0.5*3e-3*s.LoadVelocity*s.LoadVelocity + 0.5*500*d*d
	}
	first, last, crossings, prev := energy(), 0.0, 0, 0.0
	const steps = 400_000
	for range steps {
		a.Step(0, 0)
		s := a.State()
		d := s.Position - s.LoadPosition
		if prev < 0 && d >= 0 {
			crossings++
		}
		prev, last = d, energy()
	}
	near(t, "energy after 100 s, relative", last/first, 1, 1e-9)
	hz := math.Sqrt(500*(1/2e-3+1/3e-3)) / (2 * math.Pi)
	near(t, "frequency", float64(crossings)/(steps*2.5e-4), hz, 0.02)
}

func TestEncoderShowsWholeCounts(t *testing.T) {
	const count = 2 * math.Pi / 4096
	for _, onLoad := range []bool{false, true} {
		a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 1e-3, Resolution: count, OnLoad: onLoad,
			Load: &control.Load{Inertia: 1e-2, Stiffness: 100, Damping: 0.1}})
		for k := range 1000 {
			a.Step(math.Sin(float64(k)/100), 0)
			s := a.State()
			true := s.Position
			if onLoad {
				true = s.LoadPosition
			}
			e := a.Encoder()
			near(t, "encoder", e, true, count/2*1.000001)
			near(t, "counts", e/count, math.Round(e/count), 1e-9)
		}
	}
}

func TestAxisLimitsAndDelaysItsTorqueAndTakesNonsenseForNone(t *testing.T) {
	a := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 0.1, MaxTorque: 5, TorqueLag: 2e-3})
	a.Step(1e9, 0)
	near(t, "torque", a.State().Torque, 5*(1-math.Exp(-0.5)), 1e-12)
	b := newAxis(t, control.AxisConfig{Period: 1e-3, Inertia: 0.1})
	for _, x := range nonsense[:3] {
		b.Step(x, x)
		b.Place(x)
	}
	if s := b.State(); s != (control.AxisState{}) {
		t.Errorf("state %+v after torques that are no numbers", s)
	}
}

func TestAxisGivesEqualBitsForEqualTorques(t *testing.T) {
	cfg := control.AxisConfig{Period: 1e-4, Inertia: 1e-3, Friction: control.Friction{Coulomb: 0.1, Static: 0.15, Stribeck: 0.1, Viscous: 0.01}, TorqueLag: 2e-4,
		Load: &control.Load{Inertia: 2e-3, Stiffness: 1e4, Damping: 0.1, Backlash: 1e-4}}
	a, b := newAxis(t, cfg), newAxis(t, cfg)
	for k := range 20_000 {
		u := 2 * math.Sin(float64(k)/300)
		a.Step(u, 0.1)
		b.Step(u, 0.1)
		if a.State() != b.State() {
			t.Fatalf("step %d: %+v and %+v", k, a.State(), b.State())
		}
	}
}

func TestAxisSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	for want, cfg := range map[string]control.AxisConfig{
		"period is 0 s":                     {},
		"inertia is 0; it must be positive": {Period: 1},
		"no load":                           {Period: 1, Inertia: 1, OnLoad: true},
		"load: stiffness is 0":              {Period: 1, Inertia: 1, Load: &control.Load{Inertia: 1, Backlash: 1}},
		"friction of the load: Coulomb friction is -1": {Period: 1, Inertia: 1, Load: &control.Load{Inertia: 1, Stiffness: 1, Friction: control.Friction{Coulomb: -1}}},
	} {
		_, err := control.NewAxis(cfg)
		wantError(t, err, want)
	}
}
