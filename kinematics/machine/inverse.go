package machine

import (
	"errors"
	"math"

	"linetwin.dev/kinematics/numeric"
)

// The errors of Inverse and Solutions. errors.Is finds ErrUnreachable in each of them but
// ErrArgument.
var (
	ErrUnreachable error = errors.New("machine: the tool cannot be brought there")
	ErrDirection   error = &directionError{}
	ErrArgument    error = errors.New("machine: point, tool axis and near must be finite, and the tool axis not zero")
)

type directionError struct{}

func (*directionError) Error() string {
	return "machine: the rotary axes cannot give the tool that direction, whatever their limits"
}

func (*directionError) Is(target error) bool { return target == ErrUnreachable }

const (
	// poleRadius is the angle, in rad, between the tool and the pole below which a rotary
	// axis counts as free. The tool's axis is then off by at most that.
	poleRadius = 1e-10
	// directionTolerance is how far, in rad, a direction may lie outside of those that
	// the rotary axes can give, and be taken for the nearest one of them.
	directionTolerance = 1e-9
	// limitTolerance is how far, in m or rad, rounding may carry an axis over a limit;
	// it is put back on it.
	limitTolerance = 1e-12
)

// Answer tells about a solution of the inverse problem.
type Answer struct {
	// Singularity is 1 where the rotary axes steer the tool best and 0 where they
	// cannot steer it in some direction: the sine, for axes at a right angle, of
	// the angle between the tool and the pole, the direction of the tool at which C turns
	// without effect. Turning the tool at a rate past the pole may need a rotary speed
	// of that rate divided by Singularity. It is 1 with fewer than two rotary axes.
	Singularity float64
	// Free says that the tool is at the pole: one rotary axis could have any value,
	// and has been left where it was in near, or as near to it as its limits allow.
	Free bool
}

// Solution is one set of joint values.
type Solution struct {
	Answer
	Joints [MaxAxes]float64 // of which the first Axes mean something
	// Cost is the sum of the squares of the rotary axes' ways from near, in rad2.
	Cost float64
}

// Solutions are all answers to an inverse problem, the nearest one first. It is a plain
// value of fixed size: keep one and have it filled again.
type Solutions struct {
	N   int
	All [2]Solution
}

// pair is what the inverse problem needs to know of two rotary axes, E1 about w1 and E2
// about w2, such that E1 E2 b = a. With both axes in the table, b is the tool's axis in the
// workpiece and a that in the machine; otherwise a is the one and b the other. The
// rotation of a table that faces a head goes into E1 with its sense swapped.
type pair struct {
	sign1    float64
	k, n     float64    // w1 w2, and 1 - k^2
	up       [3]float64 // w1 x w2
	out1     [3]float64 // part of w2 at a right angle to w1
	out2     [3]float64 // part of w1 at a right angle to w2
	inverted bool       // both axes in the table
}

func (m *Machine) newPair() (pair, bool) {
	w1, w2 := m.rot[0].w, m.rot[1].w
	p := pair{sign1: 1, k: dot(w1, w2), up: cross(w1, w2), out1: across(w2, w1), out2: across(w1, w2)}
	p.n = dot(p.up, p.up)
	p.inverted = m.tables == 2
	if m.tables == 1 {
		p.sign1 = -1
	}
	return p, p.n > 1e-6
}

// Inverse sets dst to the joints that bring the tip of the tool to point, in the workpiece's
// frame in m, with its axis along axis, a vector of any length from tip to spindle. Of
// several answers within the limits it takes the one whose rotary axes are nearest to
// near, the joints' present values, and each rotary axis as near to there as whole turns
// allow; at the pole the axis that is free stays where it is. So along a smooth path, each
// answer the next one's near, there is no jump unless the path leaves the machine no
// choice. near and dst may be the same slice.
//
// The errors are ErrArgument, ErrDirection and *LimitError; dst is then left alone.
// (Murray, Li, Sastry 1994, 3.2: Paden and Kahan's second subproblem.)
func (m *Machine) Inverse(point, axis [3]float64, near, dst []float64) (Answer, error) {
	m.checkLen(len(dst))
	var s Solutions
	if err := m.Solutions(point, axis, near, &s); err != nil {
		return Answer{}, err
	}
	copy(dst, s.All[0].Joints[:m.n])
	return s.All[0].Answer, nil
}

