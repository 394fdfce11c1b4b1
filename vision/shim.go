//go:build cgo

package vision

import (
	"fmt"
	"math"
)

// checkPnP says what keeps a pose from being solved.
func checkPnP(object [][3]float64, image []Point, k Intrinsics) error {
	if len(object) != len(image) {
		return fmt.Errorf("solve pose from points: %d points in space and %d in the image; each needs its partner", len(object), len(image))
	}
	if len(object) < 4 {
		return fmt.Errorf("solve pose from points: %d points; at least 4 are needed", len(object))
	}
	if !(k.FX > 0 && k.FY > 0) {
		return fmt.Errorf("solve pose from points: focal lengths %g, %g px; both must be positive", k.FX, k.FY)
	}
	for i, p := range object {
		for _, v := range [...]float64{p[0], p[1], p[2], image[i].X, image[i].Y} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("solve pose from points: point %d is not finite: %v at pixel %v", i, p, image[i])
			}
		}
	}
	return nil
}

// coplanar tells whether points lie in one plane to a millionth of their extent.
func coplanar(points [][3]float64) bool {
	var c [3]float64
	for _, p := range points {
		for i := range c {
			c[i] += p[i] / float64(len(points))
		}
	}
	// The normal is that of the largest triangle of the centroid and two points.
	var normal [3]float64
	var largest, extent float64
	for i, p := range points {
		a := [3]float64{p[0] - c[0], p[1] - c[1], p[2] - c[2]}
		extent = max(extent, math.Sqrt(a[0]*a[0]+a[1]*a[1]+a[2]*a[2]))
		for _, q := range points[i+1:] {
			b := [3]float64{q[0] - c[0], q[1] - c[1], q[2] - c[2]}
			n := [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
			if l := math.Sqrt(n[0]*n[0] + n[1]*n[1] + n[2]*n[2]); l > largest {
				largest = l
				normal = [3]float64{n[0] / l, n[1] / l, n[2] / l}
			}
		}
	}
	for _, p := range points {
		d := (p[0]-c[0])*normal[0] + (p[1]-c[1])*normal[1] + (p[2]-c[2])*normal[2]
		if math.Abs(d) > 1e-6*extent {
			return false
		}
	}
	return true
}
