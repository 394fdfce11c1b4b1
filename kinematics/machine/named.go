package machine

import (
	"fmt"
	"slices"
	"strings"
)

// Geometry is what a machine of a named type still leaves open. Lengths are in m, in the
// machine's frame while all axes are at 0. The zero value has all rotary axes meet in one
// point, the origin of the machine's frame or the gauge point, and no limits.
type Geometry struct {
	// Table is a point on the turntable's axis C, for the types whose C is on the table.
	Table [3]float64
	// Pivot is a point on the tilting axis as seen from the gauge point, for the types
	// whose A or B is on the head: (0, 0, pivot length) in most.
	Pivot [3]float64
	// Offset is the way from the point on C to a point on the tilting axis, for the
	// types that have both on one side; (0, dy, dz) with A, (dx, 0, dz) with B.
	Offset [3]float64
	// Linear bounds X, Y and Z; Tilt bounds A or B, and Turn bounds C.
	Linear     [3]Range
	Tilt, Turn Range
	// ReverseTilt and ReverseTurn swap the sense of an axis. Without them a positive angle
	// turns a table by the right-hand rule, and so the tool against it as seen from the
	// workpiece; a head's C turns by that rule, and a head's tilt against it. That is how
	// LinuxCNC has them.
	ReverseTilt, ReverseTurn bool
}

// Types lists the names that Named knows.
func Types() []string {
	return []string{"XYZAC-TRT", "XYZBC-TRT", "XYZAC-HT", "XYZBC-HT", "XYZAC-HH", "XYZBC-HH"}
}

// Named makes a machine of a standard type:
//
//	XYZAC-TRT, XYZBC-TRT  a turntable C on a tilting table A or B (trunnion)
//	XYZAC-HT, XYZBC-HT    a tilting head A or B over a turntable C
//	XYZAC-HH, XYZBC-HH    a tilting head A or B on a turning head C (fork)
//
// The error for another name lists these.
func Named(name string, g Geometry) (Machine, error) {
	if !slices.Contains(Types(), name) {
		return Machine{}, fmt.Errorf("machine: there is no type %q; there are %s", name, strings.Join(Types(), ", "))
	}
	tilt := Rotary{Name: name[3:4], Direction: [3]float64{1, 0, 0}, Range: g.Tilt}
	if tilt.Name == "B" {
		tilt.Direction = [3]float64{0, 1, 0}
	}
	turn := Rotary{Name: "C", Direction: [3]float64{0, 0, 1}, Pivot: g.Table, Range: g.Turn}
	c := Config{Name: name, Linear: g.Linear}
	switch name[6:] {
	case "TRT":
		tilt.Pivot = add(g.Table, g.Offset)
		c.Rotary = []Rotary{tilt, turn}
	case "HT":
		tilt.Side, tilt.Pivot = Head, g.Pivot
		c.Rotary = []Rotary{tilt, turn}
	default:
		tilt.Side, tilt.Pivot = Head, g.Pivot
		turn.Side, turn.Pivot = Head, sub(g.Pivot, g.Offset)
		c.Rotary = []Rotary{turn, tilt}
	}
	for i := range c.Rotary {
		r := &c.Rotary[i]
		if (r.Name != "C" && r.Side == Head) != (r.Name == "C" && g.ReverseTurn || r.Name != "C" && g.ReverseTilt) {
			r.Direction = scale(r.Direction, -1)
		}
	}
	return New(c)
}
