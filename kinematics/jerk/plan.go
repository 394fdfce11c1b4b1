package jerk

import (
	"fmt"
	"math"
)

// problem is one axis between two states within its limits: what the plans of single axes and
// of several have in common.
type problem struct {
	from, to State
	l        Limits // widened by rounding
	way      float64
	up, down extremal // of the greatest and of the least distance
	hasDown  bool
}

// member of one of the two families of a problem.
type member struct {
	down  bool
	piece piece
	x     float64
	time  float64 // s; its prolonged duration, with more digits than follow from x
}

func (q *problem) set(from, to State, l *Limits) {
	q.from, q.to, q.l = from, to, *l
	q.l.admit(from.V, from.A, true)
	q.l.admit(to.V, to.A, false)
	q.way = to.P - from.P
	q.up.blur = 4e-16 * (math.Abs(to.P) + math.Abs(from.P))
	q.down.blur = q.up.blur
	q.hasDown = false
	q.up.set(from.V, from.A, to.V, to.A, &q.l)
}

// family with the greatest distance, or with the least, as the greatest with the other sign.
func (q *problem) family(down bool) *extremal {
	if !down {
		return &q.up
	}
	if !q.hasDown {
		l := q.l.mirror()
		q.down.set(-q.from.V, -q.from.A, -q.to.V, -q.to.A, &l)
		q.hasDown = true
	}
	return &q.down
}

// member that covers the way.
func (q *problem) member(down bool, p piece, x float64) member {
	e, way := q.family(down), q.way
	if down {
		way = -way
	}
	t, d := e.at(p, x)
	return member{down, p, x, t + e.more(p, x, way-(d+e.way))}
}

// duration of a member.
func (q *problem) duration(m member) float64 { return max(0, m.time+q.family(m.down).time) }

// least is the member of least duration. All distances between the least and the greatest of
// a duration are possible, because a mean of two motions within the limits is within them.
// At the least duration for the change of velocity both are the same. So the first duration
// is one at which the greatest distance comes up to the way, when it was less, or the least
// down to it.
func (q *problem) least() (member, bool) {
	for beyond := false; ; beyond = true {
		e, way := &q.up, q.way
		p, x := e.start(beyond)
		t, w := e.at(p, x)
		w += e.way
		if miss := math.Abs(way - w); miss <= e.tolerance(t, way) || miss <= 1e-9*math.Abs(way) && miss <= q.blur(beyond) {
			// The quickest change of velocity leads there. A way that differs by rounding from
			// the one on that may take much longer.
			return q.member(false, p, x), true
		}
		down := way < w
		if down {
			e, way = q.family(true), -way
			p, x = e.start(beyond)
		}
		last := cruise
		if e.lens && !beyond {
			last = freeBefore
		}
		if p, x, ok := e.rise(p, x, way, last); ok {
			return q.member(down, p, x), true
		}
		if last == cruise {
			return member{}, false
		}
	}
}

// blur is how far the rounding of the velocities lets the quickest change from one to the other
// lead, or the quickest one beyond the gap: it changes the duration by as much as the peak of
// acceleration takes to make it up.
func (q *problem) blur(beyond bool) float64 {
	if beyond {
		return q.up.rounding / q.up.gamma
	}
	r := rampTo(q.from.V, q.from.A, q.to.V, q.to.A, &q.l)
	return q.up.rounding / math.Abs(r.peak)
}

// next is the least possible duration that is at least t, and not less than the least of all.
// The way may be missed by some tolerances: by 1, unless it is asked whether a duration that
// was found in this way, and rounded since, is one.
func (q *problem) next(t, tolerances float64) (float64, bool) {
	up, down := q.family(false), q.family(true)
	for range 32 {
		if end, ok := up.gap(t); ok {
			// No motion of this duration changes the velocity as asked.
			t = end
			continue
		}
		pu, xu := up.seek(t)
		pd, xd := down.seek(t)
		tu, most := up.at(pu, xu)
		_, least := down.at(pd, xd)
		e, p, x, way := up, pu, xu, q.way
		tolerance := tolerances * up.tolerance(tu, q.way)
		switch {
		case q.way-(most+up.way) > tolerance:
		case -q.way-(least+down.way) > tolerance:
			e, p, x, way = down, pd, xd, -q.way
		default:
			return t, true
		}
		last := cruise
		if e.lens && p <= freeBefore {
			last = freeBefore
		}
		p, x, ok := e.rise(p, x, way, last)
		if !ok {
			if last == cruise {
				return 0, false
			}
			p, x = e.start(true)
		}
		later, _ := e.at(p, x)
		t = max(t, later+e.time)
	}
	return t, true
}

// emit adds the phases of a member.
func (pr *Profile) emit(q *problem, m member) {
	e := q.family(m.down)
	s := e.member(m.piece, m.x, m.time)
	var legs [7]leg
	for _, g := range legs[:s.legs(&legs, q, m.down)] {
		pr.add(g.dt, g.j, g.a)
	}
}

// leg is a phase to be: how long, which jerk, and the acceleration at its end.
type leg struct {
	dt, j, a float64
}

