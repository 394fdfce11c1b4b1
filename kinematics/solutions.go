package kinematics

import (
	"cmp"
	"math"
	"slices"

	"linetwin.dev/kinematics/numeric"
)

// MaxSolutions is the most solutions of one pose that are kept. A chain of six joints has
// 16 at the most, and one with a closed form here 8.
const MaxSolutions = 16

// Solutions are joint variables that bring a tool to one pose, the nearest to where the
// joints are first. It is a plain value of fixed size: keep one and have it filled
// again.
type Solutions struct {
	N   int
	All [MaxSolutions]Posture
}

// Posture is one of several ways to take a pose.
type Posture struct {
	Q [MaxJoints]float64 // rad or m; one for each joint of the chain
	// Way is how far that is from where the joints are: the root of the sum of squares, in
	// rad, with the metres of slides in parts of the chain's reach.
	Way float64
	// Position and Rotation are what is left between tool and target in m and rad.
	Position, Rotation float64
	// Free says that the pose leaves a joint free, as with two axes in one line: this
	// is one of infinitely many ways, with the free joints where they are now or, where
	// they can only share a motion, each with its part.
	Free bool
}

// Solutions sets dst to the ways in which the chain can bring its tool to target, within
// its limits, the nearest to near first (nil: to the middle of each joint's range). Of ways
// that differ by whole turns it keeps the nearest.
//
// For a chain with a closed form they are all there are. For others it searches, from near
// and from o.Restarts other starts, and keeps what is different: likely, but not certain, to be
// all for up to six joints, and a choice for more; components that are free in o make it
// search likewise.
//
// The error is an *UnreachableError if there is none, or about the arguments. It does
// not allocate unless it fails.
func (c *Chain) Solutions(target Pose, near []float64, o IKOptions, dst *Solutions) error {
	if near != nil {
		c.checkLen(len(near))
	}
	dst.N = 0
	var s search
	if err := s.init(c, &target, &o); err != nil {
		return err
	}
	var start [MaxJoints]float64
	if err := c.start(near, &start); err != nil {
		return err
	}
	if s.closed {
		var all candidates
		c.closed(&target, &start, &all)
		for i := range all.q[:all.n] {
			s.keep(&all, i, &start, dst)
		}
	}
	if dst.N == 0 {
		if err := s.gather(&start, dst); err != nil {
			return err
		}
	}
	slices.SortStableFunc(dst.All[:dst.N], func(a, b Posture) int { return cmp.Compare(a.Way, b.Way) })
	return nil
}

// nearest takes the candidate nearest to start that is within the limits and tolerances.
func (s *search) nearest(all *candidates, start *[MaxJoints]float64, dst []float64) (Solution, bool) {
	// Near to far, so that only one has to be looked at in most cases.
	var way [MaxSolutions]float64
	for i := range all.q[:all.n] {
		way[i] = s.settle(&all.q[i], start)
	}
	for range all.n {
		best := 0
		for i := range way[:all.n] {
			if way[i] < way[best] {
				best = i
			}
		}
		if math.IsInf(way[best], 1) {
			break
		}
		way[best] = math.Inf(1)
		if s.meets(&all.q[best]) {
			copy(dst, s.q[:s.c.n])
			s.look()
			return Solution{Position: s.position, Rotation: s.rotation, Singular: all.free[best] || s.singular()}, true
		}
	}
	return Solution{}, false
}

// settle moves a candidate by whole turns to where it is nearest to start within the limits,
// and returns the way there; infinite if a limit forbids it.
func (s *search) settle(q *[6]float64, start *[MaxJoints]float64) float64 {
	c := s.c
	sum := 0.0
	for i := range c.n {
		lo, hi := c.min[i], c.max[i]
		unit := 1.0
		if c.links[i].prismatic {
			unit = 1 / c.reach
			q[i] = numeric.ToLimit(q[i], lo, hi, slack)
		} else {
			q[i] = numeric.NearestTurn(q[i], start[i], lo, hi, slack)
		}
		if q[i] < lo || q[i] > hi {
			return math.Inf(1)
		}
		d := (q[i] - start[i]) * unit
		sum += d * d
	}
	return math.Sqrt(sum)
}

// polishBelow is the squared error up to which a candidate that misses the tolerances, as
// one next to a singularity may, is worth some steps of the search.
const polishBelow = 1e-8

