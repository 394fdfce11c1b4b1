package vision

import "math"

// Pinhole returns the intrinsics of an ideal camera with square pixels and a
// horizontal field of view in radians; the optical axis meets the image in its
// middle.
func Pinhole(w, h int, fov float64) Intrinsics {
	f := float64(w) / 2 / math.Tan(fov/2)
	return Intrinsics{W: w, H: h, FX: f, FY: f, CX: float64(w-1) / 2, CY: float64(h-1) / 2}
}

// Project returns the pixel at which a point of the camera's frame is seen, and
// false for a point that is not in front of the camera. The unit of x, y, z
// cancels.
func (k Intrinsics) Project(x, y, z float64) (Point, bool) {
	if !(z > 0) {
		return Point{}, false
	}
	x, y = x/z, y/z
	r2 := x*x + y*y
	d := 1 + r2*(k.K1+r2*k.K2)
	return Point{k.FX*x*d + k.CX, k.FY*y*d + k.CY}, true
}

// Ray returns the direction (x, y, 1) in the camera's frame in which a pixel
// looks: a point at optical depth z lies at (x z, y z, z). It inverts the
// distortion by Newton's method on the radius, to better than 1e-9.
func (k Intrinsics) Ray(p Point) (x, y float64) {
	x, y = (p.X-k.CX)/k.FX, (p.Y-k.CY)/k.FY
	if k.K1 == 0 && k.K2 == 0 {
		return x, y
	}
	seen := math.Hypot(x, y)
	if seen == 0 {
		return x, y
	}
	r := seen
	for range 20 {
		r2 := r * r
		step := (r*(1+r2*(k.K1+r2*k.K2)) - seen) / (1 + r2*(3*k.K1+5*r2*k.K2))
		r -= step
		if math.Abs(step) < 1e-12 {
			break
		}
	}
	return x * r / seen, y * r / seen
}
