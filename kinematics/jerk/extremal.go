package jerk

import "math"

// extremal is the family of motions that cover the greatest distance between a velocity and
// acceleration at the start and others at the end, one for each duration. (The family of the
// least distance is this one with the other sign.) Its members jerk up, down, and up again,
// with acceleration and velocity cut off at their limits.
//
// All formulas are about the same motion with both ends prolonged along their jerk, to where
// the acceleration is 0. The velocity is v0 and v1 there, and V at the peak between. With a
// the peak of acceleration and b that of deceleration,
//
//	V - v0 = a^2/j, or beyond a plateau of A: (V - v0)/A + A/j is the time from v0 to V
//	V - v1 = b^2/j, likewise with B
//
// and the distance of each half is its time times its mean velocity, because each is
// symmetric. Either a or b may be negative: then the ends overlap in the prolonged motion, and
// the acceleration has no zero between.
//
// Without plateaus all follows from u = a + b, half the prolonged duration times j:
//
//	a = (u + k/u)/2, b = (u - k/u)/2, k = j (v1 - v0)
//	distance j^2 = u^3/4 + j (v0 + v1) u - k^2/(4u)
//
// Everywhere, with and without plateaus, the distance grows with the duration by
// V + a b/(2j). Where a and b are positive that grows with V, so that the distance is a convex
// function of the duration until V meets its limit.
//
// A family with v0 > v1 is kept as that of the motion backwards in time, so that k >= 0 and
// a >= |b|. Then b grows with the duration throughout.
type extremal struct {
	j, A, B, cap float64 // limits: jerk, acceleration, deceleration, velocity
	a0, a1       float64 // accelerations at the ends
	v0, v1, k    float64
	time, way    float64 // of the real motion less that of the prolonged one
	size         float64 // of what the way is the sum of
	blur         float64 // rounding of the positions that the way is between
	fine         float64 // rounding of the velocities at the ends
	rounding     float64 // that times velocity: by an acceleration, the rounding of the way
	beta         float64 // where |b| is above it, a is cut off at A
	steep        bool    // a is cut off everywhere
	gamma        float64 // where |b| is below it, a is below a0: there is no such motion
	still        float64 // a limit of velocity that is not above this stands for 0
	first, last  float64 // b at the least duration, and where it is cut off
	lens         bool    // durations on both sides of the gap that gamma makes are possible
	full         bool    // the velocity reaches its limit only after b has reached B
	back         bool    // backwards in time
}

// piece of a family, in each of which distance and duration follow one formula of one
// parameter.
type piece uint8

const (
	highBefore piece = iota // a at A, b negative; by b
	freeBefore              // no plateau, b negative; by u
	free                    // no plateau; by u
	high                    // a at A; by b
	low                     // b at B; by a
	both                    // by V
	cruise                  // V at its limit; by the time there
	pieces
)

// set the family of greatest distance.
func (e *extremal) set(v0, a0, v1, a1 float64, l *Limits) {
	j := l.MaxJ
	e.j, e.A, e.B, e.cap = j, l.MaxA, -l.MinA, l.MaxV
	e.still = 8 * slack * (l.MaxV - l.MinV)
	k := j*(v1-v0) + (a0-a1)*(a0+a1)/2
	rounding := straight(v0, a0, v1, a1, l)
	if a0 <= a1 && math.Abs(k) <= rounding {
		// One jerk leads up from a0 to a1, up to rounding. It is the least of the family in a
		// direction of time in which a1 is positive.
		k = 0
		if a1 <= 0 {
			k = math.Copysign(0, -1)
		}
	}
	e.back = math.Signbit(k)
	if e.back {
		v0, a0, v1, a1 = v1, -a1, v0, -a0
		e.A, e.B = e.B, e.A
		k = -k
	}
	e.a0, e.a1 = a0, a1
	e.v0, e.v1 = v0-a0*a0/(2*j), v1-a1*a1/(2*j)
	t0, t1 := a0/j, a1/j
	e.time = t1 - t0
	w0, w1 := t0*(v0-a0*t0*(1./3)), t1*(v1-a1*t1*(1./3))
	e.way, e.size = w1-w0, math.Abs(w0)+math.Abs(w1)

	square := a0*a0 - k
	if a0 > 0 && math.Abs(square-a1*a1) <= rounding {
		// One jerk leads down from a0 to a1, up to rounding.
		square = a1 * a1
		k = max(0, (a0-a1)*(a0+a1))
	}
	e.k = k
	e.steep = e.A*e.A <= k
	e.fine = blur(v0, v1, l)
	e.rounding = e.fine * (math.Abs(v0) + math.Abs(v1))
	e.beta = math.Sqrt(max(0, e.A*e.A-k))
	e.gamma = 0
	if a0 > 0 {
		e.gamma = min(math.Sqrt(max(0, square)), e.beta)
	}
	// The states at both ends keep the limit, which rounding must not hide.
	e.last = max(math.Sqrt(max(0, j*(e.cap-e.v1))), -a1, e.gamma)
	e.full = e.B < e.last
	e.last = min(e.last, e.B)
	e.first = min(-a1, e.last)
	e.lens = false
	if e.gamma > 0 {
		e.lens = e.first <= -e.gamma
		if !e.lens {
			e.first = max(e.first, e.gamma)
		}
	}
}