// meets looks at a candidate, improves it if it needs that, and tells whether it is good. It
// leaves it in s.q.
func (s *search) meets(q *[6]float64) bool {
	c := s.c
	copy(s.q[:c.n], q[:c.n])
	tool := c.Forward(s.q[:c.n])
	d := sub(tool.P, s.goal.P)
	s.position, s.rotation = math.Sqrt(dot(d, d)), chord(&tool.R, &s.target)
	if s.done() {
		return true
	}
	if s.look(); s.cost < polishBelow {
		s.descend(patienceElsewhere)
		c.unwind(s.q[:c.n], q[:c.n])
		for i, v := range s.q[:c.n] {
			if v < c.min[i] || v > c.max[i] {
				return false
			}
		}
	}
	return s.done()
}

// chord is the angle between two rotations if it is small, and not small if it is not.
func chord(a, b *[9]float64) float64 {
	sum := 0.0
	for i := range a {
		d := a[i] - b[i]
		sum += d * d
	}
	return math.Sqrt(sum / 2)
}

// keep adds a candidate of a closed form to dst if it is good.
func (s *search) keep(all *candidates, i int, start *[MaxJoints]float64, dst *Solutions) {
	way := s.settle(&all.q[i], start)
	if math.IsInf(way, 1) {
		return
	}
	if s.meets(&all.q[i]) && !s.known(dst, 1e-9) {
		dst.All[dst.N] = Posture{s.q, way, s.position, s.rotation, all.free[i]}
		dst.N++
	}
}

// known tells whether dst has the point of the search, to within same and whole turns.
func (s *search) known(dst *Solutions, same float64) bool {
	for i := range dst.All[:dst.N] {
		if s.nearTo(&dst.All[i].Q, same) {
			return true
		}
	}
	return false
}

func (s *search) nearTo(q *[MaxJoints]float64, same float64) bool {
	for k, v := range s.q[:s.c.n] {
		d := math.Abs(v - q[k])
		if s.c.links[k].prismatic {
			d /= s.c.reach
		} else if d > math.Pi {
			d = math.Abs(math.Remainder(d, 2*math.Pi))
		}
		if d > same {
			return false
		}
	}
	return true
}

// gather searches for solutions from many starts.
func (s *search) gather(start *[MaxJoints]float64, dst *Solutions) error {
	best := *start
	restarts := s.restarts
	sol := s.run(&best)
	if !s.done() {
		return &UnreachableError{sol.Position, sol.Rotation, s.c.limited(best[:s.c.n])}
	}
	s.collect(start, dst)
	for a := sol.Restarts + 1; a <= restarts && dst.N < MaxSolutions; a++ {
		s.scatter(a, start, 1)
		if s.descend(patienceElsewhere); s.done() {
			s.collect(start, dst)
		}
	}
	return nil
}

// collect adds the point that the search has reached to dst, unless it is there already.
func (s *search) collect(start *[MaxJoints]float64, dst *Solutions) {
	c := s.c
	c.unwind(s.q[:c.n], start[:c.n])
	if s.known(dst, 1e-5) {
		return
	}
	sum := 0.0
	for k, v := range s.q[:c.n] {
		d := v - start[k]
		if c.links[k].prismatic {
			d /= c.reach
		}
		sum += d * d
	}
	dst.All[dst.N] = Posture{Q: s.q, Way: math.Sqrt(sum), Position: s.position, Rotation: s.rotation, Free: c.n > 6 || s.singular()}
	dst.N++
}

// singular tells whether the Jacobian at the point of the search, over the components
// that count, has singular values a million times apart.
func (s *search) singular() bool {
	var a normal
	var kept [6]int
	rows := 0
	for r, f := range s.free {
		if !f {
			kept[rows] = r
			rows++
		}
	}
	cols := s.j.Col[:s.c.n]
	if len(cols) <= rows {
		for r := range cols {
			for c := range r + 1 {
				a[r][c] = dot6(&cols[r], &cols[c])
			}
		}
		return !a.wellConditioned(len(cols))
	}
	for i := range cols {
		t := &cols[i]
		for r, x := range kept[:rows] {
			for c, y := range kept[:r+1] {
				a[r][c] += t[x] * t[y]
			}
		}
	}
	return !a.wellConditioned(rows)
}
