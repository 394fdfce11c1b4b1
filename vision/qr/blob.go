package qr

// run is a stretch of dark pixels in a row, and the blob that it belongs to.
type run struct {
	x0, x1, blob int32 // x1 is behind the last
}

// blob is dark pixels that hang together.
type blob struct {
	parent                 int32
	area                   int32
	sumX, sumY             int64
	minX, minY, maxX, maxY int32
}

// scanBlobs takes every compact dark blob for the middle of a finder and looks around
// it. It finds those of which damage, shadow or tilt leave no straight line of
// 1:1:3:1:1.
func (s *finderSearch) scanBlobs(b *bitmap, p *plane, w *work) {
	w.spend(b.w * b.h)
	s.label(b)
	largest := int32(max(b.w, b.h) / 2)
	for i := range s.blobs {
		o := &s.blobs[i]
		if o.parent != int32(i) || o.area < 5 || w.spent() {
			continue
		}
		bw, bh := o.maxX-o.minX+1, o.maxY-o.minY+1
		if bw < 2 || bh < 2 || bw > 4*bh || bh > 4*bw || max(bw, bh) > largest || 5*o.area < 2*bw*bh {
			continue
		}
		c := Point{float64(o.sumX) / float64(o.area), float64(o.sumY) / float64(o.area)}
		module := float64(max(bw, bh)) / 3
		if !s.known(p.up(c), module*p.scale, sureRays, w) {
			s.lookAround(b, p, c, module, w)
		}
	}
}

// label finds the blobs: runs of a row join those of the row above that they touch.
func (s *finderSearch) label(b *bitmap) {
	s.runs, s.blobs = s.runs[:0], s.blobs[:0]
	above, aboveEnd := 0, 0
	for y := range b.h {
		first := len(s.runs)
		row := b.pix[y*b.w:][:b.w]
		for x := 0; x < b.w; x++ {
			if row[x] == 0 {
				continue
			}
			x0 := x
			for x < b.w && row[x] == 1 {
				x++
			}
			s.runs = append(s.runs, run{int32(x0), int32(x), -1})
		}
		k := above
		for i := first; i < len(s.runs); i++ {
			r := &s.runs[i]
			for k < aboveEnd && s.runs[k].x1 <= r.x0 {
				k++
			}
			for j := k; j < aboveEnd && s.runs[j].x0 < r.x1; j++ {
				o := s.root(s.runs[j].blob)
				if r.blob < 0 {
					r.blob = o
				} else if mine := s.root(r.blob); o != mine {
					s.join(mine, o)
				}
			}
			if r.blob < 0 {
				r.blob = int32(len(s.blobs))
				s.blobs = append(s.blobs, blob{parent: r.blob, minX: r.x0, minY: int32(y), maxX: r.x1 - 1, maxY: int32(y)})
			}
			o := &s.blobs[s.root(r.blob)]
			n := r.x1 - r.x0
			o.area += n
			o.sumX += int64(n) * int64(r.x0+r.x1-1) / 2
			o.sumY += int64(n) * int64(y)
			o.minX, o.maxX, o.maxY = min(o.minX, r.x0), max(o.maxX, r.x1-1), int32(y)
		}
		above, aboveEnd = first, len(s.runs)
	}
}

func (s *finderSearch) root(i int32) int32 {
	for s.blobs[i].parent != i {
		s.blobs[i].parent = s.blobs[s.blobs[i].parent].parent
		i = s.blobs[i].parent
	}
	return i
}

func (s *finderSearch) join(a, b int32) {
	into, from := &s.blobs[a], &s.blobs[b]
	from.parent = a
	into.area += from.area
	into.sumX += from.sumX
	into.sumY += from.sumY
	into.minX, into.minY = min(into.minX, from.minX), min(into.minY, from.minY)
	into.maxX, into.maxY = max(into.maxX, from.maxX), max(into.maxY, from.maxY)
}
