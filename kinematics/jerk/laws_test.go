package jerk_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/jerk"
)

// manyCases is how many random cases a test draws: seconds' worth, or a million in a soak.
func manyCases() int {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 1_000_000
	}
	return 30_000
}

// source of numbers for random cases: a generator with a seed, or rapid, which shrinks.
type source func(lo, hi float64) float64

func seeded(seed uint64) source {
	r := rand.New(rand.NewPCG(seed, 4))
	return func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
}

func drawn(t *rapid.T) source {
	return func(lo, hi float64) float64 { return rapid.Float64Range(lo, hi).Draw(t, "x") }
}

// one axis between two states.
type one struct {
	from, to jerk.State
	l        jerk.Limits
}

// wild is a case whose start may be outside its limits; sizes spread over some decades.
func (u source) wild() one {
	size := func() float64 { return math.Pow(10, u(-1.5, 1.5)) }
	c := one{l: jerk.Limits{MaxV: size(), MinV: -size(), MaxA: size(), MinA: -size(), MaxJ: size()}}
	beyond := 1.
	switch kind := u(0, 8); {
	case kind < 1:
		c.l.MinV = 0
	case kind < 3:
		beyond = 1.5
	}
	state := func(beyond float64) jerk.State {
		s := jerk.State{P: u(-5, 5), V: beyond * u(c.l.MinV, c.l.MaxV), A: beyond * u(c.l.MinA, c.l.MaxA)}
		switch kind := u(0, 8); {
		case kind < 1:
			s.V, s.A = 0, 0
		case kind < 2:
			s.A = 0
		case kind < 2.5:
			s.A = c.l.MaxA
		case kind < 3:
			s.V, s.A = c.l.MaxV, 0
		}
		return s
	}
	c.from, c.to = state(beyond), state(1)
	for c.l.CheckTarget(c.to.V, c.to.A) != nil {
		c.to.V, c.to.A = c.to.V/2, c.to.A/2
	}
	return c
}

// easy is a case that starts within its limits and may turn back.
func (u source) easy() one {
	for {
		c := u.wild()
		if c.l.MinV < 0 && c.l.CheckTarget(c.from.V, -c.from.A) == nil && c.l.MaxA >= c.from.A && c.from.A >= c.l.MinA {
			return c
		}
	}
}

func (c one) backwards() one {
	return one{
		from: jerk.State{P: -c.to.P, V: c.to.V, A: -c.to.A},
		to:   jerk.State{P: -c.from.P, V: c.from.V, A: -c.from.A},
		l:    jerk.Limits{MaxV: c.l.MaxV, MinV: c.l.MinV, MaxA: -c.l.MinA, MinA: -c.l.MaxA, MaxJ: c.l.MaxJ},
	}
}

func (c one) mirrored() one {
	m := func(s jerk.State) jerk.State { return jerk.State{P: -s.P, V: -s.V, A: -s.A} }
	return one{m(c.from), m(c.to), jerk.Limits{MaxV: -c.l.MinV, MinV: -c.l.MaxV, MaxA: -c.l.MinA, MinA: -c.l.MaxA, MaxJ: c.l.MaxJ}}
}

