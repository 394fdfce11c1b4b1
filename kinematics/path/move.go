package path

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/machine"
)

// Move is a straight line or an arc from where the one before it ended. All coordinates
// change in proportion to the way along it.
type Move struct {
	To [MaxAxes]float64 // m or rad; elements past the machine's axes are 0

	// Feed is the speed of the tool, in m/s along the first three axes; where these rest, in
	// m/s along the other linear axes, and where all linear axes rest, in rad/s. 0 is for as
	// fast as the axes can, which an override cannot make faster.
	Feed float64
	Time float64 // s that the move takes, in place of Feed; 0: as Feed says

	// An arc turns in the first three coordinates about the axis through Centre along
	// Normal, by Sweep by the right hand, whole turns included; 0 is for a straight line.
	Centre, Normal [3]float64
	Sweep          float64

	// Tolerance is how far, in metres, the path may pass the move's ends to go round them
	// without stopping; Inf is for as far as the speed asks for. At 0 it goes through them to
	// a nanometre, and stops in corners. Between two moves the smaller one counts.
	Tolerance float64
	Stop      bool // at the end, whatever comes next

	// Of the program, for messages and samples: the line, and in which of its files it is, as
	// the caller numbers them.
	Line, File int
	Mark       int // above 0: samples have it from the move's beginning on
}

const (
	shortest   = 1e-10 // m: moves that are shorter are left to the next one
	throughTol = 1e-9  // m: tolerance of "through every point"
	sharp      = 1e-3  // corner, in rad or so, that "through every point" stops in
)

// segment is a Move with its geometry.
type segment struct {
	base      curve
	len       float64
	feed      float64 // m/s of the path
	want      float64 // m/s that the axes could reach on it, feed included
	tolerance float64
	m         *machine.Machine
	line      int
	file      int
	asked     float64 // the move's feed
	rapid     bool
	stop      bool

	// Its start: how the first and second derivatives jump there.
	rest       bool // the path stops before it
	jump, bend [MaxAxes]float64
	jumpSize   float64
	bendSize   float64
	corner     float64 // m, tolerance there
	reach      uint64  // over how many segments to either side the jumps should be spread
	most       float64 // m, the most that the tolerance allows them
	wide       float64 // m, half the width over which they are spread
	shrink     float64 // factor of wide that keeps the tolerance there

	// Ends, for the next one.
	tangent, curvature [MaxAxes]float64

	mark  int
	pause bool // no move: a stop with a mark
	dwell float64
}

// build makes a segment of a move. ok is false for one that is too short to be one.
func (p *Planner) build(mv *Move, s *segment) (ok bool, err error) {
	fail := func(format string, args ...any) (bool, error) {
		return false, fmt.Errorf("%w: line %d: %s", ErrMove, mv.Line, fmt.Sprintf(format, args...))
	}
	for i := range p.n {
		if math.IsNaN(mv.To[i]) || math.IsInf(mv.To[i], 0) {
			return fail("coordinate %s is %g", p.axes[i].Name, mv.To[i])
		}
	}
	if !(mv.Feed >= 0) || !(mv.Time >= 0) || !(mv.Tolerance >= 0) {
		return fail("feed %g m/s, time %g s and tolerance %g m must not be negative", mv.Feed, mv.Time, mv.Tolerance)
	}
	*s = segment{m: p.m, line: mv.Line, file: mv.File, asked: mv.Feed, stop: mv.Stop, tolerance: max(mv.Tolerance, throughTol)}
	if mv.Sweep != 0 && p.point(mv) {
		mv.Sweep = 0
	}
	var way2 float64
	for i := range p.n {
		d := (mv.To[i] - p.at[i]) * p.weight[i]
		if mv.Sweep != 0 && i < 3 {
			continue
		}
		way2 += d * d
	}
	if mv.Sweep != 0 {
		if p.n < 3 || p.rotary[0] || p.rotary[1] || p.rotary[2] {
			return fail("an arc needs three linear axes first")
		}
		if ok, err = p.bow(mv, s, way2); !ok || err != nil {
			return ok, err
		}
	} else {
		s.len = math.Sqrt(way2)
		if s.len < shortest {
			return false, nil
		}
	}
	poly := &s.base.poly
	for i := range p.n {
		if s.base.arc && i < 3 {
			continue
		}
		poly[0][i] = p.at[i]
		poly[1][i] = (mv.To[i] - p.at[i]) / s.len
	}
	p.pace(mv, s)
	return true, nil
}

// point tells whether an arc is no more than a point, as cutter compensation leaves where the
// tool just fits into a corner: both its ends are as good as on its axis.
func (p *Planner) point(mv *Move) bool {
	const tiny = 1e-9 // m
	for _, at := range [2]*[MaxAxes]float64{&p.at, &mv.To} {
		var along, square float64
		for i, n := range mv.Normal {
			d := at[i] - mv.Centre[i]
			along += d * n
			square += d * d
		}
		if square-along*along > tiny*tiny {
			return false
		}
	}
	return true
}

