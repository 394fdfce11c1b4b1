package kinematics

import (
	"fmt"
	"math"
)

// Follower makes setpoints for n joints that chase a moving target, each joint on its
// own, as fast as its limits allow. In every cycle, whatever the targets were:
//
//   - a joint's speed is at most Speed, and changes by at most Accel times the cycle;
//   - its position is within [Min, Max], and near enough to where it came from that it
//     can still stop before a limit.
//
// A target that itself keeps the limits is met exactly from the first moment at which
// it can be caught, with no lag. A resting target is reached in the least time, without
// overshoot from rest.
//
// Step does not allocate. A Follower is not safe for concurrent use.
type Follower struct {
	axes []axis
	q    []float64
	qd   []float64
}

// axis is the limits of one joint.
type axis struct{ min, max, speed, accel float64 }

// NewFollower makes a follower that rests at q0. It copies its arguments. The error
// names the joint, from 1, whose limits make no sense or which q0 puts outside of them.
func NewFollower(lim JointLimits, q0 []float64) (*Follower, error) {
	if err := lim.Check(); err != nil {
		return nil, err
	}
	if err := lim.checkPosition("start", q0); err != nil {
		return nil, err
	}
	n := len(q0)
	f := &Follower{axes: make([]axis, n), q: make([]float64, n), qd: make([]float64, n)}
	for i := range f.axes {
		f.axes[i] = axis{lim.Min[i], lim.Max[i], lim.Speed[i], lim.Accel[i]}
	}
	copy(f.q, q0)
	return f, nil
}

// Step advances by dt seconds. target and targetVel are where each joint should be at
// the end of this step, and how fast it should be going then; nil for targetVel means
// at rest. A target beyond a limit counts as resting on that limit, a speed beyond the
// limit as that limit. A joint whose target or speed is not a finite number brakes. A
// dt that is not positive and finite changes nothing. Step panics when a slice does not
// have one element per joint.
func (f *Follower) Step(dt float64, target, targetVel []float64) {
	if len(target) != len(f.q) || targetVel != nil && len(targetVel) != len(f.q) {
		panic(fmt.Sprintf("kinematics: %d targets and %d speeds for a follower of %d joints", len(target), len(targetVel), len(f.q)))
	}
	if !(dt > 0) || !finite(dt) {
		return
	}
	for i := range f.q {
		tv := 0.0
		if targetVel != nil {
			tv = targetVel[i]
		}
		a := &f.axes[i]
		if !finite(target[i]) || !finite(tv) {
			f.q[i], f.qd[i] = a.steer(f.q[i], f.qd[i], 0, dt)
			continue
		}
		f.q[i], f.qd[i] = a.follow(f.q[i], f.qd[i], target[i], tv, dt)
	}
}

// StepVelocity advances by dt seconds with every joint changing its velocity to the
// one asked for, as fast as its limits allow: for a control law that speaks in
// velocities, such as a visual servo. A joint stops before the end of its range. One
// whose velocity is not a finite number brakes. The rest is as with Step.
func (f *Follower) StepVelocity(dt float64, vel []float64) {
	if len(vel) != len(f.q) {
		panic(fmt.Sprintf("kinematics: %d velocities for a follower of %d joints", len(vel), len(f.q)))
	}
	if !(dt > 0) || !finite(dt) {
		return
	}
	for i, v := range vel {
		if !finite(v) {
			v = 0
		}
		f.q[i], f.qd[i] = f.axes[i].steer(f.q[i], f.qd[i], v, dt)
	}
}

// Brake advances by dt seconds with every joint slowing down at its limit, and holding
// once it rests.
func (f *Follower) Brake(dt float64) {
	if !(dt > 0) || !finite(dt) {
		return
	}
	for i := range f.q {
		f.q[i], f.qd[i] = f.axes[i].steer(f.q[i], f.qd[i], 0, dt)
	}
}

