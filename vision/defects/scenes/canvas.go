package scenes

import (
	"image"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// colour is red, green and blue from 0 to 255.
type colour [3]float64

func (c colour) times(f float64) colour { return colour{c[0] * f, c[1] * f, c[2] * f} }

// canvas is what a camera looks at.
type canvas struct {
	w, h int
	pix  []float32 // red, green, blue
}

func newCanvas(w, h int) *canvas { return &canvas{w, h, make([]float32, 3*w*h)} }

func (c *canvas) clone() *canvas {
	return &canvas{c.w, c.h, append([]float32(nil), c.pix...)}
}

func (c *canvas) fill(f func(x, y float64) colour) {
	for y := range c.h {
		for x := range c.w {
			c.set(x, y, f(float64(x), float64(y)), 1)
		}
	}
}

func (c *canvas) set(x, y int, k colour, alpha float64) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h || alpha <= 0 {
		return
	}
	p := c.pix[3*(y*c.w+x):][:3]
	for i := range p {
		p[i] += float32(alpha) * (float32(min(max(k[i], 0), 255)) - p[i])
	}
}

func (c *canvas) get(x, y int) colour {
	x, y = min(max(x, 0), c.w-1), min(max(y, 0), c.h-1)
	p := c.pix[3*(y*c.w+x):][:3]
	return colour{float64(p[0]), float64(p[1]), float64(p[2])}
}

// sample is the colour between pixels.
func (c *canvas) sample(x, y float64) colour {
	x, y = min(max(x, 0), float64(c.w)-1.001), min(max(y, 0), float64(c.h)-1.001)
	ix, iy := int(x), int(y)
	a, b := x-float64(ix), y-float64(iy)
	p, q, r, s := c.get(ix, iy), c.get(ix+1, iy), c.get(ix, iy+1), c.get(ix+1, iy+1)
	var k colour
	for i := range k {
		k[i] = (1-b)*((1-a)*p[i]+a*q[i]) + b*((1-a)*r[i]+a*s[i])
	}
	return k
}

// shape paints where a distance, in pixels and below 0 inside, says so, with a soft edge.
func (c *canvas) shape(r image.Rectangle, k colour, alpha, soft float64, distance func(x, y float64) float64) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			d := distance(float64(x), float64(y))
			c.set(x, y, k, alpha*min(max(0.5-d/soft, 0), 1))
		}
	}
}

func (c *canvas) rect(r image.Rectangle, k colour) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c.set(x, y, k, 1)
		}
	}
}

func (c *canvas) disc(x, y, radius float64, k colour) {
	c.blob(x, y, radius, radius, 0, k, 1, 1)
}

// blob is an ellipse.
func (c *canvas) blob(x, y, a, b, angle float64, k colour, alpha, soft float64) {
	sin, cos := math.Sincos(angle)
	m := max(a, b) + soft + 1
	c.shape(image.Rect(int(x-m), int(y-m), int(x+m)+1, int(y+m)+1), k, alpha, soft, func(px, py float64) float64 {
		u, v := (px-x)*cos+(py-y)*sin, (py-y)*cos-(px-x)*sin
		return (math.Hypot(u/a, v/b) - 1) * min(a, b)
	})
}

// line of some width.
func (c *canvas) line(x0, y0, x1, y1, width float64, k colour, alpha float64) {
	m := width + 2
	r := image.Rect(int(min(x0, x1)-m), int(min(y0, y1)-m), int(max(x0, x1)+m), int(max(y0, y1)+m))
	dx, dy := x1-x0, y1-y0
	l := dx*dx + dy*dy
	c.shape(r, k, alpha, 1, func(x, y float64) float64 {
		t := min(max(((x-x0)*dx+(y-y0)*dy)/max(l, 1e-9), 0), 1)
		return math.Hypot(x-x0-t*dx, y-y0-t*dy) - width/2
	})
}

// text is set with letters of 7 x 13 pixels times a size, from the top left.
func (c *canvas) text(x, y int, s string, size int, k colour) {
	face := basicfont.Face7x13
	w := 7 * len(s)
	img := image.NewAlpha(image.Rect(0, 0, w, 14))
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: face, Dot: fixed.P(0, 11)}
	d.DrawString(s)
	for py := range 14 * size {
		for px := range w * size {
			c.set(x+px, y+py, k, float64(img.AlphaAt(px/size, py/size).A)/255)
		}
	}
}

// blurred by a Gaussian.
func (c *canvas) blurred(sigma float64) *canvas {
	n := int(math.Ceil(3 * sigma))
	k := make([]float64, 2*n+1)
	sum := 0.0
	for i := range k {
		k[i] = math.Exp(-float64((i-n)*(i-n)) / (2 * sigma * sigma))
		sum += k[i]
	}
	pass := func(src *canvas, dx, dy int) *canvas {
		dst := newCanvas(src.w, src.h)
		for y := range src.h {
			for x := range src.w {
				var s colour
				for i, f := range k {
					p := src.get(x+(i-n)*dx, y+(i-n)*dy)
					for j := range s {
						s[j] += p[j] * f / sum
					}
				}
				dst.set(x, y, s, 1)
			}
		}
		return dst
	}
	return pass(pass(c, 1, 0), 0, 1)
}

// waves is a smooth random field of mean 0 and a spread of about 1, with features of some length.
type waves struct {
	cell  float64
	w     int
	value []float64
}

func newWaves(rng *rand.Rand, w, h int, cell float64) *waves {
	n, m := int(float64(w)/cell)+5, int(float64(h)/cell)+5
	f := &waves{cell, n, make([]float64, n*m)}
	for i := range f.value {
		f.value[i] = rng.NormFloat64() * 1.5
	}
	return f
}

func (f *waves) at(x, y float64) float64 {
	x, y = x/f.cell+1, y/f.cell+1
	h := len(f.value) / f.w
	ix, iy := min(max(int(x), 0), f.w-2), min(max(int(y), 0), h-2)
	a, b := x-float64(ix), y-float64(iy)
	a, b = a*a*(3-2*a), b*b*(3-2*b)
	v := f.value[iy*f.w+ix:]
	u := f.value[(iy+1)*f.w+ix:]
	return (1-b)*((1-a)*v[0]+a*v[1]) + b*((1-a)*u[0]+a*u[1])
}
