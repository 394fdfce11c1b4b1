package jerk

import "math"

// choice is how an axis fills a duration: with the member of least duration, with a constant
// velocity between two ramps, or as a mean of two members.
type choice struct {
	kind     choiceKind
	member   member
	velocity float64
}

type choiceKind uint8

const (
	mean choiceKind = iota
	quickest
	steady
)

// side of a motion with a constant velocity: the ramp before it, or the one after.
type side struct {
	rest           float64 // the velocity to which easing off leads
	over, under    float64 // the prolonged end for ramps from above and from below it
	timeO, timeU   float64 // real less prolonged time
	wayO, wayU     float64
	limitO, limitU float64
	j              float64
}

// set for the start, with a sign of 1, or for the end, with -1: the end is a start backwards
// in time, when the acceleration has the other sign.
func (s *side) set(v, a, sign float64, l *Limits) {
	if sign > 0 {
		s.limitU, s.limitO = l.MaxA, -l.MinA
	} else {
		s.limitU, s.limitO = -l.MinA, l.MaxA
	}
	a *= sign
	s.j = l.MaxJ
	half := a * a / (2 * s.j)
	s.rest = v + math.Copysign(half, a)
	t := a / s.j
	s.under, s.timeU, s.wayU = v-half, -t, -t*(v-a*t*(1./3))
	s.over, s.timeO, s.wayO = v+half, t, t*(v+a*t*(1./3))
}

// to gives time, way and greatest acceleration of the ramp between the end and a velocity.
func (s *side) to(c float64) (time, way, peak float64) {
	end, limit := s.under, s.limitU
	x := c - end
	time, way = s.timeU, s.wayU
	if c < s.rest {
		end, limit = s.over, s.limitO
		x = end - c
		time, way = s.timeO, s.wayO
	}
	x = max(x, 0)
	var t float64
	if s.j*x <= limit*limit {
		peak = math.Sqrt(s.j * x)
		t = 2 * peak / s.j
	} else {
		peak = limit
		t = x/limit + limit/s.j
	}
	return time + t, way + (c+end)*0.5*t, peak
}

// cruiseFor chooses how to fill a duration that is at least the least one. It finds the
// velocity that, kept constant between a ramp from the start and one to the end, covers the
// way in the time. While there is time for it, the way grows with that velocity, by the time
// at it and half the time that each ramp's peak stands for. It may say false although the
// duration is possible, when nothing but a mean has it.
func (q *problem) cruiseFor(t float64, m member, least float64) (choice, bool) {
	if t <= least+durationSlack*t {
		return choice{kind: quickest, member: m}, true
	}
	var s0, s1 side
	s0.set(q.from.V, q.from.A, 1, &q.l)
	s1.set(q.to.V, q.to.A, -1, &q.l)
	for _, c := range [3]float64{q.way / t, s0.rest, s1.rest} {
		if c, ok := q.steady(&s0, &s1, c, t); ok {
			return choice{kind: steady, velocity: c}, true
		}
	}
	return choice{kind: mean}, false
}

// steady refines a velocity by Newton's method within the limits.
func (q *problem) steady(s0, s1 *side, c, t float64) (float64, bool) {
	lo, hi := q.l.MinV, q.l.MaxV
	c = min(max(c, lo), hi)
	for range 40 {
		t0, d0, p0 := s0.to(c)
		t1, d1, p1 := s1.to(c)
		rest := t - t0 - t1
		miss := d0 + d1 + c*rest - q.way
		slope := rest + (p0+p1)/(2*q.l.MaxJ)
		if !(slope > 0) {
			return 0, false
		}
		if miss >= 0 {
			hi = c
		} else {
			lo = c
		}
		step := miss / slope
		next := c - step
		if math.Abs(step) <= 1e-16*math.Abs(c) || math.Abs(miss) <= 1e-15*(math.Abs(d0)+math.Abs(d1)+math.Abs(c*rest)) {
			return c, rest >= 0
		}
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
			if next <= lo || next >= hi {
				return 0, false
			}
		}
		c = next
	}
	return 0, false
}