// failer is what tests and rapid have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// keepsLaws fails unless a profile starts and ends as asked, is continuous, and keeps the
// limits; those that the start breaks it may not break further.
func keepsLaws(t failer, pr *jerk.Profile, c one) {
	t.Helper()
	l := c.l
	rest := c.from.V + c.from.A*math.Abs(c.from.A)/(2*l.MaxJ)
	l.MaxV, l.MinV = max(l.MaxV, c.from.V, rest), min(l.MinV, c.from.V, rest)
	l.MaxA, l.MinA = max(l.MaxA, c.from.A), min(l.MinA, c.from.A)
	late := 1e-15 * pr.Duration() // the rounding of times
	within := func(what string, x, lo, hi, rate float64) {
		if slack := 1e-12*(hi-lo) + rate*late; !(x >= lo-slack && x <= hi+slack) {
			t.Fatalf("%+v: %s %v is not in [%v, %v]", c, what, x, lo, hi)
		}
	}
	if got := pr.At(0); pr.Duration() > 0 && (got.P != c.from.P || got.V != c.from.V || math.Abs(got.A-c.from.A) > 1e-12*(c.l.MaxA-c.l.MinA)) {
		t.Fatalf("%+v: starts with %+v", c, got)
	}
	if pr.End() != c.to {
		t.Fatalf("%+v: ends with %+v", c, pr.End())
	}
	t0, s, j := pr.Phase(0)
	far := math.Abs(c.from.P) + math.Abs(c.to.P)
	v, a := max(l.MaxV, -l.MinV), max(l.MaxA, -l.MinA)
	for i := range pr.Phases() {
		t1, next, nextJ := pr.Phase(i + 1)
		dt := t1 - t0
		if !(dt > 0) {
			t.Fatalf("%+v: phase %d lasts %v s", c, i, dt)
		}
		within("velocity", s.V, l.MinV, l.MaxV, a)
		within("acceleration", s.A, l.MinA, l.MaxA, l.MaxJ)
		within("jerk", j, -l.MaxJ, l.MaxJ, 0)
		if turn := -s.A / j; turn > 0 && turn < dt {
			within("velocity", s.V+s.A*turn/2, l.MinV, l.MaxV, a)
		}
		end := jerk.State{P: s.P + dt*(s.V+dt*(s.A/2+dt*j/6)), V: s.V + dt*(s.A+dt*j/2), A: s.A + dt*j}
		far = max(far, math.Abs(end.P))
		// Beside rounding of the state, and what a way counts as met within, the rounding of the
		// times moves it by its rates.
		if math.Abs(end.P-next.P) > 1e-11*(1+far)+v*late || math.Abs(end.V-next.V) > 1e-11*(1+v)+a*late || math.Abs(end.A-next.A) > 1e-11*(1+a)+l.MaxJ*late {
			t.Fatalf("%+v: phase %d leads to %+v, but then there is %+v", c, i, end, next)
		}
		t0, s, j = t1, next, nextJ
	}
}

// same tells whether two profiles agree in every bit.
func same(a, b *jerk.Profile) bool {
	if a.Phases() != b.Phases() {
		return false
	}
	for i := range a.Phases() + 1 {
		t1, s1, j1 := a.Phase(i)
		t2, s2, j2 := b.Phase(i)
		if t1 != t2 || s1 != s2 || j1 != j2 {
			return false
		}
	}
	return true
}

// What every plan of one axis must do. It tells whether the case was possible.
func checkPlans(t failer, c one, more float64) bool {
	t.Helper()
	var pr, again, longer jerk.Profile
	if err := pr.Plan(c.from, c.to, &c.l); err != nil {
		if c.l.MinV < 0 && c.l.MaxV > 0 || !errors.Is(err, jerk.ErrTooNear) {
			t.Fatalf("%+v: %v", c, err)
		}
		return false
	}
	keepsLaws(t, &pr, c)
	if err := again.Plan(c.from, c.to, &c.l); err != nil || !same(&again, &pr) {
		t.Fatalf("%+v: planned again, %v, it differs", c, err)
	}
	m := c.mirrored()
	if err := again.Plan(m.from, m.to, &m.l); err != nil || math.Abs(again.Duration()-pr.Duration()) > 1e-9*(1+pr.Duration()) {
		t.Fatalf("%+v: %v s, with the other sign %v s (%v)", c, pr.Duration(), again.Duration(), err)
	}
	least, greatest := pr.Extrema()
	for k := range 20 {
		if p := pr.At(pr.Duration() * float64(k) / 20).P; p < least-1e-9*(1+math.Abs(least)) || p > greatest+1e-9*(1+math.Abs(greatest)) {
			t.Fatalf("%+v: at %v, outside of [%v, %v]", c, p, least, greatest)
		}
	}
	asked := pr.Duration() * more
	duration, err := jerk.NextDuration(c.from, c.to, &c.l, asked)
	if err != nil {
		if c.l.MinV < 0 && c.l.MaxV > 0 || !errors.Is(err, jerk.ErrDuration) {
			t.Fatalf("%+v, %v s: %v", c, asked, err)
		}
		return true
	}
	if err := longer.PlanFor(c.from, c.to, &c.l, duration); err != nil {
		t.Fatalf("%+v, %v s: %v", c, duration, err)
	}
	if d := longer.Duration(); math.Abs(d-duration) > 1e-11*duration {
		t.Fatalf("%+v: lasts %v s, not %v s", c, d, duration)
	}
	keepsLaws(t, &longer, c)
	if duration > asked*(1+1e-9) {
		if err := longer.PlanFor(c.from, c.to, &c.l, asked); !errors.Is(err, jerk.ErrDuration) {
			t.Fatalf("%+v: %v s is possible, and %v s the next longer duration", c, asked, duration)
		}
	}
	return true
}

