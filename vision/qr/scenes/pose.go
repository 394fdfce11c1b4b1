package scenes

import "math"

// Point is a place in an image, in pixels.
type Point struct{ X, Y float64 }

// Pose is where a code lies in a picture, and how.
type Pose struct {
	Center     Point
	Module     float64 // pixels
	Angle      float64 // radians, clockwise in the image
	Tilt, Turn float64 // radians, about the code's horizontal and vertical axes
	Bend       float64 // sagitta over a chord of the code's width, as part of that width; 0: flat
	Mirrored   bool
}

// ToImage gives the place in the picture of (u, v), in modules from the top left of a code of n
// modules: about an upright cylinder where it is bent, mirrored, tilted, and seen by a camera
// 2.2 sides away.
func (p *Pose) ToImage(n int, u, v float64) Point {
	half := float64(n) / 2
	x, y := (u-half)*p.Module, (v-half)*p.Module
	z := 0.0
	size := float64(n) * p.Module
	if p.Bend > 0 {
		r := size * (1/(8*p.Bend) + p.Bend/2)
		a := x / r
		x, z = r*math.Sin(a), r*(1-math.Cos(a))
	}
	if p.Mirrored {
		x = -x
	}
	st, ct := math.Sincos(p.Tilt)
	sv, cv := math.Sincos(p.Turn)
	y, z = ct*y-st*z, st*y+ct*z
	x, z = cv*x+sv*z, -sv*x+cv*z
	far := 2.2 * size
	f := far / (far + z)
	sa, ca := math.Sincos(p.Angle)
	return Point{p.Center.X + f*(ca*x-sa*y), p.Center.Y + f*(sa*x+ca*y)}
}

// Corners of a code of n modules: its top left, then clockwise as printed.
func (p *Pose) Corners(n int) [4]Point {
	s := float64(n)
	return [4]Point{p.ToImage(n, 0, 0), p.ToImage(n, s, 0), p.ToImage(n, s, s), p.ToImage(n, 0, s)}
}
