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

// steiner is what mass at a distance adds to a rotational inertia, where p.w is what
// [p]x [w]x' would hold: the parallel axis theorem for p = c, w = m c.
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

// out gives the inertia of a link at the origin and along the axes of the frame before
// it, from which the link's origin lies at p along the link's own axes.
func (b *inertia) out(t turn, p vec) inertia {
	r := b.moved(p)
	r.h = t.out(r.h)
	// Rx I Rx', then Rz I Rz': each turns one pair of axes. With double angles it is two
	// vectors that turn: half the difference of the diagonal with the product, and the
	// other two products.
	d, o := r.i.d, r.i.o
	xx, xy, zx := d.x, t.ca*o.z-t.sa*o.y, t.sa*o.z+t.ca*o.y
	ss, cc, sc := t.sa*t.sa, t.ca*t.ca, t.sa*t.ca
	yy, zz, yz := cc*d.y+ss*d.z-2*sc*o.x, ss*d.y+cc*d.z+2*sc*o.x, sc*(d.y-d.z)+(cc-ss)*o.x
	ss, cc, sc = t.s*t.s, t.c*t.c, t.s*t.c
	r.i.d = vec{cc*xx + ss*yy - 2*sc*xy, ss*xx + cc*yy + 2*sc*xy, zz}
	r.i.o = vec{t.s*zx + t.c*yz, t.c*zx - t.s*yz, sc*(xx-yy) + (cc-ss)*xy}
	return r
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