// Solutions sets dst to all answers within the limits to the problem of Inverse, the
// nearest to near first: two in general, one at the pole. Of answers that differ by whole
// turns it keeps the nearest. On an error dst is empty.
func (m *Machine) Solutions(point, axis [3]float64, near []float64, dst *Solutions) error {
	m.checkLen(len(near))
	dst.N = 0
	u, ok := unit(m.work.Rotate(axis))
	sum := 0.0
	for _, v := range near {
		sum += v - v
	}
	if !ok || !finite(point) || sum != 0 {
		return ErrArgument
	}
	var found [2][2]float64 // angles, in the order of rot
	var ans Answer
	var free, n int
	switch m.count {
	case 0:
		n, free, ans.Singularity = 1, -1, 1
		if norm(across(u, [3]float64{0, 0, 1})) > directionTolerance || u[2] < 0 {
			n = 0
		}
	case 1:
		n, free = m.one(u, &found[0][0])
		ans.Singularity = 1
	default:
		n, free, ans.Singularity = m.two(u, &found)
	}
	if n == 0 {
		return ErrDirection
	}
	ans.Free = free >= 0
	over, value := -1, 0.0
	for _, angles := range found[:n] {
		s := &dst.All[dst.N]
		s.Answer, s.Cost = ans, 0
		if j, v := m.place(point, angles, free, near, s); j >= 0 {
			over, value = j, v
			continue
		}
		dst.N++
	}
	if dst.N == 0 {
		return &LimitError{m.names[over], value, m.lo[over], m.hi[over]}
	}
	if dst.N == 2 && dst.All[1].Cost < dst.All[0].Cost {
		dst.All[0], dst.All[1] = dst.All[1], dst.All[0]
	}
	return nil
}

// one finds the angle of the only rotary axis; free is 0 where any will do, and -1.
func (m *Machine) one(u [3]float64, angle *float64) (n, free int) {
	from, to := [3]float64{0, 0, 1}, u
	if m.tables == 1 {
		from, to = to, from
	}
	w := m.rot[0].w
	f, t := across(from, w), across(to, w)
	if math.Abs(dot(from, w)-dot(to, w)) > directionTolerance {
		return 0, -1
	}
	if norm(f) < poleRadius {
		return 1, 0
	}
	*angle = math.Atan2(dot(w, cross(f, t)), dot(f, t))
	return 1, -1
}

// two finds the angles of two rotary axes for the tool's axis u in the table's frame.
// free is the axis that may take any value, or -1.
func (m *Machine) two(u [3]float64, found *[2][2]float64) (n, free int, singularity float64) {
	p := &m.pair
	a, b := u, [3]float64{0, 0, 1}
	if p.inverted {
		a, b = b, a
	}
	w1, w2 := &m.rot[0].w, &m.rot[1].w
	// E2 b and E1^-1 a are one vector v. Its parts along w1 and w2 are those of a and b;
	// v = g1 w1 + g2 w2 +- g3 w1 x w2.
	q1, q2 := dot(a, *w1), dot(b, *w2)
	g1, g2 := (q1-p.k*q2)/p.n, (q2-p.k*q1)/p.n
	a1, b2 := across(a, *w1), across(b, *w2)
	r1, r2 := norm(a1), norm(b2)
	// g3^2 n, from the side on which less is lost in the difference
	rt := math.Sqrt(p.n)
	h := (r2 - math.Abs(g1)*rt) * (r2 + math.Abs(g1)*rt)
	if r1 < r2 {
		h = (r1 - math.Abs(g2)*rt) * (r1 + math.Abs(g2)*rt)
	}
	if h < 0 {
		// The gap between the cones on which v would have to lie is the error of the
		// direction.
		if math.Abs(h) > 2*directionTolerance*max(min(r1, r2), directionTolerance) {
			return 0, -1, 0
		}
		h = 0
	}
	singularity = math.Sqrt(h)
	switch {
	case r1 < poleRadius:
		// E1 has no effect: v is a.
		v := across(a, *w2)
		found[0][1] = math.Atan2(dot(*w2, cross(b2, v)), dot(b2, v))
		return 1, 0, singularity
	case r2 < poleRadius:
		v := across(b, *w1)
		found[0][0] = p.sign1 * math.Atan2(dot(*w1, cross(v, a1)), dot(v, a1))
		return 1, 1, singularity
	}
	g3 := math.Sqrt(h / p.n)
	for i := range found {
		v1 := add(scale(p.out1, g2), scale(p.up, g3)) // the part of v at a right angle to w1
		v2 := add(scale(p.out2, g1), scale(p.up, g3)) // and to w2
		found[i][0] = p.sign1 * math.Atan2(dot(*w1, cross(v1, a1)), dot(v1, a1))
		found[i][1] = math.Atan2(dot(*w2, cross(b2, v2)), dot(b2, v2))
		g3 = -g3
	}
	if h == 0 {
		return 1, -1, singularity // both are one
	}
	return 2, -1, singularity
}

// place completes a solution from the angles of the rotary axes, and returns -1, or else
// the joint that would have to leave its limits and its value.
func (m *Machine) place(point [3]float64, angles [2]float64, free int, near []float64, s *Solution) (over int, value float64) {
	for i := range m.rot[:m.count] {
		j := m.rot[i].slot
		v := angles[i]
		if i == free {
			v = min(max(near[j], m.lo[j]), m.hi[j])
		} else if v = numeric.NearestTurn(v, near[j], m.lo[j], m.hi[j], limitTolerance); v < m.lo[j] || v > m.hi[j] {
			return j, v
		}
		s.Joints[j] = v
		s.Cost += (v - near[j]) * (v - near[j])
	}
	m.FromProgram(point, s.Joints[3:m.n], s.Joints[:m.n])
	for j := range 3 {
		v := &s.Joints[j]
		if *v < m.lo[j]-limitTolerance || *v > m.hi[j]+limitTolerance {
			return j, *v
		}
		*v = min(max(*v, m.lo[j]), m.hi[j])
	}
	return -1, 0
}
