package kinematics

import (
	"fmt"
	"math"
)

// Move is a point-to-point move of up to MaxJoints joints along the straight line
// between two joint positions: all start and stop together, and the speed along the
// line is a trapezoid, or a triangle where the way is short. The joint that is slowest
// in proportion to its way runs at its limit, the others below theirs. A Move is an
// immutable value.
type Move struct {
	n          int
	from, way  [MaxJoints]float64
	to         [MaxJoints]float64
	accel      float64 // of the path parameter, which goes from 0 to 1, in 1/s2
	peak       float64 // its speed while cruising, 1/s
	ramp, time float64 // s: one ramp, and the whole
}

// PlanMove plans the move from one joint position (rad, m), at rest, to another within
// the limits. It does not allocate unless it fails; the error names the joint, from 1.
func PlanMove(from, to []float64, lim JointLimits) (Move, error) {
	if err := lim.Check(); err != nil {
		return Move{}, err
	}
	if len(from) > MaxJoints {
		return Move{}, fmt.Errorf("kinematics: move of %d joints; the most is %d", len(from), MaxJoints)
	}
	if err := lim.checkPosition("start", from); err != nil {
		return Move{}, err
	}
	if err := lim.checkPosition("end", to); err != nil {
		return Move{}, err
	}
	m := Move{n: len(from)}
	speed := math.Inf(1)
	m.accel = math.Inf(1)
	for i := range from {
		m.from[i], m.to[i], m.way[i] = from[i], to[i], to[i]-from[i]
		if w := math.Abs(m.way[i]); w > 0 {
			speed = min(speed, lim.Speed[i]/w)
			m.accel = min(m.accel, lim.Accel[i]/w)
		}
	}
	if math.IsInf(m.accel, 1) {
		return m, nil // no joint moves: it is over at once
	}
	m.peak = min(speed, math.Sqrt(m.accel))
	m.ramp = m.peak / m.accel
	m.time = 1/m.peak + m.ramp
	return m, nil
}

// Duration of the move in seconds; 0 where from and to are the same.
func (m *Move) Duration() float64 { return m.time }

// At sets q to the joint positions and qd, unless it is nil, to the joint velocities at
// t seconds from the start. Before the start and after the end the joints rest. It does
// not allocate, and panics when a slice does not have one element per joint.
func (m *Move) At(t float64, q, qd []float64) {
	if len(q) != m.n || qd != nil && len(qd) != m.n {
		panic(fmt.Sprintf("kinematics: %d positions and %d velocities for a move of %d joints", len(q), len(qd), m.n))
	}
	s, sd := m.parameter(t)
	for i := range q {
		// Rounding must not carry a joint beyond an end that may be a limit.
		a, b := m.from[i], m.to[i]
		q[i] = clamp(a+m.way[i]*s, min(a, b), max(a, b))
		if s == 1 {
			q[i] = b
		}
	}
	for i := range qd {
		qd[i] = m.way[i] * sd
	}
}

// parameter of the path and its rate at t.
func (m *Move) parameter(t float64) (s, sd float64) {
	switch left := m.time - t; {
	case !(t > 0):
		if m.time == 0 {
			return 1, 0
		}
		return 0, 0
	case left <= 0:
		return 1, 0
	case t < m.ramp:
		return m.accel * t * t / 2, m.accel * t
	case left < m.ramp:
		return 1 - m.accel*left*left/2, m.accel * left
	default:
		return m.peak * (t - m.ramp/2), m.peak
	}
}
