package render

import (
	"fmt"
	"math"
)

// setup is the first stage: it turns a scene into screen triangles, binned by band.
type setup struct {
	tris  []tri
	bins  [][]uint32 // by band: triangles that touch it or the rows next to it
	verts []corner
	w, h  int
	lens  Camera
	// motions are those of the items; 0 is that of what rests.
	motions []motion
	reflect bool // reflectance is asked for
	// surface is the number of the one in hand, and flat the light of its last
	// triangle that has one light all over, less than 0 for none.
	surface uint32
	flat    float32
}

// motion of an item: its way over the exposure in the camera's frame, m, and the change
// of its texture coordinates in a second.
type motion struct {
	way   [3]float64
	slide [2]float64
}

// corner is a vertex in the camera's frame.
type corner struct {
	p      [3]float64
	sx, sy float64 // pixels; valid when p[2] >= near
	light  float64
	u, v   float64
}

// plane is a function a x + b y + c of the pixel.
type plane struct{ a, b, c float64 }

func (p *plane) at(x, y float64) float64 { return p.a*x + p.b*y + p.c }

// tri is a triangle on the screen.
type tri struct {
	iz               plane // 1/z, 1/m
	uz, vz, lz       plane // texture coordinates and light, over z
	edges            [3]edge
	top, middle, end float64 // y at which edges 0 and 1 start, 1 ends and 2 starts, 0 and 2 end
	izlo, izhi       float64 // bounds of 1/z over the corners
	y0, y1           int32   // rows y0 <= y < y1
	longRight        bool    // edge 0, the long one, is the right border
	constant         bool    // light is the same all over
	light            float32
	surface          uint32
	motion           uint32 // index in setup.motions
	mat              *Material
}

// edge is x as a function of y. Two triangles that share an edge compute it from the
// same end, so that between them no pixel is drawn twice or left out.
type edge struct{ x, y, slope float64 }

func (e *edge) at(y float64) float64 { return e.x + (y-e.y)*e.slope }

// Triangle and surface share a word in the visibility buffer.
const (
	triBits     = 20
	triMask     = 1<<triBits - 1
	maxTris     = 1<<triBits - 1
	maxSurfaces = 1<<(32-triBits) - 1
)

func (s *setup) prepare(scene *Scene, c *Camera, reflect bool) error {
	s.w, s.h, s.lens, s.reflect = c.W, c.H, *c, reflect
	s.motions = append(s.motions[:0], motion{})
	s.tris = append(s.tris[:0], tri{}) // 0 is the sky
	bands := (c.H + bandRows - 1) / bandRows
	for len(s.bins) < bands {
		s.bins = append(s.bins, nil)
	}
	for i := range s.bins {
		s.bins[i] = s.bins[i][:0]
	}
	near := c.Near
	if near <= 0 {
		near = 0.01
	}
	s.surface = 0
	for i := range scene.Items {
		it := &scene.Items[i]
		if it.Mesh == nil {
			return fmt.Errorf("render: item %d of the scene has no mesh", i)
		}
		if len(it.Materials) < it.Mesh.slots {
			return fmt.Errorf("render: item %d of the scene has %d materials for a mesh of %d slots", i, len(it.Materials), it.Mesh.slots)
		}
		if !visible(it, c, near) {
			continue
		}
		s.place(it, c, near)
		moves := uint32(0)
		way := unrotate(&c.Pose, sub(it.Velocity, c.Velocity))
		slides := c.Delay != nil && it.Slide != ([2]float64{})
		if !reflect && (c.Exposure > 0 && way != ([3]float64{}) || slides) {
			moves = uint32(len(s.motions))
			m := motion{way: [3]float64{way[0] * c.Exposure, way[1] * c.Exposure, way[2] * c.Exposure}}
			if slides {
				m.slide = it.Slide
			}
			s.motions = append(s.motions, m)
		}
		lit := Material{Gloss: -1}
		for g := range it.Mesh.groups {
			grp := &it.Mesh.groups[g]
			mat := it.Materials[grp.Slot]
			if mat == nil {
				return fmt.Errorf("render: item %d of the scene has no material in slot %d", i, grp.Slot)
			}
			s.surface++
			s.flat = -1
			if !reflect && (mat.Gloss != lit.Gloss || mat.Shine != lit.Shine) {
				s.light(&scene.Light, it, mat, c)
				lit = *mat
			}
			for k := 0; k+2 < len(grp.Index); k += 3 {
				s.triangle(grp.Index[k], grp.Index[k+1], grp.Index[k+2], mat, moves, c, near)
			}
			if len(s.tris) > maxTris {
				return fmt.Errorf("render: scene has more than %d triangles in view", maxTris)
			}
			if s.surface > maxSurfaces {
				return fmt.Errorf("render: scene has more than %d surfaces in view", maxSurfaces)
			}
		}
	}
	return nil
}

