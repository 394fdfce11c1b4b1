package kinematics

import "math"

// quat is a unit quaternion (w, x, y, z): the rotation by 2 acos(w) about (x, y, z).
type quat [4]float64

// matQuat turns a rotation matrix into its quaternion. It divides by the largest of
// the four parts, which is at least 1/2 (Shepperd, J. Guidance and Control 1, 1978).
func matQuat(r *[9]float64) quat {
	t := r[0] + r[4] + r[8]
	var q quat
	switch {
	case t >= r[0] && t >= r[4] && t >= r[8]:
		q = quat{1 + t, r[7] - r[5], r[2] - r[6], r[3] - r[1]}
	case r[0] >= r[4] && r[0] >= r[8]:
		q = quat{r[7] - r[5], 1 + r[0] - r[4] - r[8], r[1] + r[3], r[2] + r[6]}
	case r[4] >= r[8]:
		q = quat{r[2] - r[6], r[1] + r[3], 1 + r[4] - r[0] - r[8], r[5] + r[7]}
	default:
		q = quat{r[3] - r[1], r[2] + r[6], r[5] + r[7], 1 + r[8] - r[0] - r[4]}
	}
	n := 1 / math.Sqrt(q[0]*q[0]+q[1]*q[1]+q[2]*q[2]+q[3]*q[3])
	return quat{q[0] * n, q[1] * n, q[2] * n, q[3] * n}
}

// log is the rotation vector of q, with an angle in [0, pi].
func (q quat) log() [3]float64 {
	n := math.Sqrt(q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
	k := 2.0 // the limit of angle / n
	if n > 1e-9 {
		// q and -q are one rotation; the one with w >= 0 has the smaller angle.
		k = 2 * math.Atan2(n, math.Abs(q[0])) / n
	}
	if q[0] < 0 {
		k = -k
	}
	return [3]float64{k * q[1], k * q[2], k * q[3]}
}

// untwist splits q = t s into the twist t about axis k (0, 1, 2) and the swing s,
// whose rotation vector has no component along k, and returns the twist's angle and
// the swing. Where the split is undefined, a swing by pi, the twist is none.
func (q quat) untwist(k int) (angle float64, swing quat) {
	n := math.Hypot(q[0], q[k+1])
	if n < 1e-12 {
		return 0, q
	}
	c, s := q[0]/n, q[k+1]/n
	// swing = conj(t) q, with t = (c, s along k): its part along k is zero, and its
	// scalar part is n.
	i, j := (k+1)%3+1, (k+2)%3+1
	swing[0] = n
	swing[i] = c*q[i] + s*q[j]
	swing[j] = c*q[j] - s*q[i]
	return 2 * math.Atan2(s, c), swing
}