// Reset puts the follower to rest at q, such as the measured position of a machine that
// has been stopped from outside. The error names the joint that is outside of its
// limits; the follower then stays as it was.
func (f *Follower) Reset(q []float64) error {
	if len(q) != len(f.q) {
		return fmt.Errorf("kinematics: position has %d joint values for a follower of %d joints", len(q), len(f.q))
	}
	for i, v := range q {
		if a := f.axes[i]; !finite(v) || v < a.min || v > a.max {
			return fmt.Errorf("kinematics: joint %d: position %v must be finite and between %v and %v", i+1, v, a.min, a.max)
		}
	}
	copy(f.q, q)
	clear(f.qd)
	return nil
}

// Position of the joints, in rad or m: the follower's own slice, to be read until the
// next call and not to be written.
func (f *Follower) Position() []float64 { return f.q }

// Velocity of the joints, in rad/s or m/s, under the same terms as Position.
func (f *Follower) Velocity() []float64 { return f.qd }

// follow gives position and velocity after dt.
func (a *axis) follow(x, v, target, targetVel, dt float64) (x1, v1 float64) {
	tv := clamp(targetVel, -a.speed, a.speed)
	if target > a.max || target == a.max && tv > 0 {
		target, tv = a.max, 0
	} else if target < a.min || target == a.min && tv < 0 {
		target, tv = a.min, 0
	}
	x1, v1 = a.pursue(x, v, target, tv, dt)
	return a.keep(x, v, x1, v1, dt)
}

// steer gives position and velocity after dt of changing the velocity to vel.
func (a *axis) steer(x, v, vel, dt float64) (x1, v1 float64) {
	vel = clamp(vel, -a.speed, a.speed)
	v1 = vel
	t := math.Abs(vel-v) / a.accel
	if t > dt {
		t = dt
		v1 = v + math.Copysign(a.accel*dt, vel-v)
	}
	return a.keep(x, v, x+(v+v1)/2*t+vel*(dt-t), v1, dt)
}

// keep takes a step from x and v to x1 and v1 as it is, unless it leaves the joint
// unable to stop within its range: then the fastest way to rest on the end is as far
// as it may go along.
func (a *axis) keep(x, v, x1, v1, dt float64) (float64, float64) {
	if stop := x1 + v1*math.Abs(v1)/(2*a.accel); stop > a.max || x1 > a.max {
		x1, v1 = a.pursue(x, v, a.max, 0, dt)
	} else if stop < a.min || x1 < a.min {
		x1, v1 = a.pursue(x, v, a.min, 0, dt)
	}
	// What is clamped here is rounding: all the above keeps the limits in exact
	// arithmetic.
	return clamp(x1, a.min, a.max), clamp(v1, -a.speed, a.speed)
}

// pursue is the time-optimal way to be at the target and to move with it, followed for
// dt: accelerate, cruise, brake, then stay with the target. The target moves at the
// constant velocity tv, |tv| <= speed, and is at target when dt is over. (The phase
// plane of the double integrator: Bryson and Ho, Applied Optimal Control, 3.9, with a
// bound on the speed.)
func (a *axis) pursue(x, v, target, tv, dt float64) (x1, v1 float64) {
	// Seen from the target, mirrored so that the way to go is forward: d is the
	// distance left, u the speed of closing in.
	d := target - tv*dt - x
	u := v - tv
	side := 1.0
	if d < u*math.Abs(u)/(2*a.accel) {
		side = -1 // braking at once would end beyond the target
	}
	d, u = side*d, side*u
	top := max(a.speed-side*tv, 0) // the most that may be closed in with
	peak := math.Sqrt(max(a.accel*d+u*u/2, 0))
	cruise := 0.0
	if peak > top {
		peak = top
		cruise = (d - (2*peak*peak-u*u)/(2*a.accel)) / peak // +Inf if the target is as fast as the joint
	}
	rise := max((peak-u)/a.accel, 0)
	fall := peak / a.accel
	switch t := dt; {
	case t < rise:
		u1 := u + a.accel*t
		return x + tv*dt + side*(u+u1)/2*t, tv + side*u1
	case t < rise+cruise:
		return x + tv*dt + side*((u+peak)/2*rise+peak*(t-rise)), tv + side*peak
	case t < rise+cruise+fall:
		// Counted back from the end, so that the end is met without rounding.
		t = rise + cruise + fall - t
		return target - side*a.accel*t*t/2, tv + side*a.accel*t
	default:
		return target, tv
	}
}