// span of the parameter in a piece; empty when hi < lo.
func (e *extremal) span(p piece) (lo, hi float64) {
	main := e.first // where b starts beyond the gap
	if e.lens {
		main = e.gamma
	}
	switch p {
	case highBefore:
		return e.first, -e.beta
	case freeBefore:
		lo, hi = max(e.first, -e.beta), -e.gamma
		if lo > hi || e.steep {
			return 0, -1
		}
		return e.sum(lo), e.sum(hi)
	case free:
		lo, hi = max(main, 0), min(e.beta, e.last)
		if lo > hi || e.steep {
			return 0, -1
		}
		return e.sum(lo), e.sum(hi)
	case high:
		return max(main, e.beta), e.last
	}
	if !e.full {
		if p == cruise {
			return 0, math.Inf(1)
		}
		return 0, -1
	}
	switch p {
	case low:
		return max(math.Sqrt(e.B*e.B+e.k), e.a0), min(e.A, math.Sqrt(e.j*(e.cap-e.v0)))
	case both:
		return max(e.v1+e.B*e.B/e.j, e.v0+e.A*e.A/e.j), e.cap
	}
	return 0, math.Inf(1)
}

// sum is u for b where there is no plateau.
func (e *extremal) sum(b float64) float64 {
	a := math.Sqrt(b*b + e.k)
	if b >= 0 {
		return a + b
	}
	if e.k == 0 {
		return 0
	}
	return e.k / (a - b)
}

// at is the prolonged duration and distance of a member.
func (e *extremal) at(p piece, x float64) (time, way float64) {
	j := e.j
	switch p {
	case freeBefore, free:
		way = x * (x*x*0.25 + j*(e.v0+e.v1))
		if e.k > 0 {
			way -= e.k * e.k / (4 * x)
		}
		return 2 * x / j, way / (j * j)
	case highBefore, high:
		rise := x * x / j
		up := (rise+e.k/j)/e.A + e.A/j
		v := e.v1 + rise
		return up + 2*x/j, (e.v0+v)*0.5*up + (v+e.v1)*x/j
	case low:
		rise := x * x / j
		down := (rise-e.k/j)/e.B + e.B/j
		v := e.v0 + rise
		return down + 2*x/j, (e.v0+v)*x/j + (v+e.v1)*0.5*down
	case both:
		up, down := (x-e.v0)/e.A+e.A/j, (x-e.v1)/e.B+e.B/j
		return up + down, (e.v0+x)*0.5*up + (x+e.v1)*0.5*down
	}
	time, way = e.atCap()
	return time + x, way + e.cap*x
}

// atCap is where the velocity has just reached its limit.
func (e *extremal) atCap() (time, way float64) {
	switch {
	case e.full && e.cap > e.v0+e.A*e.A/e.j:
		return e.at(both, e.cap)
	case e.full:
		return e.at(low, math.Sqrt(e.j*(e.cap-e.v0)))
	case e.last > e.beta || e.steep:
		return e.at(high, e.last)
	}
	return e.at(free, e.sum(e.last))
}

// tolerance of distances at a prolonged duration: more than the rounding of what they are
// summed up from, and of states that were taken from earlier motions.
func (e *extremal) tolerance(time, way float64) float64 {
	return e.blur + 1e-13*(math.Abs(way)+e.size+(math.Abs(e.v0)+math.Abs(e.v1))*time)
}

// rate at which the distance grows with the duration where a limit of acceleration is reached,
// and the lowest such limit.
func (e *extremal) rate(p piece, x float64) (rate, limit float64) {
	switch p {
	case highBefore, high:
		return e.v1 + x*(x+e.A*0.5)/e.j, e.A
	case low:
		return e.v0 + x*(x+e.B*0.5)/e.j, e.B
	}
	return x + e.A*e.B/(2*e.j), min(e.A, e.B)
}

// more is how much longer than its parameter says a member has to last where it misses a way.
// Next to a low limit of acceleration the time at it changes much from one parameter to the
// next. It is 0 where more would be seen in the velocity at the end.
func (e *extremal) more(p piece, x, miss float64) float64 {
	if p == freeBefore || p == free || p == cruise {
		return 0
	}
	rate, limit := e.rate(p, x)
	if t := miss / rate; math.Abs(t)*limit <= e.fine {
		return t
	}
	return 0
}

