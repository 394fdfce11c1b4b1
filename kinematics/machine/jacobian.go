package machine

import (
	"math"

	"linetwin.dev/kinematics"
)

// Column is what one joint alone does to the tool at unit speed: the velocity of its tip,
// in m/s, and that of its axis, a unit vector, in 1/s, both in the workpiece's frame, per
// m/s or rad/s.
type Column struct{ Point, Axis [3]float64 }

// Jacobian sets the leading Axes elements of dst to the joints' columns at the given
// joint values, and returns what Forward does.
func (m *Machine) Jacobian(joints []float64, dst *[MaxAxes]Column) (tip, axis [3]float64) {
	m.checkLen(len(joints))
	// The frame of the workpiece in the machine's.
	frame := m.work
	var tables, heads [2]struct{ point, w [3]float64 }
	for i := m.tables - 1; i >= 0; i-- {
		r := &m.rot[i]
		s, c := math.Sincos(joints[r.slot])
		r.carry(&frame, s, c)
		for k := i + 1; k < m.tables; k++ {
			t := &tables[k]
			r.swing(&t.point, s, c)
			r.turn(&t.w, s, c)
		}
		tables[i].point, tables[i].w = r.pivot, r.w
	}
	x, u := scale(m.tool, -1), [3]float64{0, 0, 1}
	for i := m.count - 1; i >= m.tables; i-- {
		r := &m.rot[i]
		s, c := math.Sincos(joints[r.slot])
		r.swing(&x, s, c)
		r.turn(&u, s, c)
		for k := i + 1; k < m.count; k++ {
			t := &heads[k]
			r.swing(&t.point, s, c)
			r.turn(&t.w, s, c)
		}
		heads[i].point, heads[i].w = r.pivot, r.w
	}
	gauge := [3]float64{joints[0], joints[1], joints[2]}
	x = add(x, gauge)
	back := frame.Inverse()
	for i := range 3 {
		dst[i] = Column{Point: [3]float64{back.R[i], back.R[3+i], back.R[6+i]}}
	}
	for i := range m.rot[:m.count] {
		w, point := tables[i].w, tables[i].point
		if i < m.tables {
			w = scale(w, -1) // the tool as seen from the table
		} else {
			w, point = heads[i].w, add(heads[i].point, gauge)
		}
		dst[m.rot[i].slot] = Column{back.Rotate(cross(w, sub(x, point))), back.Rotate(cross(w, u))}
	}
	return back.Apply(x), back.Rotate(u)
}

// carry turns a frame about the axis.
func (r *rotary) carry(f *kinematics.Pose, s, c float64) {
	r.swing(&f.P, s, c)
	for i := range 3 {
		v := [3]float64{f.R[i], f.R[3+i], f.R[6+i]}
		r.turn(&v, s, c)
		f.R[i], f.R[3+i], f.R[6+i] = v[0], v[1], v[2]
	}
}
