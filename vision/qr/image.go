package qr

import "math"

// Image is a view of a grey picture: W x H pixels, of which row y begins at Pix[y*Stride].
// The centre of the first pixel is (0, 0), y points down.
type Image struct {
	Pix          []byte
	Stride, W, H int
}

// Valid tells whether Pix holds all pixels of a picture that has some.
func (m Image) Valid() bool {
	return m.W > 0 && m.H > 0 && m.Stride >= m.W && (m.H-1) <= (len(m.Pix)-m.W)/m.Stride && len(m.Pix) >= m.W
}

// Point is a place in an image, in pixels.
type Point struct{ X, Y float64 }

func (p Point) add(q Point) Point     { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) sub(q Point) Point     { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) mul(f float64) Point   { return Point{p.X * f, p.Y * f} }
func (p Point) dot(q Point) float64   { return p.X*q.X + p.Y*q.Y }
func (p Point) cross(q Point) float64 { return p.X*q.Y - p.Y*q.X }
func (p Point) norm() float64         { return math.Sqrt(p.X*p.X + p.Y*p.Y) }
func mix(p, q Point, t float64) Point { return Point{p.X + t*(q.X-p.X), p.Y + t*(q.Y-p.Y)} }
func distance(p, q Point) float64     { return p.sub(q).norm() }
func finite(p Point) bool             { return math.Abs(p.X) < 1e7 && math.Abs(p.Y) < 1e7 }
func (p Point) unit() Point           { return p.mul(1 / math.Max(p.norm(), 1e-12)) }
func clamp(x, lo, hi float64) float64 { return math.Min(math.Max(x, lo), hi) }

// plane is a picture at one scale: a pixel of it covers scale x scale pixels of the image.
type plane struct {
	Image
	scale float64
}

// up turns a place in the plane into one in the image.
func (p *plane) up(q Point) Point {
	return Point{(q.X+0.5)*p.scale - 0.5, (q.Y+0.5)*p.scale - 0.5}
}

// at interpolates between the four pixels around a place of the image; beyond the border
// it gives the border's value.
func (p *plane) at(q Point) float64 {
	x, y := (q.X+0.5)/p.scale-0.5, (q.Y+0.5)/p.scale-0.5
	if !(x > 0) {
		x = 0
	} else if x > float64(p.W-1) {
		x = float64(p.W - 1)
	}
	if !(y > 0) {
		y = 0
	} else if y > float64(p.H-1) {
		y = float64(p.H - 1)
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	i := iy*p.Stride + ix
	dx, dy := 1, p.Stride
	if ix == p.W-1 {
		dx = 0
	}
	if iy == p.H-1 {
		dy = 0
	}
	a, b := float64(p.Pix[i]), float64(p.Pix[i+dx])
	c, d := float64(p.Pix[i+dy]), float64(p.Pix[i+dy+dx])
	top, bottom := a+(b-a)*fx, c+(d-c)*fx
	return top + (bottom-top)*fy
}

// maxLevels is how often an image is halved at most.
const maxLevels = 6

// pyramid holds an image and its halvings; level 0 is the image itself. A level of its own
// holds the image doubled, for codes of very small modules. A pyramid can be that of another one
// with its grey values exchanged.
type pyramid struct {
	of      *pyramid   // whose grey values are exchanged; nil: none
	table   *[256]byte // by these
	levels  [maxLevels]plane
	count   int
	doubled plane
	store   [maxLevels][]byte
	twice   []byte
}

// set begins with a new image; further levels are made when they are asked for.
func (p *pyramid) set(m Image) {
	p.of = nil
	p.levels[0] = plane{m, 1}
	p.count = 1
	p.doubled = plane{}
}

// turn begins with another pyramid, grey values exchanged by a table.
func (p *pyramid) turn(of *pyramid, table *[256]byte) {
	p.of, p.table = of, table
	p.levels = [maxLevels]plane{}
	p.doubled = plane{}
}

// level gives the image halved k times, or less often where it would become too small.
func (p *pyramid) level(k int, w *work) *plane {
	if p.of != nil {
		return p.turned(k, w)
	}
	for p.count <= k && p.count < maxLevels {
		from := &p.levels[p.count-1]
		if min(from.W, from.H) < 40 {
			break
		}
		w.spend(from.W * from.H / 4)
		p.store[p.count] = halve(from.Image, p.store[p.count])
		p.levels[p.count] = plane{Image{p.store[p.count], from.W / 2, from.W / 2, from.H / 2}, 2 * from.scale}
		p.count++
	}
	return &p.levels[min(k, p.count-1)]
}

// turned is level where the grey values are exchanged.
func (p *pyramid) turned(k int, w *work) *plane {
	from := p.of.level(k, w)
	k = min(k, p.of.count-1)
	to := &p.levels[k]
	if to.W == 0 {
		w.spend(from.W * from.H / 2)
		p.store[k] = sized(p.store[k], from.W*from.H)
		for y := range from.H {
			out := p.store[k][y*from.W:][:from.W]
			for x, v := range from.Pix[y*from.Stride:][:from.W] {
				out[x] = p.table[v]
			}
		}
		*to = plane{Image{p.store[k], from.W, from.W, from.H}, from.scale}
	}
	return to
}

// double gives the image at twice its size.
func (p *pyramid) double(w *work) *plane {
	if p.doubled.W == 0 {
		m := p.level(0, w).Image
		w.spend(7 * m.W * m.H / 2)
		p.twice = enlarge(m, p.twice)
		p.doubled = plane{Image{p.twice, 2 * m.W, 2 * m.W, 2 * m.H}, 0.5}
	}
	return &p.doubled
}

// fit gives the smallest level on which a module of a size in the image's pixels still has
// about three pixels: noise is averaged, and fewer pixels are looked at.
func (p *pyramid) fit(module float64, w *work) *plane {
	k := 0
	for module >= 6 {
		module /= 2
		k++
	}
	return p.level(k, w)
}

// halve averages squares of two by two pixels.
func halve(m Image, buf []byte) []byte {
	w, h := m.W/2, m.H/2
	buf = sized(buf, w*h)
	for y := range h {
		a := m.Pix[2*y*m.Stride:][:2*w]
		b := m.Pix[(2*y+1)*m.Stride:][:2*w]
		out := buf[y*w:][:w]
		for x := range out {
			i := 2 * x
			out[x] = byte((int(a[i]) + int(a[i+1]) + int(b[i]) + int(b[i+1]) + 2) >> 2)
		}
	}
	return buf
}

// enlarge doubles a picture: each new pixel is 9/16, 3/16, 3/16 and 1/16 of the nearest four.
func enlarge(m Image, buf []byte) []byte {
	w, h := 2*m.W, 2*m.H
	buf = sized(buf, w*h)
	for y := range h {
		near := y / 2
		far := clampInt(near+2*(y&1)-1, m.H-1)
		a := m.Pix[near*m.Stride:][:m.W]
		b := m.Pix[far*m.Stride:][:m.W]
		out := buf[y*w:][:w]
		for x := range out {
			n := x / 2
			f := clampInt(n+2*(x&1)-1, m.W-1)
			out[x] = byte((9*int(a[n]) + 3*int(a[f]) + 3*int(b[n]) + int(b[f]) + 8) >> 4)
		}
	}
	return buf
}

func clampInt(v, hi int) int { return min(max(v, 0), hi) }

// sized gives a slice of n elements, the old one where it is large enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