// slope of the distance by the parameter.
func (e *extremal) slope(p piece, x float64) float64 {
	j := e.j
	switch p {
	case freeBefore, free:
		s := 0.75*x*x + j*(e.v0+e.v1)
		if e.k > 0 {
			c := e.k / x
			s += c * c * 0.25
		}
		return s / (j * j)
	case cruise:
		return e.cap
	}
	rate, _ := e.rate(p, x)
	switch p {
	case highBefore, high:
		return rate * 2 * (e.A + x) / (j * e.A)
	case low:
		return rate * 2 * (e.B + x) / (j * e.B)
	}
	return rate * (1/e.A + 1/e.B)
}

// parameter of the member of a prolonged duration, as the formulas of the piece have it.
func (e *extremal) parameter(p piece, time float64) (x float64) {
	switch p {
	case freeBefore, free:
		x = e.j * time / 2
	case highBefore, high:
		x = math.Sqrt(max(0, e.j*e.A*time-e.k)) - e.A
	case low:
		x = math.Sqrt(max(0, e.j*e.B*time+e.k)) - e.B
	case both:
		x = (time + e.v0/e.A + e.v1/e.B - (e.A+e.B)/e.j) / (1/e.A + 1/e.B)
	default:
		t, _ := e.atCap()
		x = time - t
	}
	return x
}

// shape is one member of a family, forwards in time: the peaks of acceleration and
// deceleration, how long each is kept, and how long the velocity is kept between.
type shape struct {
	a, b         float64
	holdA, holdB float64
	cruise       float64
}

// member of the family, of a prolonged duration that is known better than it follows from the
// parameter: where a limit of acceleration is low, the time at it is long, and takes up what
// the parameter lacks.
func (e *extremal) member(p piece, x, time float64) (s shape) {
	j := e.j
	if p == cruise {
		s.cruise = x
		time, _ = e.atCap()
		switch {
		case e.full && e.cap > e.v0+e.A*e.A/j:
			p, x = both, e.cap
		case e.full:
			p, x = low, math.Sqrt(j*(e.cap-e.v0))
		case e.last > e.beta || e.steep:
			p, x = high, e.last
		default:
			p, x = free, e.sum(e.last)
		}
	}
	switch p {
	case freeBefore, free:
		if x > 0 {
			c := e.k / x
			s.a, s.b = (x+c)/2, (x-c)/2
		} else if s.cruise == 0 {
			s.a, s.b = e.a1, -e.a1 // one jerk throughout
		}
	case highBefore, high:
		s.a, s.b = e.A, x
		s.holdA = max(0, time-2*(e.A+x)/j)
	case low:
		s.a, s.b = x, e.B
		s.holdB = max(0, time-2*(e.B+x)/j)
	case both:
		s.a, s.b = e.A, e.B
		time -= 2 * (e.A + e.B) / j
		if e.A > e.B {
			s.holdA = max(0, (x-e.v0)/e.A-e.A/j)
			s.holdB = max(0, time-s.holdA)
		} else {
			s.holdB = max(0, (x-e.v1)/e.B-e.B/j)
			s.holdA = max(0, time-s.holdB)
		}
	}
	if e.back {
		s.a, s.b = s.b, s.a
		s.holdA, s.holdB = s.holdB, s.holdA
	}
	return s
}

// start is the least duration after the gap (or, unless beyond is true, the least of all)
// and its distance.
func (e *extremal) start(beyond bool) (p piece, x float64) {
	p = highBefore
	if beyond && e.lens {
		p = free
	}
	for ; p < cruise; p++ {
		if lo, hi := e.span(p); lo <= hi {
			return p, lo
		}
	}
	return cruise, 0
}

// seek the member of a real duration, or the next longer one that there is.
func (e *extremal) seek(duration float64) (p piece, x float64) {
	time := duration - e.time
	for p = highBefore; p < cruise; p++ {
		lo, hi := e.span(p)
		if !(lo <= hi) {
			continue
		}
		if x = e.parameter(p, time); x <= hi+edge*math.Abs(hi) {
			return p, min(max(x, lo), hi)
		}
	}
	return cruise, max(0, e.parameter(cruise, time))
}

// edge is the rounding, as a part of a duration, up to which it is that before a gap.
const edge = 1e-11

// gap says whether a real duration is in the gap, and where it ends; for one that is just
// behind the start of the gap, where that starts.
func (e *extremal) gap(duration float64) (end float64, ok bool) {
	if !e.lens {
		return 0, false
	}
	_, last := e.span(freeBefore)
	from, _ := e.at(freeBefore, last)
	if time := duration - e.time; time <= from {
		return 0, false
	} else if time <= from*(1+edge/2) {
		return from + e.time, true
	}
	to, _ := e.at(e.start(true))
	return to + e.time, duration < to+e.time
}
