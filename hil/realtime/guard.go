package realtime

import (
	"math"
	"time"

	"linetwin.dev/kinematics/jerk"
)

// MaxGap is the longest time between two setpoints of a stream.
const MaxGap = 20 * time.Millisecond

// MaxLead is how far in the future a stream may begin.
const MaxLead = 2 * time.Second

const (
	// margin is how far setpoints may exceed a limit, relative to it: rounding on the way
	// here is not a fault.
	margin = 1e-6
	// grain is a length or angle of no consequence.
	grain = 1e-9
	// rounding is what a planner's positions may be off, in m or rad.
	rounding = 1e-11
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
		if outside(a, l.MinA, l.MaxA, 4*grain/(dt*dt)) || outside(da, -l.MaxJ*dt, l.MaxJ*dt, 8*grain/(dt*dt)) {
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
	if q := quinticOf(prev, next, i, dt); q.jerk() > overshoot*l.MaxJ*(1+margin)+60*rounding/(dt*dt*dt) {
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

// quintic is the motion of one axis between two setpoints: the polynomial of degree 5 that
// has position, velocity and acceleration of both, in u from 0 to 1. Of all motions that
// have them it has the least mean square of jerk, and its jerk is the projection of any
// other's to polynomials of degree 2: at most overshoot times as great.
type quintic struct {
	c  [6]float64
	dt float64
}

// overshoot is the Lebesgue constant of that projection, rounded up.
const overshoot = 2.2

func quinticOf(prev, next *Setpoint, i int, dt float64) (q quintic) {
	q.dt = dt
	c := &q.c
	c[0], c[1], c[2] = prev.Position[i], prev.Velocity[i]*dt, prev.Acceleration[i]*dt*dt/2
	// What is left of the end after the start went on by itself.
	rp := next.Position[i] - c[0] - c[1] - c[2]
	rv := next.Velocity[i]*dt - c[1] - 2*c[2]
	ra := next.Acceleration[i]*dt*dt - 2*c[2]
	c[3] = 10*rp - 4*rv + ra/2
	c[4] = -15*rp + 7*rv - ra
	c[5] = 6*rp - 3*rv + ra/2
	return q
}

// jerk is the greatest magnitude of it.
func (q *quintic) jerk() float64 {
	at := func(u float64) float64 { return math.Abs(6*q.c[3] + u*(24*q.c[4]+u*60*q.c[5])) }
	most := max(at(0), at(1))
	if u := -q.c[4] / (5 * q.c[5]); u > 0 && u < 1 {
		most = max(most, at(u))
	}
	return most / (q.dt * q.dt * q.dt)
}

// at is the state at a part u of the time.
func (q *quintic) at(u float64) jerk.State {
	c := &q.c
	return jerk.State{
		P: c[0] + u*(c[1]+u*(c[2]+u*(c[3]+u*(c[4]+u*c[5])))),
		V: (c[1] + u*(2*c[2]+u*(3*c[3]+u*(4*c[4]+u*5*c[5])))) / q.dt,
		A: (2*c[2] + u*(6*c[3]+u*(12*c[4]+u*20*c[5]))) / (q.dt * q.dt),
	}
}

// between is the state of one axis at a part u in (0, 1) of the time dt from one setpoint
// to the next. Setpoints without velocities are joined by straight lines.
func between(prev, next *Setpoint, i int, u, dt float64) jerk.State {
	if next.Flags&PositionOnly != 0 {
		p := prev.Position[i]
		return jerk.State{P: p + u*(next.Position[i]-p), V: next.Velocity[i], A: next.Acceleration[i]}
	}
	q := quinticOf(prev, next, i, dt)
	return q.at(u)
}
