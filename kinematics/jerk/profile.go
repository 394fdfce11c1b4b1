package jerk

import "math"

// maxPhases of constant jerk in a profile: 3 to come back within the limits, and 14 of two
// time-optimal profiles of 7 that are blended.
const maxPhases = 17

// Profile is the motion of one axis in phases of constant jerk. Its plan methods replace
// what it holds, the others only read it, so that any number of goroutines may evaluate one
// profile. The zero value rests at 0. A Profile takes about 900 bytes and holds no pointers:
// keep it where it is used, and hand on its address.
type Profile struct {
	n     int                    // phases
	start [maxPhases + 1]float64 // s; of the phases, and of what follows the last
	lasts [maxPhases]float64     // s; how long each one does, of which the starts lose digits in a long motion
	phase [maxPhases + 1]phase   // the last one is the target, from which the motion goes on
}

// phase is the state at its start and the jerk in it.
type phase struct {
	p, v, a, j float64
}

// Duration of the motion in s.
func (pr *Profile) Duration() float64 { return pr.start[pr.n] }

// End is the target that was planned.
func (pr *Profile) End() State {
	e := &pr.phase[pr.n]
	return State{e.p, e.v, e.a}
}

// Phases is the number of phases of constant jerk.
func (pr *Profile) Phases() int { return pr.n }

// Phase returns when phase i starts, with which state, and the jerk in it. Phase number
// Phases() is what follows the end of the motion.
func (pr *Profile) Phase(i int) (start float64, s State, jerk float64) {
	f := &pr.phase[:pr.n+1][i]
	return pr.start[i], State{f.p, f.v, f.a}, f.j
}

// At is the state t seconds from the start. Before the start it is the first one; after the
// end the axis goes on with the target's acceleration. It neither allocates nor keeps state.
func (pr *Profile) At(t float64) State {
	i := pr.find(t)
	p, v, a := pr.phase[i].at(max(t-pr.start[i], 0))
	return State{p, v, a}
}

// at is position, velocity and acceleration dt after the start of the phase.
func (f *phase) at(dt float64) (p, v, a float64) {
	ja, h := dt*f.j, dt*0.5
	return f.p + dt*(f.v+h*(f.a+ja*(1./3))), f.v + h*(f.a+f.a+ja), f.a + ja
}

// Jerk at t seconds from the start; where it jumps, the later value.
func (pr *Profile) Jerk(t float64) float64 { return pr.phase[pr.find(t)].j }

// find the phase at t.
func (pr *Profile) find(t float64) int {
	i := pr.n
	for i > 0 && t < pr.start[i] {
		i--
	}
	return i
}

// Extrema are the least and the greatest position between start and end.
func (pr *Profile) Extrema() (least, greatest float64) {
	least, greatest = math.Inf(1), math.Inf(-1)
	see := func(p float64) { least, greatest = min(least, p), max(greatest, p) }
	see(pr.phase[pr.n].p)
	for i := range pr.n {
		f := &pr.phase[i]
		see(f.p)
		// The velocity v + a t + j t^2/2 is 0 at r1 and r2.
		for _, r := range zeros(f.j/2, f.a, f.v) {
			if r > 0 && pr.start[i]+r < pr.start[i+1] {
				p, _, _ := f.at(r)
				see(p)
			}
		}
	}
	return least, greatest
}

// zeros of a t^2 + b t + c; NaN or infinite where there are fewer.
func zeros(a, b, c float64) [2]float64 {
	q := -0.5 * (b + math.Copysign(math.Sqrt(b*b-4*a*c), b))
	return [2]float64{q / a, c / q}
}

// begin empties the profile.
func (pr *Profile) begin(s State) {
	pr.n = 0
	pr.start[0] = 0
	pr.phase[0] = phase{s.P, s.V, s.A, 0}
}

// add a phase of jerk j for dt seconds, at the end of which the acceleration is a by
// construction (and would be so only up to rounding by calculation).
func (pr *Profile) add(dt, j, a float64) {
	end := pr.start[pr.n] + dt
	if !(end > pr.start[pr.n]) {
		return // too short for the time to tell
	}
	f := &pr.phase[pr.n]
	f.j = j
	if j == 0 {
		f.a = a // a rest from rounding would add up in a long phase
	}
	next := &pr.phase[pr.n+1]
	next.p, next.v, _ = f.at(dt)
	next.a = a
	next.j = 0
	pr.lasts[pr.n] = dt
	pr.start[pr.n+1] = end
	pr.n++
}

// finish sets the end to the target that was asked for, from which it differs by rounding, and
// the phases but the early ones to what leads exactly there. So a motion that is planned again
// just before its end finds that it is where it should be. It goes back by how long the phases
// last, not by when they start: rounded times would change the velocity of an end that is hard
// and late, and that of hours before with it.
func (pr *Profile) finish(to State) {
	pr.phase[pr.n] = phase{to.P, to.V, to.A, 0}
	early := pr.start[pr.n] / 8
	for i := pr.n - 1; i > 0 && (pr.start[i] >= early || i == pr.n-1); i-- {
		f, next := &pr.phase[i], &pr.phase[i+1]
		dt := pr.lasts[i]
		ja, h := dt*f.j, dt*0.5
		f.v = next.v - h*(f.a+f.a+ja)
		f.p = next.p - dt*(f.v+h*(f.a+ja*(1./3)))
	}
}