// legs of a shape with both ends.
func (s *shape) legs(out *[7]leg, q *problem, down bool) int {
	j, a, b := q.l.MaxJ, s.a, -s.b
	if down {
		j, a, b = -j, -a, -b
	}
	n := 0
	add := func(dt, j, a float64) {
		if dt > 0 {
			out[n] = leg{dt, j, a}
			n++
		}
	}
	add((a-q.from.A)/j, j, a)
	add(s.holdA, 0, a)
	if s.cruise > 0 {
		add(a/j, -j, 0)
		add(s.cruise, 0, 0)
		add(-b/j, -j, b)
	} else {
		add((a-b)/j, -j, b)
	}
	add(s.holdB, 0, b)
	add((q.to.A-b)/j, j, q.to.A)
	return n
}

// check what a plan is asked for.
func check(from, to State, l *Limits) error {
	if err := l.Check(); err != nil {
		return err
	}
	if !from.finite() {
		return fmt.Errorf("jerk: %w: position %v, velocity %v, acceleration %v", ErrStart, from.P, from.V, from.A)
	}
	if math.IsNaN(to.P - to.P) {
		return fmt.Errorf("jerk: %w: position %v is not finite", ErrTarget, to.P)
	}
	return l.CheckTarget(to.V, to.A)
}

func tooNear(from, to State) error {
	return fmt.Errorf("jerk: %w: from %v with velocity %v and acceleration %v to %v with velocity %v and acceleration %v",
		ErrTooNear, from.P, from.V, from.A, to.P, to.V, to.A)
}

// Plan the motion of least duration from one state to another. The start may be outside the
// limits of velocity and acceleration: the axis first comes back within them, as hard as they
// allow. The error wraps ErrLimits, ErrStart, ErrTarget or ErrTooNear; then the profile is as
// it was before. Plan does not allocate unless it fails.
func (pr *Profile) Plan(from, to State, l *Limits) error {
	if err := check(from, to, l); err != nil {
		return err
	}
	var q problem
	var head Profile
	q.set(head.brake(from, l), to, l)
	m, ok := q.least()
	if !ok {
		return tooNear(from, to)
	}
	pr.take(&head)
	pr.emit(&q, m)
	pr.finish(to)
	return nil
}

// take the phases of another profile; most often there are none.
func (pr *Profile) take(head *Profile) {
	pr.n = head.n
	for i := range head.n + 1 {
		pr.start[i], pr.phase[i] = head.start[i], head.phase[i]
	}
	copy(pr.lasts[:], head.lasts[:head.n])
}

// PlanFor plans a motion of a given duration, for an axis that has to arrive together with
// others. Velocity is kept at a constant value between its two changes where the duration
// leaves the time for it, and else is a mean of the motions with the least and with the
// greatest distance. Not every duration above the least is possible: with a velocity at the
// end, an axis that has missed the first chance may have to take a run-up. The error wraps
// ErrDuration then, and otherwise the errors of Plan; then the profile is as it was before.
func (pr *Profile) PlanFor(from, to State, l *Limits, duration float64) error {
	if err := check(from, to, l); err != nil {
		return err
	}
	var q problem
	var head Profile
	q.set(head.brake(from, l), to, l)
	m, ok := q.least()
	if !ok {
		return tooNear(from, to)
	}
	before := head.Duration()
	rest := duration - before
	least := q.duration(m)
	if !(rest >= least-durationSlack*duration) || math.IsInf(duration, 1) {
		return fmt.Errorf("jerk: %w: %v s; the least is %v s", ErrDuration, duration, before+least)
	}
	c, ok := q.cruiseFor(rest, m, least)
	if !ok {
		next, ok := q.next(rest, 4)
		if !ok {
			return fmt.Errorf("jerk: %w: %v s; none longer is possible", ErrDuration, duration)
		}
		if next > rest+durationSlack*duration {
			return fmt.Errorf("jerk: %w: %v s; the next longer one is %v s", ErrDuration, duration, before+next)
		}
	}
	pr.take(&head)
	pr.fill(&q, c, rest)
	pr.finish(to)
	return nil
}

// durationSlack is the relative rounding that durations are compared with.
const durationSlack = 1e-13

// NextDuration is the least duration for PlanFor that is at least the given one; so it is that
// of Plan for 0. The errors are those of Plan, and ErrDuration when no duration is long enough.
func NextDuration(from, to State, l *Limits, duration float64) (float64, error) {
	if err := check(from, to, l); err != nil {
		return 0, err
	}
	if !(duration >= 0 && duration <= math.MaxFloat64) {
		return 0, fmt.Errorf("jerk: %w: %v s", ErrDuration, duration)
	}
	var q problem
	var head Profile
	q.set(head.brake(from, l), to, l)
	m, ok := q.least()
	if !ok {
		return 0, tooNear(from, to)
	}
	before := head.Duration()
	least := q.duration(m)
	if duration <= before+least {
		return before + least, nil
	}
	next, ok := q.next(duration-before, 1)
	if !ok {
		return 0, fmt.Errorf("jerk: %w: none of %v s or longer is possible", ErrDuration, duration)
	}
	return max(duration, before+next), nil
}
