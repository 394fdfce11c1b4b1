package align

import "math/bits"

// band is the number of rows of the aligned image that are worked out at a time, at most: so many that they
// stay in the processor's cache, and that few points lie in two of them.
const band = 64

// bands is how many there are: as many for each worker.
func (a *Aligner) bands() int {
	n := (a.ch + band - 1) / band
	return (n + a.cfg.Workers - 1) / a.cfg.Workers * a.cfg.Workers
}

// raster is a band of an image into which quadrilaterals are drawn. The kernel in assembly knows
// its layout.
type raster struct {
	near       []float32 // the band
	pitch      int64     // from row to row
	first, end int64     // rows of the image that the band holds
	last       [2][lanes]float32
}

func (a *Aligner) newRaster(near []float32, first, end int) (r raster) {
	r.near, r.pitch, r.first, r.end = near, int64(a.bandPitch()), int64(first), int64(end)
	for i := range lanes {
		r.last[0][i], r.last[1][i] = float32(a.cw-1), float32(a.ch-1)
	}
	return r
}

// band works out a band of the aligned image.
func (w *worker) band(i int) {
	a := w.a
	first, end := i*a.ch/a.bands(), (i+1)*a.ch/a.bands()
	near, gap := a.newRaster(w.near, first, end), a.newRaster(w.gap, first, end)
	above, below := float32(first)-a.reach, float32(end-1)+a.reach
	for y := 0; y < a.h-1; y++ {
		if !(min(a.rowTop[y], a.rowTop[y+1]) <= below && max(a.rowBottom[y], a.rowBottom[y+1]) >= above) {
			continue
		}
		k := y * (a.chunks + 1)
		l := k + a.chunks + 1
		for c := min(a.from[y], a.from[y+1]); c < max(a.to[y], a.to[y+1]); c++ {
			// The quadrilaterals of a chunk have corners in four of them.
			top := least4(a.top[k+c], a.top[k+c+1], a.top[l+c], a.top[l+c+1])
			bottom := -least4(-a.bottom[k+c], -a.bottom[k+c+1], -a.bottom[l+c], -a.bottom[l+c+1])
			if !(top <= below && bottom >= above) {
				continue
			}
			w.chunk(&near, &gap, y, c, top <= float32(end-1) && bottom >= float32(first))
		}
	}
	for own := range w.corners {
		w.flush(&near, own)
	}
	w.flushGaps(&gap)
	w.finish(first, end)
}

func least4(a, b, c, d float32) float32 {
	if b < a {
		a = b
	}
	if d < c {
		c = d
	}
	if c < a {
		return c
	}
	return a
}

// chunk draws the quadrilaterals between the depth pixels of a chunk and those below and right of
// them: where they are inside, surfaces lie in the band, else only what reaches beyond edges may.
func (w *worker) chunk(near, gap *raster, y, c int, inside bool) {
	a := w.a
	x := c * chunk
	i := y*a.pitch + x
	j := i + a.pitch
	n := min(chunk, a.w-1-x) // the last pixel of a row has none to its right
	if n <= 0 {
		return
	}
	var smooth, some uint32
	if a.vector {
		both := classify(&a.s[i], &a.s[j], float32(a.cfg.Edge.Abs), float32(a.cfg.Edge.Rel))
		smooth, some = uint32(both), uint32(both>>32)
	} else {
		smooth, some = a.classify(i, j)
	}
	all := uint32(1<<n - 1)
	if smooth &= all; smooth != 0 && inside {
		w.drawAll(near, a.u[i:], a.v[i:], a.z[i:], 1, a.pitch, smooth)
	}
	for m := some & all &^ smooth; m != 0; m &= m - 1 {
		w.edge(near, gap, x+bits.TrailingZeros32(m), y)
	}
}

// classify tells of the quadrilaterals of a chunk, whose upper left corners begin at i and whose
// lower ones begin at j, which lie on one surface, and which have any depth at all.
func (a *Aligner) classify(i, j int) (smooth, some uint32) {
	for k := range chunk {
		p, q, r, s := a.s[i+k], a.s[i+k+1], a.s[j+k], a.s[j+k+1]
		low, high := min(p, q, r, s), max(p, q, r, s)
		if high > 0 {
			some |= 1 << k
		}
		if low > 0 && high-low <= float32(a.cfg.Edge.Abs)+float32(a.cfg.Edge.Rel)*low {
			smooth |= 1 << k
		}
	}
	return smooth, some
}

// joined tells whether two depths lie on one surface.
func (a *Aligner) joined(s, t float32) bool {
	if t < s {
		s, t = t, s
	}
	return s > 0 && t-s <= float32(a.cfg.Edge.Abs)+float32(a.cfg.Edge.Rel)*s
}

// large is the number of pixels from which on an aligned image is written past the caches: it would not stay in them.
const large = 1 << 20

// finish hands out a band, and makes it ready for the next.
func (w *worker) finish(first, end int) {
	a := w.a
	pitch := a.bandPitch()
	for y := first; y < end; y++ {
		near := w.near[(y-first)*pitch:][:a.cw]
		gap := w.gap[(y-first)*pitch:][:a.cw]
		out := a.out.Z[y*a.cw:][:a.cw]
		var marks []Mark
		if a.out.Marks != nil {
			marks = a.out.Marks[y*a.cw:][:a.cw]
		}
		x := 0
		if a.vector && a.cw >= lanes {
			x = a.cw &^ (lanes - 1)
			var m *Mark
			if marks != nil {
				m = &marks[0]
			}
			finishRow(&out[0], m, &near[0], &gap[0], int64(x/lanes), &markOf, a.cw*a.ch > large)
		}
		finishPlain(out[x:], marks[min(x, len(marks)):], near[x:], gap[x:])
	}
	// What was drawn beyond the last column stays: it is never read.
}

// finishPlain is the kernel finishRow in plain Go. Without marks there are no gaps.
func finishPlain(out []float32, marks []Mark, near, gap []float32) {
	for x, z := range near {
		mark := Seen
		if z == inf {
			z, mark = 0, None
			if gap[x] != inf {
				mark = Occluded
			}
		}
		out[x] = z
		if len(marks) > 0 {
			marks[x] = mark
		}
		near[x], gap[x] = inf, inf
	}
}