// fill adds the phases of a choice for the duration t.
func (pr *Profile) fill(q *problem, c choice, t float64) {
	switch c.kind {
	case quickest:
		pr.emit(q, c.member)
	case steady:
		r0 := rampTo(q.from.V, q.from.A, c.velocity, 0, &q.l)
		r1 := rampTo(c.velocity, 0, q.to.V, q.to.A, &q.l)
		pr.ramp(r0, 0, q.l.MaxJ)
		pr.add(t-r0.time(q.from.A, 0, q.l.MaxJ)-r1.time(0, q.to.A, q.l.MaxJ), 0, 0)
		pr.ramp(r1, q.to.A, q.l.MaxJ)
	default:
		pr.blend(q, t)
	}
}

// blend adds the mean of the motions of greatest and of least distance of a duration that
// covers the way. As both keep the limits, and have the same ends, it does.
func (pr *Profile) blend(q *problem, t float64) {
	var legs [2][7]leg
	var ends [2][7]instant
	var n [2]int
	var way [2]float64
	for i := range legs {
		e := q.family(i == 1)
		p, x := e.seek(t)
		s := e.member(p, x, t-e.time)
		n[i] = s.legs(&legs[i], q, i == 1)
		fit(legs[i][:n[i]], &ends[i], t)
		f := phase{v: q.from.V, a: q.from.A}
		for _, g := range legs[i][:n[i]] {
			f.j = g.j
			f.p, f.v, _ = f.at(g.dt)
			f.a = g.a
		}
		way[i] = f.p
	}
	most, least := way[0], way[1]
	part := 0.5 // of the greatest
	if most > least {
		part = min(max((q.way-least)/(most-least), 0), 1)
	}
	// Now walk through both, from each change of jerk to the next.
	var now instant
	var i [2]int
	from := [2]float64{q.from.A, q.from.A}
	for i[0] < n[0] && i[1] < n[1] {
		var j [2]float64
		next := [2]instant{ends[0][i[0]], ends[1][i[1]]}
		rest := [2]float64{now.until(next[0], t), now.until(next[1], t)}
		dt := min(rest[0], rest[1])
		for k := range j {
			g := &legs[k][i[k]]
			j[k] = g.j
			if rest[k] == dt {
				from[k] = g.a
				i[k]++
				now = next[k]
			} else {
				from[k] += g.j * dt
			}
		}
		pr.add(dt, part*j[0]+(1-part)*j[1], part*from[0]+(1-part)*from[1])
	}
}

// instant of a motion of known duration, by the time since its start or by that until its end:
// near either of them it has more digits than the duration.
type instant struct {
	t     float64
	toEnd bool
}

// until is the time to another instant of a motion that lasts so long.
func (a instant) until(b instant, lasting float64) float64 {
	switch {
	case a.toEnd && b.toEnd:
		return a.t - b.t
	case a.toEnd:
		return a.t + b.t - lasting
	case b.toEnd:
		return lasting - a.t - b.t
	}
	return b.t - a.t
}

// fit the longest leg so that all together last t, to the last bit but one, and set the ends
// of all.
func fit(legs []leg, ends *[7]instant, t float64) {
	longest := 0
	for i := range legs {
		if legs[i].dt > legs[longest].dt {
			longest = i
		}
	}
	since, toEnd := 0., 0.
	for i := range legs[:longest] {
		since += legs[i].dt
		ends[i] = instant{since, false}
	}
	for i := len(legs) - 1; i > longest; i-- {
		ends[i] = instant{toEnd, true}
		toEnd += legs[i].dt
	}
	if len(legs) > 0 {
		ends[longest] = instant{toEnd, true}
		legs[longest].dt = t - since - toEnd
	}
}
