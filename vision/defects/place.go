package defects

import "image"

// bytes of the level of a good picture: its activity, computed once.
func (s *standard) activity(level int, t team) []byte {
	if s.tough == nil {
		s.tough = make([][]byte, len(s.y))
	}
	if s.tough[level] == nil {
		s.tough[level] = activity(&s.y[level], t)
	}
	return s.tough[level]
}

// place brings the good picture, halved ob times, onto the picture, halved oa times.
func (c *comparison) place(f fit, g *standard, oa, ob int, t team) {
	w, h := c.got[0].w, c.got[0].h
	tough := g.activity(ob, t)
	buffer := func(i, n int) []byte {
		if cap(c.bytes[i]) < n {
			c.bytes[i] = make([]byte, n)
		}
		return c.bytes[i][:n]
	}
	c.class = buffer(0, w*h)
	w2, h2 := max(w/2, 1), max(h/2, 1)
	c.half = buffer(1, w2*h2)
	c.slack = [3][]byte{}
	in := oa == 0 && ob == 0
	if src := &g.y[ob]; in && f.bent == nil && src.w == w && src.h == h && f.m.apart(still, w, h) < 0.04 {
		copy(c.class, tough)
		c.want = [3]plane{g.y[0], g.u[0], g.v[0]}
		c.slack = g.slack
		return
	}
	for k := range c.channels() {
		src, a, b := &g.y[ob], oa, ob
		up := 1.0
		dst := &c.warped[k]
		dst.resize(w, h)
		if k > 0 {
			src, a, b, up = &g.u[ob], oa+1, ob+1, 2
			if k == 2 {
				src = &g.v[ob]
			}
			dst.resize(w2, h2)
		}
		var with []copied
		if k == 0 {
			with = append(with, copied{c.class, tough, outside})
		}
		if g.slack[k] != nil && ob == 0 {
			c.slack[k] = buffer(2+k, dst.w*dst.h)
			with = append(with, copied{c.slack[k], g.slack[k], 255})
		}
		warp(dst, src, f.m.halved(a, b), f.bent, up, t, with...)
		c.want[k] = *dst
	}
}

// clip leaves out what lies outside of a rectangle, and counts what remains.
func clip(class []byte, w, h int, r image.Rectangle) int {
	n := 0
	for y := range h {
		row := class[y*w:][:w]
		if y < r.Min.Y || y >= r.Max.Y {
			for x := range row {
				row[x] = outside
			}
			continue
		}
		for x := range row {
			if x < r.Min.X || x >= r.Max.X {
				row[x] = outside
			} else if row[x] != outside {
				n++
			}
		}
	}
	return n
}

// coarsen gives classes at half the size: the greatest of 2 x 2.
func coarsen(dst, class []byte, w, h, w2, h2 int) {
	for y := range h2 {
		a, b := class[min(2*y, h-1)*w:][:w], class[min(2*y+1, h-1)*w:][:w]
		for x := range w2 {
			i, j := min(2*x, w-1), min(2*x+1, w-1)
			dst[y*w2+x] = max(a[i], a[j], b[i], b[j])
		}
	}
}
