package kinematics

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func fiveLimits() JointLimits {
	var l JointLimits
	for i := range 5 {
		l.Min = append(l.Min, -3)
		l.Max = append(l.Max, 3)
		l.Speed = append(l.Speed, 2+float64(i))
		l.Accel = append(l.Accel, 10+5*float64(i))
	}
	return l
}

func fiveJoints(t testing.TB) *Follower {
	t.Helper()
	f, err := NewFollower(fiveLimits(), make([]float64, 5))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// oneJoint draws the limits of a joint and a follower that rests somewhere in them.
func oneJoint(t *rapid.T) (*Follower, axis) {
	a := axis{min: rapid.Float64Range(-5, 1).Draw(t, "min")}
	a.max = a.min + rapid.Float64Range(0.01, 8).Draw(t, "range")
	a.speed = rapid.Float64Range(0.01, 10).Draw(t, "speed")
	a.accel = rapid.Float64Range(0.01, 100).Draw(t, "accel")
	f, err := NewFollower(JointLimits{[]float64{a.min}, []float64{a.max}, []float64{a.speed}, []float64{a.accel}},
		[]float64{rapid.Float64Range(a.min, a.max).Draw(t, "q0")})
	if err != nil {
		t.Fatal(err)
	}
	return f, a
}

// checked makes a step and fails if it broke a limit.
func checked(t *rapid.T, f *Follower, a axis, dt float64, step func()) {
	const tiny = 1e-9
	x0, v0 := f.Position()[0], f.Velocity()[0]
	step()
	x, v := f.Position()[0], f.Velocity()[0]
	switch {
	case x < a.min || x > a.max || math.IsNaN(x):
		t.Fatalf("position %v outside of [%v, %v]", x, a.min, a.max)
	case math.Abs(v) > a.speed || math.IsNaN(v):
		t.Fatalf("speed %v above %v", v, a.speed)
	case math.Abs(v-v0) > a.accel*dt*(1+tiny)+1e-14:
		t.Fatalf("speed went from %v to %v in %v s with an acceleration of %v", v0, v, dt, a.accel)
	case math.Abs(x-x0-v0*dt) > a.accel*dt*dt/2*(1+tiny)+1e-13:
		t.Fatalf("position went from %v to %v at speed %v in %v s with an acceleration of %v", x0, x, v0, dt, a.accel)
	}
	stop := x + v*math.Abs(v)/(2*a.accel)
	if stop < a.min-1e-12 || stop > a.max+1e-12 {
		t.Fatalf("at %v with speed %v it can only stop at %v, outside of [%v, %v]", x, v, stop, a.min, a.max)
	}
}

func TestFollowerKeepsItsLimitsWhateverTheTargetDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, a := oneJoint(t)
		wild := rapid.OneOf(rapid.Float64Range(-8, 8), rapid.Just(a.min), rapid.Just(a.max), rapid.Float64(),
			rapid.Just(math.NaN()), rapid.Just(math.Inf(1)), rapid.Just(math.Inf(-1)))
		for range rapid.IntRange(1, 60).Draw(t, "targets") {
			dt := rapid.Float64Range(1e-4, 0.2).Draw(t, "dt")
			target := []float64{wild.Draw(t, "target")}
			vel := []float64{rapid.OneOf(rapid.Just(0.0), wild).Draw(t, "vel")}
			mode := rapid.IntRange(0, 5).Draw(t, "mode")
			for range rapid.IntRange(1, 30).Draw(t, "steps") {
				checked(t, f, a, dt, func() {
					switch mode {
					case 0:
						f.Brake(dt)
					case 1:
						f.StepVelocity(dt, vel)
					default:
						f.Step(dt, target, vel)
					}
				})
				target[0] += vel[0] * dt
			}
		}
	})
}

func TestFollowerReachesARestingTargetInTheLeastTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, a := oneJoint(t)
		x0 := f.Position()[0]
		target := rapid.Float64Range(a.min, a.max).Draw(t, "target")
		way := math.Abs(target - x0)
		least := 2 * math.Sqrt(way/a.accel)
		if peak := math.Sqrt(way * a.accel); peak > a.speed {
			least = way/a.speed + a.speed/a.accel
		}
		const steps = 200
		dt := max(least, 1e-6) / steps
		for range steps + 1 {
			checked(t, f, a, dt, func() { f.Step(dt, []float64{target}, nil) })
			if x := f.Position()[0]; math.Copysign(x-target, x0-target) != x-target && math.Abs(x-target) > 1e-12 {
				t.Fatalf("overshoot from %v beyond %v to %v", x0, target, x)
			}
		}
		if f.Position()[0] != target || f.Velocity()[0] != 0 {
			t.Fatalf("at %v with speed %v after the least time of %v s; want %v at rest", f.Position()[0], f.Velocity()[0], least, target)
		}
	})
}

func TestFollowerConvergesFromAnyMotion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, a := oneJoint(t)
		// Somewhere in the middle of a wild chase ...
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			target := rapid.Float64Range(a.min-1, a.max+1).Draw(t, "wild")
			f.Step(rapid.Float64Range(1e-3, 0.1).Draw(t, "dt"), []float64{target}, nil)
		}
		// ... the target comes to rest.
		x, v := f.Position()[0], f.Velocity()[0]
		target := rapid.Float64Range(a.min, a.max).Draw(t, "target")
		stop := x + v*math.Abs(v)/(2*a.accel)
		way := math.Abs(target - stop)
		most := math.Abs(v)/a.accel + way/a.speed + 2*a.speed/a.accel // brake, then go
		dt := max(most, 1e-3) / 100
		for range 102 {
			checked(t, f, a, dt, func() { f.Step(dt, []float64{target}, nil) })
		}
		if f.Position()[0] != target || f.Velocity()[0] != 0 {
			t.Fatalf("%v s after the target came to rest at %v, the joint is at %v with speed %v", 1.02*most, target, f.Position()[0], f.Velocity()[0])
		}
	})
}