// visible tells whether any of the item's bounding sphere is in the view's pyramid.
func visible(it *Item, c *Camera, near float64) bool {
	p := unrotate(&c.Pose, sub(apply(&it.Pose, it.Mesh.centre), c.Pose.P))
	r := it.Mesh.radius
	if p[2]+r < near {
		return false
	}
	side := func(f, lo, hi, q float64) bool {
		// Planes through the eye and the image's borders at lo and hi pixels from the axis.
		return (q*f-lo*p[2]) > -r*math.Hypot(f, lo) && (hi*p[2]-q*f) > -r*math.Hypot(f, hi)
	}
	return side(c.FX, -c.CX-1, float64(c.W)-c.CX, p[0]) && side(c.FY, -c.CY-1, float64(c.H)-c.CY, p[1])
}

// place transforms and projects the vertices of an item.
func (s *setup) place(it *Item, c *Camera, near float64) {
	verts := it.Mesh.verts
	if cap(s.verts) < len(verts) {
		s.verts = make([]corner, len(verts)*3/2)
	}
	s.verts = s.verts[:len(verts)]
	m := c.Pose.Inverse().Mul(it.Pose)
	speed := it.Velocity
	if it.Slide != ([2]float64{}) {
		speed = [3]float64{}
	}
	speed = unrotate(&c.Pose, sub(speed, c.Velocity))
	rolls := c.Delay != nil && speed != ([3]float64{})
	for i := range verts {
		v, o := &verts[i], &s.verts[i]
		o.p = apply(&m, v.P)
		o.light = 1
		if rolls && o.p[2] >= near {
			o.p = c.exposed(o.p, speed, near)
		}
		if o.p[2] >= near {
			o.sx = c.FX*o.p[0]/o.p[2] + c.CX
			o.sy = c.FY*o.p[1]/o.p[2] + c.CY
		}
		o.u, o.v = v.U+it.UV[0], v.V+it.UV[1]
	}
}

// exposed is where a point is when its own row is exposed. What moves does so by a
// fraction of a row from one row to the next, so that each step is much smaller than the
// one before.
func (c *Camera) exposed(p, speed [3]float64, near float64) [3]float64 {
	q := p
	for range 4 {
		t := c.Delay(q[0]/q[2], q[1]/q[2])
		q = [3]float64{p[0] + speed[0]*t, p[1] + speed[1]*t, p[2] + speed[2]*t}
		if q[2] < near {
			return p
		}
	}
	return q
}

// light gives the placed vertices their light: from all around, more of it from above;
// from the lamp after Lambert; and the lamp's reflection after Blinn and Phong.
func (s *setup) light(l *Light, it *Item, mat *Material, c *Camera) {
	lamp := unrotate(&it.Pose, l.Toward)
	up := unrotate(&it.Pose, [3]float64{0, 0, 1})
	eye := unrotate(&it.Pose, sub(c.Pose.P, it.Pose.P))
	// Below this cosine the reflection is less than one grey level.
	dim := 1.0
	if mat.Gloss > 0 {
		dim = math.Pow(1.0/512/mat.Gloss, 1/max(mat.Shine, 1e-3))
	}
	for i := range it.Mesh.verts {
		v := &it.Mesh.verts[i]
		sum := l.Ambient*(0.8+0.2*dot(v.N, up)) + l.Lamp*max(0, dot(v.N, lamp))
		if mat.Gloss > 0 {
			if d := dot(v.N, unit(add(unit(sub(eye, v.P)), lamp))); d > dim {
				sum += mat.Gloss * math.Pow(d, mat.Shine)
			}
		}
		s.verts[i].light = min(max(sum, 0), maxLight)
	}
}

// maxLight keeps light within what the shading's fixed point can hold.
const (
	maxLight    = 3.9
	maxLight256 = 998
)

