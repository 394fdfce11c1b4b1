package render

import "math/bits"

// samples are the places in a pixel that are looked at where surfaces meet: a rotated
// grid, so that edges that are nearly upright or level get all four steps.
var samples = [4][2]float64{{-0.125, -0.375}, {0.375, -0.125}, {0.125, 0.375}, {-0.375, 0.125}}

// smooth resolves the marked pixels of a row from four samples each, which are also at
// four times when something moves. Only triangles that are visible at a neighbouring
// centre can be seen there.
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

// times of the samples, as parts of the exposure from its middle.
var times = [4]float64{-0.375, 0.125, -0.125, 0.375}

// candidate is a triangle that may be seen in a pixel.
type candidate struct {
	id          uint32
	hits        int32
	tri         *tri    // nil for the sky
	dx, dy      float64 // way over the exposure, pixels
	x, y        float64 // sum of the samples' places
	left, right [len(samples)]float64
}

// spans are what a triangle that does not move covers at the heights of the samples of
// a row. Pixels beside each other mostly ask for the same ones.
type spans struct {
	id          uint32
	y           int
	left, right [len(samples)]float64
}

// enter makes the triangle the candidate n of a pixel.
func (b *band) enter(s *setup, n int, id uint32, x, y int) {
	c := &b.cand[n]
	c.id, c.hits, c.tri = id, 0, nil
	c.dx, c.dy, c.x, c.y = 0, 0, 0, 0
	if id == 0 {
		return
	}
	t := &s.tris[id&triMask]
	c.tri = t
	if t.motion != 0 {
		c.dx, c.dy = s.way(t, float64(x), float64(y), t.near(float64(x), float64(y)))
		return
	}
	e := &b.spans[id%uint32(len(b.spans))]
	if e.id != id || e.y != y {
		e.id, e.y = id, y
		for j, o := range samples {
			sy := float64(y) + o[1]
			e.left[j], e.right[j] = 0, 0
			if sy >= t.top && sy < t.end {
				e.left[j], e.right[j] = t.span(sy)
			}
		}
	}
	c.left, c.right = e.left, e.right
}

// candidates of a pixel are the triangles seen in it and around it, its own first.
func (b *band) candidates(s *setup, x, y, i int) []candidate {
	own := b.id[i*b.w+x]
	b.enter(s, 0, own, x, y)
	n := 1
	x0, x1 := max(x-1, 0), min(x+2, b.w)
	for r := max(i-1, 0); r <= min(i+1, b.rows-1); r++ {
	next:
		for _, id := range b.id[r*b.w+x0 : r*b.w+x1] {
			if id == own {
				continue
			}
			for k := 1; k < n; k++ {
				if b.cand[k].id == id {
					continue next
				}
			}
			b.enter(s, n, id, x, y)
			n++
		}
	}
	return b.cand[:n]
}

// resolve finds a pixel's colour from its samples.
func (b *band) resolve(s *setup, scene *Scene, t *Target, x, y, i int) {
	cand := b.candidates(s, x, y, i)
	for j, o := range samples {
		// Where nothing covers the sample, what the centre shows goes on.
		best, at := 0, -1.0
		fx, fy := float64(x)+o[0], float64(y)+o[1]
		for k := range cand {
			if iz := cand[k].sample(j, fx, fy); iz > at {
				best, at = k, iz
			}
		}
		c := &cand[best]
		c.hits++
		c.x += fx - c.dx*times[j]
		c.y += fy - c.dy*times[j]
	}
	if int(cand[0].hits) == len(samples) {
		return
	}
	const half = uint32(len(samples)) / 2
	sum := [3]uint32{half, half, half}
	for k := range cand {
		c := &cand[k]
		if c.hits == 0 {
			continue
		}
		px := [3]byte{scene.Sky.R, scene.Sky.G, scene.Sky.B}
		if c.tri != nil {
			s.pixel(c.tri, &px, c.x/float64(c.hits), c.y/float64(c.hits))
		}
		for i := range sum {
			sum[i] += uint32(px[i]) * uint32(c.hits)
		}
	}
	p := t.Color[3*(y*t.W+x) : 3*(y*t.W+x)+3]
	for i := range sum {
		p[i] = uint8(sum[i] / uint32(len(samples)))
	}
}

// sample is 1/z of the candidate at sample j, which is at x, y; less than 0 where the
// candidate does not cover it.
func (c *candidate) sample(j int, x, y float64) float64 {
	switch t := c.tri; {
	case t == nil:
		return 0
	case t.motion == 0:
		if x >= c.left[j] && x < c.right[j] {
			return t.iz.at(x, y)
		}
	default:
		x, y = x-c.dx*times[j], y-c.dy*times[j]
		if t.covers(x, y) {
			return t.iz.at(x, y)
		}
	}
	return -1
}

func (t *tri) covers(x, y float64) bool {
	if y < t.top || y >= t.end {
		return false
	}
	l, r := t.span(y)
	return x >= l && x < r
}

// near is 1/z at a place that may be a little outside of the triangle.
func (t *tri) near(x, y float64) float64 { return min(max(t.iz.at(x, y), t.izlo), t.izhi) }

// pixel is the triangle's colour at one place.
func (s *setup) pixel(t *tri, px *[3]byte, x, y float64) {
	if t.mat.Texture == nil && t.constant {
		l := int32(t.light * 256)
		*px = [3]byte{scale(int32(t.mat.Color.R), l), scale(int32(t.mat.Color.G), l), scale(int32(t.mat.Color.B), l)}
		return
	}
	iz := [1]float32{float32(t.near(x, y))}
	if t.mat.Texture == nil {
		gradient(px[:], iz[:], float32(t.lz.at(x, y)*256), 0, t.mat.Color)
		return
	}
	s.texture(t, px[:], iz[:], x, y)
}
