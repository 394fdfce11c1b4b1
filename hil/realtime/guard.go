package realtime

import (
	"math"
	"time"

	"linetwin.dev/kinematics/jerk"
)

// MaxGap is the longest time between two setpoints of a stream.
const MaxGap = 100 * time.Millisecond

const (
	// margin is how far setpoints may exceed a limit, relative to it: rounding on the way
	// here is not a fault.
	margin = 1e-6
	// grain is a length or angle of no consequence.
	grain = 1e-9
)

// guard finds what is wrong with a setpoint that follows another one of its stream, for
// the first axis where anything is.
func guard(prev, next *Setpoint, limits []jerk.Limits) (r Reason, axis int) {
	gap := next.Time.Sub(prev.Time)
	if gap <= 0 || gap > MaxGap {
		return WrongTime, -1
	}
	dt := gap.Seconds()
	for i := range limits {
		if r := guardAxis(prev, next, i, dt, &limits[i]); r != NoReason {
			return r, i
		}
	}
	return NoReason, -1
}

func guardAxis(prev, next *Setpoint, i int, dt float64, l *jerk.Limits) Reason {
	p, v, a := next.Position[i], next.Velocity[i], next.Acceleration[i]
	if !finite(p) || !finite(v) || !finite(a) {
		return NotFinite
	}
	dp, dv, da := p-prev.Position[i], v-prev.Velocity[i], a-prev.Acceleration[i]
	if outside(dp, l.MinV*dt, l.MaxV*dt, grain) || outside(v, l.MinV, l.MaxV, grain/dt) {
		return TooFast
	}
	if next.Flags&PositionOnly != 0 {
		// What follows from differences of positions has their grain, magnified.
		if outside(a, l.MinA, l.MaxA, 4*grain/(dt*dt)) {
			return TooSudden
		}
		return NoReason
	}
	speed, push := l.MaxV-l.MinV, l.MaxA-l.MinA
	if outside(a, l.MinA, l.MaxA, 0) ||
		outside(dv, l.MinA*dt, l.MaxA*dt, margin*speed) ||
		outside(da, -l.MaxJ*dt, l.MaxJ*dt, margin*push) {
		return TooSudden
	}
	// With a jerk of at most J, the trapezium rule is off by at most J dt^3 / 12 for the
	// position, and J dt^2 / 4 for the velocity.
	if math.Abs(dp-(prev.Velocity[i]+v)/2*dt) > l.MaxJ*dt*dt*dt/12*(1+margin)+margin*speed*dt+grain ||
		math.Abs(dv-(prev.Acceleration[i]+a)/2*dt) > l.MaxJ*dt*dt/4*(1+margin)+margin*(speed+push*dt) {
		return Contradictory
	}
	return NoReason
}

// outside tells whether x is out of a range by more than rounding can explain.
func outside(x, least, most, extra float64) bool {
	extra += margin * (most - least)
	return !(x >= least-extra && x <= most+extra)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// between is the state of one axis at a part u in (0, 1) of the time dt from one setpoint
// to the next: the polynomial of degree 5 that has position, velocity and acceleration of
// both. Setpoints without velocities are joined by straight lines.
func between(prev, next *Setpoint, i int, u, dt float64) jerk.State {
	p0, v0, a0 := prev.Position[i], prev.Velocity[i], prev.Acceleration[i]
	dp := next.Position[i] - p0
	if next.Flags&PositionOnly != 0 {
		return jerk.State{P: p0 + u*dp, V: next.Velocity[i], A: next.Acceleration[i]}
	}
	// What is left of the end state after the start state went on by itself, in units of dt.
	q0, c0 := v0*dt, a0*dt*dt/2
	rp := dp - q0 - c0
	rv := next.Velocity[i]*dt - q0 - 2*c0
	ra := next.Acceleration[i]*dt*dt - 2*c0
	c3 := 10*rp - 4*rv + ra/2
	c4 := -15*rp + 7*rv - ra
	c5 := 6*rp - 3*rv + ra/2
	return jerk.State{
		P: p0 + u*(q0+u*(c0+u*(c3+u*(c4+u*c5)))),
		V: (q0 + u*(2*c0+u*(3*c3+u*(4*c4+u*5*c5)))) / dt,
		A: (2*c0 + u*(6*c3+u*(12*c4+u*20*c5))) / (dt * dt),
	}
}
