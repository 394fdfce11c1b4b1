package jerk

import (
	"errors"
	"math"
)

// PlanVelocity plans the quickest change to a velocity and acceleration, wherever that leads:
// to stop, to hold the feed, to jog. Only the limits of acceleration and jerk bound the time;
// a velocity outside its limits is left as soon as they allow. The errors are those of Plan
// but for ErrTooNear; then the profile is as it was before. It does not allocate unless it
// fails.
func (pr *Profile) PlanVelocity(from State, v, a float64, l *Limits) error {
	if err := check(from, State{V: v, A: a}, l); err != nil {
		return err
	}
	pr.changeVelocity(from, v, a, l)
	return nil
}

// PlanStop plans the quickest way to rest.
func (pr *Profile) PlanStop(from State, l *Limits) error { return pr.PlanVelocity(from, 0, 0, l) }

func (pr *Profile) changeVelocity(from State, v, a float64, l *Limits) {
	pr.begin(from)
	wide := *l
	if da := slack * (l.MaxA - l.MinA); from.A > l.MaxA+da {
		pr.add((from.A-l.MaxA)/l.MaxJ, -l.MaxJ, l.MaxA)
	} else if from.A < l.MinA-da {
		pr.add((l.MinA-from.A)/l.MaxJ, l.MaxJ, l.MinA)
	}
	f := &pr.phase[pr.n]
	wide.MaxA, wide.MinA = max(l.MaxA, f.a, a), min(l.MinA, f.a, a)
	pr.ramp(rampTo(f.v, f.a, v, a, &wide), a, l.MaxJ)
	pr.finish(State{pr.phase[pr.n].p, v, a})
}

// Ramp is the time and the way of the quickest change from one velocity and acceleration to
// others, for states within the limits.
func Ramp(v0, a0, v1, a1 float64, l *Limits) (time, way float64) {
	return rampLength(v0, a0, v1, a1, l)
}

// ErrSpeed is a way on which the acceleration cannot be brought to 0.
var ErrSpeed = errors.New("jerk: the way is too short to bring the acceleration to 0")

// ExitSpeed is the greatest velocity that an axis can have, without acceleration, at the end
// of a way of some length, when it starts with velocity v and acceleration a and does not slow
// down first. It is for motion along a path: v is not negative, and the axis does not turn
// back. ErrSpeed is returned, with the velocity that the axis would have a little later, when
// the way ends before a can be 0. ExitSpeed does not allocate.
//
// A pass of look-ahead that goes forward over the segments of a path takes the smaller of this
// and the speed that the next segment allows; EntrySpeed serves the pass that goes backward.
// Between two such speeds Plan always finds a motion of that length.
func ExitSpeed(v, a, length float64, l *Limits) (float64, error) {
	return reach(v, a, length, l.MaxV, l.MaxA, l.MaxJ)
}

// EntrySpeed is the greatest velocity that an axis may have, without acceleration, at the
// start of a way of some length, to have velocity v and acceleration a at its end.
func EntrySpeed(v, a, length float64, l *Limits) (float64, error) {
	return reach(v, -a, length, l.MaxV, -l.MinA, l.MaxJ)
}

// reach finds the peak p of the ramp from v and a to the velocity V without acceleration:
// with the start prolonged to where the acceleration is 0, at v0, V = v0 + p^2/j, and the way
// is (v0 + V) p/j; beyond the greatest acceleration A it is (v0 + V)/2 ((V - v0)/A + A/j).
func reach(v, a, length, most, A, j float64) (float64, error) {
	t := a / j
	v0 := v - a*t/2
	way := length + t*(v-a*t*(1./3))
	floor := max(a, 0)
	if (2*v0+floor*floor/j)*floor/j > way*(1+1e-13) {
		return v0 + floor*floor/j, ErrSpeed
	}
	if corner := A * A / j; (2*v0+corner)*A/j < way {
		// (V^2 - v0^2)/A + (V + v0) A/j = 2 way
		h := corner / 2
		return min(most, max(0, math.Sqrt(max(0, (v0-h)*(v0-h)+2*A*way))-h)*less), nil
	}
	// p^3 + 2 j v0 p = j^2 way, in which the left grows from the floor on, ever steeper.
	c, q := 2*j*v0, j*j*way
	lo, hi := floor, A
	p := hi
	if c >= 0 {
		p = min(hi, math.Cbrt(q))
	}
	for range 100 {
		f := p*(p*p+c) - q
		if f >= 0 {
			hi = p
		} else {
			lo = p
		}
		step := f / (3*p*p + c)
		if math.Abs(step) <= 1e-9*p {
			p -= step
			break
		}
		next := p - step
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
			if next <= lo || next >= hi {
				break
			}
		}
		p = next
	}
	return min(most, (v0+p*p/j)*less), nil
}

// less leaves room for rounding, so that the way is long enough for what is planned on it.
const less = 1 - 4e-16
