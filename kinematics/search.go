package kinematics

import (
	"errors"
	"fmt"
	"math"
)

// search is one run of Inverse: the task and the point that has been reached. Inside
// it everything has no dimension: metres are divided by the chain's reach, so that a
// metre for a large machine weighs what a millimetre does for a small one.
type search struct {
	c           *Chain
	goal        Pose       // the task frame's target
	target      [9]float64 // the tool's rotation there
	task        [9]float64 // task frame in the target's and the tool's frame
	same        bool       // the task frame is the tool's
	free        [6]bool
	about       int // the one axis about which rotation is free, or -1
	tolPosition float64
	tolRotation float64
	iterations  int
	restarts    int
	closed      bool               // the task is one for the chain's closed form
	lo, hi      [MaxJoints]float64 // of the joint variables while searching

	q                  [MaxJoints]float64
	e                  [6]float64 // what is left to go, in the task frame
	j                  Jacobian   // of the tool in the task frame: e falls by j dq
	cost               float64    // |e|^2
	position, rotation float64    // m, rad
}

var errRigid = errors.New("kinematics: target is not a rigid transform: its numbers must be finite and its rotation orthonormal and right-handed")

func (s *search) init(c *Chain, target *Pose, o *IKOptions) error {
	if !target.rigid() {
		return errRigid
	}
	*s = search{c: c, goal: *target, target: target.R, free: o.Free, about: -1,
		tolPosition: o.Position, tolRotation: o.Rotation, iterations: o.Iterations, restarts: o.Restarts}
	if s.tolPosition == 0 {
		s.tolPosition = 1e-9
	}
	if s.tolRotation == 0 {
		s.tolRotation = 1e-9
	}
	if !(s.tolPosition > 0) || !(s.tolRotation > 0) || o.Iterations < 0 {
		return fmt.Errorf("kinematics: tolerances of %v m and %v rad, %d iterations: none may be negative",
			o.Position, o.Rotation, o.Iterations)
	}
	if s.iterations == 0 {
		s.iterations = 60
	}
	if s.restarts == 0 {
		s.restarts = 100
	}
	if s.same = o.Task == [9]float64{}; !s.same {
		if p := (Pose{R: o.Task}); !p.rigid() {
			return fmt.Errorf("kinematics: task rotation %v is not orthonormal and right-handed", o.Task)
		}
		s.task = o.Task
		mulMat(&s.goal.R, &target.R, &o.Task)
	}
	for i := range c.links[:c.n] {
		s.lo[i], s.hi[i] = c.min[i], c.max[i]
		if c.turns(i) {
			// Its ends are no walls: beyond one, it goes on from the other.
			s.lo[i], s.hi[i] = math.Inf(-1), math.Inf(1)
		}
	}
	s.closed = c.form != Iterative && !o.Search && o.Free == [6]bool{}
	n := 0
	for k := range 3 {
		if s.free[3+k] {
			n, s.about = n+1, k
		}
	}
	if n != 1 {
		s.about = -1
	}
	return nil
}

// done tells whether the point is within the tolerances.
func (s *search) done() bool { return s.position <= s.tolPosition && s.rotation <= s.tolRotation }

// look fills in everything that follows from q.
func (s *search) look() {
	c := s.c
	tool := c.Jacobian(s.q[:c.n], &s.j)
	gt := transpose(&s.goal.R)
	d := sub(s.goal.P, tool.P)
	lin := mulVec(&gt, &d)

	// turn takes the tool's task axes to the target's: goal transposed times actual.
	var turn [9]float64
	if s.same {
		mulMat(&turn, &gt, &tool.R)
	} else {
		var actual [9]float64
		mulMat(&actual, &tool.R, &s.task)
		mulMat(&turn, &gt, &actual)
	}
	q := matQuat(&turn)
	if s.about >= 0 {
		// Turn the target about its free axis to where it is nearest.
		var angle float64
		angle, q = q.untwist(s.about)
		var w [3]float64
		w[s.about] = -angle
		back := ExpSO3(w)
		var g [9]float64
		mulMat(&g, &back, &gt)
		gt = g
	}
	w := q.log()
	rate := s.rotationRate(w)

	k := 1 / c.reach
	for i := range s.j.Col[:c.n] {
		t := &s.j.Col[i]
		v, a := t.Linear(), t.Angular()
		v = s.linear(&v)
		a = mulVec(&gt, &a)
		a = mulVec(&rate, &a)
		unit := 1.0
		if c.links[i].prismatic {
			unit = c.reach // a joint variable without dimension
		}
		*t = Twist{v[0] * k * unit, v[1] * k * unit, v[2] * k * unit, a[0], a[1], a[2]}
	}
	s.e = [6]float64{lin[0] * k, lin[1] * k, lin[2] * k, -w[0], -w[1], -w[2]}
	s.mask()
}

