package jerk_test

import (
	"errors"
	"math"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

// A program runs along a path while an operator plays with hold, resume and override. Every
// new plan starts from the state at that moment.
func TestHoldResumeAndOverrideAtAnyMomentBreakNoLimit(t *testing.T) {
	u := seeded(20)
	const length = 3.
	for range manyCases() / 100 {
		full := jerk.Limits{MaxV: u(0.1, 2), MaxA: u(0.2, 5), MinA: -u(0.2, 5), MaxJ: u(2, 200)}
		var pr jerk.Profile
		s := jerk.State{}
		end := jerk.State{P: length}
		at := func(event string, plan func(l *jerk.Limits) error, l jerk.Limits) {
			old, before := pr, s
			if err := plan(&l); err != nil {
				t.Fatalf("%s at %+v within %+v: %v", event, s, l, err)
			}
			got := pr.At(0)
			if math.Abs(got.P-before.P) > 1e-12 || math.Abs(got.V-before.V) > 1e-12*(1+l.MaxV) || math.Abs(got.A-before.A) > 1e-12*(1+l.MaxA) {
				t.Fatalf("%s: jumps from %+v to %+v (%v s before)", event, before, got, old.Duration())
			}
			to := pr.End()
			keepsLaws(t, &pr, one{s, to, l})
			if least, greatest := pr.Extrema(); least < s.P-1e-9 || greatest > length+1e-9 {
				t.Fatalf("%s at %+v within %+v: turns back to %v, or goes on to %v", event, s, l, least, greatest)
			}
		}
		l := full
		held := false
		resume := func(l *jerk.Limits) error { return pr.Plan(s, end, l) }
		at("start", resume, l)
		for range 30 {
			s = pr.At(u(0, 1) * u(0, 1) * pr.Duration())
			switch kind := u(0, 3); {
			case kind < 1:
				held = true
				at("hold", func(l *jerk.Limits) error { return pr.PlanStop(s, l) }, full)
			case kind < 2:
				held = false
				at("resume", resume, l)
			default:
				l.MaxV = full.MaxV * u(0.02, 1)
				if !held {
					at("override", resume, l)
				}
			}
		}
		s = pr.At(pr.Duration())
		at("resume", resume, full)
		if s = pr.At(pr.Duration()); s != end {
			t.Fatalf("ends at %+v", s)
		}
	}
}

func TestAMotionThatIsPlannedAgainOnItsWayTakesNoLonger(t *testing.T) {
	u := seeded(21)
	for range manyCases() / 3 {
		c := u.easy()
		c.to.A = 0 // with an acceleration at the end, rounding may cost the first chance
		if c.l.CheckTarget(c.to.V, 0) != nil {
			continue
		}
		var pr, again jerk.Profile
		if err := pr.Plan(c.from, c.to, &c.l); err != nil {
			t.Fatal(err)
		}
		at := u(0, 1) * pr.Duration()
		s := pr.At(at)
		if err := again.Plan(s, c.to, &c.l); err != nil {
			t.Fatalf("%+v at %v s: %v", c, at, err)
		}
		if left := pr.Duration() - at; again.Duration() > left+1e-4*(1+pr.Duration()) || again.Duration() < left-1e-4*(1+pr.Duration()) {
			t.Fatalf("%+v: %v s are left at %v s, planned again %v s", c, left, at, again.Duration())
		}
	}
}

func TestExitSpeedIsTheGreatestThatAPlanReaches(t *testing.T) {
	u := seeded(22)
	short, capped := 0, 0
	for range manyCases() {
		l := jerk.Limits{MaxV: u(0.1, 2), MaxA: u(0.2, 5), MinA: -u(0.2, 5), MaxJ: u(2, 200)}
		v, a := u(0, 1)*l.MaxV, u(-1, 1)*u(l.MinA, l.MaxA)
		for rest := v + a*math.Abs(a)/(2*l.MaxJ); rest < 0 || rest > l.MaxV || a > l.MaxA || a < l.MinA; rest = v + a*math.Abs(a)/(2*l.MaxJ) {
			a /= 2
		}
		length := math.Pow(10, u(-5, 1))
		exit, err := jerk.ExitSpeed(v, a, length, &l)
		var pr jerk.Profile
		from := jerk.State{V: v, A: a}
		if err != nil {
			short++
			if !errors.Is(err, jerk.ErrSpeed) {
				t.Fatal(err)
			}
			if _, way := jerk.Ramp(v, a, exit, 0, &l); way <= length*(1+1e-12) || exit < 0 {
				t.Fatalf("%+v over %v: to %v after %v already", from, length, exit, way)
			}
			continue
		}
		if exit > l.MaxV || exit < 0 {
			t.Fatalf("%+v over %v within %+v: %v", from, length, l, exit)
		}
		if err := pr.Plan(from, jerk.State{P: length, V: exit}, &l); err != nil {
			t.Fatalf("%+v over %v to %v: %v", from, length, exit, err)
		}
		if exit < l.MaxV {
			time, way := jerk.Ramp(v, a, exit, 0, &l)
			if way > length*(1+1e-12) || math.Abs(time-pr.Duration()) > 1e-6*(1+time) {
				t.Fatalf("%+v over %v within %+v: %v is reached after %v", from, length, l, exit, way)
			}
			if _, further := jerk.Ramp(v, a, exit*(1+1e-9), 0, &l); further <= length {
				t.Fatalf("%+v over %v within %+v: more than %v is possible", from, length, l, exit)
			}
		} else {
			capped++
		}
		// The same backwards in time.
		back := jerk.Limits{MaxV: l.MaxV, MaxA: -l.MinA, MinA: -l.MaxA, MaxJ: l.MaxJ}
		if entry, err := jerk.EntrySpeed(v, -a, length, &back); err != nil || entry != exit {
			t.Fatalf("exit at %v, entry at %v (%v)", exit, entry, err)
		}
	}
	if short < 10 || capped < 10 {
		t.Errorf("%d too short, %d at the limit", short, capped)
	}
}
