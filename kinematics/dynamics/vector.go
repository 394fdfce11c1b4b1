package dynamics

// vec is a vector of three. It is a struct, not an array, as the compiler keeps structs
// of this size in registers.
type vec struct{ x, y, z float64 }

func vecOf(a [3]float64) vec { return vec{a[0], a[1], a[2]} }

func (a vec) array() [3]float64 { return [3]float64{a.x, a.y, a.z} }

func (a vec) add(b vec) vec { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }

func (a vec) sub(b vec) vec { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }

func (a vec) scale(s float64) vec { return vec{a.x * s, a.y * s, a.z * s} }

func (a vec) dot(b vec) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// turn is what a joint and its link do to axes: Rz by an angle of the sine s and the
// cosine c, then Rx by a link's alpha, of sine sa and cosine ca.
type turn struct{ s, c, sa, ca float64 }

// in gives v, of the frame before the link, along the link's axes.
func (t turn) in(v vec) vec {
	y := t.c*v.y - t.s*v.x
	return vec{t.c*v.x + t.s*v.y, t.ca*y + t.sa*v.z, t.ca*v.z - t.sa*y}
}

// out gives v, of the link, along the axes of the frame before it.
func (t turn) out(v vec) vec {
	y := t.ca*v.y - t.sa*v.z
	return vec{t.c*v.x - t.s*y, t.s*v.x + t.c*y, t.sa*v.y + t.ca*v.z}
}

// symmetric is a symmetric 3 x 3 matrix in its two halves: diagonal and the rest.
type symmetric struct{ d, o vec } // o is yz, zx, xy

func (m *symmetric) mul(v vec) vec {
	return vec{
		m.d.x*v.x + m.o.z*v.y + m.o.y*v.z,
		m.o.z*v.x + m.d.y*v.y + m.o.x*v.z,
		m.o.y*v.x + m.o.x*v.y + m.d.z*v.z,
	}
}
