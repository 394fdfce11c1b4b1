package scenery

import (
	"math"

	"linetwin.dev/sim/render"
	"linetwin.dev/specs"
)

// canvas is a picture in the making: RGB, rows from the top.
type canvas struct {
	w, h int
	pix  []byte
}

func newCanvas(w, h int, c render.RGB) *canvas {
	p := &canvas{w, h, make([]byte, 3*w*h)}
	for i := range w * h {
		p.set(i, c)
	}
	return p
}

func (p *canvas) set(i int, c render.RGB) {
	p.pix[3*i], p.pix[3*i+1], p.pix[3*i+2] = c.R, c.G, c.B
}

// modules paints n x n square modules, of which the first one's corner is at x0, y0
// and which are size pixels wide, all of them real numbers: a pixel that belongs to
// several modules gets its share of each, so that edges are where they should be to
// a fraction of a pixel.
func (p *canvas) modules(x0, y0, size float64, n int, white func(x, y int) bool, dark, light render.RGB) {
	inks := make([]float64, (n+2)*(n+2)) // with a border of modules that do not count
	for y := range n {
		for x := range n {
			if !white(x, y) {
				inks[(y+1)*(n+2)+x+1] = 1
			}
		}
	}
	cols, rows := shares(p.w, x0, size, n), shares(p.h, y0, size, n)
	for y, r := range rows {
		for x, c := range cols {
			area := (c.own + c.next) * (r.own + r.next)
			if area <= 0 {
				continue
			}
			k := r.module*(n+2) + c.module
			ink := r.own*(c.own*inks[k]+c.next*inks[k+1]) + r.next*(c.own*inks[k+n+2]+c.next*inks[k+n+3])
			p.set(y*p.w+x, mix(light, dark, ink/area))
		}
	}
}

// share is how much of a pixel belongs to a module and to the next one; what lies
// before the first and after the last module counts as nothing.
type share struct {
	module    int // from 1
	own, next float64
}

// shares of pixels 0 to w-1 in n modules of the size, at least a pixel each, from x0 on.
func shares(w int, x0, size float64, n int) []share {
	out := make([]share, w)
	for x := range out {
		lo, hi := (float64(x)-x0)/size, (float64(x+1)-x0)/size
		i := int(math.Floor(lo))
		if hi <= 0 || lo >= float64(n) {
			continue
		}
		s := share{module: i + 1, own: min(hi, float64(i+1)) - lo, next: max(0, hi-float64(i+1))}
		if i < 0 {
			s.own = 0
		}
		if i+1 >= n {
			s.next = 0
		}
		out[x] = s
	}
	return out
}

// mix is a for f = 0 and b for f = 1.
func mix(a, b render.RGB, f float64) render.RGB {
	ch := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*f)) }
	return render.RGB{R: ch(a.R, b.R), G: ch(a.G, b.G), B: ch(a.B, b.B)}
}

func rgb(c specs.Color) render.RGB { return render.RGB(c) }

// grain is a hash of a pixel to 0..1, for surfaces that are not of one colour.
func grain(x, y, layer int) float64 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f ^ uint64(layer)*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return float64(h>>40) / (1 << 24)
}
