package kinematics

import (
	"math"

	"linetwin.dev/kinematics/numeric"
)

// Form is the structure by which a chain's joint variables can be written down for a pose.
type Form uint8

// The forms.
const (
	// Iterative: no closed form is known here; Inverse and Solutions search.
	Iterative Form = iota
	// SphericalWrist: six joints, of which the last three are revolute with axes that meet in
	// one point, on an arm of three revolute joints, two revolute ones and a slide, or
	// three slides. Of revolute arms it takes those with, anywhere among their first
	// three axes, a pair that is parallel or that meets: nearly all that are built.
	SphericalWrist
	// ParallelArm: five or six revolute joints, of which the second, third and fourth are
	// parallel, and not the first to them; of six, with the fifth axis and the sixth
	// meeting. The UR family is of this form, and most arms with five joints.
	ParallelArm
)

// String names the form.
func (f Form) String() string {
	switch f {
	case SphericalWrist:
		return "spherical wrist"
	case ParallelArm:
		return "parallel arm"
	}
	return "iterative"
}

// Form tells which closed form Inverse and Solutions use.
func (c *Chain) Form() Form { return c.form }

const (
	// freeBelow is the sine, or the length in parts of the reach, below which what
	// determines a joint variable counts as nothing: the variable is free then. A pose is
	// missed by no more than that.
	freeBelow = 1e-10
	// touch is how far, in parts of the reach or as a sine, a pose may lie outside of what
	// an arm can reach, and be taken for one on the edge. What comes of it is checked.
	touch = 1e-9
)

// structure is what the closed form of a chain needs to know beyond its links.
type structure struct {
	form       Form
	back       Pose       // base inverse
	toolBack   Pose       // tool inverse
	centre     [3]float64 // origin of the frame before the last one, in the last one
	slides     [9]float64 // for three slides: from a place of the wrist to joint values
	slidesFrom [3]float64
}

// classify finds the closed form of a chain whose links are known.
func (c *Chain) classify() {
	c.back, c.toolBack = c.base.Inverse(), c.tool.Inverse()
	l := c.links[:c.n]
	last := &l[c.n-1]
	c.centre = [3]float64{-last.a, -last.sa * last.d, -last.ca * last.d}
	slides := 0
	kinds := 0 // one bit for each joint that slides
	for i := range l {
		if l[i].prismatic {
			slides++
			kinds |= 1 << i
		}
	}
	switch {
	case c.n == 6 && kinds&^7 == 0 && l[3].a == 0 && l[4].a == 0 && l[4].d == 0 && l[3].bent() && l[4].bent():
		if c.solvableArm(kinds) {
			c.form = SphericalWrist
		}
	case slides > 0 || c.n < 5 || c.n > 6:
	case l[0].bent() && l[1].twist == none && l[2].twist == none && l[3].bent() && l[1].a != 0 && l[2].a != 0:
		if c.n == 5 || l[4].bent() && l[4].a == 0 {
			c.form = ParallelArm
		}
	}
}

// bent tells that the axes on either side of the link are far from parallel.
func (l *dhLink) bent() bool { return math.Abs(l.sa) > 1e-3 }

// solvableArm tells whether the place of the wrist gives the first three joints by
// equations of second degree; kinds has a bit for each one that slides.
func (c *Chain) solvableArm(kinds int) bool {
	l := &c.links
	switch kinds {
	case 0b000:
		if l[0].sa == 0 {
			return l[0].a != 0 && l[1].bent()
		}
		return l[0].bent() && (l[0].a == 0 || l[1].sa == 0)
	case 0b100:
		if l[0].sa == 0 {
			return l[0].a != 0 && math.Abs(l[1].ca) > 1e-3
		}
		return l[0].bent() && (l[0].a == 0 || l[1].ca == 0)
	case 0b111:
		// The wrist goes where the slides take it: a linear map, to be inverted.
		p := Identity()
		var ways [3][3]float64
		for i := range ways {
			ways[i] = [3]float64{p.R[2], p.R[5], p.R[8]}
			p.advance(&l[i], 0)
		}
		c.slidesFrom = p.Apply([3]float64{0, 0, l[3].d})
		det := dot(ways[0], cross(ways[1], ways[2]))
		for i := range ways {
			row := cross(ways[(i+1)%3], ways[(i+2)%3])
			for k := range row {
				c.slides[3*i+k] = row[k] / det
			}
		}
		return math.Abs(det) > 1e-3
	}
	return false
}

