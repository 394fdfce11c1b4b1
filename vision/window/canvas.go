package window

import (
	"image"
	"image/color"
	"math"
)

// Canvas is what a view is drawn on. Places and lengths are in points; Image has the
// pixels. It is used by one goroutine at a time.
type Canvas struct {
	// Image has the pixels, opaque, from (0, 0).
	Image *image.RGBA
	// Scale is how many pixels a point has.
	Scale float64

	clip  image.Rectangle
	fonts fonts
}

// NewCanvas returns a canvas of w by h points.
func NewCanvas(w, h, scale float64) *Canvas {
	c := &Canvas{}
	c.Resize(w, h, scale)
	return c
}

// Resize gives the canvas another size; what was drawn is lost.
func (c *Canvas) Resize(w, h, scale float64) {
	if scale != c.Scale {
		c.fonts = fonts{}
	}
	c.Scale = scale
	size := image.Rect(0, 0, max(int(math.Round(w*scale)), 1), max(int(math.Round(h*scale)), 1))
	if c.Image == nil || c.Image.Rect != size {
		c.Image = image.NewRGBA(size)
	}
	c.clip = size
}

// Bounds is the whole canvas.
func (c *Canvas) Bounds() Rect {
	return Rect{0, 0, float64(c.Image.Rect.Dx()) / c.Scale, float64(c.Image.Rect.Dy()) / c.Scale}
}

// Pixels are those that a rectangle covers, its edges rounded to whole ones.
func (c *Canvas) Pixels(r Rect) image.Rectangle {
	return image.Rectangle{
		image.Pt(int(math.Round(r.X0*c.Scale)), int(math.Round(r.Y0*c.Scale))),
		image.Pt(int(math.Round(r.X1*c.Scale)), int(math.Round(r.Y1*c.Scale))),
	}
}

// Within draws with nothing outside a rectangle changed.
func (c *Canvas) Within(r Rect, draw func()) {
	before := c.clip
	c.clip = before.Intersect(c.Pixels(r))
	if !c.clip.Empty() {
		draw()
	}
	c.clip = before
}

// Fill fills a rectangle.
func (c *Canvas) Fill(r Rect, col color.NRGBA) {
	p := c.Pixels(r).Intersect(c.clip)
	for y := p.Min.Y; y < p.Max.Y; y++ {
		row := c.Image.Pix[c.Image.PixOffset(p.Min.X, y):][:4*p.Dx()]
		if col.A == 255 {
			for i := 0; i < len(row); i += 4 {
				row[i], row[i+1], row[i+2], row[i+3] = col.R, col.G, col.B, 255
			}
			continue
		}
		for i := 0; i < len(row); i += 4 {
			blend(row[i:i+4:i+4], col, uint32(col.A))
		}
	}
}

// Round fills a rectangle with round corners.
func (c *Canvas) Round(r Rect, radius float64, col color.NRGBA) {
	d := c.box(r, radius)
	c.shape(r, col, func(x, y float64) float64 { return 0.5 - d(x, y) })
}

// Frame draws the edge of a rectangle with round corners, inside it.
func (c *Canvas) Frame(r Rect, radius, width float64, col color.NRGBA) {
	d, w := c.box(r, radius), width*c.Scale
	c.shape(r, col, func(x, y float64) float64 {
		at := d(x, y)
		return min(0.5-at, at+w+0.5)
	})
}

// box is the distance in pixels from the edge of a box, negative inside.
func (c *Canvas) box(r Rect, radius float64) func(x, y float64) float64 {
	p := c.Pixels(r)
	mx, my := float64(p.Min.X+p.Max.X)/2, float64(p.Min.Y+p.Max.Y)/2
	rad := min(radius*c.Scale, float64(p.Dx())/2, float64(p.Dy())/2)
	hx, hy := float64(p.Dx())/2-rad, float64(p.Dy())/2-rad
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x-mx)-hx, math.Abs(y-my)-hy
		if dx <= 0 || dy <= 0 {
			return max(dx, dy) - rad
		}
		return math.Sqrt(dx*dx+dy*dy) - rad
	}
}

// Dot fills a circle.
func (c *Canvas) Dot(at Point, radius float64, col color.NRGBA) {
	mx, my, rad := at.X*c.Scale, at.Y*c.Scale, radius*c.Scale
	c.shape(Rect{at.X - radius, at.Y - radius, at.X + radius, at.Y + radius}, col, func(x, y float64) float64 {
		return rad + 0.5 - math.Hypot(x-mx, y-my)
	})
}

// Ring draws a circle.
func (c *Canvas) Ring(at Point, radius, width float64, col color.NRGBA) {
	mx, my, rad, w := at.X*c.Scale, at.Y*c.Scale, radius*c.Scale, width*c.Scale
	c.shape(Rect{at.X - radius - width, at.Y - radius - width, at.X + radius + width, at.Y + radius + width}, col, func(x, y float64) float64 {
		return w/2 + 0.5 - math.Abs(math.Hypot(x-mx, y-my)-rad)
	})
}

