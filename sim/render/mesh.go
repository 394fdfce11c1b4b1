package render

import (
	"fmt"
	"math"
)

// Vertex of a mesh: position in metres, outward unit normal, texture coordinates
// (0, 0 is the texture's top left corner, 1, 1 its bottom right).
type Vertex struct {
	P, N [3]float64
	U, V float64
}

// Group is a surface of a mesh: triangles of one material. In the image, edges are
// smoothed between groups, and within one between facets that are lit differently; a
// group's other triangles are taken to go on one into the next.
type Group struct {
	// Slot is the index of the material in Item.Materials.
	Slot int
	// Index holds three vertices a triangle, counter-clockwise seen from outside.
	Index []uint32
}

// Mesh is an immutable set of triangles; only their outside is seen.
type Mesh struct {
	verts  []Vertex
	groups []Group
	centre [3]float64
	radius float64
	slots  int
}

// NewMesh checks and keeps the vertices and groups, which must not change any more.
func NewMesh(verts []Vertex, groups ...Group) (*Mesh, error) {
	m := &Mesh{verts: verts, groups: groups}
	for g, grp := range groups {
		if len(grp.Index)%3 != 0 {
			return nil, fmt.Errorf("render: group %d of a mesh has %d indices, which is no multiple of 3", g, len(grp.Index))
		}
		if grp.Slot < 0 {
			return nil, fmt.Errorf("render: group %d of a mesh has material slot %d; slots count from 0", g, grp.Slot)
		}
		m.slots = max(m.slots, grp.Slot+1)
		for _, i := range grp.Index {
			if int(i) >= len(verts) {
				return nil, fmt.Errorf("render: group %d of a mesh names vertex %d of %d", g, i, len(verts))
			}
		}
	}
	lo, hi := [3]float64{}, [3]float64{}
	for i, v := range verts {
		for k, x := range v.P {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("render: vertex %d of a mesh is at %v", i, v.P)
			}
			if i == 0 || x < lo[k] {
				lo[k] = x
			}
			if i == 0 || x > hi[k] {
				hi[k] = x
			}
		}
	}
	for k := range 3 {
		m.centre[k] = (lo[k] + hi[k]) / 2
	}
	for _, v := range verts {
		d := sub(v.P, m.centre)
		m.radius = max(m.radius, math.Sqrt(dot(d, d)))
	}
	return m, nil
}

// Triangles is how many there are.
func (m *Mesh) Triangles() int {
	n := 0
	for _, g := range m.groups {
		n += len(g.Index) / 3
	}
	return n
}

// Data is what the mesh was made from, for renderers that keep it in their own way. It
// must not be changed.
func (m *Mesh) Data() ([]Vertex, []Group) { return m.verts, m.groups }
