package compensation

import (
	"fmt"
	"math"
	"slices"

	"linetwin.dev/kinematics"
)

// Volume is the error of a machine over its working space: at the nodes of a grid over x, y
// and z a displacement of the tool, in m along the axes of the machine, and a rotation vector,
// in rad. Between nodes each component is interpolated trilinearly: it is continuous, and linear
// along each axis. Beyond the grid it is what it is at the nearest point of the grid.
//
// A Volume is immutable, and any number of goroutines may use one. No method allocates, but
// WriteCSV.
type Volume struct {
	x, y, z nodes
	errors  []kinematics.Twist // z fastest, then y
	// slope bounds each component's change along each axis.
	slope [6][3]float64
	kink  [6][3]float64
}

// NewVolume makes a table from the grid's coordinates, which have to rise along each axis, and
// the errors at its nodes, those of one x and y after each other by z, then by y, then by x. It
// copies them. The error says which number makes no sense.
func NewVolume(x, y, z []float64, errors []kinematics.Twist) (*Volume, error) {
	v, err := makeVolume(slices.Clone(x), slices.Clone(y), slices.Clone(z), slices.Clone(errors))
	if err != nil {
		return nil, fmt.Errorf("compensation: volume: %w", err)
	}
	return v, nil
}

// makeVolume keeps its arguments.
func makeVolume(x, y, z nodes, errors []kinematics.Twist) (*Volume, error) {
	v := &Volume{x: x, y: y, z: z, errors: errors}
	for i, n := range []nodes{v.x, v.y, v.z} {
		if err := n.check("coordinate along " + string("xyz"[i])); err != nil {
			return nil, err
		}
		if len(n) > MaxNodes {
			return nil, fmt.Errorf("%d coordinates along %c; there may be %d", len(n), "xyz"[i], MaxNodes)
		}
	}
	// Each factor is at most MaxNodes: nothing overflows.
	if n := int64(len(x)) * int64(len(y)) * int64(len(z)); n > MaxNodes {
		return nil, fmt.Errorf("%d x %d x %d nodes; there may be %d", len(x), len(y), len(z), MaxNodes)
	} else if n != int64(len(errors)) {
		return nil, fmt.Errorf("%d x %d x %d nodes and %d errors; there has to be one for each node", len(x), len(y), len(z), len(errors))
	}
	for i := range errors {
		for _, c := range errors[i] {
			if err := checkError(c); err != nil {
				p := v.node(i)
				return nil, fmt.Errorf("node (%v, %v, %v): %w", p[0], p[1], p[2], err)
			}
		}
	}
	v.findSlopes()
	for c := range 3 {
		if err := checkSlope(v.slope[c][0] + v.slope[c][1] + v.slope[c][2]); err != nil {
			return nil, fmt.Errorf("along %c: %w", "xyz"[c], err)
		}
	}
	return v, nil
}

// node is the place of node i.
func (v *Volume) node(i int) [3]float64 {
	ny, nz := len(v.y), len(v.z)
	return [3]float64{v.x[i/(ny*nz)], v.y[i/nz%ny], v.z[i%nz]}
}

// findSlopes finds the largest slopes and kinks along the edges of the grid. Within a cell a
// slope is a mean of those of four parallel edges: the largest is on an edge.
func (v *Volume) findSlopes() {
	ny, nz := len(v.y), len(v.z)
	for axis, along := range []nodes{v.x, v.y, v.z} {
		stride := []int{ny * nz, nz, 1}[axis]
		for i := range v.errors {
			k := i / stride % len(along)
			for c := range 6 {
				before, after := 0., 0. // constant beyond the edges
				if k > 0 {
					before = (v.errors[i][c] - v.errors[i-stride][c]) / (along[k] - along[k-1])
				}
				if k+1 < len(along) {
					after = (v.errors[i+stride][c] - v.errors[i][c]) / (along[k+1] - along[k])
				}
				v.slope[c][axis] = max(v.slope[c][axis], math.Abs(after))
				v.kink[c][axis] = max(v.kink[c][axis], math.Abs(after-before))
			}
		}
	}
}

