package sim

import "math"

// drive is a closed position loop of second order with feed-forward of the
// setpoint's speed: the error e = q - setpoint obeys e” + 2 ζ ω e' + ω² e = 0
// while the setpoint moves at constant speed, which it does within a cycle. That
// is stepped exactly, and then cut to what motor and current allow.
type drive struct {
	phi        [4]float64 // transition of (e, e') over one cycle
	maxV, maxA float64
	min, max   float64 // end stops
	dt         float64

	q, v   float64 // position and speed at the end of the cycle
	q0     float64 // position at its begin
	target float64 // setpoint at the end of the last cycle
}

// newDrive returns a drive of natural frequency hz and damping zeta that stands at
// q0. It is stepped every dt seconds.
func newDrive(hz, zeta, dt, q0 float64) *drive {
	return &drive{phi: transition(2*math.Pi*hz, zeta, dt), dt: dt, q: q0, q0: q0, target: q0}
}

// transition is exp(A t) for A = [0 1; -ω² -2ζω].
func transition(w, zeta, t float64) [4]float64 {
	d := math.Exp(-zeta * w * t)
	var c, s float64 // cosine, and sine over the damped frequency, or their hyperbolic kin
	switch r := w * math.Sqrt(math.Abs(1-zeta*zeta)); {
	case r*t < 1e-6:
		c, s = 1, t
	case zeta < 1:
		c, s = math.Cos(r*t), math.Sin(r*t)/r
	default:
		c, s = math.Cosh(r*t), math.Sinh(r*t)/r
	}
	return [4]float64{d * (c + zeta*w*s), d * s, -d * w * w * s, d * (c - zeta*w*s)}
}

// step moves the drive through one cycle, in which the setpoint goes evenly to target.
func (d *drive) step(target float64) {
	slope := (target - d.target) / d.dt
	e, ev := d.q-d.target, d.v-slope
	q := d.phi[0]*e + d.phi[1]*ev + target
	v := d.phi[2]*e + d.phi[3]*ev + slope
	d.q0, d.target = d.q, target
	low, high := math.Max(d.v-d.maxA*d.dt, -d.maxV), math.Min(d.v+d.maxA*d.dt, d.maxV)
	if c := math.Min(math.Max(v, low), high); c != v {
		// At its limit the speed changes evenly from the old to the cut one.
		q = d.q + (d.v+c)/2*d.dt
		v = c
	}
	if math.Abs(q-target) < 1e-9 && math.Abs(v) < 1e-7 && slope == 0 {
		q, v = target, 0 // at rest: below anything that an encoder sees
	}
	if c := math.Min(math.Max(q, d.min), d.max); c != q {
		q, v = c, 0
	}
	d.q, d.v = q, v
}

// at is the position at the given part of the cycle, 0 to 1.
func (d *drive) at(part float64) float64 { return d.q0 + (d.q-d.q0)*part }
