package render

import "math/bits"

// samples are the places in a pixel that are looked at where surfaces meet: a rotated
// grid, so that edges that are nearly upright or level get all four steps.
var samples = [4][2]float64{{-0.125, -0.375}, {0.375, -0.125}, {0.125, 0.375}, {-0.375, 0.125}}

// smooth resolves the marked pixels of a row from four samples each. Only triangles
// that are visible at a neighbouring centre can be seen there.
func (b *band) smooth(s *setup, scene *Scene, t *Target, y, top int) {
	words := (b.w + 63) / 64
	i := y - top
	for w, m := range b.marks[i*words : (i+1)*words] {
		for m != 0 {
			x := w<<6 + bits.TrailingZeros64(m)
			m &= m - 1
			b.resolve(s, scene, t, x, y, i)
		}
	}
}

// candidate is a triangle that may be seen in a pixel.
type candidate struct {
	id   uint32
	hits int32
	x, y float64 // sum of the samples' places
}

func (b *band) resolve(s *setup, scene *Scene, t *Target, x, y, i int) {
	var cand [9]candidate
	n := 1
	cand[0].id = b.id[i*b.w+x]
	for r := max(i-1, 0); r <= min(i+1, b.rows-1); r++ {
	next:
		for _, id := range b.id[r*b.w+max(x-1, 0) : r*b.w+min(x+2, b.w)] {
			for k := range n {
				if cand[k].id == id {
					continue next
				}
			}
			cand[n].id = id
			n++
		}
	}
	for _, o := range samples {
		fx, fy := float64(x)+o[0], float64(y)+o[1]
		// Where nothing covers the sample, what the centre shows goes on.
		best, at := 0, -1.0
		for k := range n {
			iz := 0.0
			if cand[k].id != 0 {
				tr := &s.tris[cand[k].id&triMask]
				if !tr.covers(fx, fy) {
					continue
				}
				iz = tr.iz.at(fx, fy)
			}
			if iz > at {
				best, at = k, iz
			}
		}
		c := &cand[best]
		c.hits++
		c.x += fx
		c.y += fy
	}
	if int(cand[0].hits) == len(samples) {
		return
	}
	var r, g, bl uint32
	for k := range n {
		c := &cand[k]
		if c.hits == 0 {
			continue
		}
		px := [3]byte{scene.Sky.R, scene.Sky.G, scene.Sky.B}
		if c.id != 0 {
			s.tris[c.id&triMask].pixel(&px, c.x/float64(c.hits), c.y/float64(c.hits))
		}
		r += uint32(px[0]) * uint32(c.hits)
		g += uint32(px[1]) * uint32(c.hits)
		bl += uint32(px[2]) * uint32(c.hits)
	}
	const half = uint32(len(samples)) / 2
	p := t.Color[3*(y*t.W+x) : 3*(y*t.W+x)+3]
	p[0] = uint8((r + half) / uint32(len(samples)))
	p[1] = uint8((g + half) / uint32(len(samples)))
	p[2] = uint8((bl + half) / uint32(len(samples)))
}

func (t *tri) covers(x, y float64) bool {
	if y < t.top || y >= t.end {
		return false
	}
	l, r := t.span(y)
	return x >= l && x < r
}

// pixel is the triangle's colour at one place.
func (t *tri) pixel(px *[3]byte, x, y float64) {
	iz := [1]float32{float32(min(max(t.iz.at(x, y), t.izlo), t.izhi))}
	switch {
	case t.mat.Texture != nil:
		t.texture(px[:], iz[:], x, y)
	case t.constant:
		l := int32(t.light * 256)
		*px = [3]byte{scale(int32(t.mat.Color.R), l), scale(int32(t.mat.Color.G), l), scale(int32(t.mat.Color.B), l)}
	default:
		gradient(px[:], iz[:], float32(t.lz.at(x, y)*256), 0, t.mat.Color)
	}
}
