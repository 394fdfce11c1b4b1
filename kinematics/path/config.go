package path

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics/machine"
)

// MaxAxes is the largest number of axes: those of G-code's words X Y Z A B C U V W.
const MaxAxes = 9

// Axis is one axis of the machine. The first three that are not rotary are the ones that
// the tool's speed is counted by, and arcs lie in.
type Axis struct {
	Name   string // for messages
	Rotary bool
	Limit  machine.Limit // of the joint; all three above 0
	Range  machine.Range // of the joint; the zero Range is none
}

// Config of a Planner and a Runner.
type Config struct {
	Axes  []Axis
	Start []float64 // where the joints are, at rest; nil for all at 0
	Cycle float64   // s, between two samples

	// Radius is how many metres a radian of a rotary axis counts for, in the length of
	// the path and in its tolerance; 0 for 0.1 m.
	Radius float64

	// MostOverride is the largest override that will ever be asked for; 0 for 1.2.
	MostOverride float64

	// Smoothing is the time in s in which an acceleration builds up. 0 is for the
	// longest Accel/Jerk of an axis: less gives away acceleration, more gives away time.
	Smoothing float64

	// Queue is for how many pieces of path there is room, at least 1024; 0 for 4096. A line with
	// rounded ends is three pieces, tool centre point control makes more of it.
	Queue int
}

// Mistakes of a Move or a Config. Errors that wrap ErrRange are *RangeErrors.
var (
	ErrConfig = errors.New("path: the configuration is not valid")
	ErrMove   = errors.New("path: the move is not valid")
	ErrRange  = errors.New("path: an axis would leave its range")
	ErrFull   = errors.New("path: the queue is full; let the Runner run")
)

// RangeError says which axis would leave its range, and in which line of which file of the
// program.
type RangeError struct {
	Axis            string
	Line, File      int
	Value, Min, Max float64 // m or rad
}

// Error says it in words.
func (e *RangeError) Error() string {
	return fmt.Sprintf("path: line %d: axis %s would be at %.6g, outside of its range from %.6g to %.6g", e.Line, e.Axis, e.Value, e.Min, e.Max)
}

// Unwrap makes errors.Is(err, ErrRange) true.
func (e *RangeError) Unwrap() error { return ErrRange }

// settings are a Config with everything filled in.
type settings struct {
	n            int
	axes         [MaxAxes]Axis
	rotary       [MaxAxes]bool
	weight       [MaxAxes]float64 // metres of path for a unit of the coordinate
	lo, hi       [MaxAxes]float64
	ranged       bool // some axis has a range
	cycle        float64
	smooth       float64 // T
	mostOverride float64
	fastest      float64 // m/s, that no path speed exceeds
	hardest      float64 // m/s2
}

// New makes the two ends of a queue. The error wraps ErrConfig.
func New(c Config) (*Planner, *Runner, error) {
	s, err := c.settings()
	if err != nil {
		return nil, nil, err
	}
	size := 1024
	for size < c.Queue || c.Queue == 0 && size < 4096 {
		size *= 2
	}
	q := newQueue(size)
	p := newPlanner(s, q)
	r := newRunner(s, q)
	copy(p.at[:], c.Start)
	copy(r.start[:], c.Start)
	return p, r, nil
}

func (c Config) settings() (settings, error) {
	s := settings{
		n: len(c.Axes), cycle: c.Cycle, smooth: c.Smoothing, mostOverride: c.MostOverride,
	}
	fail := func(format string, args ...any) (settings, error) {
		return s, fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	if s.n < 1 || s.n > MaxAxes {
		return fail("%d axes; there may be 1 to %d", s.n, MaxAxes)
	}
	if len(c.Start) != 0 && len(c.Start) != s.n {
		return fail("Start has %d values for %d axes", len(c.Start), s.n)
	}
	if !(c.Cycle > 0) || math.IsInf(c.Cycle, 0) {
		return fail("Cycle is %g s; it must be above 0, such as 0.001", c.Cycle)
	}
	if s.mostOverride == 0 {
		s.mostOverride = 1.2
	}
	if !(s.mostOverride >= 1 && s.mostOverride <= 100) {
		return fail("MostOverride is %g; it must be from 1 to 100", c.MostOverride)
	}
	radius := c.Radius
	if radius == 0 {
		radius = 0.1
	}
	if !(radius > 0) || math.IsInf(radius, 0) {
		return fail("Radius is %g m; it must be above 0", c.Radius)
	}
	var longest, v2, a2 float64
	for i, a := range c.Axes {
		l := a.Limit
		for _, v := range []float64{l.Speed, l.Accel, l.Jerk} {
			if !(v > 0) || math.IsInf(v, 0) {
				return fail("axis %s: its limits are %g, %g and %g; all three must be above 0 and finite", a.Name, l.Speed, l.Accel, l.Jerk)
			}
		}
		s.axes[i], s.rotary[i], s.weight[i] = a, a.Rotary, 1
		if a.Rotary {
			s.weight[i] = radius
		}
		s.lo[i], s.hi[i] = math.Inf(-1), math.Inf(1)
		if a.Range != (machine.Range{}) {
			s.lo[i], s.hi[i], s.ranged = a.Range.Min, a.Range.Max, true
			if !(s.lo[i] < s.hi[i]) {
				return fail("axis %s: its range is empty: Min %g must be below Max %g", a.Name, s.lo[i], s.hi[i])
			}
		}
		if i < len(c.Start) && !(c.Start[i] >= s.lo[i] && c.Start[i] <= s.hi[i]) {
			return fail("axis %s starts at %g, outside of its range from %g to %g", a.Name, c.Start[i], s.lo[i], s.hi[i])
		}
		longest = max(longest, l.Accel/l.Jerk)
		v2 += math.Pow(l.Speed*s.weight[i], 2)
		a2 += math.Pow(l.Accel*s.weight[i], 2)
	}
	if s.smooth == 0 {
		s.smooth = longest
	}
	if !(s.smooth > 0 && s.smooth <= 10) {
		return fail("Smoothing is %g s; it must be above 0 and at most 10", s.smooth)
	}
	s.fastest, s.hardest = math.Sqrt(v2), math.Sqrt(a2)
	return s, nil
}
