package jerk_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics/jerk"
)

// move of n axes, which all can turn back.
func (u source) move(n int) (m jerk.Move, axes []one) {
	for range n {
		c := u.easy()
		axes = append(axes, c)
		m.From, m.To, m.Limits = append(m.From, c.from), append(m.To, c.to), append(m.Limits, c.l)
	}
	return m, axes
}

func TestAxesArriveTogetherAsSoonAsTheyCan(t *testing.T) {
	u := seeded(10)
	later := 0
	var tr jerk.Trajectory
	for range manyCases() / 10 {
		m, axes := u.move(1 + int(u(0, 5)))
		if err := tr.Plan(m); err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		d, slowest := tr.Duration(), 0.
		for i, c := range axes {
			pr := tr.Axis(i)
			keepsLaws(t, pr, c)
			if math.Abs(pr.Duration()-d) > 1e-11*d {
				t.Fatalf("%+v: axis %d arrives after %v s, others after %v s", m, i, pr.Duration(), d)
			}
			least, err := jerk.NextDuration(c.from, c.to, &c.l, 0)
			if err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, least)
		}
		if slowest > d*(1+1e-12) {
			t.Fatalf("%+v: %v s, one axis alone %v s", m, d, slowest)
		}
		if d > slowest*(1+1e-6) {
			// Then a little less is not possible for one of them.
			later++
			possible := true
			for _, c := range axes {
				next, err := jerk.NextDuration(c.from, c.to, &c.l, d*(1-1e-7))
				possible = possible && err == nil && next < d*(1-1e-8)
			}
			if possible {
				t.Fatalf("%+v: %v s, but a little less is possible", m, d)
			}
		}
	}
	if later < manyCases()/2000 {
		t.Errorf("only %d moves had to wait for a duration that all axes can have", later)
	}
}

func TestAMoveLastsAsLongAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := drawn(t)
		m, axes := u.move(1 + int(u(0, 4)))
		m.Duration = u(0, 100)
		var tr jerk.Trajectory
		if err := tr.Plan(m); err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		if tr.Duration() < m.Duration*(1-1e-12) {
			t.Fatalf("%+v: %v s", m, tr.Duration())
		}
		for i, c := range axes {
			keepsLaws(t, tr.Axis(i), c)
		}
	})
}

func TestWithoutSyncEachAxisIsAsQuickAsAlone(t *testing.T) {
	u := seeded(11)
	var tr jerk.Trajectory
	var alone jerk.Profile
	for range manyCases() / 30 {
		m, axes := u.move(3)
		m.Sync = jerk.SyncNone
		if err := tr.Plan(m); err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		for i, c := range axes {
			if err := alone.Plan(c.from, c.to, &c.l); err != nil || !same(&alone, tr.Axis(i)) {
				t.Fatalf("%+v: axis %d differs from the same alone (%v)", m, i, err)
			}
		}
	}
}

// straightMove of three axes, with states along its direction.
func (u source) straightMove() (m jerk.Move, dir [3]float64) {
	dir = [3]float64{u(-1, 1), u(-1, 1), u(-1, 1)}
	along, v0, v1, a0 := u(0.1, 5), u(0, 1), u(0, 0.5), u(-1, 1)
	for _, x := range dir {
		l := jerk.Symmetric(u(1, 3), u(1, 8), u(8, 80))
		start := u(-5, 5)
		m.Limits = append(m.Limits, l)
		m.From = append(m.From, jerk.State{P: start, V: x * v0, A: x * a0})
		m.To = append(m.To, jerk.State{P: start + x*along, V: x * v1})
	}
	m.Sync = jerk.SyncPhase
	return m, dir
}

func checkStraight(t *testing.T, tr *jerk.Trajectory, m jerk.Move, dir [3]float64) {
	t.Helper()
	if !tr.Straight() {
		t.Fatalf("%+v: not straight", m)
	}
	var p, v, a [3]float64
	for k := range 50 {
		tr.At(tr.Duration()*float64(k)/49, p[:], v[:], a[:])
		for i := range p {
			j := (i + 1) % 3
			if off := (p[i]-m.From[i].P)*dir[j] - (p[j]-m.From[j].P)*dir[i]; math.Abs(off) > 1e-12 {
				t.Fatalf("%+v: %v beside the line", m, off)
			}
			l := m.Limits[i]
			if math.Abs(v[i]) > l.MaxV*(1+1e-12) || math.Abs(a[i]) > l.MaxA*(1+1e-12) || math.Abs(tr.Axis(i).Jerk(0)) > l.MaxJ*(1+1e-12) {
				t.Fatalf("%+v: axis %d breaks a limit: %v, %v", m, i, v[i], a[i])
			}
		}
	}
}

