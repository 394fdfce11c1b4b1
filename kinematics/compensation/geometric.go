package compensation

import (
	"fmt"
	"slices"

	"linetwin.dev/kinematics"
)

// Geometric are the 21 errors of a machine with three linear axes, as ISO 230-1 names them: for
// each axis six functions of its own position, and three angles between the axes. Each is an
// error of the tool relative to the workpiece. Volume makes a table of them.
type Geometric struct {
	// Order of the axes in the machine, from the workpiece to the tool, such as "XYZ" for a
	// table that moves in x on a saddle that moves in y under a spindle that moves in z; also
	// where the bed lies between them does not matter. An axis' rotations act on those that
	// come after it.
	Order   string
	X, Y, Z AxisErrors
	// C0Y is the angle in rad by which y is turned about z from where it would be square to x;
	// A0Z and B0Z those by which z is turned about x and about y.
	A0Z, B0Z, C0Y float64
}

// AxisErrors are the six errors of a linear axis at some of its positions: displacements in m
// along x, y and z and rotations in rad about them. For the axis X these are EXX (positioning),
// EYX and EZX (straightness), EAX (roll), EBX and ECX. They hold for the tool's reference point
// with the other axes at 0. Positions, in m, have to rise; between them errors are linear.
type AxisErrors struct {
	Positions []float64
	Errors    []kinematics.Twist
}

// Volume is the table of the errors that the 21 make together, on the grid of all their
// positions. To first order in the errors it is exact between the nodes too: each product of
// an angle of one axis with the way of another is linear in either. What is of second order, an
// angle times an angle times a length, is left out: 1e-8 m for 1e-4 rad at 1 m.
func (g *Geometric) Volume() (*Volume, error) {
	v, err := g.volume()
	if err != nil {
		return nil, fmt.Errorf("compensation: geometric errors: %w", err)
	}
	return v, nil
}

func (g *Geometric) volume() (*Volume, error) {
	order := []byte(g.Order)
	if s := slices.Clone(order); len(s) != 3 {
		return nil, fmt.Errorf("order %q; it has to name X, Y and Z from the workpiece to the tool, such as \"XYZ\"", g.Order)
	} else if slices.Sort(s); string(s) != "XYZ" {
		return nil, fmt.Errorf("order %q; it has to name each of X, Y and Z once", g.Order)
	}
	axes := [3]*AxisErrors{&g.X, &g.Y, &g.Z}
	count := int64(1)
	for i, a := range axes {
		if err := nodes(a.Positions).check("position of " + string("XYZ"[i])); err != nil {
			return nil, err
		}
		if len(a.Errors) != len(a.Positions) {
			return nil, fmt.Errorf("axis %c has %d positions and %d errors; there has to be one for each", "XYZ"[i], len(a.Positions), len(a.Errors))
		}
		if count *= int64(len(a.Positions)); count > MaxNodes {
			return nil, fmt.Errorf("the grid of %d x %d x %d positions has more than %d nodes", len(g.X.Positions), len(g.Y.Positions), len(g.Z.Positions), MaxNodes)
		}
	}
	errors := make([]kinematics.Twist, 0, count)
	for i := range g.X.Positions {
		for j := range g.Y.Positions {
			for k := range g.Z.Positions {
				errors = append(errors, g.at(order, [3]int{i, j, k}))
			}
		}
	}
	return makeVolume(slices.Clone(g.X.Positions), slices.Clone(g.Y.Positions), slices.Clone(g.Z.Positions), errors)
}

// at is the error where each axis is at one of its positions.
func (g *Geometric) at(order []byte, node [3]int) kinematics.Twist {
	axes := [3]*AxisErrors{&g.X, &g.Y, &g.Z}
	var q [3]float64
	for i, n := range node {
		q[i] = axes[i].Positions[n]
	}
	var sum kinematics.Twist
	// From the tool inwards: arm is the way from an axis to the tool's reference point that the
	// axes after it have made.
	var arm [3]float64
	for n := 2; n >= 0; n-- {
		i := int(order[n] - 'X')
		e := axes[i].Errors[node[i]]
		w := cross(e.Angular(), arm)
		for c := range 3 {
			sum[c] += e[c] + w[c]
			sum[c+3] += e[c+3]
		}
		arm[i] = q[i]
	}
	sum[0] += g.B0Z*q[2] - g.C0Y*q[1]
	sum[1] -= g.A0Z * q[2]
	return sum
}
