package kinematics

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics/numeric"
)

// IKOptions say what Inverse is to reach, how well, and how long it may try. The zero
// value asks for the whole pose with the defaults.
type IKOptions struct {
	// Free marks the components of the pose that may take any value: displacement
	// along x, y, z of the task frame, then rotation about them. A machine with fewer
	// than six joints needs it for targets outside of its reachable set; one joint
	// more than the task needs leaves a choice.
	//
	// One free rotation means exactly that: every target turned about that axis is as
	// good. With two, what counts is the third component of the rotation vector from
	// target to tool.
	Free [6]bool
	// Task is the rotation, row-major, of the task frame in the target's frame; all
	// zero means that they are the same. So an axis that is not one of the target's
	// own can be left free, such as the tilt out of the plane of an arm whose other
	// joints are parallel.
	Task [9]float64
	// Position and Rotation are the tolerances in m and rad for the components that
	// are not free; 0 means 1e-9.
	Position, Rotation float64
	// Iterations bounds the steps of one attempt; 0 means 60.
	Iterations int
	// Restarts bounds the attempts from other joint values after the seed's own has
	// failed; 0 means 100, a negative number none. They are the same in every call. A
	// pose that cannot be reached costs them all, about a millisecond: a control cycle
	// that seeds each search with the last answer wants none.
	Restarts int
	// Search makes Inverse iterate also where the chain has a closed form.
	Search bool
}

// Solution tells how Inverse fared.
type Solution struct {
	// Position and Rotation are what is left between tool and target in m and rad,
	// over the components that are not free.
	Position, Rotation float64
	Iterations         int // steps over all attempts; 0 for a closed form
	Restarts           int // attempts after the seed's own
	// Singular warns that the chain is at a singularity there, or so near to one that
	// it may as well be: some motions of the tool need joint speeds a million times
	// larger than others, or cannot be made at all.
	Singular bool
}

// ErrUnreachable is what errors.Is finds in the error of a pose that was not reached.
var ErrUnreachable = errors.New("kinematics: pose not reached")

// UnreachableError says how near to the target the chain came, within its limits.
type UnreachableError struct {
	Position, Rotation float64 // m, rad
	Limited            int     // first joint, from 1, that ended on a limit; 0 if none
}

// Error says how far off, and what to look at.
func (e *UnreachableError) Error() string {
	s := fmt.Sprintf("kinematics: pose not reached: nearest is off by %.3g m and %.3g rad", e.Position, e.Rotation)
	if e.Limited > 0 {
		return s + fmt.Sprintf(", with joint %d on its limit", e.Limited)
	}
	return s + "; it is too far away, or asks for more directions than the joints have"
}

// Is makes errors.Is(err, ErrUnreachable) true.
func (e *UnreachableError) Is(target error) bool { return target == ErrUnreachable }

// The damping is a factor times the squared error. Damping that shrinks with the error
// keeps the last steps quadratic even where the Jacobian has no full rank (Fan and Yuan,
// Computing 74, 2005).
const (
	dampingStart = 0.3   // the factor at first
	dampingLeast = 1e-3  // and at its lowest
	dampingFloor = 1e-13 // added, so that no system is singular to within rounding
)

const (
	// An attempt gives up after so many steps in a row that gain next to nothing. The
	// seed is worth waiting for: another start may end in another posture of the arm.
	// Elsewhere, the next start finds the answer sooner.
	patienceSeed      = 12
	patienceElsewhere = 4
	// A seed with a squared error below besideCost lies beside the answer. If a nearby
	// singularity has spoilt its attempt, one start a little away from it usually gets
	// there without changing the posture.
	besideCost   = 0.05
	besideSpread = 0.1
)

