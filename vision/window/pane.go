package window

import "math"

// Pane shows a picture at any zoom. What is picked in it is in the picture's own pixels,
// the centre of the top left one at (0, 0), to a part of a pixel that follows from the
// zoom alone: at the largest one, 128 pixels of the screen wide, to 1/128. The zero Pane
// shows nothing; set the picture by Show and the place by Place.
//
// The wheel zooms about the mouse; the middle button, or the right one, moves the
// picture; "f" fits it in, "1" shows it pixel by pixel, "+" and "-" zoom, arrows move.
type Pane struct {
	Rect  Rect
	Image *Picture

	scale  float64 // pixels a point
	zoom   float64 // points a pixel of the picture
	corner Point   // of the picture's upper left edge, in points
	fitted bool    // follows the size of the pane
	held   bool    // the mouse moves the picture
	from   Point
}

// maxZoom is how many pixels of the screen one of the picture may be wide.
const maxZoom = 128

// Show changes the picture; the zoom stays where the size does, and is fitted otherwise.
func (p *Pane) Show(m *Picture) {
	same := p.Image != nil && m != nil && m.W == p.Image.W && m.H == p.Image.H
	p.Image = m
	if !same {
		p.Fit()
	}
}

// Place sets where the pane is, on a screen with a number of pixels a point.
func (p *Pane) Place(r Rect, scale float64) {
	moved := r != p.Rect || scale != p.scale
	if moved && !p.fitted && p.zoom > 0 {
		// What was in the middle stays there.
		a, b := p.Rect.Mid(), r.Mid()
		p.corner.X += b.X - a.X
		p.corner.Y += b.Y - a.Y
	}
	p.Rect, p.scale = r, scale
	if p.fitted && moved || p.zoom == 0 {
		p.Fit()
	}
}

// Fit shows the whole picture.
func (p *Pane) Fit() {
	p.fitted = true
	if p.Image == nil || p.Rect.W() <= 0 || p.Rect.H() <= 0 {
		return
	}
	in := p.Rect.Inset(min(16, p.Rect.W()/8, p.Rect.H()/8))
	p.zoom = min(in.W()/float64(p.Image.W), in.H()/float64(p.Image.H), maxZoom/p.scale)
	p.centre()
}

// centre puts the middle of the picture into that of the pane, on whole pixels.
func (p *Pane) centre() {
	mid := p.Rect.Mid()
	p.corner = Point{mid.X - p.zoom*float64(p.Image.W)/2, mid.Y - p.zoom*float64(p.Image.H)/2}
	p.corner.X = math.Round(p.corner.X*p.scale) / p.scale
	p.corner.Y = math.Round(p.corner.Y*p.scale) / p.scale
}

// Zoom is how many pixels of the screen one of the picture is wide.
func (p *Pane) Zoom() float64 { return p.zoom * p.scale }

// ZoomTo sets how many pixels of the screen one of the picture is wide; what is at a
// place of the window stays there.
func (p *Pane) ZoomTo(at Point, zoom float64) {
	if p.Image == nil || p.zoom == 0 {
		return
	}
	p.fitted = false
	least := min(8/float64(max(p.Image.W, p.Image.H)), 1)
	next := min(max(zoom, least), maxZoom) / p.scale
	k := next / p.zoom
	p.corner = Point{at.X - k*(at.X-p.corner.X), at.Y - k*(at.Y-p.corner.Y)}
	p.zoom = next
	p.keep()
}

// Look shows a part of the picture, given by its edges in pixels, as large as it goes.
func (p *Pane) Look(x0, y0, x1, y1 float64) {
	if p.Image == nil || p.Rect.W() <= 0 || x1 <= x0 || y1 <= y0 {
		return
	}
	p.fitted = false
	in := p.Rect.Inset(24)
	p.zoom = min(in.W()/(x1-x0), in.H()/(y1-y0), maxZoom/p.scale)
	mid := p.Rect.Mid()
	p.corner = Point{mid.X - p.zoom*(x0+x1)/2, mid.Y - p.zoom*(y0+y1)/2}
}

