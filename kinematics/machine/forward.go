package machine

import "math"

// Forward gives the tip of the tool in the workpiece's frame in m, and the tool's axis in
// it: the unit vector from the tip to the spindle. Limits play no part.
func (m *Machine) Forward(joints []float64) (tip, axis [3]float64) {
	m.checkLen(len(joints))
	x, u := m.head(joints[3:])
	x[0] += joints[0]
	x[1] += joints[1]
	x[2] += joints[2]
	for i := range m.rot[:m.tables] {
		r := &m.rot[i]
		s, c := math.Sincos(joints[r.slot])
		r.swing(&x, -s, c)
		r.turn(&u, -s, c)
	}
	return m.toWork(x), m.untilt(u)
}

// ToProgram gives what G43.4 calls the position of the machine at its joints: the tip of
// the tool in the workpiece's frame in m, and the angles of the rotary axes in rad, which
// it appends to angles[:0].
func (m *Machine) ToProgram(joints, angles []float64) (point [3]float64, _ []float64) {
	point, _ = m.Forward(joints)
	return point, append(angles[:0], joints[3:]...)
}

// FromProgram sets joints to what brings the tip of the tool to point, in the workpiece's
// frame in m, with the rotary axes at the given angles in rad: tool centre point control,
// G43.4. Rotary angles pass through as they are. Limits play no part; Check tells.
func (m *Machine) FromProgram(point [3]float64, angles, joints []float64) {
	m.checkAngles(len(angles))
	m.checkLen(len(joints))
	copy(joints[3:], angles)
	x := m.work.Apply(point)
	for i := m.tables - 1; i >= 0; i-- {
		r := &m.rot[i]
		s, c := math.Sincos(angles[r.slot-3])
		r.swing(&x, s, c)
	}
	h := [3]float64{-m.tool[0], -m.tool[1], -m.tool[2]}
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		s, c := math.Sincos(angles[r.slot-3])
		r.swing(&h, s, c)
	}
	joints[0], joints[1], joints[2] = x[0]-h[0], x[1]-h[1], x[2]-h[2]
}

// FromAxes sets joints for a program without tool centre point control, where words
// are axes: X, Y and Z by the work offset and the tool's length alone, as if the rotary
// axes were at 0.
func (m *Machine) FromAxes(point [3]float64, angles, joints []float64) {
	m.checkAngles(len(angles))
	m.checkLen(len(joints))
	x := add(m.work.Apply(point), m.tool)
	copy(joints, x[:])
	copy(joints[3:], angles)
}

// ToAxes is the inverse of FromAxes. It appends the angles to angles[:0].
func (m *Machine) ToAxes(joints, angles []float64) (point [3]float64, _ []float64) {
	m.checkLen(len(joints))
	x := sub([3]float64{joints[0], joints[1], joints[2]}, m.tool)
	return m.toWork(x), append(angles[:0], joints[3:]...)
}

// head gives the tip as seen from the gauge point's place at rotary axes 0, and the tool's
// axis, both in the machine's frame.
func (m *Machine) head(angles []float64) (tip, axis [3]float64) {
	tip, axis = scale(m.tool, -1), [3]float64{0, 0, 1}
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		s, c := math.Sincos(angles[r.slot-3])
		r.swing(&tip, s, c)
		r.turn(&axis, s, c)
	}
	return tip, axis
}

// toWork takes a point from the table's frame to the workpiece's.
func (m *Machine) toWork(x [3]float64) [3]float64 { return m.untilt(sub(x, m.work.P)) }

// untilt takes a direction from the table's frame to the workpiece's.
func (m *Machine) untilt(u [3]float64) [3]float64 {
	r := &m.work.R
	return [3]float64{
		r[0]*u[0] + r[3]*u[1] + r[6]*u[2],
		r[1]*u[0] + r[4]*u[1] + r[7]*u[2],
		r[2]*u[0] + r[5]*u[1] + r[8]*u[2],
	}
}
