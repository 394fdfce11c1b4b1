package machine

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
)

// MaxAxes is the largest number of axes of a machine.
const MaxAxes = 5

// Range bounds the values of an axis in m or rad, ends included. The zero Range is
// none: the axis may take every value.
type Range struct{ Min, Max float64 }

// bounds are the range's ends, infinite where it is none.
func (r Range) bounds() (lo, hi float64) {
	if r == (Range{}) {
		return math.Inf(-1), math.Inf(1)
	}
	return r.Min, r.Max
}

// Side is the part of a machine that a rotary axis turns.
type Side uint8

// The sides.
const (
	Table Side = iota // turns the workpiece
	Head              // turns the tool
)

// String names the side.
func (s Side) String() string {
	switch s {
	case Table:
		return "table"
	case Head:
		return "head"
	}
	return fmt.Sprintf("Side(%d)", uint8(s))
}

// Rotary is a rotary axis as it lies while all axes are at 0.
type Rotary struct {
	Name string // such as "A"; the names of a machine's axes are distinct
	Side Side
	// Direction of the axis, of any length but 0. A positive angle turns the table, or the
	// head, by the right-hand rule about it.
	Direction [3]float64
	// Pivot is a point on the axis in metres: for a table in the machine's frame, for a
	// head as seen from the gauge point, the place on the spindle from which tools are
	// measured.
	Pivot [3]float64
	Range Range
}

// Config describes a machine to New.
type Config struct {
	Name   string   // such as "XYZAC-TRT"; for messages only
	Linear [3]Range // of X, Y and Z
	// Rotary are the rotary axes, at most two. Of two on the same side the first one
	// carries the second.
	Rotary []Rotary
}

// Machine is the geometry of a machine tool, with a tool and a work offset. It is an
// immutable value of some 700 bytes; pass a pointer to it in a cycle. The zero Machine
// is not valid: start from New or Named.
//
// The machine's frame is that of the linear axes. While all rotary axes are at 0, the
// values of X, Y and Z are the coordinates of the gauge point in it, and the tool's axis,
// which points from the tip to the spindle, is its z. The workpiece's frame is fixed to
// the table, and lies at the work offset in the machine's frame while the table's axes
// are at 0.
//
// Joint values are in the order of Axes, X, Y and Z in metres and the rotary axes in
// radians. Methods panic when a slice of joint values or of angles has a wrong length.
type Machine struct {
	name  string
	n     int // axes
	names [MaxAxes]string
	lo    [MaxAxes]float64
	hi    [MaxAxes]float64

	// rotary axes: those of the table from the machine outwards, then those of the
	// head from the machine outwards
	rot    [2]rotary
	tables int
	count  int
	pair   pair // what the inverse problem needs to know of two rotary axes

	tool [3]float64      // from the tip to the gauge point
	work kinematics.Pose // of the workpiece's frame
}

// rotary axis, with its place among the joints.
type rotary struct {
	w     [3]float64 // direction, of length 1
	pivot [3]float64
	slot  int
	main  uint8 // 1, 2 or 3 if it lies along x, y or z
}

// New makes a machine, without a tool and with the machine's own frame for the
// workpiece. Errors name the axis and say what would be right.
func New(c Config) (Machine, error) {
	m := Machine{name: c.Name, n: 3 + len(c.Rotary), count: len(c.Rotary), work: kinematics.Identity()}
	fail := func(format string, args ...any) (Machine, error) {
		return Machine{}, fmt.Errorf("machine %s: "+format, append([]any{c.Name}, args...)...)
	}
	if m.n > MaxAxes {
		return fail("%d rotary axes; the most is 2", len(c.Rotary))
	}
	for i, r := range c.Linear {
		m.names[i] = string("XYZ"[i])
		m.lo[i], m.hi[i] = r.bounds()
	}
	order := make([]int, 0, 2) // of the rotary axes: tables first
	for _, side := range []Side{Table, Head} {
		for i, r := range c.Rotary {
			if r.Side == side {
				order = append(order, i)
			}
		}
		if side == Table {
			m.tables = len(order)
		}
	}
	if len(order) != len(c.Rotary) {
		return fail("a rotary axis is on neither the table nor the head")
	}
	for k, i := range order {
		r := c.Rotary[i]
		w, ok := unit(r.Direction)
		if !ok || !finite(r.Pivot) {
			return fail("axis %s: direction %v and pivot %v must be finite, the direction not zero", r.Name, r.Direction, r.Pivot)
		}
		if r.Name == "" {
			return fail("rotary axis %d has no name", i+1)
		}
		m.rot[k] = rotary{w: w, pivot: r.Pivot, slot: 3 + i, main: mainAxis(w)}
	}
	// Joints go by name: A before B before C, whichever carries the other.
	if m.count == 2 && c.Rotary[0].Name > c.Rotary[1].Name {
		m.rot[0].slot, m.rot[1].slot = 7-m.rot[0].slot, 7-m.rot[1].slot
	}
	for k, i := range order {
		s := m.rot[k].slot
		m.names[s] = c.Rotary[i].Name
		m.lo[s], m.hi[s] = c.Rotary[i].Range.bounds()
	}
	for i, a := range m.names[:m.n] {
		if !(m.lo[i] < m.hi[i]) {
			return fail("axis %s: its range is empty: Min %v must be below Max %v", a, m.lo[i], m.hi[i])
		}
		for _, b := range m.names[:i] {
			if a == b {
				return fail("two axes are called %s", a)
			}
		}
	}
	if m.count == 2 {
		var ok bool
		if m.pair, ok = m.newPair(); !ok {
			return fail("axes %s and %s are parallel: they cannot give the tool a direction", m.names[3], m.names[4])
		}
	}
	return m, nil
}

