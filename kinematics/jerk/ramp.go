package jerk

import "math"

// ramp is the quickest change from one velocity and acceleration to another: jerk in one
// direction up to the peak acceleration, perhaps a while at that limit, jerk the other way.
// Positive peaks come from jerk upwards first, negative ones from jerk downwards.
type ramp struct {
	peak, hold float64 // acceleration, and how long it is kept, which is 0 below the limit
	up         bool
}

// straight is the rounding, of velocity by jerk, up to which a change of velocity is that of
// going from one acceleration to the other with the greatest jerk. A little less on the wrong
// side takes much longer.
func straight(v0, a0, v1, a1 float64, l *Limits) float64 {
	square := a0*a0 + a1*a1
	return 4e-14*square + min(l.MaxJ*blur(v0, v1, l), 1e-6*square)
}

// blur is the rounding that velocities may have from the motion that they were taken from.
func blur(v0, v1 float64, l *Limits) float64 {
	return 1e-15*(math.Abs(v0)+math.Abs(v1)) + 4e-16*(l.MaxV-l.MinV)
}

// rampTo finds the ramp within the limits of acceleration.
//
// With jerk j up from a0 to a peak and down to a1 the velocity gains
// (2 peak^2 - a0^2 - a1^2) / (2j). So peak^2 is known; the first jerk is upwards where the
// gain has to be more than that of going from a0 to a1 directly.
func rampTo(v0, a0, v1, a1 float64, l *Limits) ramp {
	gain := v1 - v0
	direct := (a1 - a0) * (a1 + a0) / (2 * l.MaxJ)
	if a1 < a0 {
		direct = -direct
	}
	if math.Abs(gain-direct)*l.MaxJ <= straight(v0, a0, v1, a1, l) {
		return ramp{up: true, peak: max(a0, a1)}
	}
	r := ramp{up: gain > direct}
	limit, floor := l.MaxA, max(a0, a1)
	if !r.up {
		gain, limit, floor = -gain, -l.MinA, max(-a0, -a1)
	}
	square := (a0*a0+a1*a1)/2 + l.MaxJ*gain
	r.peak = max(math.Sqrt(max(square, 0)), floor)
	if r.peak > limit {
		r.peak = limit
		r.hold = max(0, (square-limit*limit)/(limit*l.MaxJ))
	}
	if !r.up {
		r.peak = -r.peak
	}
	return r
}

// time that the ramp takes between two accelerations.
func (r *ramp) time(a0, a1, j float64) float64 {
	if r.up {
		return (2*r.peak-a0-a1)/j + r.hold
	}
	return (a0+a1-2*r.peak)/j + r.hold
}

// ramp adds the phases of r, up to the acceleration a1.
func (pr *Profile) ramp(r ramp, a1, j float64) {
	a0 := pr.phase[pr.n].a
	if !r.up {
		j = -j
	}
	pr.add((r.peak-a0)/j, j, r.peak)
	pr.add(r.hold, 0, r.peak)
	pr.add((r.peak-a1)/j, -j, a1)
}

// rampLength is the time of a ramp and the way on it.
func rampLength(v0, a0, v1, a1 float64, l *Limits) (t, d float64) {
	r := rampTo(v0, a0, v1, a1, l)
	j := l.MaxJ
	if !r.up {
		j = -j
	}
	f := phase{v: v0, a: a0}
	leg := func(dt, a, j float64) {
		f.a, f.j = a, j
		f.p, f.v, _ = f.at(dt)
	}
	t1, t3 := (r.peak-a0)/j, (r.peak-a1)/j
	leg(t1, a0, j)
	leg(r.hold, r.peak, 0)
	leg(t3, r.peak, -j)
	return t1 + r.hold + t3, f.p
}

// brake adds the phases that bring a state back to where the limits can be kept, and returns
// the state there.
//
// An acceleration outside its limits comes back directly. A velocity counts as too high when
// it would be so once the acceleration has come to 0 by the greatest jerk: then the axis
// slows down as hard as it can, until easing off leads exactly to the limit. Whatever follows
// would have begun in this way, and a speed that was lowered is met without falling below it.
func (pr *Profile) brake(s State, l *Limits) State {
	pr.begin(s)
	j := l.MaxJ
	da, dv := slack*(l.MaxA-l.MinA), slack*(l.MaxV-l.MinV)
	if s.A > l.MaxA+da {
		pr.add((s.A-l.MaxA)/j, -j, l.MaxA)
	} else if s.A < l.MinA-da {
		pr.add((l.MinA-s.A)/j, j, l.MinA)
	}
	f := &pr.phase[pr.n]
	rest := f.v + f.a*math.Abs(f.a)/(2*j)
	if rest > l.MaxV+dv {
		pr.slow(l.MaxV, l.MinA, -j)
	} else if rest < l.MinV-dv {
		pr.slow(l.MinV, l.MaxA, j)
	}
	f = &pr.phase[pr.n]
	return State{f.p, f.v, f.a}
}

// slow adds jerk, and acceleration at its limit, until easing off leads to the velocity v.
func (pr *Profile) slow(v, limit, jerk float64) {
	f := &pr.phase[pr.n]
	j := math.Abs(jerk)
	// Along this jerk, zero is the velocity at which the acceleration passes 0; easing off
	// from acceleration a leads to a^2/j beyond it.
	excess := math.Abs(f.v - f.a*f.a/(2*jerk) - v)
	a := math.Copysign(min(math.Sqrt(j*excess), math.Abs(limit)), jerk)
	if (a-f.a)*jerk > 0 {
		pr.add((a-f.a)/jerk, jerk, a)
		f = &pr.phase[pr.n]
	}
	if a == limit {
		rest := f.v + a*math.Abs(a)/(2*j)
		pr.add((v-rest)/a, 0, a)
	}
}