func TestRandomPlansReachTheirTargetsWithinTheirLimits(t *testing.T) {
	u, possible := seeded(1), 0
	for range manyCases() {
		c := u.wild()
		if checkPlans(t, c, u(1, 1.02)*max(1, u(-3, 3))) {
			possible++
		}
	}
	if possible < manyCases()*8/10 {
		t.Errorf("only %d of %d cases were possible", possible, manyCases())
	}
}

func TestAnyPlanReachesItsTargetWithinItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawn(t)
		checkPlans(t, u.wild(), u(1, 3))
	})
}

func FuzzPlan(f *testing.F) {
	f.Add(0., 0., 0., 1., 0., 0., 1., -1., 1., -1., 1., 5.)
	f.Add(0.0001215, 0.00405, 0.09, 0.1421083333333333, 0.37, 0.5, 1., -1., 0.5, -0.5, 1., 1.)
	f.Add(0., 3., -1., 0.2, 0., 0., 1., 0., 2., -3., 8., 0.5)
	f.Fuzz(func(t *testing.T, p0, v0, a0, p1, v1, a1, maxV, minV, maxA, minA, maxJ, more float64) {
		c := one{jerk.State{P: p0, V: v0, A: a0}, jerk.State{P: p1, V: v1, A: a1}, jerk.Limits{MaxV: maxV, MinV: minV, MaxA: maxA, MinA: minA, MaxJ: maxJ}}
		var pr jerk.Profile
		if err := pr.Plan(c.from, c.to, &c.l); err != nil {
			if pr != (jerk.Profile{}) {
				t.Fatalf("%+v: changed in spite of %v", c, err)
			}
			return
		}
		if !(pr.Duration() >= 0) {
			t.Fatalf("%+v: lasts %v s", c, pr.Duration())
		}
		for _, x := range []float64{p0, v0, a0, p1, v1, a1, maxV, minV, maxA, minA, maxJ} {
			if x = math.Abs(x); x > 1e3 || x != 0 && x < 1e-3 {
				return // the laws are about machines
			}
		}
		if !(more >= 1 && more < 10) {
			more = 2
		}
		checkPlans(t, c, more)
	})
}

func TestAMotionBackwardsInTimeTakesAsLong(t *testing.T) {
	u := seeded(2)
	for range manyCases() {
		c := u.easy()
		b := c.backwards()
		if b.l.CheckTarget(b.to.V, b.to.A) != nil || b.l.CheckTarget(b.from.V, -b.from.A) != nil {
			continue
		}
		var there, back jerk.Profile
		if err := errors.Join(there.Plan(c.from, c.to, &c.l), back.Plan(b.from, b.to, &b.l)); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if d := there.Duration(); math.Abs(d-back.Duration()) > 1e-9*(1+d) {
			t.Fatalf("%+v: %v s, backwards %v s", c, d, back.Duration())
		}
	}
}

func TestAVelocityIsReachedWithinTheLimits(t *testing.T) {
	u := seeded(3)
	for range manyCases() {
		c := u.wild()
		var pr, whole jerk.Profile
		if err := pr.PlanVelocity(c.from, c.to.V, c.to.A, &c.l); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		c.to.P = pr.End().P
		keepsLaws(t, &pr, c)
		// Nothing that has to be at a place as well is quicker.
		if c.l.MinV < 0 && c.l.MaxV > 0 {
			if err := whole.Plan(c.from, jerk.State{P: u(-5, 5), V: c.to.V, A: c.to.A}, &c.l); err != nil || whole.Duration() < pr.Duration()*(1-1e-9) {
				t.Fatalf("%+v: %v s, with a position %v s (%v)", c, pr.Duration(), whole.Duration(), err)
			}
		}
		if c.from.A <= c.l.MaxA && c.from.A >= c.l.MinA {
			time, way := jerk.Ramp(c.from.V, c.from.A, c.to.V, c.to.A, &c.l)
			if got := c.to.P - c.from.P; math.Abs(time-pr.Duration()) > 1e-9*(1+time) || math.Abs(way-got) > 1e-9*(1+math.Abs(way)) {
				t.Fatalf("%+v: %v s over %v m, a ramp of %v s over %v m", c, pr.Duration(), got, time, way)
			}
		}
	}
}