// At is the error at a point (m): where the tool is less where it was sent, as a displacement in
// m and rad along the axes of the machine.
func (v *Volume) At(point [3]float64) kinematics.Twist {
	i, a := v.x.cell(point[0])
	j, b := v.y.cell(point[1])
	k, c := v.z.cell(point[2])
	ny, nz := len(v.y), len(v.z)
	x0, x1 := i*ny*nz, v.x.next(i)*ny*nz
	y0, y1 := j*nz, v.y.next(j)*nz
	z0, z1 := k, v.z.next(k)
	e := &v.errors
	p000, p001, p010, p011 := &(*e)[x0+y0+z0], &(*e)[x0+y0+z1], &(*e)[x0+y1+z0], &(*e)[x0+y1+z1]
	p100, p101, p110, p111 := &(*e)[x1+y0+z0], &(*e)[x1+y0+z1], &(*e)[x1+y1+z0], &(*e)[x1+y1+z1]
	var t kinematics.Twist
	for n := range t {
		e00 := p000[n] + c*(p001[n]-p000[n])
		e01 := p010[n] + c*(p011[n]-p010[n])
		e10 := p100[n] + c*(p101[n]-p100[n])
		e11 := p110[n] + c*(p111[n]-p110[n])
		e0 := e00 + b*(e01-e00)
		e1 := e10 + b*(e11-e10)
		t[n] = e0 + a*(e1-e0)
	}
	return t
}

// TipAt is the displacement, in m, of a tool's tip where the table speaks of a reference point:
// the tip lies at tool from there, in m along the axes of the machine.
func (v *Volume) TipAt(point, tool [3]float64) [3]float64 {
	e := v.At(point)
	w := cross(e.Angular(), tool)
	return [3]float64{e[0] + w[0], e[1] + w[1], e[2] + w[2]}
}

// Correct is where to send the tool so that, with its error, it is at the pose: position and
// orientation. What is left is below 1e-12 m. A pose with a number that is not finite comes back
// with one.
func (v *Volume) Correct(pose kinematics.Pose) kinematics.Pose {
	p := pose.P
	var e kinematics.Twist
	for range maxCorrectSteps {
		e = v.At(p)
		moved := 0.
		for i := range p {
			next := pose.P[i] - e[i]
			moved = max(moved, math.Abs(next-p[i]))
			p[i] = next
		}
		if moved <= correctTolerance {
			break
		}
	}
	turn := kinematics.ExpSO3([3]float64{-e[3], -e[4], -e[5]})
	return kinematics.Pose{R: mul(&turn, &pose.R), P: p}
}

// Actual is where a tool comes to be that is sent to a pose: what Correct undoes.
func (v *Volume) Actual(sent kinematics.Pose) kinematics.Pose {
	e := v.At(sent.P)
	turn := kinematics.ExpSO3(e.Angular())
	actual := kinematics.Pose{R: mul(&turn, &sent.R), P: sent.P}
	for i := range actual.P {
		actual.P[i] += e[i]
	}
	return actual
}

// MaxSlope bounds how fast each component of the error (rows: m, m, m, rad, rad, rad) changes
// along x, y and z, in 1/m of its unit, anywhere. An axis that is compensated moves faster than
// it would by at most the sum over the axes of slope times speed.
func (v *Volume) MaxSlope() [6][3]float64 { return v.slope }

// MaxKink is the largest change of such a slope at a node of the grid: what speeds may jump by.
func (v *Volume) MaxKink() [6][3]float64 { return v.kink }

// Nodes are the numbers of the grid's coordinates along x, y and z.
func (v *Volume) Nodes() (x, y, z int) { return len(v.x), len(v.y), len(v.z) }
