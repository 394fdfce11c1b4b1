package kinematics

import (
	"errors"
	"math"
)

// The errors of Velocity. They are fixed values, so that a control cycle that runs
// into one does not allocate.
var (
	ErrSingular = errors.New("kinematics: the chain is singular at these joint values; give a damping above 0, or a weight of 0 to what may be left free")
	ErrVelocity = errors.New("kinematics: joint values, twist, weights and damping must be finite, the last two not negative")
)

// Velocity sets qd to the joint velocities (rad/s, m/s) that give the tool, at joint
// variables q, the twist nearest to the one asked for: the velocity of the tool's
// origin in m/s and the angular velocity in rad/s, both along the axes of the base's
// parent frame. It minimises
//
//	sum weights[i] (J qd - twist)[i]^2 + damping^2 |qd|^2
//
// so a weight of 0 leaves a component free, and damping (0.01 to 0.1 suits metres and
// radians) keeps qd bounded near a singularity at the cost of some error. Limits play
// no part; a Follower keeps them. (Wampler, IEEE Trans. SMC 16, 1986.)
//
// It does not allocate. On an error, ErrSingular or ErrVelocity, qd is all zero.
func (c *Chain) Velocity(q []float64, twist Twist, weights [6]float64, damping float64, qd []float64) error {
	c.checkLen(len(q))
	c.checkLen(len(qd))
	clear(qd)
	ok := damping >= 0 && finite(damping) && allFinite(q)
	var root [6]float64
	var e [6]float64
	for i, w := range weights {
		ok = ok && w >= 0 && finite(w) && finite(twist[i])
		root[i] = math.Sqrt(w)
		e[i] = root[i] * twist[i]
	}
	if !ok {
		return ErrVelocity
	}
	var j Jacobian
	c.Jacobian(q, &j)
	var all [MaxJoints]int
	for i := range j.Col[:c.n] {
		all[i] = i
		for r := range root {
			j.Col[i][r] *= root[r]
		}
	}
	var x [MaxJoints]float64
	if !dampedSolve(&j, all[:c.n], &e, damping*damping, &x) {
		return ErrSingular
	}
	copy(qd, x[:c.n])
	return nil
}