func TestInPhaseAxesStayOnTheStraightLine(t *testing.T) {
	u := seeded(12)
	var tr, stop, free jerk.Trajectory
	states := make([]jerk.State, 3)
	for range manyCases() / 100 {
		m, dir := u.straightMove()
		if err := tr.Plan(m); err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		checkStraight(t, &tr, m, dir)
		m.Sync = jerk.SyncTime
		if err := free.Plan(m); err != nil || free.Duration() > tr.Duration()*(1+1e-9) {
			t.Fatalf("%+v: %v s, not on the line %v s (%v)", m, tr.Duration(), free.Duration(), err)
		}
		// A stop anywhere, and what follows, stay on it.
		m.Sync = jerk.SyncPhase
		tr.States(u(0, tr.Duration()), states)
		if err := stop.Stop(states, m.Limits, jerk.SyncPhase); err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		held := m
		held.From = append([]jerk.State(nil), m.From...)
		checkStraight(t, &stop, held, dir)
		stop.States(stop.Duration(), states)
		held.From = states
		if err := tr.Plan(held); err != nil {
			t.Fatalf("%+v: %v", held, err)
		}
		checkStraight(t, &tr, m, dir)
		m.Duration = 2 * tr.Duration()
		if err := tr.Plan(m); err != nil || math.Abs(tr.Duration()-m.Duration) > 1e-9*m.Duration && tr.Duration() < m.Duration {
			t.Fatalf("%+v: %v s (%v)", m, tr.Duration(), err)
		}
		checkStraight(t, &tr, m, dir)
	}
}

func TestStatesThatAreOnNoLineArriveTogether(t *testing.T) {
	l := jerk.Symmetric(1, 5, 50)
	m := jerk.Move{
		From:   []jerk.State{{V: 0.5}, {}},
		To:     []jerk.State{{P: 1}, {P: 1}},
		Limits: []jerk.Limits{l, l},
		Sync:   jerk.SyncPhase,
	}
	var tr jerk.Trajectory
	if err := tr.Plan(m); err != nil || tr.Straight() || tr.Axis(0).Duration() != tr.Axis(1).Duration() && math.Abs(tr.Axis(0).Duration()-tr.Axis(1).Duration()) > 1e-12 {
		t.Errorf("straight %v, %v s and %v s (%v)", tr.Straight(), tr.Axis(0).Duration(), tr.Axis(1).Duration(), err)
	}
}

func TestAtAgreesWithTheAxes(t *testing.T) {
	u := seeded(13)
	m, _ := u.move(jerk.MaxAxes)
	var tr jerk.Trajectory
	if err := tr.Plan(m); err != nil {
		t.Fatal(err)
	}
	p, v, a := make([]float64, jerk.MaxAxes), make([]float64, jerk.MaxAxes), make([]float64, jerk.MaxAxes)
	for range 1000 {
		at := u(-0.1, 1.1) * tr.Duration()
		tr.At(at, p, v, a)
		for i := range p {
			if s := tr.Axis(i).At(at); s != (jerk.State{P: p[i], V: v[i], A: a[i]}) {
				t.Fatalf("axis %d at %v s: %v %v %v, not %+v", i, at, p[i], v[i], a[i], s)
			}
		}
	}
}

