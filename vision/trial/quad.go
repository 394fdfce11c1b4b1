package trial

import (
	"math"
	"slices"

	"linetwin.dev/vision"
)

// apart is the mean distance of the corners of two quadrangles, in the order that suits them best: labels
// begin with any corner and go either way round.
func apart(a, b [4]vision.Point) float64 {
	best := math.Inf(1)
	for start := range 4 {
		for _, way := range [...]int{1, 3} {
			sum := 0.0
			for k := range 4 {
				p, q := a[k], b[(start+way*k)%4]
				sum += math.Hypot(p.X-q.X, p.Y-q.Y) / 4
			}
			best = min(best, sum)
		}
	}
	return best
}

// covers is the share of the area of quadrangle b that lies in a; both are convex.
func covers(a, b [4]vision.Point) float64 {
	whole := math.Abs(area(b[:]))
	if whole == 0 {
		return 0
	}
	// Clipped side by side (Sutherland and Hodgman, 1974).
	turn := 1.0
	if area(a[:]) < 0 {
		turn = -1
	}
	poly := slices.Clone(b[:])
	for i := range a {
		p, q := a[i], a[(i+1)%4]
		side := func(r vision.Point) float64 { return turn * ((q.X-p.X)*(r.Y-p.Y) - (q.Y-p.Y)*(r.X-p.X)) }
		var next []vision.Point
		for k, r := range poly {
			s := poly[(k+1)%len(poly)]
			u, v := side(r), side(s)
			if u >= 0 {
				next = append(next, r)
			}
			if (u >= 0) != (v >= 0) {
				t := u / (u - v)
				next = append(next, vision.Point{X: r.X + t*(s.X-r.X), Y: r.Y + t*(s.Y-r.Y)})
			}
		}
		if poly = next; len(poly) == 0 {
			return 0
		}
	}
	return math.Abs(area(poly)) / whole
}

// area of a polygon, above 0 where it goes clockwise in the image.
func area(p []vision.Point) float64 {
	sum := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += (a.X*b.Y - b.X*a.Y) / 2
	}
	return sum
}
