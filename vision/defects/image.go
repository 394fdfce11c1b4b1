package defects

import (
	"errors"
	"fmt"
	"math"
)

// Image is RGB, 8 bits a channel, rows from the top, no padding: len(Pix) = 3*W*H. Its fields are those
// of vision.Image, so that one converts to the other.
type Image struct {
	W, H int
	Pix  []byte
}

// smallest is the least side of a picture that can be compared.
const smallest = 16

func (m Image) check() error {
	switch {
	case m.W <= 0 || m.H <= 0:
		return fmt.Errorf("it has no pixels: %dx%d", m.W, m.H)
	case m.W > math.MaxInt/3/m.H || len(m.Pix) != 3*m.W*m.H:
		return fmt.Errorf("%d bytes are not a picture of %dx%d, which takes 3 for each pixel", len(m.Pix), m.W, m.H)
	case m.W < smallest || m.H < smallest:
		return fmt.Errorf("%dx%d is too small to compare; at least %d pixels a side are needed", m.W, m.H, smallest)
	}
	return nil
}

var errNoGood = errors.New("defects: no good picture to compare with")

// plane is one channel of a picture.
type plane struct {
	w, h int
	pix  []float32
}

// resize gives the plane a size; its pixels are then undefined.
func (p *plane) resize(w, h int) {
	p.w, p.h = w, h
	if cap(p.pix) < w*h {
		p.pix = make([]float32, w*h)
	}
	p.pix = p.pix[:w*h]
}

func (p *plane) row(y int) []float32 { return p.pix[y*p.w:][:p.w] }

// colour is a picture as it is compared: luma, its halvings, and two colour differences at half the size.
type colour struct {
	y    []plane // y[0] is the whole, each further one half as large
	u, v []plane // R-Y and B-Y; u[0] and v[0] are of the size of y[1]
	grey bool    // there is no colour in it
}

// least is the side below which planes are not halved.
const least = 24

// load takes a picture over. Luma has the weights of ITU-R BT.601.
func (c *colour) load(m Image, t team) {
	levels := 1
	for w, h := m.W, m.H; min(w, h)/2 >= least; w, h = w/2, h/2 {
		levels++
	}
	levels = max(levels, 2)
	c.y, c.u, c.v = grow(c.y, levels), grow(c.u, levels-1), grow(c.v, levels-1)
	y0 := &c.y[0]
	y0.resize(m.W, m.H)
	w2, h2 := max(m.W/2, 1), max(m.H/2, 1)
	c.u[0].resize(w2, h2)
	c.v[0].resize(w2, h2)
	strips := t.strips(h2)
	coloured := make([]int, strips)
	t.rows(h2, func(strip, r0, r1 int) {
		n := 0
		for r := r0; r < r1; r++ {
			last := 2*r + 2
			if r == h2-1 {
				last = m.H // an odd row at the end has no half of its own
			}
			for y := 2 * r; y < last; y++ {
				src := m.Pix[3*y*m.W:][:3*m.W]
				dst := y0.row(y)
				for x := range dst {
					p := src[3*x : 3*x+3 : 3*x+3]
					dst[x] = 0.299*float32(p[0]) + 0.587*float32(p[1]) + 0.114*float32(p[2])
				}
			}
			a, b := m.Pix[3*2*r*m.W:][:3*m.W], m.Pix[3*(2*r+1)*m.W:][:3*m.W]
			ya, yb := y0.row(2*r), y0.row(2*r+1)
			u, v := c.u[0].row(r), c.v[0].row(r)
			for x := range u {
				i := 6 * x
				red := int(a[i]) + int(a[i+3]) + int(b[i]) + int(b[i+3])
				green := int(a[i+1]) + int(a[i+4]) + int(b[i+1]) + int(b[i+4])
				blue := int(a[i+2]) + int(a[i+5]) + int(b[i+2]) + int(b[i+5])
				luma := ya[2*x] + ya[2*x+1] + yb[2*x] + yb[2*x+1]
				u[x] = (float32(red) - luma) / 4
				v[x] = (float32(blue) - luma) / 4
				if d := max(red, green, blue) - min(red, green, blue); d > 16 {
					n++
				}
			}
		}
		coloured[strip] = n
	})
	n := 0
	for _, k := range coloured {
		n += k
	}
	c.grey = n < w2*h2/2000
	for l := 1; l < levels; l++ {
		halve(&c.y[l], &c.y[l-1], t)
		if l < levels-1 && !c.grey {
			halve(&c.u[l], &c.u[l-1], t)
			halve(&c.v[l], &c.v[l-1], t)
		}
	}
}

func grow(p []plane, n int) []plane {
	for len(p) < n {
		p = append(p, plane{})
	}
	return p[:n]
}

// halve makes a plane of half the size with the kernel 1 3 3 1 in both directions: pixel (x, y) of it
// lies at (2x + 1/2, 2y + 1/2).
func halve(dst, src *plane, t team) {
	w, h := max(src.w/2, 1), max(src.h/2, 1)
	dst.resize(w, h)
	t.rows(h, func(_, r0, r1 int) {
		line := make([]float32, src.w+2)
		for r := r0; r < r1; r++ {
			a, b := src.row(max(2*r-1, 0)), src.row(min(2*r, src.h-1))
			c, d := src.row(min(2*r+1, src.h-1)), src.row(min(2*r+2, src.h-1))
			mid := line[1:][:src.w]
			for x := range mid {
				mid[x] = (a[x] + d[x]) + 3*(b[x]+c[x])
			}
			line[0], line[src.w+1] = line[1], line[src.w]
			out := dst.row(r)
			for x := range out {
				i := 2 * x // line[i+1] is pixel 2x
				if i+3 >= len(line) {
					out[x] = (line[i] + 7*line[i+1]) / 64
					continue
				}
				out[x] = ((line[i] + line[i+3]) + 3*(line[i+1]+line[i+2])) / 64
			}
		}
	})
}