func TestWhatIsWrongWithAMoveIsSaid(t *testing.T) {
	l := jerk.Symmetric(1, 2, 10)
	path := jerk.Limits{MaxV: 1, MaxA: 2, MinA: -2, MaxJ: 10}
	ok := jerk.State{P: 1}
	for _, c := range []struct {
		from, to jerk.State
		l        jerk.Limits
		is       error
		says     string
	}{
		{jerk.State{}, jerk.State{P: 1, V: 2}, l, jerk.ErrTarget, "velocity 2 is not in [-1, 1]"},
		{jerk.State{}, jerk.State{P: 1, A: -3}, l, jerk.ErrTarget, "acceleration -3 is not in [-2, 2]"},
		{jerk.State{}, jerk.State{P: 1, V: 0.9, A: -2}, l, jerk.ErrTarget, "can only follow a velocity of 1.1"},
		{jerk.State{}, jerk.State{P: math.NaN()}, l, jerk.ErrTarget, "NaN"},
		{jerk.State{V: math.Inf(1)}, ok, l, jerk.ErrStart, "velocity +Inf"},
		{jerk.State{}, ok, jerk.Limits{}, jerk.ErrLimits, "MaxJ is 0"},
		{jerk.State{}, ok, jerk.Limits{MaxJ: 1}, jerk.ErrLimits, "MaxA is 0"},
		{jerk.State{}, ok, jerk.Limits{MaxJ: 1, MaxA: 1, MinA: 1}, jerk.ErrLimits, "MinA is 1"},
		{jerk.State{}, ok, jerk.Limits{MaxJ: 1, MaxA: 1, MinA: -1, MinV: 1}, jerk.ErrLimits, "MinV is 1"},
		{jerk.State{}, ok, jerk.Limits{MaxJ: 1, MaxA: 1, MinA: -1}, jerk.ErrLimits, "are both 0"},
		{jerk.State{V: 1}, jerk.State{P: 0.1}, path, jerk.ErrTooNear, "from 0 with velocity 1"},
		{jerk.State{P: 1}, jerk.State{}, path, jerk.ErrTooNear, "too near to slow down"},
	} {
		m := jerk.Move{From: []jerk.State{{}, c.from}, To: []jerk.State{ok, c.to}, Limits: []jerk.Limits{l, c.l}}
		var tr jerk.Trajectory
		if err := tr.Plan(jerk.Move{From: m.From[:1], To: m.To[:1], Limits: m.Limits[:1]}); err != nil {
			t.Fatal(err)
		}
		before := tr.Duration()
		err := tr.Plan(m)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "axis 2: jerk: ") {
			t.Errorf("%+v: %v", c, err)
		}
		if tr.Axes() != 1 || tr.Duration() != before {
			t.Errorf("%+v: changed the trajectory", c)
		}
	}
	var tr jerk.Trajectory
	if err := tr.Plan(jerk.Move{From: make([]jerk.State, 17)}); err == nil || !strings.Contains(err.Error(), "17 axes") {
		t.Error(err)
	}
	if err := tr.Plan(jerk.Move{From: make([]jerk.State, 2), To: make([]jerk.State, 1)}); err == nil || !strings.Contains(err.Error(), "1 targets") {
		t.Error(err)
	}
	if err := tr.Plan(jerk.Move{Duration: math.NaN()}); !errors.Is(err, jerk.ErrDuration) {
		t.Error(err)
	}
}

func TestPlansAndEvaluationsDoNotAllocate(t *testing.T) {
	u := seeded(14)
	m, axes := u.move(5)
	straight, _ := u.straightMove()
	var tr jerk.Trajectory
	var pr jerk.Profile
	var p, v, a [5]float64
	var states [5]jerk.State
	c := axes[0]
	for name, work := range map[string]func() error{
		"Plan": func() error { return pr.Plan(c.from, c.to, &c.l) },
		"PlanFor": func() error {
			d, err := jerk.NextDuration(c.from, c.to, &c.l, 50)
			return errors.Join(err, pr.PlanFor(c.from, c.to, &c.l, d))
		},
		"PlanStop":            func() error { return pr.PlanStop(c.from, &c.l) },
		"Trajectory":          func() error { return tr.Plan(m) },
		"Trajectory in phase": func() error { return tr.Plan(straight) },
		"Stop":                func() error { return tr.Stop(m.From, m.Limits, jerk.SyncPhase) },
		"At": func() error {
			tr.At(0.1, p[:], v[:], a[:])
			tr.States(0.1, states[:])
			pr.Extrema()
			return nil
		},
		"ExitSpeed": func() error { _, err := jerk.ExitSpeed(0.1, 0, 1, &c.l); return err },
	} {
		if name == "At" {
			if err := tr.Plan(m); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(100, func() {
			if err := work(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
