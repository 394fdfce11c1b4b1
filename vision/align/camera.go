package align

import (
	"fmt"
	"math"
)

// Camera is a pinhole with the lens distortion of Brown and Conrady in its rational form, as
// OpenCV and the makers of RGB-D cameras give it. With x = X/Z, y = Y/Z in the camera's frame (x right, y
// down, z forward) and r^2 = x^2 + y^2 a point is seen at
//
//	d = (1 + K1 r^2 + K2 r^4 + K3 r^6) / (1 + K4 r^2 + K5 r^4 + K6 r^6)
//	u = FX (x d + 2 P1 x y + P2 (r^2 + 2 x^2)) + CX
//	v = FY (y d + P1 (r^2 + 2 y^2) + 2 P2 x y) + CY
//
// in pixels; the centre of the first pixel is (0, 0).
type Camera struct {
	W, H                   int
	FX, FY, CX, CY         float64
	K1, K2, K3, K4, K5, K6 float64
	P1, P2                 float64
}

// mostSide bounds the width and the height of an image.
const mostSide = 1 << 14

// Check says what is wrong with c, if anything.
func (c Camera) Check() error {
	if c.W < 1 || c.H < 1 || c.W > mostSide || c.H > mostSide {
		return fmt.Errorf("an image of %d x %d; each side has from 1 to %d pixels", c.W, c.H, mostSide)
	}
	for _, v := range []float64{c.FX, c.FY, c.CX, c.CY, c.K1, c.K2, c.K3, c.K4, c.K5, c.K6, c.P1, c.P2} {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return fmt.Errorf("an intrinsic parameter is %g; they are finite and below 1e6", v)
		}
	}
	if c.FX < 1 || c.FY < 1 {
		return fmt.Errorf("focal lengths %g and %g pixels; they are at least 1", c.FX, c.FY)
	}
	return nil
}

// radial is the factor d of the distortion, and the slope of r d over r, at r^2.
func (c *Camera) radial(r2 float64) (d, slope float64) {
	num := 1 + r2*(c.K1+r2*(c.K2+r2*c.K3))
	den := 1 + r2*(c.K4+r2*(c.K5+r2*c.K6))
	if !(den > 0) {
		return math.NaN(), math.NaN()
	}
	dnum := c.K1 + r2*(2*c.K2+r2*3*c.K3)
	dden := c.K4 + r2*(2*c.K5+r2*3*c.K6)
	d = num / den
	return d, d + 2*r2*(dnum*den-num*dden)/(den*den)
}

// widest is as far as a lens is looked through: tan 84 degrees.
const widest = 10

// domain is that of the lens: see Lens.Domain.
func (c *Camera) domain() float64 {
	const step = 1.0 / 256
	for r := 0.0; r <= widest; r += step {
		if _, slope := c.radial(r * r); !(slope > 0) {
			return max(r-step, 0)
		}
	}
	return widest
}

func (c *Camera) distort(x, y float64) (float64, float64) {
	r2 := x*x + y*y
	d, _ := c.radial(r2)
	return x*d + 2*c.P1*x*y + c.P2*(r2+2*x*x), y*d + c.P1*(r2+2*y*y) + 2*c.P2*x*y
}

// Lens is a camera that is ready to project: its domain is known. It is immutable.
type Lens struct {
	c      Camera
	domain float64
}

// Lens makes c ready to project. The error is that of Check.
func (c Camera) Lens() (Lens, error) {
	if err := c.Check(); err != nil {
		return Lens{}, fmt.Errorf("align: %w", err)
	}
	return Lens{c, c.domain()}, nil
}

// Domain is the largest r up to which the distortion keeps points in order, at most 10 (84
// degrees off the axis). Beyond it a polynomial folds back into the image what the lens never
// shows, so nothing is projected there.
func (l *Lens) Domain() float64 { return l.domain }

// Project gives the pixel at which a point of the camera's frame is seen; ok is false for a point that
// is not in front of the camera, or beyond the Domain. The unit of x, y, z cancels.
func (l *Lens) Project(x, y, z float64) (u, v float64, ok bool) {
	x, y = x/z, y/z
	if !(z > 0) || !(x*x+y*y <= l.domain*l.domain) {
		return 0, 0, false
	}
	x, y = l.c.distort(x, y)
	return l.c.FX*x + l.c.CX, l.c.FY*y + l.c.CY, true
}

// Ray gives the direction (x, y, 1) in the camera's frame in which a pixel looks: Project's inverse, to
// 1e-9. It is not ok for a pixel that sees nothing within the Domain.
func (l *Lens) Ray(u, v float64) (x, y float64, ok bool) {
	c := &l.c
	xd, yd := (u-c.CX)/c.FX, (v-c.CY)/c.FY
	x, y, ok = l.undoRadial(xd, yd)
	if c.P1 == 0 && c.P2 == 0 || !ok {
		return x, y, ok
	}
	// The tangential part is small: it is taken off as it is at the last estimate.
	for range 60 {
		r2 := x*x + y*y
		tx, ty := 2*c.P1*x*y+c.P2*(r2+2*x*x), c.P1*(r2+2*y*y)+2*c.P2*x*y
		nx, ny, ok := l.undoRadial(xd-tx, yd-ty)
		if !ok {
			return 0, 0, false
		}
		step := math.Abs(nx-x) + math.Abs(ny-y)
		if x, y = nx, ny; step < 1e-12*(1+r2) {
			break
		}
	}
	bx, by := c.distort(x, y)
	return x, y, math.Abs(bx-xd)+math.Abs(by-yd) < 1e-9
}

// undoRadial finds the r whose r d is that of (x, y), by Newton's method between bounds.
func (l *Lens) undoRadial(x, y float64) (float64, float64, bool) {
	seen := math.Sqrt(x*x + y*y)
	if seen == 0 {
		return 0, 0, true
	}
	low, high := 0.0, l.domain
	if d, _ := l.c.radial(high * high); !(high*d >= seen) {
		return 0, 0, false
	}
	r := min(seen, high)
	for range 60 {
		d, slope := l.c.radial(r * r)
		off := r*d - seen
		if off > 0 {
			high = r
		} else {
			low = r
		}
		next := r - off/slope
		if !(next >= low && next <= high) {
			next = (low + high) / 2
		}
		step := math.Abs(next - r)
		if r = next; step < 1e-13*(1+r) {
			break
		}
	}
	return x * r / seen, y * r / seen, true
}