// Name of the machine, as it was given.
func (m *Machine) Name() string { return m.name }

// Axes is the number of axes: 3, 4 or 5.
func (m *Machine) Axes() int { return m.n }

// Rotaries is the number of rotary axes, the last ones of Axes.
func (m *Machine) Rotaries() int { return m.count }

// AxisName of joint i: X, Y, Z, then the rotary axes by name.
func (m *Machine) AxisName(i int) string { return m.names[:m.n][i] }

// Axis is the joint with a name, and false if there is none.
func (m *Machine) Axis(name string) (joint int, ok bool) {
	for i, n := range m.names[:m.n] {
		if n == name {
			return i, true
		}
	}
	return 0, false
}

// Limits of joint i in m or rad; infinite where there is none.
func (m *Machine) Limits(i int) (lo, hi float64) { return m.lo[:m.n][i], m.hi[:m.n][i] }

// Tool is the vector from the tip to the gauge point in m.
func (m *Machine) Tool() [3]float64 { return m.tool }

// Work is the pose of the workpiece's frame, as in WithWork.
func (m *Machine) Work() kinematics.Pose { return m.work }

// WithTool is the machine with another tool: tool is the vector, in m, from its tip to
// the gauge point while the head's axes are at 0, as G43 has it; (0, 0, length) for a
// tool in the spindle's axis. It panics if a number is not finite.
func (m Machine) WithTool(tool [3]float64) Machine {
	if !finite(tool) {
		panic(fmt.Sprintf("machine %s: tool offset %v is not finite", m.name, tool))
	}
	m.tool = tool
	return m
}

// WithWork is the machine with another work offset: the pose of the workpiece's frame,
// in which programs speak, in the machine's frame while the table's axes are at 0. It
// panics if the pose is not rigid.
func (m Machine) WithWork(work kinematics.Pose) Machine {
	if err := work.Check(); err != nil {
		panic(fmt.Sprintf("machine %s: work offset: %v", m.name, err))
	}
	m.work = work
	return m
}

// Check reports the first joint, if any, that is outside of its limits, as a
// *LimitError.
func (m *Machine) Check(joints []float64) error {
	m.checkLen(len(joints))
	for i, v := range joints {
		if !(v >= m.lo[i] && v <= m.hi[i]) {
			return &LimitError{m.names[i], v, m.lo[i], m.hi[i]}
		}
	}
	return nil
}

// LimitError says which axis would have to leave its range.
type LimitError struct {
	Axis            string
	Value, Min, Max float64 // m or rad
}

// Error says it in words.
func (e *LimitError) Error() string {
	return fmt.Sprintf("machine: axis %s would be at %.6g, outside of its range from %.6g to %.6g", e.Axis, e.Value, e.Min, e.Max)
}

// Is makes errors.Is(err, ErrUnreachable) true.
func (e *LimitError) Is(target error) bool { return target == ErrUnreachable }

func (m *Machine) checkLen(joints int) {
	if joints != m.n {
		panic(fmt.Sprintf("machine %s: %d joint values for %d axes", m.name, joints, m.n))
	}
}

func (m *Machine) checkAngles(angles int) {
	if angles != m.count {
		panic(fmt.Sprintf("machine %s: %d angles for %d rotary axes", m.name, angles, m.count))
	}
}