func TestFollowerSteersToAVelocity(t *testing.T) {
	f := fiveJoints(t) // speeds of 2 to 6 rad/s, accelerations of 10 to 30 rad/s2
	want := []float64{1, -1, 9, 0, math.NaN()}
	for range 100 {
		f.StepVelocity(0.002, want)
	}
	for i, v := range []float64{1, -1, 4, 0, 0} {
		within(t, "velocity", f.Velocity()[i], v, 0)
	}
	within(t, "way of joint 1", f.Position()[0], 1*(0.2-0.1/2), 1e-12)
	for range 5000 {
		f.StepVelocity(0.002, want)
	}
	for i, x := range []float64{3, -3, 3, 0, 0} { // the ends of the range
		within(t, "position", f.Position()[i], x, 0)
		within(t, "velocity at the end", f.Velocity()[i], 0, 0)
	}
}

func TestFollowerLocksOntoATargetThatKeepsTheLimits(t *testing.T) {
	f := fiveJoints(t)
	const dt = 0.004
	target, vel := make([]float64, 5), make([]float64, 5)
	for n := range 2000 {
		s := float64(n) * dt
		for i := range target {
			w := 1 + 0.3*float64(i)
			target[i], vel[i] = 1.2*math.Sin(w*s+1), 1.2*w*math.Cos(w*s+1)
		}
		f.Step(dt, target, vel)
		for i := range target {
			if s > 2 && (f.Position()[i] != target[i] || f.Velocity()[i] != vel[i]) {
				t.Fatalf("joint %d at %v s: lag %v", i+1, s, f.Position()[i]-target[i])
			}
		}
	}
}

func TestFollowerWaitsOnTheLimitForATargetBeyondIt(t *testing.T) {
	f := fiveJoints(t)
	for range 5000 {
		f.Step(0.001, []float64{9, -9, 3, -3, 1}, []float64{5, -5, 5, -5, 0})
	}
	for i, want := range []float64{3, -3, 3, -3, 1} {
		if f.Position()[i] != want || f.Velocity()[i] != 0 {
			t.Errorf("joint %d at %v with speed %v; want %v at rest", i+1, f.Position()[i], f.Velocity()[i], want)
		}
	}
}

func TestFollowerWithoutEndsKeepsItsDigitsFarFromTheTarget(t *testing.T) {
	f, err := NewFollower(JointLimits{[]float64{math.Inf(-1)}, []float64{math.Inf(1)}, []float64{1}, []float64{1}}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f.Step(1, []float64{1e17}, nil)
	}
	within(t, "position", f.Position()[0], 2.5, 1e-15)
}

func TestFollowerBrakesWhenTheTargetIsNoNumber(t *testing.T) {
	f := fiveJoints(t)
	for range 200 {
		f.Step(0.001, []float64{3, 3, 3, 3, 3}, nil)
	}
	nan := math.NaN()
	for range 1000 {
		f.Step(0.001, []float64{nan, nan, nan, 0, 0}, []float64{0, 0, 0, nan, math.Inf(1)})
	}
	for i, v := range f.Velocity() {
		if v != 0 || f.Position()[i] == 0 {
			t.Errorf("joint %d: at %v with speed %v", i+1, f.Position()[i], v)
		}
	}
	before := f.Position()[0]
	f.Step(nan, []float64{0, 0, 0, 0, 0}, nil)
	f.Step(-1, []float64{0, 0, 0, 0, 0}, nil)
	if f.Position()[0] != before {
		t.Error("a step of no time moved a joint")
	}
}

func TestFollowerNamesTheJointAtFault(t *testing.T) {
	l := fiveLimits()
	if _, err := NewFollower(l, []float64{0, 0, 4, 0, 0}); err == nil || !strings.Contains(err.Error(), "joint 3: start 4") {
		t.Errorf("start outside: %v", err)
	}
	if _, err := NewFollower(l, []float64{0}); err == nil || !strings.Contains(err.Error(), "start has 1 joint values") {
		t.Errorf("short start: %v", err)
	}
	f := fiveJoints(t)
	if err := f.Reset([]float64{0, 0, 0, 0, math.NaN()}); err == nil || !strings.Contains(err.Error(), "joint 5: position NaN") {
		t.Errorf("reset outside: %v", err)
	}
	f.Step(0.1, []float64{1, 1, 1, 1, 1}, nil)
	if err := f.Reset([]float64{1, 1, 1, 1, 2}); err != nil || f.Position()[4] != 2 || f.Velocity()[0] != 0 {
		t.Errorf("reset: %v, %v, %v", err, f.Position(), f.Velocity())
	}
	for want, spoil := range map[string]func(*JointLimits){
		"joint 2: Min 7 must be below Max 3":         func(l *JointLimits) { l.Min[1] = 7 },
		"joint 1: Speed 0 must be positive":          func(l *JointLimits) { l.Speed[0] = 0 },
		"joint 5: Accel +Inf must be positive":       func(l *JointLimits) { l.Accel[4] = math.Inf(1) },
		"5 Min, 5 Max, 4 Speed and 5 Accel":          func(l *JointLimits) { l.Speed = l.Speed[:4] },
		"joint 4: Accel NaN must be positive and fi": func(l *JointLimits) { l.Accel[3] = math.NaN() },
	} {
		l := fiveLimits()
		spoil(&l)
		if _, err := NewFollower(l, make([]float64, 5)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
