package sim

import "math"

// drive is a closed position loop of second order with feed-forward of the
// setpoint's speed: the error e = q - setpoint obeys e” + 2 ζ ω e' + ω² e = 0
// while the setpoint moves at constant speed, which it does within a cycle. That
// is stepped exactly, and then cut to what motor, current and end stops allow.
//
// A setpoint that asks for more than the limits makes the drive late and, when it
// catches up, swing over: it has no plan of its own, as little as a real drive in
// cyclic position mode has.
type drive struct {
	phi        [4]float64 // transition of (e, e') over one cycle
	maxV, maxA float64
	min, max   float64 // end stops
	dt         float64

	q, v   float64 // position and speed at the end of the cycle
	q0     float64 // position at its begin
	target float64 // setpoint at the end of the last cycle
}

// newDrive returns a drive of natural frequency hz and damping zeta, without limits,
// that stands at q0. It is stepped every dt seconds.
func newDrive(hz, zeta, dt, q0 float64) *drive {
	return &drive{
		phi: transition(2*math.Pi*hz, zeta, dt), dt: dt, q: q0, q0: q0, target: q0,
		maxV: math.Inf(1), maxA: math.Inf(1), min: math.Inf(-1), max: math.Inf(1),
	}
}

// transition is exp(A t) for A = [0 1; -ω² -2ζω], row by row.
func transition(w, zeta, t float64) [4]float64 {
	d := math.Exp(-zeta * w * t)
	var c, s float64 // cosine, and sine over the damped frequency, or their hyperbolic kin
	switch r := w * math.Sqrt(math.Abs(1-zeta*zeta)); {
	case r*t < 1e-6:
		c, s = 1, t
	case zeta < 1:
		c, s = math.Cos(r*t), math.Sin(r*t)/r
	default:
		// Both exponentials at once: cosh alone would overflow where damping is strong.
		up, down := math.Exp((r-zeta*w)*t), math.Exp(-(r+zeta*w)*t)
		d, c, s = 1, (up+down)/2, (up-down)/(2*r)
	}
	return [4]float64{d * (c + zeta*w*s), d * s, -d * w * w * s, d * (c - zeta*w*s)}
}

// What no encoder and no camera sees, in radians and radians per second.
const (
	leastError = 1e-9
	leastSpeed = 1e-7
)

// step moves the drive through one cycle, in which the setpoint goes evenly to target.
func (d *drive) step(target float64) {
	d.q0 = d.q
	if target == d.target && d.q == target && d.v == 0 {
		return // at rest
	}
	slope := (target - d.target) / d.dt
	e, ev := d.q-d.target, d.v-slope
	q := d.phi[0]*e + d.phi[1]*ev + target
	v := d.phi[2]*e + d.phi[3]*ev + slope
	d.target = target
	low, high := max(d.v-d.maxA*d.dt, -d.maxV), min(d.v+d.maxA*d.dt, d.maxV)
	if c := min(max(v, low), high); c != v {
		// At its limit the speed changes evenly from the old to the cut one.
		q = d.q + (d.v+c)/2*d.dt
		v = c
	}
	q = min(max(q, d.q-d.maxV*d.dt), d.q+d.maxV*d.dt)
	if slope == 0 && math.Abs(q-target) < leastError && math.Abs(v) < leastSpeed {
		q, v = target, 0
	}
	if c := min(max(q, d.min), d.max); c != q {
		q, v = c, 0 // at the end stop
	}
	d.q, d.v = q, v
}

// at is the position at the given part of the cycle, 0 to 1.
func (d *drive) at(part float64) float64 { return d.q0 + (d.q-d.q0)*part }