// candidates collects the answers of a closed form, as angles and slides that are
// still to be reduced by the links' own offsets.
type candidates struct {
	n    int
	q    [MaxSolutions][6]float64
	free [MaxSolutions]bool
}

func (a *candidates) add(q *[6]float64, free bool) {
	if a.n < MaxSolutions {
		a.q[a.n], a.free[a.n] = *q, free
		a.n++
	}
}

// closed finds all candidates for the tool at target. near has the joint variables from
// which those that are free take their values.
func (c *Chain) closed(target *Pose, near *[MaxJoints]float64, out *candidates) {
	out.n = 0
	t := c.back.Mul(*target).Mul(c.toolBack)
	var at [6]float64 // near, as the angles that the links' tables speak of
	for i := range at[:c.n] {
		at[i] = near[i]
		if !c.links[i].prismatic {
			at[i] += c.links[i].theta
		}
	}
	switch {
	case c.form == SphericalWrist:
		c.wristArm(&t, &at, out)
	case c.n == 6:
		c.parallel6(&t, &at, out)
	default:
		c.parallel5(&t, &at, out)
	}
	for i := range out.q[:out.n] {
		for k := range c.n {
			if !c.links[k].prismatic {
				out.q[i][k] -= c.links[k].theta
			}
		}
	}
}

// crossing solves a cos(x) + b sin(x) = d, with d too large by no more than slack taken for
// the largest possible one, and returns the number of solutions.
func crossing(a, b, d, slack float64, x *[2]float64) int {
	r := math.Sqrt(a*a + b*b)
	if math.Abs(d) > r+slack {
		return 0
	}
	mid := math.Atan2(b, a)
	h := (r - d) * (r + d)
	if h <= 0 {
		x[0] = mid
		if d < 0 {
			x[0] += math.Pi
		}
		return 1
	}
	half := math.Atan2(math.Sqrt(h), d)
	x[0], x[1] = mid+half, mid-half
	return 2
}

// euler solves M = Rz(x) Rx(first) Rz(y) Rx(second) Rz(z) for x, y, z, of which there are
// two triples, or one where x and z turn about the same axis and only their sum or
// difference is given. Those are then shared out so that both go the same way from near.
// z column and x column are those of M.
func euler(first, second *dhLink, zcol, xcol *[3]float64, nearX, nearZ float64, out *[2][3]float64) (n int, free bool) {
	s1, c1, s2, c2 := first.sa, first.ca, second.sa, second.ca
	cy := (c1*c2 - zcol[2]) / (s1 * s2)
	off := math.Sqrt(zcol[0]*zcol[0] + zcol[1]*zcol[1])
	sy := off
	if c1 != 0 || c2 != 0 {
		if math.Abs(cy) > 1+touch {
			return 0, false
		}
		sy = math.Sqrt(max((1-cy)*(1+cy), 0))
	}
	n = 2
	if free = off < freeBelow; free || sy == 0 {
		n = 1
	}
	y := math.Atan2(sy, cy)
	s, cn := sy, cy
	if k := s*s + cn*cn; k != 1 {
		k = 1 / math.Sqrt(k)
		s, cn = s*k, cn*k
	}
	azimuth := 0.0
	if !free {
		azimuth = math.Atan2(zcol[1], zcol[0])
	}
	for i := range n {
		x := nearX
		if !free {
			x = azimuth - math.Atan2(-c1*s2*cn-s1*c2, s2*s)
		}
		out[i] = [3]float64{x, y, third(first, second, xcol, x, s, cn)}
		y, s = -y, -s
	}
	if free {
		// zcol is along the first axis or against it: a turn of x is made up for by z.
		half := math.Remainder(out[0][2]-nearZ, 2*math.Pi) / 2
		out[0][2] = nearZ + half
		out[0][0] = nearX + math.Copysign(half, half*zcol[2])
	}
	return n, free
}

// third is the last angle of euler when the first two are known: so it makes up for what
// rounding has done to them where they are ill determined.
func third(first, second *dhLink, xcol *[3]float64, x, sy, cy float64) float64 {
	sx, cx := numeric.Sincos(x)
	// Rz(x) Rx(first) Rz(y) Rx(second) (cos z, sin z, 0) = xcol, undone from the left
	a, b, d := cx*xcol[0]+sx*xcol[1], cx*xcol[1]-sx*xcol[0], xcol[2]
	b, d = first.ca*b+first.sa*d, first.ca*d-first.sa*b
	a, b = cy*a+sy*b, cy*b-sy*a
	return math.Atan2(second.ca*b+second.sa*d, a)
}
