package dynamics

import "linetwin.dev/kinematics"

// inertia is a rigid body's spatial inertia at the origin of a frame, along its axes
// (Featherstone 2008, 2.13): the mass m, the first moment h = m c, and the rotational
// inertia i about the origin, not the centre of mass.
type inertia struct {
	m float64
	h vec
	i symmetric
}

// steiner adds what mass away from the origin adds to a rotational inertia: the symmetric
// part of -[p]x [w]x. With p = c and w = m c it is the parallel axis theorem.
func (s *symmetric) steiner(p, w vec) {
	x, y, z := p.x*w.x, p.y*w.y, p.z*w.z
	s.d = s.d.add(vec{y + z, z + x, x + y})
	s.o = s.o.sub(vec{(p.y*w.z + p.z*w.y) / 2, (p.z*w.x + p.x*w.z) / 2, (p.x*w.y + p.y*w.x) / 2})
}

// moved is the inertia at a point p before the frame's origin: the origin lies at p from
// there.
func (b *inertia) moved(p vec) inertia {
	r := inertia{b.m, b.h.add(p.scale(b.m)), b.i}
	r.i.steiner(p, b.h.add(r.h))
	return r
}

// bringOut gives the inertia of a link, in its parts, at the origin and along the axes
// of the frame before it. The mass stays what it is.
func (j *joint) bringOut(m float64, h, d, o vec) (h1, d1, o1 vec) {
	// To the other origin, from which this one lies at p: the parallel axis theorem.
	p := j.p
	h1 = vec{h.x + m*p.x, h.y + m*p.y, h.z + m*p.z}
	wx, wy, wz := h.x+h1.x, h.y+h1.y, h.z+h1.z
	x, y, z := p.x*wx, p.y*wy, p.z*wz
	d = vec{d.x + y + z, d.y + z + x, d.z + x + y}
	o = vec{o.x - (p.y*wz+p.z*wy)/2, o.y - (p.z*wx+p.x*wz)/2, o.z - (p.x*wy+p.y*wx)/2}
	// Rx I Rx', then Rz I Rz': each turns a plane of the matrix. What one element of the
	// diagonal gains, u, the other loses.
	t := &j.turn
	xy, zx := t.ca*o.z-t.sa*o.y, t.sa*o.z+t.ca*o.y
	u := t.sa * (t.sa*(d.z-d.y) - 2*t.ca*o.x)
	yy, zz, yz := d.y+u, d.z-u, t.sa*t.ca*(d.y-d.z)+(1-2*t.sa*t.sa)*o.x
	u = t.s * (t.s*(yy-d.x) - 2*t.c*xy)
	return j.out(h1), vec{d.x + u, yy - u, zz},
		vec{t.s*zx + t.c*yz, t.c*zx - t.s*yz, t.s*t.c*(d.x-yy) + (1-2*t.s*t.s)*xy}
}

// add b to a, both of one frame.
func (a *inertia) add(b *inertia) {
	a.m += b.m
	a.h = a.h.add(b.h)
	a.i.d, a.i.o = a.i.d.add(b.i.d), a.i.o.add(b.i.o)
}

// inertia of the body in its link's frame.
func (b *Body) inertia() inertia {
	c := vecOf(b.Centre)
	r := inertia{
		m: b.Mass, h: c.scale(b.Mass),
		i: symmetric{vec{b.Inertia[0], b.Inertia[1], b.Inertia[2]}, vec{b.Inertia[5], b.Inertia[4], b.Inertia[3]}},
	}
	r.i.steiner(c, r.h)
	return r
}

// placed is the inertia, in the outer frame, of what has inertia b in a frame at p.
func (b *inertia) placed(p kinematics.Pose) inertia {
	// Along the outer axes R I R', column by column.
	at := func(v vec) vec { return vecOf(p.Rotate(v.array())) }
	in := p.Inverse()
	column := func(axis vec) vec { return at(b.i.mul(vecOf(in.Rotate(axis.array())))) }
	x, y, z := column(vec{x: 1}), column(vec{y: 1}), column(vec{z: 1})
	r := inertia{b.m, at(b.h), symmetric{vec{x.x, y.y, z.z}, vec{(y.z + z.y) / 2, (z.x + x.z) / 2, (x.y + y.x) / 2}}}
	return r.moved(vecOf(p.P))
}
