package kinematics

import "math"

// Jacobian maps joint velocities to the tool's twist. Only its first N columns mean
// something. It is a plain value of fixed size: keep one and have it filled again.
type Jacobian struct {
	N int
	// Col[i] is the twist that joint i alone gives the tool at unit speed.
	Col [MaxJoints]Twist
}

// Jacobian sets j to the geometric Jacobian at joint variables q and returns the
// tool's pose, which falls off on the way. The twists are those of the tool's origin
// along the axes of the frame in which the base was given (the base's parent frame):
// rows m/s, m/s, m/s, rad/s, rad/s, rad/s per rad/s, or per m/s of a prismatic joint.
// It does not allocate. (Siciliano et al., Robotics, 3.1.3.)
func (c *Chain) Jacobian(q []float64, j *Jacobian) Pose {
	c.checkLen(len(q))
	j.N = c.n
	p := c.base
	for i, v := range q {
		// Until the tool's place is known, a column holds a point on the joint's
		// axis and the axis.
		j.Col[i] = Twist{p.P[0], p.P[1], p.P[2], p.R[2], p.R[5], p.R[8]}
		p.advance(&c.links[i], v)
	}
	tool := p
	c.addTool(&tool)
	for i := range j.Col[:c.n] {
		t := &j.Col[i]
		x, y, z := t[3], t[4], t[5]
		if c.links[i].prismatic {
			*t = Twist{x, y, z}
			continue
		}
		rx, ry, rz := tool.P[0]-t[0], tool.P[1]-t[1], tool.P[2]-t[2]
		t[0], t[1], t[2] = y*rz-z*ry, z*rx-x*rz, x*ry-y*rx
	}
	return tool
}

// Mul is the tool's twist at joint velocities qd (rad/s, m/s).
func (j *Jacobian) Mul(qd []float64) Twist {
	var t Twist
	for i, v := range qd[:j.N] {
		for r := range t {
			t[r] += j.Col[i][r] * v
		}
	}
	return t
}

// MulTranspose sets dst to the joint torques (Nm) and forces (N) that hold the wrench
// w, force and moment at the tool along the parent's axes: statics, J transposed w.
func (j *Jacobian) MulTranspose(w [6]float64, dst []float64) {
	for i := range dst[:j.N] {
		var s float64
		for r := range w {
			s += j.Col[i][r] * w[r]
		}
		dst[i] = s
	}
}

// Manipulability is Yoshikawa's measure: the product of the Jacobian's singular values
// of the rows that are kept, where keep marks linear x, y, z and angular x, y, z. It is
// 0 at a singularity, and always where there are more rows than joints. Its unit
// mixes metres with the rows that are kept; compare it only with itself.
func (j *Jacobian) Manipulability(keep [6]bool) float64 {
	var a normal
	n := 0
	for r := range keep {
		if !keep[r] {
			continue
		}
		m := 0
		for s := 0; s <= r; s++ {
			if !keep[s] {
				continue
			}
			var sum float64
			for i := range j.Col[:j.N] {
				sum += j.Col[i][r] * j.Col[i][s]
			}
			a[n][m] = sum
			m++
		}
		n++
	}
	det := 1.0
	if !a.factor(n) {
		return 0
	}
	for i := range n {
		det *= a[i][i]
	}
	return math.Sqrt(det)
}

// SingularValues sets dst, unless it is nil, to the singular values of the Jacobian, the
// largest first, six or as many as there are joints, with metres counted in parts of
// length, and returns the largest and the least. Their quotient is the condition
// number; the least is 0 at a singularity, and says how far the joints would have to move
// for a unit of the tool's worst motion. It finds small ones as exactly as large ones, and
// takes some microseconds. dst must have room for six. (Hestenes, one-sided Jacobi rotations,
// J. SIAM 6, 1958.)
func (j *Jacobian) SingularValues(length float64, dst []float64) (largest, least float64) {
	// Rows or columns, whichever are fewer, of which pairs are turned until all are at
	// right angles; then their lengths are the singular values.
	var v [6][MaxJoints]float64
	n, m := 6, j.N
	for i, t := range j.Col[:j.N] {
		for r := range t {
			x := t[r]
			if r < 3 {
				x /= length
			}
			if j.N < 6 {
				v[i][r] = x
			} else {
				v[r][i] = x
			}
		}
	}
	if j.N < 6 {
		n, m = j.N, 6
	}
	for turned, sweep := true, 0; turned && sweep < 30; sweep++ {
		turned = false
		for a := range n {
			for b := a + 1; b < n; b++ {
				x, y := v[a][:m], v[b][:m]
				var xx, yy, xy float64
				for i := range x {
					xx += x[i] * x[i]
					yy += y[i] * y[i]
					xy += x[i] * y[i]
				}
				if xy == 0 || xy*xy <= 1e-30*xx*yy {
					continue
				}
				turned = true
				z := (yy - xx) / (2 * xy)
				t := 1 / (math.Abs(z) + math.Sqrt(1+z*z))
				if z < 0 {
					t = -t
				}
				c := 1 / math.Sqrt(1+t*t)
				s := c * t
				for i := range x {
					x[i], y[i] = c*x[i]-s*y[i], s*x[i]+c*y[i]
				}
			}
		}
	}
	var values [6]float64
	for a := range n {
		sum := 0.0
		for _, x := range v[a][:m] {
			sum += x * x
		}
		values[a] = math.Sqrt(sum)
		for b := a; b > 0 && values[b] > values[b-1]; b-- {
			values[b], values[b-1] = values[b-1], values[b]
		}
	}
	if dst != nil {
		copy(dst[:n], values[:n])
	}
	return values[0], values[n-1]
}
