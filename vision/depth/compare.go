package depth

import (
	"fmt"
)

// Result is what a comparison found. Deviations are measured minus expected, in millimetres:
// positive is further from the camera.
type Result struct {
	Expected int // pixels at which the template has a depth
	Compared int // those of them at which one was measured
	Missing  int // and those at which none was
	Out      int // compared pixels out of tolerance
	// Of all compared pixels. Nearest is never above 0 and Furthest never below: what does not
	// stick out either way is 0.
	Nearest, Furthest float32
	Mean, RMS         float64
	// The surface that the pixels out of tolerance cover, seen square to the optical axis, in square
	// millimetres; and the volume between measured and expected surface over it, in cubic
	// millimetres: in front of the expected surface and behind it.
	Area, VolumeNear, VolumeFar float64
	// The pixel with the largest deviation either way, the first of them in reading order; -1 when
	// none was compared.
	X, Y int
	// The plane through all deviations.
	Plane Plane
}

// Height is the largest deviation towards the camera, in millimetres, 0 when nothing stands out.
func (r *Result) Height() float32 { return -r.Nearest }

// Presence is the share of the expected pixels that were measured within their tolerance, from 0 to
// 1: something is there, and it is what was expected. It is 0 when nothing was expected.
func (r *Result) Presence() float64 {
	if r.Expected == 0 {
		return 0
	}
	return float64(r.Compared-r.Out) / float64(r.Expected)
}

// Compare compares a measured image with the template in one pass. When mask is not nil it has W*H
// values, and each is set: 255 where a compared pixel is out of tolerance, 0 elsewhere.
//
// It allocates nothing, and any number of goroutines may call it. Sums differ from the exact ones
// by at most n/8 + h + 16 roundings of float64, n the pixels and h the rows: below 2e-11 of the sum of the absolute
// values for 1024 x 1024. A deviation itself is a float32: exact to a sixteen-millionth of the depth.
//
// It fails when sizes do not agree.
func (t *Template) Compare(got Map, mask []byte) (Result, error) {
	if err := sameSize("measured image", got, t.w, t.h); err != nil {
		return Result{}, err
	}
	if mask != nil && len(mask) != t.w*t.h {
		return Result{}, fmt.Errorf("depth: the mask for what is out of tolerance has %d values, want %d x %d", len(mask), t.w, t.h)
	}
	return t.compare(got, mask, vector), nil
}

// compare is Compare with the kernel in assembly or the one in plain Go.
func (t *Template) compare(got Map, mask []byte, vector bool) Result {
	r := Result{Expected: t.expected, X: -1, Y: -1}
	var scratch [mostSide]byte
	var s sums
	s.grow(-1)
	for y := range t.h {
		g, at := got.Row(y), y*t.w
		w := t.want[at : at+t.w]
		low, far := t.low[y*t.pitch:][:t.w], t.far[y*t.pitch:][:t.w]
		bad := scratch[:t.w]
		if mask != nil {
			bad = mask[at : at+t.w]
		}
		var larger bool
		if vector {
			larger = s.addRowVector(g, w, low, far, bad, y)
		} else {
			larger = s.addRow(g, w, low, far, bad, y)
		}
		s.addCoordinates(y, t.w)
		if s.out > 0 {
			r.Out += int(s.out)
			t.addOut(&r, g, w, bad)
		}
		if larger {
			near, away := s.extremes()
			abs := max(-near, away)
			if x := firstWith(g, w, abs); x >= 0 {
				r.X, r.Y = x, y
				s.grow(abs)
			}
		}
	}
	r.Nearest, r.Furthest = s.extremes()
	f := t.fx * t.fy
	r.Area, r.VolumeNear, r.VolumeFar = r.Area/f, r.VolumeNear/f, r.VolumeFar/f
	s.finish(&r, t)
	return r
}

// grow sets what a deviation must exceed to be told.
func (s *sums) grow(largest float32) {
	for l := range lanes {
		s.largest[l] = largest
	}
}

// addOut adds area and volume of the pixels out of tolerance, in units of a pixel's solid angle: a
// pixel at depth z covers z/fx by z/fy.
func (t *Template) addOut(r *Result, got, want []float32, bad []byte) {
	for x := nextSet(bad, 0); x < len(bad); x = nextSet(bad, x+1) {
		w := float64(want[x])
		a, d := float64(w*w), float64(got[x]-want[x])
		r.Area += a
		if d < 0 {
			r.VolumeNear -= float64(a * d)
		} else {
			r.VolumeFar += float64(a * d)
		}
	}
}

// firstWith finds the first compared pixel that deviates by abs either way.
func firstWith(got, want []float32, abs float32) int {
	for x, g := range got {
		d := g - want[x]
		if g > 0 && (d == abs || d == -abs) {
			return x
		}
	}
	return -1
}