// linear gives a direction of the parent frame along the task axes.
func (s *search) linear(v *[3]float64) [3]float64 {
	r := &s.goal.R
	return [3]float64{
		r[0]*v[0] + r[3]*v[1] + r[6]*v[2],
		r[1]*v[0] + r[4]*v[1] + r[7]*v[2],
		r[2]*v[0] + r[5]*v[1] + r[8]*v[2],
	}
}

// rotationRate maps an angular velocity in the target's task frame to the rate of the
// rotation vector w: the inverse of the left Jacobian of SO(3). With a rotation left
// free, the target turns along such that w keeps no part about that axis, and that
// part of the velocity drops out.
func (s *search) rotationRate(w [3]float64) [9]float64 {
	d := logCoefficient(dot(w, w))
	x, y, z := w[0], w[1], w[2]
	m := [9]float64{
		1 - d*(y*y+z*z), d*x*y + z/2, d*x*z - y/2,
		d*x*y - z/2, 1 - d*(x*x+z*z), d*y*z + x/2,
		d*x*z + y/2, d*y*z - x/2, 1 - d*(x*x+y*y),
	}
	if s.about < 0 {
		return m
	}
	b := 3 * s.about
	pivot := m[b+s.about]
	if math.Abs(pivot) < 1e-9 { // only at a swing by pi, where the split is undefined
		return m
	}
	row := [3]float64{m[b], m[b+1], m[b+2]}
	for r := 0; r < 9; r += 3 {
		f := m[r+s.about] / pivot
		for k := range 3 {
			m[r+k] -= f * row[k]
		}
	}
	return m
}

// mask takes the free components out and sums up the others.
func (s *search) mask() {
	for r, f := range s.free {
		if f {
			s.e[r] = 0
			for i := range s.j.Col[:s.c.n] {
				s.j.Col[i][r] = 0
			}
		}
	}
	p := s.e[0]*s.e[0] + s.e[1]*s.e[1] + s.e[2]*s.e[2]
	a := s.e[3]*s.e[3] + s.e[4]*s.e[4] + s.e[5]*s.e[5]
	s.cost = p + a
	s.position, s.rotation = math.Sqrt(p)*s.c.reach, math.Sqrt(a)
}

// descend goes downhill from q, which has been looked at, until it is done, out of
// iterations, or stuck, and returns the number of steps tried. It is stuck after more
// than patience steps in a row that gained next to nothing.
func (s *search) descend(patience int) int {
	c := s.c
	mu := dampingStart
	slow := 0
	trial := *s
	for it := range s.iterations {
		if s.done() {
			return it
		}
		var list [MaxJoints]int
		free := s.movable(&list)
		var dx [MaxJoints]float64
		if len(free) == 0 || !dampedSolve(&s.j, free, &s.e, mu*s.cost+dampingFloor, &dx) {
			return it
		}
		trial.q = s.q
		left := s.e // what a straight Jacobian would leave
		for k, i := range free {
			v, unit := dx[k], 1.0
			if c.links[i].prismatic {
				unit = c.reach
			}
			trial.q[i] = clamp(s.q[i]+v*unit, s.lo[i], s.hi[i])
			v = (trial.q[i] - s.q[i]) / unit
			for r := range left {
				left[r] -= s.j.Col[i][r] * v
			}
		}
		trial.look()
		expected := s.cost - dot6((*Twist)(&left), (*Twist)(&left))
		gained := s.cost - trial.cost
		if !(gained > 0) {
			mu *= 8
			if slow++; slow > patience {
				return it + 1
			}
			continue
		}
		switch {
		case gained > 0.75*expected:
			mu = max(mu/4, dampingLeast)
		case gained < 0.25*expected:
			mu *= 4
		}
		if gained < 0.05*s.cost {
			slow++
		} else {
			slow = 0
		}
		s.q, s.e, s.j, s.cost = trial.q, trial.e, trial.j, trial.cost
		s.position, s.rotation = trial.position, trial.rotation
		if slow > patience {
			return it + 1
		}
	}
	return s.iterations
}

// movable lists the joints that are not on a limit towards which the error pulls them.
func (s *search) movable(list *[MaxJoints]int) []int {
	c, n := s.c, 0
	for i := range s.j.Col[:c.n] {
		pull := dot6(&s.j.Col[i], (*Twist)(&s.e))
		if s.q[i] <= s.lo[i] && pull < 0 || s.q[i] >= s.hi[i] && pull > 0 {
			continue
		}
		list[n] = i
		n++
	}
	return list[:n]
}

// scatter sets q to the start of attempt a: values spread over the joints' ranges, the
// same for every search (SplitMix64: Steele, Lea, Flood, OOPSLA 2014), or, with a spread
// below 1, as far away from near as that fraction of the way to them.
func (s *search) scatter(a int, near *[MaxJoints]float64, spread float64) {
	for i := range s.q[:s.c.n] {
		x := uint64(a*MaxJoints+i) * 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
		lo, hi := s.c.searchRange(i)
		v := lo + (hi-lo)*(float64(x>>11)/(1<<53))
		s.q[i] = near[i] + spread*(v-near[i])
	}
	s.look()
}
