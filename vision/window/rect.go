package window

// Rect is a part of a window, in points.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// W is the width.
func (r Rect) W() float64 { return r.X1 - r.X0 }

// H is the height.
func (r Rect) H() float64 { return r.Y1 - r.Y0 }

// Mid is the middle.
func (r Rect) Mid() Point { return Point{(r.X0 + r.X1) / 2, (r.Y0 + r.Y1) / 2} }

// Has tells whether a place is inside.
func (r Rect) Has(p Point) bool { return p.X >= r.X0 && p.X < r.X1 && p.Y >= r.Y0 && p.Y < r.Y1 }

// Inset returns the rectangle without a margin of d on each side.
func (r Rect) Inset(d float64) Rect { return Rect{r.X0 + d, r.Y0 + d, r.X1 - d, r.Y1 - d} }

// CutTop parts the upper h points from the rest.
func (r Rect) CutTop(h float64) (top, rest Rect) {
	y := min(r.Y0+h, r.Y1)
	return Rect{r.X0, r.Y0, r.X1, y}, Rect{r.X0, y, r.X1, r.Y1}
}

// CutBottom parts the lower h points from the rest.
func (r Rect) CutBottom(h float64) (bottom, rest Rect) {
	y := max(r.Y1-h, r.Y0)
	return Rect{r.X0, y, r.X1, r.Y1}, Rect{r.X0, r.Y0, r.X1, y}
}

// CutRight parts the w points at the right from the rest.
func (r Rect) CutRight(w float64) (right, rest Rect) {
	x := max(r.X1-w, r.X0)
	return Rect{x, r.Y0, r.X1, r.Y1}, Rect{r.X0, r.Y0, x, r.Y1}
}
