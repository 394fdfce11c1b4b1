package machine

import "math"

// Limit bounds the motion of one axis: m/s, m/s2, m/s3, or the same with rad.
type Limit struct{ Speed, Accel, Jerk float64 }

// Speed is the largest constant speed of the path's parameter, in 1/s, at which no axis
// breaks a limit of speed, acceleration or jerk at this point of the path. It is infinite
// where nothing moves. limits has one element per joint.
func Speed(joints []Jet, limits []Limit) float64 {
	v := math.Inf(1)
	for i, l := range limits[:len(joints)] {
		q := &joints[i]
		if d := math.Abs(q[1]); d > 0 {
			v = min(v, l.Speed/d)
		}
		if d := math.Abs(q[2]); d > 0 {
			v = min(v, math.Sqrt(l.Accel/d))
		}
		if d := math.Abs(q[3]); d > 0 {
			v = min(v, math.Cbrt(l.Jerk/d))
		}
	}
	return v
}

// Accel is the range of the path parameter's acceleration, in 1/s2, in which no axis
// breaks its limit of acceleration while the parameter's speed is speed. Where lo > hi
// there is none: the speed is too high for this point of the path.
func Accel(joints []Jet, speed float64, limits []Limit) (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	for i, l := range limits[:len(joints)] {
		q := &joints[i]
		lo, hi = within(lo, hi, q[1], q[2]*speed*speed, l.Accel)
	}
	return lo, hi
}

// Jerk is the range of the path parameter's jerk, in 1/s3, in which no axis breaks its
// limit of jerk at the given speed and acceleration of the parameter. Where lo > hi there
// is none.
func Jerk(joints []Jet, speed, accel float64, limits []Limit) (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	for i, l := range limits[:len(joints)] {
		q := &joints[i]
		lo, hi = within(lo, hi, q[1], (q[3]*speed*speed+3*q[2]*accel)*speed, l.Jerk)
	}
	return lo, hi
}

// within narrows lo and hi to the x with |rate x + rest| <= most.
func within(lo, hi, rate, rest, most float64) (float64, float64) {
	switch {
	case rate > 0:
		return max(lo, (-most-rest)/rate), min(hi, (most-rest)/rate)
	case rate < 0:
		return max(lo, (most-rest)/rate), min(hi, (-most-rest)/rate)
	case math.Abs(rest) > most:
		return math.Inf(1), math.Inf(-1)
	}
	return lo, hi
}

// Bound bounds the joints' derivatives over a whole segment of a program with tool centre
// point control, on which the tip goes straight from one point to another and the rotary
// angles change in proportion to it: joints[i][k] is, for k of 1 to 3, at least the largest
// size of joint i's k-th derivative with respect to the part of the segment covered, from
// 0 to 1. joints[i][0] is the joint's value at the beginning. With these in place of
// the derivatives Speed gives a speed that is safe on the whole segment, at a cost that
// does not depend on its length. It is exact for the rotary axes, and for the linear ones
// mostly within a factor of 3.
//
// It is the triangle inequality: a vector v that is turned at the rate w has a k-th
// derivative of at most the sum of binomial(k, i) |w|^(k-i) |v^(i)|.
func (m *Machine) Bound(fromPoint, toPoint [3]float64, fromAngles, toAngles []float64, joints []Jet) {
	m.checkLen(len(joints))
	m.checkAngles(len(toAngles))
	var q [MaxAxes]float64
	m.FromProgram(fromPoint, fromAngles, q[:m.n])

	// The tip, carried by the table. Around each axis only the part at a right angle
	// to it matters, which is longest at an end of the segment.
	a, b := m.work.Apply(fromPoint), m.work.Apply(toPoint)
	way := Jet{0, norm(sub(b, a))}
	for i := m.tables - 1; i >= 0; i-- {
		r := &m.rot[i]
		rate := math.Abs(toAngles[r.slot-3] - fromAngles[r.slot-3])
		if i == m.tables-1 {
			way[0] = max(norm(across(sub(a, r.pivot), r.w)), norm(across(sub(b, r.pivot), r.w)))
		} else {
			inner := &m.rot[i+1]
			way[0] = max(norm(sub(a, inner.pivot)), norm(sub(b, inner.pivot))) + norm(sub(inner.pivot, r.pivot))
		}
		way = way.turned(rate)
	}
	// And the head's own swing.
	x := scale(m.tool, -1)
	var swing Jet
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		rate := math.Abs(toAngles[r.slot-3] - fromAngles[r.slot-3])
		if i == m.count-1 {
			swing[0] = norm(across(sub(x, r.pivot), r.w))
		} else {
			inner := &m.rot[i+1]
			swing[0] = norm(sub(x, inner.pivot)) + norm(across(sub(inner.pivot, r.pivot), r.w))
		}
		swing = swing.turned(rate)
	}
	for i := range joints {
		joints[i] = way.Add(swing)
		if i >= 3 {
			joints[i] = Jet{0, math.Abs(toAngles[i-3] - fromAngles[i-3])}
		}
		joints[i][0] = q[i]
	}
}

// turned takes bounds of a vector's length and derivatives to those of the vector turned
// at a constant rate.
func (f Jet) turned(w float64) Jet {
	return Jet{
		f[0],
		f[1] + w*f[0],
		f[2] + 2*w*f[1] + w*w*f[0],
		f[3] + 3*w*f[2] + 3*w*w*f[1] + w*w*w*f[0],
	}
}