// bow makes the geometry of an arc: the axis' part of the way, the radius that leads from
// the start to the end, and what rounding left between the two.
func (p *Planner) bow(mv *Move, s *segment, rest2 float64) (bool, error) {
	fail := func(format string, args ...any) (bool, error) {
		return false, fmt.Errorf("%w: line %d: %s", ErrMove, mv.Line, fmt.Sprintf(format, args...))
	}
	n := mv.Normal
	size := math.Sqrt(n[0]*n[0] + n[1]*n[1] + n[2]*n[2])
	if !(math.Abs(size-1) < 1e-6) || math.IsNaN(mv.Sweep) || math.IsInf(mv.Sweep, 0) {
		return fail("an arc's normal has the length %g, not 1, or its sweep, %g, is not a number", size, mv.Sweep)
	}
	var from, to [3]float64 // seen from the axis
	var hf, ht float64
	for i := range from {
		n[i] /= size
		from[i], to[i] = p.at[i]-mv.Centre[i], mv.To[i]-mv.Centre[i]
		hf += from[i] * n[i]
		ht += to[i] * n[i]
	}
	var r0, r1 float64
	for i := range from {
		from[i] -= hf * n[i]
		to[i] -= ht * n[i]
		r0 += from[i] * from[i]
		r1 += to[i] * to[i]
	}
	r0, r1 = math.Sqrt(r0), math.Sqrt(r1)
	if !(r0 > shortest) || !(r1 > shortest) || math.IsInf(r0+r1, 0) {
		return fail("an arc has no radius: it starts %g m and ends %g m from its axis", r0, r1)
	}
	around := (r0 + r1) / 2 * mv.Sweep
	s.len = math.Sqrt(around*around + (ht-hf)*(ht-hf) + rest2)
	if s.len < shortest {
		return false, nil
	}
	s.base.arc = true
	t := &s.base.turn
	t.radius, t.growth, t.rate = r0, (r1-r0)/s.len, mv.Sweep/s.len
	for i := range from {
		t.a[i] = from[i] / r0
	}
	t.b = [3]float64{n[1]*t.a[2] - n[2]*t.a[1], n[2]*t.a[0] - n[0]*t.a[2], n[0]*t.a[1] - n[1]*t.a[0]}
	sin, cos := math.Sincos(mv.Sweep)
	for i := range from {
		start := p.at[i] - r0*t.a[i]
		end := mv.To[i] - r1*(t.a[i]*cos+t.b[i]*sin)
		s.base.poly[0][i] = start
		s.base.poly[1][i] = (end - start) / s.len
	}
	return true, nil
}

// pace finds the speed of a segment, and what its ends are like.
func (p *Planner) pace(mv *Move, s *segment) {
	var start, end [MaxAxes]machine.Jet
	s.base.at(0, p.n, &start)
	s.base.at(s.len, p.n, &end)
	var tool, other, turn float64
	axes := math.Inf(1)
	for i := range p.n {
		v := start[i][1]
		switch {
		case p.rotary[i]:
			turn += v * v
		case i < 3:
			tool += v * v
		default:
			other += v * v
		}
		s.tangent[i], s.curvature[i] = end[i][1], end[i][2]
		s.jump[i], s.bend[i] = start[i][1], start[i][2]
		if v = max(math.Abs(v), math.Abs(end[i][1])); v > 0 {
			axes = min(axes, p.axes[i].Limit.Speed/v)
		}
	}
	s.feed, s.rapid = math.Inf(1), mv.Feed == 0 && mv.Time == 0
	const still = 1e-18 // of the square of the part of a direction that counts as none
	switch {
	case mv.Time > 0:
		s.feed = s.len / mv.Time
	case s.rapid:
	case tool > still:
		s.feed = mv.Feed / math.Sqrt(tool)
	case other > still:
		s.feed = mv.Feed / math.Sqrt(other)
	default:
		s.feed = mv.Feed / math.Sqrt(turn)
	}
	s.want = min(s.feed, axes)
}

// meet finds out how a segment follows the one before it; both derivatives of its start are
// in jump and bend.
func (p *Planner) meet(before, s *segment) {
	s.rest = s.rest || before == nil || before.stop || before.pause || before.m != s.m
	if !s.rest {
		for i := range p.n {
			w := p.weight[i]
			s.jump[i] -= before.tangent[i]
			s.bend[i] -= before.curvature[i]
			s.jumpSize += s.jump[i] * s.jump[i] * w * w
			s.bendSize += s.bend[i] * s.bend[i] * w * w
		}
		s.jumpSize, s.bendSize = math.Sqrt(s.jumpSize), math.Sqrt(s.bendSize)
		s.corner = min(before.tolerance, s.tolerance)
		if s.corner <= throughTol && s.jumpSize > sharp {
			s.rest = true
		}
	}
	if s.rest {
		s.jump, s.bend, s.jumpSize, s.bendSize = [MaxAxes]float64{}, [MaxAxes]float64{}, 0, 0
	}
}