// Inverse sets dst to joint variables within the limits that bring the tool to target,
// given in the frame in which the base was given. It takes those nearest to seed, clamped
// to the limits (nil: the middle of each joint's range), that it finds, so that each
// answer on a path, seeded with the last one, follows without a jump. A revolute joint with
// more than a turn of range ends up as near to the seed as whole turns allow.
//
// seed and dst may be the same slice.
//
// A chain with a closed form (Form) gives all answers at once if the whole pose is asked for.
// Else, or if they miss, a damped least-squares iteration after Levenberg and Marquardt
// starts at the seed, so one near the answer gives the answer near to it; only if that
// fails does it try other starts. Its damping is in proportion to the squared error, and
// joints on a limit that they are pushed against are taken out of the step. The same
// arguments give the same answer, bit for bit. It does not allocate unless it fails.
//
// If no attempt meets the tolerances the error is an *UnreachableError, and dst holds
// the nearest joint variables that were met. Any other error is about the arguments,
// and leaves dst alone.
func (c *Chain) Inverse(target Pose, seed []float64, o IKOptions, dst []float64) (Solution, error) {
	c.checkLen(len(dst))
	if seed != nil {
		c.checkLen(len(seed))
	}
	var s search
	if err := s.init(c, &target, &o); err != nil {
		return Solution{}, err
	}
	var start [MaxJoints]float64
	if err := c.start(seed, &start); err != nil {
		return Solution{}, err
	}
	if s.closed {
		var all candidates
		c.closed(&target, &start, &all)
		if sol, ok := s.nearest(&all, &start, dst); ok {
			return sol, nil
		}
	}
	best := start
	sol := s.run(&best)
	c.unwind(best[:c.n], start[:c.n])
	copy(dst, best[:c.n])
	if sol.Position <= s.tolPosition && sol.Rotation <= s.tolRotation {
		return sol, nil
	}
	return sol, &UnreachableError{sol.Position, sol.Rotation, c.limited(dst)}
}

// start is the seed within the limits, or the middle of the joints' ranges.
func (c *Chain) start(seed []float64, start *[MaxJoints]float64) error {
	for i := range start[:c.n] {
		lo, hi := c.searchRange(i)
		start[i] = (lo + hi) / 2
		if seed != nil {
			if !finite(seed[i]) {
				return fmt.Errorf("kinematics: seed of joint %d is %v; it must be finite", i+1, seed[i])
			}
			start[i] = clamp(seed[i], c.min[i], c.max[i])
		}
	}
	return nil
}

// run attempts to reach the goal from q, then from elsewhere, and leaves the best point
// that it met in q.
func (s *search) run(q *[MaxJoints]float64) Solution {
	var sol Solution
	start := *q
	least := math.Inf(1)
	s.q = start
	s.look()
	beside := s.cost < besideCost
	for a, patience := 0, patienceSeed; ; a, patience = a+1, patienceElsewhere {
		if a > 0 {
			spread := 1.0
			if a == 1 && beside {
				spread = besideSpread
			}
			s.scatter(a, &start, spread)
			sol.Restarts = a
		}
		sol.Iterations += s.descend(patience)
		if s.cost < least || s.done() {
			least, *q = s.cost, s.q
			sol.Position, sol.Rotation = s.position, s.rotation
			sol.Singular = s.singular()
		}
		if s.done() || a >= s.restarts {
			return sol
		}
	}
}

// searchRange bounds the values of joint i from which a search may start.
func (c *Chain) searchRange(i int) (lo, hi float64) {
	lo, hi = c.min[i], c.max[i]
	switch {
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		return -math.Pi, math.Pi
	case math.IsInf(lo, -1):
		return hi - 2*math.Pi, hi
	case math.IsInf(hi, 1):
		return lo, lo + 2*math.Pi
	}
	return lo, hi
}

// turns tells whether joint i may turn all round, and so can be at every angle.
func (c *Chain) turns(i int) bool {
	return !c.links[i].prismatic && c.max[i]-c.min[i] >= 2*math.Pi
}

// unwind moves each revolute joint by whole turns to where, within its limits, it is
// nearest to near.
func (c *Chain) unwind(q, near []float64) {
	for i := range q {
		if !c.links[i].prismatic {
			q[i] = numeric.NearestTurn(q[i], near[i], c.min[i], c.max[i], slack)
		}
	}
}

// slack is how far, in rad or m, rounding may carry a joint over a limit; it is put back
// on it.
const slack = 1e-10

// limited is the first joint, from 1, on a limit; 0 if none is.
func (c *Chain) limited(q []float64) int {
	for i, v := range q {
		if v <= c.min[i] || v >= c.max[i] {
			return i + 1
		}
	}
	return 0
}
