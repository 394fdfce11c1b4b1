package render

// band is a worker's scratch for one piece of a frame: rows y0-1 .. y1, of which the
// first and the last only serve to find the edges of the rows between them; where borders are
// not smoothed, only those.
type band struct {
	w, rows int // rows in use
	iz      []float32
	id      []uint32 // surface<<triBits | triangle, 0 for the sky
	runs    []run
	first   [bandRows + 3]int // runs of row i are runs[first[i]:first[i+1]]
	marks   []uint64          // one bit a pixel: two surfaces meet near it
	spans   [64]spans
	cand    [9]candidate
}

// run is a range of a row that shows one triangle; it ends where the next one starts.
type run struct {
	x  int32
	id uint32
}

func (b *band) draw(s *setup, scene *Scene, t *Target, n, y0, y1 int) {
	b.spans = [len(b.spans)]spans{} // of another frame, perhaps
	top, bottom := y0, y1
	if !t.Reflectance { // borders are smoothed
		top, bottom = max(y0-1, 0), min(y1+1, t.H)
	}
	b.w, b.rows = t.W, bottom-top
	if len(b.iz) < t.W*(bandRows+2) {
		b.iz = make([]float32, t.W*(bandRows+2))
		b.id = make([]uint32, t.W*(bandRows+2))
	}
	clear(b.iz[:b.w*b.rows])
	clear(b.id[:b.w*b.rows])
	for _, k := range s.bins[n] {
		b.cover(&s.tris[k], s.tris[k].surface<<triBits|k, top, bottom)
	}
	b.findRuns()
	if !t.Reflectance {
		b.mark()
	}
	for y := y0; y < y1; y++ {
		i := y - top
		iz := b.iz[i*b.w : (i+1)*b.w]
		b.shade(s, scene, t, y, b.runs[b.first[i]:b.first[i+1]], iz)
		if t.Depth != nil {
			depth(t.Depth[y*t.W:(y+1)*t.W], iz)
		}
		if t.Inverse != nil {
			copy(t.Inverse[y*t.W:(y+1)*t.W], iz)
		}
		if !t.Reflectance {
			b.smooth(s, scene, t, y, top)
		}
	}
}

// cover writes the triangle where it is nearer than what is there.
func (b *band) cover(t *tri, id uint32, top, bottom int) {
	y0, y1 := max(int(t.y0), top), min(int(t.y1), bottom)
	dz := float32(t.iz.a)
	for y := y0; y < y1; y++ {
		fy := float64(y)
		l, r := t.span(fy)
		x0, x1 := max(ceil(l), 0), min(ceil(r), b.w)
		if x0 >= x1 {
			continue
		}
		row := (y - top) * b.w
		nearer(b.iz[row+x0:row+x1], b.id[row+x0:row+x1], float32(t.iz.at(float64(x0), fy)), dz, id)
	}
}

// nearer is the innermost loop of visibility. The value at each pixel is computed
// from the span's start, not summed up, so that errors do not pile up.
func nearer(iz []float32, ids []uint32, z0, dz float32, id uint32) {
	ids = ids[:len(iz)]
	first := 0
	if n := len(iz) / 8; vector && n > 0 {
		nearerGroups(&iz[0], &ids[0], z0, dz, id, n)
		first = 8 * n
	}
	for i := first; i < len(iz); i++ {
		if z := z0 + dz*float32(i); z > iz[i] {
			iz[i] = z
			ids[i] = id
		}
	}
}

// ceil is the least integer that is not below x, for any x that matters on a screen.
func ceil(x float64) int {
	const far = 1 << 30
	if !(x > -far) {
		return -far
	}
	if x > far {
		return far
	}
	i := int(x)
	if float64(i) < x {
		i++
	}
	return i
}

// findRuns cuts each row where the triangle changes.
func (b *band) findRuns() {
	b.runs = b.runs[:0]
	for i := range b.rows {
		b.first[i] = len(b.runs)
		last := ^uint32(0)
		for x, id := range b.id[i*b.w : (i+1)*b.w] {
			if id != last {
				b.runs = append(b.runs, run{int32(x), id})
				last = id
			}
		}
	}
	b.first[b.rows] = len(b.runs)
}

// end is where the run at index k of rs ends.
func (b *band) end(rs []run, k int) int {
	if k+1 < len(rs) {
		return int(rs[k+1].x)
	}
	return b.w
}

// mark notes the pixels whose neighbour to the left, right, above or below shows
// another surface.
func (b *band) mark() {
	words := (b.w + 63) / 64
	if len(b.marks) < words*(bandRows+2) {
		b.marks = make([]uint64, words*(bandRows+2))
	}
	clear(b.marks[:words*b.rows])
	for i := range b.rows {
		m := b.marks[i*words : (i+1)*words]
		rs := b.runs[b.first[i]:b.first[i+1]]
		for k := 1; k < len(rs); k++ {
			if (rs[k].id^rs[k-1].id)>>triBits != 0 {
				x := int(rs[k].x)
				m[(x-1)>>6] |= 1 << ((x - 1) & 63)
				m[x>>6] |= 1 << (x & 63)
			}
		}
		if i+1 == b.rows {
			break
		}
		below := b.runs[b.first[i+1]:b.first[i+2]]
		mb := b.marks[(i+1)*words : (i+2)*words]
		for p, q, x := 0, 0, 0; x < b.w; {
			e, f := b.end(rs, p), b.end(below, q)
			x1 := min(e, f)
			if (rs[p].id^below[q].id)>>triBits != 0 {
				setBits(m, x, x1)
				setBits(mb, x, x1)
			}
			if e == x1 {
				p++
			}
			if f == x1 {
				q++
			}
			x = x1
		}
	}
}

// setBits sets bits x0 <= x < x1.
func setBits(m []uint64, x0, x1 int) {
	for x0 < x1 {
		w := x0 >> 6
		n := min(x1-w<<6, 64)
		m[w] |= (^uint64(0) << (x0 & 63)) & (^uint64(0) >> (64 - n))
		x0 = w<<6 + n
	}
}

// depth turns 1/z in 1/m into z in mm.
func depth(out, iz []float32) {
	out = out[:len(iz)]
	for i, v := range iz {
		if v > 0 {
			out[i] = 1000 / v
		} else {
			out[i] = 0
		}
	}
}
