package vision

// Rect is a region of an image in whole pixels: columns X0 to X1-1 and rows Y0 to
// Y1-1. A Rect with X1 <= X0 or Y1 <= Y0 is empty.
type Rect struct{ X0, Y0, X1, Y1 int }

// Empty tells whether the region holds no pixel.
func (r Rect) Empty() bool { return r.X1 <= r.X0 || r.Y1 <= r.Y0 }

// Clip returns the part of the region that lies in an image of w by h pixels.
func (r Rect) Clip(w, h int) Rect {
	return Rect{max(r.X0, 0), max(r.Y0, 0), min(r.X1, w), min(r.Y1, h)}
}

// Grow returns the region with a margin of n pixels added on each side.
func (r Rect) Grow(n int) Rect { return Rect{r.X0 - n, r.Y0 - n, r.X1 + n, r.Y1 + n} }

// Around returns the smallest region that holds all the points.
func Around(points ...Point) Rect {
	if len(points) == 0 {
		return Rect{}
	}
	lo, hi := points[0], points[0]
	for _, p := range points[1:] {
		lo.X, lo.Y = min(lo.X, p.X), min(lo.Y, p.Y)
		hi.X, hi.Y = max(hi.X, p.X), max(hi.Y, p.Y)
	}
	return Rect{pixel(lo.X), pixel(lo.Y), pixel(hi.X) + 1, pixel(hi.Y) + 1}
}

// pixel that a coordinate falls into: the centre of pixel 0 is at 0. Coordinates
// beyond any image, infinities and NaN end at +-2^24, so that arithmetic on
// regions cannot overflow.
func pixel(v float64) int {
	const far = 1 << 24
	switch {
	case v >= far:
		return far
	case v > -far:
		f := v + 0.5
		n := int(f)
		if float64(n) > f {
			n--
		}
		return n
	}
	return -far
}
