package vision

import "math"

// Pinhole returns the intrinsics of an ideal camera with square pixels and a
// horizontal field of view in radians; the optical axis meets the image in its
// middle.
func Pinhole(w, h int, fov float64) Intrinsics {
	f := float64(w) / 2 / math.Tan(fov/2)
	return Intrinsics{W: w, H: h, FX: f, FY: f, CX: float64(w-1) / 2, CY: float64(h-1) / 2}
}

// radial tells whether the lens has K1 and K2 at most.
func (k *Intrinsics) radial() bool {
	return k.K3 == 0 && k.K4 == 0 && k.K5 == 0 && k.K6 == 0 && k.P1 == 0 && k.P2 == 0
}

// bend is where the lens moves (x, y) at depth 1 to.
func (k *Intrinsics) bend(x, y float64) (float64, float64) {
	r2 := x*x + y*y
	if k.radial() {
		d := 1 + r2*(k.K1+r2*k.K2)
		return x * d, y * d
	}
	d := (1 + r2*(k.K1+r2*(k.K2+r2*k.K3))) / (1 + r2*(k.K4+r2*(k.K5+r2*k.K6)))
	return x*d + 2*k.P1*x*y + k.P2*(r2+2*x*x), y*d + k.P1*(r2+2*y*y) + 2*k.P2*x*y
}

// Project returns the pixel at which a point of the camera's frame is seen, and
// false for a point that is not in front of the camera. The unit of x, y, z
// cancels.
func (k Intrinsics) Project(x, y, z float64) (Point, bool) {
	if !(z > 0) {
		return Point{}, false
	}
	x, y = k.bend(x/z, y/z)
	return Point{k.FX*x + k.CX, k.FY*y + k.CY}, true
}

// Ray returns the direction (x, y, 1) in the camera's frame in which a pixel
// looks: a point at optical depth z lies at (x z, y z, z). It inverts the
// distortion by Newton's method, to better than 1e-9, where the lens keeps points
// in order; align.Lens knows how far that is.
func (k Intrinsics) Ray(p Point) (x, y float64) {
	x, y = (p.X-k.CX)/k.FX, (p.Y-k.CY)/k.FY
	if !k.radial() {
		return k.straighten(x, y)
	}
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

// straighten is the inverse of bend: Newton's method in both coordinates, with the
// derivatives by differences.
func (k *Intrinsics) straighten(u, v float64) (x, y float64) {
	const h = 1e-6
	x, y = u, v
	for range 30 {
		bx, by := k.bend(x, y)
		rx, ry := bx-u, by-v
		ax, ay := k.bend(x+h, y)
		cx, cy := k.bend(x, y+h)
		a, b, c, d := (ax-bx)/h, (cx-bx)/h, (ay-by)/h, (cy-by)/h
		det := a*d - b*c
		if det == 0 {
			return x, y
		}
		sx, sy := (d*rx-b*ry)/det, (a*ry-c*rx)/det
		x, y = x-sx, y-sy
		if math.Abs(sx)+math.Abs(sy) < 1e-12 {
			break
		}
	}
	return x, y
}