// keep keeps some of the picture in sight.
func (p *Pane) keep() {
	w, h := p.zoom*float64(p.Image.W), p.zoom*float64(p.Image.H)
	mx, my := min(48, p.Rect.W()/4), min(48, p.Rect.H()/4)
	p.corner.X = min(max(p.corner.X, p.Rect.X0+mx-w), p.Rect.X1-mx)
	p.corner.Y = min(max(p.corner.Y, p.Rect.Y0+my-h), p.Rect.Y1-my)
}

// ToImage is the pixel of the picture at a place of the window.
func (p *Pane) ToImage(at Point) Point {
	if p.zoom == 0 {
		return Point{}
	}
	return Point{(at.X-p.corner.X)/p.zoom - 0.5, (at.Y-p.corner.Y)/p.zoom - 0.5}
}

// ToWindow is the place in the window of a pixel of the picture.
func (p *Pane) ToWindow(pixel Point) Point {
	return Point{p.corner.X + (pixel.X+0.5)*p.zoom, p.corner.Y + (pixel.Y+0.5)*p.zoom}
}

// EdgeToWindow is the place in the window of a corner between pixels: (0, 0) is the
// upper left edge of the picture.
func (p *Pane) EdgeToWindow(x, y float64) Point {
	return Point{p.corner.X + x*p.zoom, p.corner.Y + y*p.zoom}
}

// Handle moves and zooms; false for what it has no use for.
func (p *Pane) Handle(e Event) bool {
	if p.Image == nil {
		return false
	}
	switch e := e.(type) {
	case Scrolled:
		if !p.Rect.Has(e.At) {
			return false
		}
		p.ZoomTo(e.At, p.Zoom()*math.Pow(1.2, e.DY))
		return true
	case Pressed:
		if e.Button == Left || !p.Rect.Has(e.At) {
			return false
		}
		p.held, p.from = true, e.At
		return true
	case Moved:
		if p.held {
			p.move(e.At.X-p.from.X, e.At.Y-p.from.Y)
			p.from = e.At
		}
		return p.held
	case Released:
		held := p.held && e.Button != Left
		p.held = p.held && e.Button == Left
		return held
	case KeyDown:
		return e.Mods&(Ctrl|Alt) == 0 && p.key(e.Key)
	}
	return false
}

func (p *Pane) key(k Key) bool {
	mid, far := p.Rect.Mid(), 64.0
	switch k {
	case "f":
		p.Fit()
	case "1":
		p.ZoomTo(mid, 1)
	case "=", "+":
		p.ZoomTo(mid, p.Zoom()*1.44)
	case "-":
		p.ZoomTo(mid, p.Zoom()/1.44)
	case LeftKey:
		p.move(far, 0)
	case RightKey:
		p.move(-far, 0)
	case Up:
		p.move(0, far)
	case Down:
		p.move(0, -far)
	default:
		return false
	}
	return true
}

func (p *Pane) move(dx, dy float64) {
	p.fitted = false
	p.corner.X += dx
	p.corner.Y += dy
	p.keep()
}

// Draw shows the picture, and a grid of its pixels where they are large.
func (p *Pane) Draw(c *Canvas) {
	c.Fill(p.Rect, Ground)
	if p.Image == nil {
		return
	}
	c.Within(p.Rect, func() {
		c.Picture(p.Image, p.corner, p.zoom)
		if p.Zoom() >= 24 {
			p.grid(c)
		}
	})
}

// grid draws the borders between pixels.
func (p *Pane) grid(c *Canvas) {
	line := Fade(Ground, min((p.Zoom()-24)/48, 1)*0.5+0.1)
	a, b := p.ToImage(Point{p.Rect.X0, p.Rect.Y0}), p.ToImage(Point{p.Rect.X1, p.Rect.Y1})
	x0, x1 := max(int(a.X), 0), min(int(b.X)+2, p.Image.W)
	y0, y1 := max(int(a.Y), 0), min(int(b.Y)+2, p.Image.H)
	one := 1 / c.Scale
	for x := x0; x <= x1; x++ {
		at := p.EdgeToWindow(float64(x), float64(y0))
		c.Fill(Rect{at.X, at.Y, at.X + one, p.EdgeToWindow(0, float64(y1)).Y}, line)
	}
	for y := y0; y <= y1; y++ {
		at := p.EdgeToWindow(float64(x0), float64(y))
		c.Fill(Rect{at.X, at.Y, p.EdgeToWindow(float64(x1), 0).X, at.Y + one}, line)
	}
}