// triangle culls, sets up the planes, clips at the near plane and bins.
func (s *setup) triangle(i0, i1, i2 uint32, mat *Material, moves uint32, c *Camera, near float64) {
	a, b, d := &s.verts[i0], &s.verts[i1], &s.verts[i2]
	bc := cross(b.p, d.p)
	det := dot(a.p, bc)
	if det >= 0 { // seen from behind, or edge-on
		return
	}
	in := 0
	for _, v := range [3]*corner{a, b, d} {
		if v.p[2] >= near {
			in++
		}
	}
	if in == 0 {
		return
	}
	if in == 3 {
		x0, x1 := min(a.sx, b.sx, d.sx), max(a.sx, b.sx, d.sx)
		y0, y1 := min(a.sy, b.sy, d.sy), max(a.sy, b.sy, d.sy)
		if x1 < -1 || y1 < -1 || x0 > float64(s.w) || y0 > float64(s.h) {
			return
		}
	}
	t := tri{mat: mat, motion: moves}
	ca, ab := cross(d.p, a.p), cross(a.p, b.p)
	mk := func(v0, v1, v2 float64) plane {
		x := (v0*bc[0] + v1*ca[0] + v2*ab[0]) / det
		y := (v0*bc[1] + v1*ca[1] + v2*ab[1]) / det
		z := (v0*bc[2] + v1*ca[2] + v2*ab[2]) / det
		return plane{x / c.FX, y / c.FY, z - x*c.CX/c.FX - y*c.CY/c.FY}
	}
	t.iz = mk(1, 1, 1)
	if mat.Texture != nil {
		t.uz, t.vz = mk(a.u, b.u, d.u), mk(a.v, b.v, d.v)
	}
	if a.light == b.light && b.light == d.light {
		t.constant, t.light = true, float32(a.light)
		if s.flat >= 0 && s.flat != t.light {
			s.surface++ // a crease: its edge is to be smooth too
		}
		s.flat = t.light
	} else {
		t.lz = mk(a.light, b.light, d.light)
	}
	t.surface = s.surface
	zs := [3]float64{max(a.p[2], near), max(b.p[2], near), max(d.p[2], near)}
	t.izlo, t.izhi = 1/max(zs[0], zs[1], zs[2]), 1/min(zs[0], zs[1], zs[2])

	if in == 3 {
		s.bin(&t, [3][2]float64{{a.sx, a.sy}, {b.sx, b.sy}, {d.sx, d.sy}})
		return
	}
	// Cut off what is nearer than near; the planes hold for the pieces too.
	var poly [4][2]float64
	n := 0
	vs := [3]*corner{a, b, d}
	for k := range 3 {
		p, q := vs[k], vs[(k+1)%3]
		if p.p[2] >= near {
			poly[n] = [2]float64{p.sx, p.sy}
			n++
		}
		if (p.p[2] >= near) != (q.p[2] >= near) {
			// From the end inside to the end outside, whichever triangle asks.
			if p.p[2] < near {
				p, q = q, p
			}
			f := (p.p[2] - near) / (p.p[2] - q.p[2])
			x, y := p.p[0]+(q.p[0]-p.p[0])*f, p.p[1]+(q.p[1]-p.p[1])*f
			poly[n] = [2]float64{c.FX*x/near + c.CX, c.FY*y/near + c.CY}
			n++
		}
	}
	for k := 2; k < n; k++ {
		s.bin(&t, [3][2]float64{poly[0], poly[k-1], poly[k]})
	}
}

// bin computes the edges and enters the triangle into the bands that it touches.
func (s *setup) bin(t *tri, v [3][2]float64) {
	if v[0][1] > v[1][1] {
		v[0], v[1] = v[1], v[0]
	}
	if v[1][1] > v[2][1] {
		v[1], v[2] = v[2], v[1]
	}
	if v[0][1] > v[1][1] {
		v[0], v[1] = v[1], v[0]
	}
	t.y0 = int32(max(math.Ceil(v[0][1]), 0))
	t.y1 = int32(min(math.Ceil(v[2][1]), float64(s.h)))
	if t.y0 >= t.y1 {
		return
	}
	mk := func(a, b [2]float64) edge {
		if b[1] <= a[1] {
			return edge{x: a[0], y: a[1]}
		}
		return edge{a[0], a[1], (b[0] - a[0]) / (b[1] - a[1])}
	}
	t.edges = [3]edge{mk(v[0], v[2]), mk(v[0], v[1]), mk(v[1], v[2])}
	t.top, t.middle, t.end = v[0][1], v[1][1], v[2][1]
	t.longRight = t.edges[0].at(t.middle) > v[1][0]
	n := uint32(len(s.tris))
	s.tris = append(s.tris, *t)
	// A band also looks at the row before and the row after its own.
	first := max(int(t.y0)-1, 0) / bandRows
	last := min(int(t.y1), s.h-1) / bandRows
	for b := first; b <= last; b++ {
		s.bins[b] = append(s.bins[b], n)
	}
}

// span is the range of x that the triangle covers at height y.
func (t *tri) span(y float64) (float64, float64) {
	short := &t.edges[1]
	if y >= t.middle {
		short = &t.edges[2]
	}
	l, r := t.edges[0].at(y), short.at(y)
	if t.longRight {
		return r, l
	}
	return l, r
}

// way is by how many pixels the triangle moves over the exposure where it is seen at
// x, y with 1/z = iz.
func (s *setup) way(t *tri, x, y, iz float64) (dx, dy float64) {
	if t.motion == 0 {
		return 0, 0
	}
	v, c := &s.motions[t.motion].way, &s.lens
	return (v[0]*c.FX - (x-c.CX)*v[2]) * iz, (v[1]*c.FY - (y-c.CY)*v[2]) * iz
}
