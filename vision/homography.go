package vision

// Homography maps points of one plane to another, row-major:
// (x, y) -> ((h0 x + h1 y + h2) / w, (h3 x + h4 y + h5) / w), w = h6 x + h7 y + h8.
type Homography [9]float64

// HomographyOf returns the homography that takes each point of from to the point
// of to, and false when three of the points lie on a line: the solution of the
// eight linear equations with h8 = 1 (Hartley and Zisserman, Multiple View
// Geometry, 2nd ed., section 4.1).
func HomographyOf(from, to [4]Point) (Homography, bool) {
	var a [72]float64
	for i := range from {
		x, y, u, v := from[i].X, from[i].Y, to[i].X, to[i].Y
		copy(a[18*i:], []float64{x, y, 1, 0, 0, 0, -u * x, -u * y, u, 0, 0, 0, x, y, 1, -v * x, -v * y, v})
	}
	if !solve(a[:], 8) {
		return Homography{}, false
	}
	h := Homography{8: 1}
	for i := range 8 {
		h[i] = a[9*i+8]
	}
	return h, true
}

// Apply maps a point. A point on the line that goes to infinity gives infinities.
func (h Homography) Apply(p Point) Point {
	w := h[6]*p.X + h[7]*p.Y + h[8]
	return Point{(h[0]*p.X + h[1]*p.Y + h[2]) / w, (h[3]*p.X + h[4]*p.Y + h[5]) / w}
}
