package vision

import (
	"fmt"
	"math"
)

// DepthTolerance says by how much depth may differ from what is expected, in
// millimetres: Near towards the camera, Far away from it. Both are positive.
type DepthTolerance struct{ Near, Far float32 }

// DepthDiff is what a comparison of depth with an expected surface found.
// Deviations are measured minus expected: positive is further from the camera.
type DepthDiff struct {
	Compared int // pixels with depth in both
	Missing  int // pixels with an expected depth, but none measured
	Out      int // pixels out of tolerance
	// Of all compared pixels, in millimetres.
	Nearest, Furthest float32
	Mean, RMS         float64
	// Of the pixels out of tolerance: how much surface they cover, seen square to
	// the optical axis, in square millimetres; and the volume between measured and
	// expected surface over it, in cubic millimetres.
	Area, VolumeNear, VolumeFar float64
	// Pixel with the largest deviation either way; -1 when none was compared.
	X, Y int
}

// CompareDepth compares a depth image with what it should be, pixel by pixel, in one
// pass and without allocating. Both images have the same grid, whose intrinsics
// are k. A pixel counts when mask is nil or not 0 there, and when want has a depth
// there. Depths that are not positive and finite count as missing. Sums are taken
// in the order of the pixels, so that the result is always the same.
//
// It returns an error when sizes do not agree or a tolerance is not one.
//
// A camera's noise and its systematic error are in what is measured: a tolerance
// below them rejects good surfaces, unless depth was averaged or calibrated first.
func CompareDepth(got, want Depth, mask []byte, k Intrinsics, tol DepthTolerance) (DepthDiff, error) {
	n := got.W * got.H
	switch {
	case got.W < 1 || got.H < 1 || len(got.Z) != n:
		return DepthDiff{}, fmt.Errorf("depth of %dx%d has %d values", got.W, got.H, len(got.Z))
	case want.W != got.W || want.H != got.H || len(want.Z) != n:
		return DepthDiff{}, fmt.Errorf("expected depth of %dx%d with %d values cannot be compared with %dx%d", want.W, want.H, len(want.Z), got.W, got.H)
	case mask != nil && len(mask) != n:
		return DepthDiff{}, fmt.Errorf("mask has %d values for %dx%d pixels", len(mask), got.W, got.H)
	case !(tol.Near >= 0) || !(tol.Far >= 0):
		return DepthDiff{}, fmt.Errorf("tolerances %g and %g mm; they must not be negative", tol.Near, tol.Far)
	case !(k.FX > 0) || !(k.FY > 0):
		return DepthDiff{}, fmt.Errorf("focal lengths %g and %g; they must be positive", k.FX, k.FY)
	}
	var d DepthDiff
	var sum, squares, area, near, far float64
	largest, at := float32(-1), -1
	for i, g := range got.Z {
		w := want.Z[i]
		if !(w > 0) || w > math.MaxFloat32 || mask != nil && mask[i] == 0 {
			continue
		}
		if !(g > 0) || g > math.MaxFloat32 {
			d.Missing++
			continue
		}
		dev := g - w
		d.Compared++
		sum += float64(dev)
		squares += float64(dev) * float64(dev)
		d.Nearest, d.Furthest = min(d.Nearest, dev), max(d.Furthest, dev)
		if abs := max(dev, -dev); abs > largest {
			largest, at = abs, i
		}
		if dev >= -tol.Near && dev <= tol.Far {
			continue
		}
		// A pixel at depth z covers z/fx by z/fy.
		d.Out++
		a := float64(w) * float64(w)
		area += a
		if dev < 0 {
			near -= a * float64(dev)
		} else {
			far += a * float64(dev)
		}
	}
	d.X, d.Y = -1, -1
	if d.Compared > 0 {
		d.Mean = sum / float64(d.Compared)
		d.RMS = math.Sqrt(squares / float64(d.Compared))
		d.X, d.Y = at%got.W, at/got.W
	}
	f := k.FX * k.FY
	d.Area, d.VolumeNear, d.VolumeFar = area/f, near/f, far/f
	return d, nil
}

// PlaneDepth fills dst, W*H values of an image with intrinsics k, with the depth in
// millimetres of the plane n . p = d in the camera's frame (millimetres), and 0
// where it is not seen: an expected surface for CompareDepth. It allocates only
// when dst is too small; the distortion of the lens is taken into account.
func PlaneDepth(dst []float32, k Intrinsics, n [3]float64, d float64) Depth {
	if k.W < 1 || k.H < 1 {
		return Depth{}
	}
	if cap(dst) < k.W*k.H {
		dst = make([]float32, k.W*k.H)
	}
	dst = dst[:k.W*k.H]
	for v := range k.H {
		for u := range k.W {
			x, y := k.Ray(Point{float64(u), float64(v)})
			z := d / (n[0]*x + n[1]*y + n[2])
			if !(z > 0) || z > math.MaxFloat32 {
				z = 0
			}
			dst[v*k.W+u] = float32(z)
		}
	}
	return Depth{k.W, k.H, dst}
}
