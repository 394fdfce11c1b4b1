package scenery

import (
	"math"

	"linetwin.dev/sim/render"
)

// builder gathers vertices and groups of triangles.
type builder struct {
	verts  []render.Vertex
	groups []render.Group
}

// group starts a new surface.
func (b *builder) group(slot int) { b.groups = append(b.groups, render.Group{Slot: slot}) }

func (b *builder) vertex(p, n [3]float64, u, v float64) uint32 {
	b.verts = append(b.verts, render.Vertex{P: p, N: n, U: u, V: v})
	return uint32(len(b.verts) - 1)
}

func (b *builder) tri(i, j, k uint32) {
	g := &b.groups[len(b.groups)-1]
	g.Index = append(g.Index, i, j, k)
}

// quad is counter-clockwise seen from outside.
func (b *builder) quad(i, j, k, l uint32) {
	b.tri(i, j, k)
	b.tri(i, k, l)
}

// rect is a flat four-cornered surface with its texture upright on it: from its top
// left corner clockwise as seen from outside.
func (b *builder) rect(tl, tr, br, bl [3]float64, u, v float64) {
	n := normal(tl, bl, br)
	b.quad(b.vertex(tl, n, 0, 0), b.vertex(bl, n, 0, v), b.vertex(br, n, u, v), b.vertex(tr, n, u, 0))
}

// box from lo to hi, faces outwards.
func (b *builder) box(lo, hi [3]float64) {
	p := func(x, y, z int) [3]float64 {
		q := lo
		for k, up := range [3]int{x, y, z} {
			if up == 1 {
				q[k] = hi[k]
			}
		}
		return q
	}
	b.rect(p(0, 0, 1), p(1, 0, 1), p(1, 0, 0), p(0, 0, 0), 1, 1) // front, -y
	b.rect(p(1, 1, 1), p(0, 1, 1), p(0, 1, 0), p(1, 1, 0), 1, 1) // back
	b.rect(p(0, 1, 1), p(0, 0, 1), p(0, 0, 0), p(0, 1, 0), 1, 1) // left, -x
	b.rect(p(1, 0, 1), p(1, 1, 1), p(1, 1, 0), p(1, 0, 0), 1, 1) // right
	b.rect(p(0, 1, 1), p(1, 1, 1), p(1, 0, 1), p(0, 0, 1), 1, 1) // top
	b.rect(p(0, 0, 0), p(1, 0, 0), p(1, 1, 0), p(0, 1, 0), 1, 1) // bottom
}

// ring adds a vertex for each direction of a circle about the z axis.
func (b *builder) ring(n int, radius, z float64, slope float64, phase float64) []uint32 {
	ids := make([]uint32, n)
	nr, nz := math.Cos(slope), math.Sin(slope)
	for k := range n {
		s, c := math.Sincos(2*math.Pi*float64(k)/float64(n) + phase)
		ids[k] = b.vertex([3]float64{radius * c, radius * s, z}, [3]float64{nr * c, nr * s, nz}, 0, 0)
	}
	return ids
}

// band joins two rings of the same count, the lower first, faces outwards.
func (b *builder) band(low, high []uint32) {
	for k := range low {
		j := (k + 1) % len(low)
		b.quad(low[k], low[j], high[j], high[k])
	}
}

func (b *builder) mesh() (*render.Mesh, error) { return render.NewMesh(b.verts, b.groups...) }

func normal(a, b, c [3]float64) [3]float64 {
	u := [3]float64{b[0] - a[0], b[1] - a[1], b[2] - a[2]}
	v := [3]float64{c[0] - a[0], c[1] - a[1], c[2] - a[2]}
	n := [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
	l := math.Sqrt(n[0]*n[0] + n[1]*n[1] + n[2]*n[2])
	return [3]float64{n[0] / l, n[1] / l, n[2] / l}
}