// Line draws a line with round ends.
func (c *Canvas) Line(a, b Point, width float64, col color.NRGBA) {
	a, b, seen := c.cut(a, b, width)
	if !seen {
		return
	}
	ax, ay, w := a.X*c.Scale, a.Y*c.Scale, width*c.Scale/2
	ux, uy := b.X*c.Scale-ax, b.Y*c.Scale-ay
	long := ux*ux + uy*uy
	cover := func(x, y float64) float64 {
		t := 0.0
		if long > 0 {
			t = min(max(((x-ax)*ux+(y-ay)*uy)/long, 0), 1)
		}
		dx, dy := x-ax-t*ux, y-ay-t*uy
		return w + 0.5 - math.Sqrt(dx*dx+dy*dy)
	}
	// In pieces along its longer side, as the box around a long slant is mostly empty.
	steep := math.Abs(uy) > math.Abs(ux)
	n := max(1, int(min(math.Abs(ux), math.Abs(uy))/24))
	whole, margin := c.clip, 1.5*width+3/c.Scale
	const far = 1 << 20
	for i := range n {
		p, q := between(a, b, float64(i)/float64(n)), between(a, b, float64(i+1)/float64(n))
		r := Rect{min(p.X, q.X), min(p.Y, q.Y), max(p.X, q.X), max(p.Y, q.Y)}
		part := c.Pixels(r) // pieces do not overlap: what is covered once is not again
		if steep {
			part.Min.X, part.Max.X = -far, far
		} else {
			part.Min.Y, part.Max.Y = -far, far
		}
		end := int(width*c.Scale) + 3
		if i == 0 {
			part = lengthen(part, steep, (steep && uy < 0) || (!steep && ux < 0), end)
		}
		if i == n-1 {
			part = lengthen(part, steep, (steep && uy >= 0) || (!steep && ux >= 0), end)
		}
		c.clip = whole.Intersect(part)
		c.shape(r.Inset(-margin), col, cover)
	}
	c.clip = whole
}

// cut takes away what of a line is far outside the canvas, after Liang and Barsky;
// false if nothing is left.
func (c *Canvas) cut(a, b Point, width float64) (Point, Point, bool) {
	r := c.Bounds().Inset(-width - 100)
	t0, t1 := 0.0, 1.0
	for _, e := range [4][2]float64{
		{a.X - b.X, a.X - r.X0}, {b.X - a.X, r.X1 - a.X},
		{a.Y - b.Y, a.Y - r.Y0}, {b.Y - a.Y, r.Y1 - a.Y},
	} {
		switch t := e[1] / e[0]; {
		case e[0] == 0 && e[1] < 0, math.IsNaN(e[0]), math.IsNaN(e[1]):
			return a, b, false
		case e[0] < 0:
			t0 = max(t0, t)
		case e[0] > 0:
			t1 = min(t1, t)
		}
	}
	return between(a, b, t0), between(a, b, t1), t0 <= t1
}

// between is the place at t from a to b.
func between(a, b Point, t float64) Point { return Point{a.X + t*(b.X-a.X), a.Y + t*(b.Y-a.Y)} }

// lengthen moves an end of a box outwards.
func lengthen(r image.Rectangle, vertical, upper bool, by int) image.Rectangle {
	switch {
	case vertical && upper:
		r.Max.Y += by
	case vertical:
		r.Min.Y -= by
	case upper:
		r.Max.X += by
	default:
		r.Min.X -= by
	}
	return r
}

// Path draws lines from place to place, and back to the first where it is closed.
func (c *Canvas) Path(places []Point, closed bool, width float64, col color.NRGBA) {
	for i := 1; i < len(places); i++ {
		c.Line(places[i-1], places[i], width, col)
	}
	if closed && len(places) > 2 {
		c.Line(places[len(places)-1], places[0], width, col)
	}
}

// shape blends a colour into a box of points by the coverage of each pixel, which is
// asked for its centre and cut to 0..1.
func (c *Canvas) shape(r Rect, col color.NRGBA, cover func(x, y float64) float64) {
	p := c.Pixels(Rect{r.X0 - 1, r.Y0 - 1, r.X1 + 1, r.Y1 + 1}).Intersect(c.clip)
	for y := p.Min.Y; y < p.Max.Y; y++ {
		at := c.Image.PixOffset(p.Min.X, y)
		for x := p.Min.X; x < p.Max.X; x++ {
			if k := cover(float64(x)+0.5, float64(y)+0.5); k > 0 {
				blend(c.Image.Pix[at:at+4:at+4], col, uint32(min(k, 1)*float64(col.A)+0.5))
			}
			at += 4
		}
	}
}

// blend puts a colour over an opaque pixel, with a weight out of 255.
func blend(px []byte, col color.NRGBA, a uint32) {
	px[0] = byte((uint32(px[0])*(255-a) + uint32(col.R)*a + 127) / 255)
	px[1] = byte((uint32(px[1])*(255-a) + uint32(col.G)*a + 127) / 255)
	px[2] = byte((uint32(px[2])*(255-a) + uint32(col.B)*a + 127) / 255)
	px[3] = 255
}
