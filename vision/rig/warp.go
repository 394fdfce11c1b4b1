package rig

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
	"linetwin.dev/vision/align"
)

// OnBelt is how what lies on a belt moves in a camera's frame while the belt travels, in
// metres along x of the line: for Warp and Shift. camera is the camera's pose in the line's frame.
func OnBelt(camera kinematics.Pose, travel float64) kinematics.Pose {
	v := camera.Inverse().Rotate([3]float64{travel, 0, 0})
	return kinematics.Translation(v[0], v[1], v[2])
}

// Moved is how what stands still moves in the frame of a camera that goes from one pose to
// another.
func Moved(from, to kinematics.Pose) kinematics.Pose { return to.Inverse().Mul(from) }

// Warper moves depth images by a motion of what they show. It holds the table of one lens, and
// serves one call at a time; it allocates nothing.
type Warper struct {
	k    vision.Intrinsics
	lens align.Lens
	rays []float32 // two a pixel: the direction at depth 1, NaN where the lens does not see
}

// NewWarper makes a warper for a depth camera. The error says what is wrong with its
// intrinsics.
func NewWarper(k vision.Intrinsics) (*Warper, error) {
	lens, err := align.Camera(k).Lens()
	if err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	w := &Warper{k: k, lens: lens, rays: make([]float32, 0, 2*k.W*k.H)}
	for v := range k.H {
		for u := range k.W {
			x, y, ok := lens.Ray(float64(u), float64(v))
			if !ok {
				x, y = math.NaN(), math.NaN()
			}
			w.rays = append(w.rays, float32(x), float32(y))
		}
	}
	return w, nil
}

var errSize = errors.New("rig: a depth image of another size than the camera's")

// Warp sets dst to what the camera would have measured after everything in src has made the
// motion, as OnBelt or Moved give it. Where several points come to one pixel the nearest
// wins; pixels that open up between neighbours of one surface, differing by less than join
// millimetres, are filled from both sides, others have no depth. dst.Z must have the size of
// src.Z, and not be it.
func (w *Warper) Warp(dst, src vision.Depth, motion kinematics.Pose, join float32) error {
	n := w.k.W * w.k.H
	if src.W != w.k.W || src.H != w.k.H || len(src.Z) != n || dst.W != w.k.W || dst.H != w.k.H || len(dst.Z) != n {
		return errSize
	}
	clear(dst.Z)
	r := motion.R
	p := [3]float64{1e3 * motion.P[0], 1e3 * motion.P[1], 1e3 * motion.P[2]} // mm
	for i, z := range src.Z {
		if !(z > 0) || math.IsInf(float64(z), 0) {
			continue
		}
		d, x, y := float64(z), float64(w.rays[2*i]), float64(w.rays[2*i+1])
		to := d*(r[6]*x+r[7]*y+r[8]) + p[2]
		if !(to > 0) {
			continue
		}
		u, v, ok := w.lens.Project(d*(r[0]*x+r[1]*y+r[2])+p[0], d*(r[3]*x+r[4]*y+r[5])+p[1], to)
		if !ok {
			continue
		}
		c, l := int(math.Floor(u+0.5)), int(math.Floor(v+0.5))
		if c < 0 || l < 0 || c >= w.k.W || l >= w.k.H {
			continue
		}
		if q := &dst.Z[l*w.k.W+c]; *q == 0 || float32(to) < *q {
			*q = float32(to)
		}
	}
	w.fill(dst, join)
	return nil
}

// fill closes what is one pixel wide between neighbours of one surface.
func (w *Warper) fill(d vision.Depth, join float32) {
	for y := range d.H {
		for x := 1; x < d.W-1; x++ {
			i := y*d.W + x
			if d.Z[i] != 0 {
				continue
			}
			if a, b := d.Z[i-1], d.Z[i+1]; a > 0 && b > 0 && abs(a-b) < join {
				d.Z[i] = (a + b) / 2
			}
		}
	}
	for y := 1; y < d.H-1; y++ {
		for x := range d.W {
			i := y*d.W + x
			if d.Z[i] != 0 {
				continue
			}
			if a, b := d.Z[i-d.W], d.Z[i+d.W]; a > 0 && b > 0 && abs(a-b) < join {
				d.Z[i] = (a + b) / 2
			}
		}
	}
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// Shift moves a region of an image with what it shows, at a depth in metres: where to look
// for at the common instant what was seen at the exposure. The result holds all of the moved
// region, is not clipped, and may lie outside of the image. It is false when a corner comes
// to lie behind the camera, or where the lens does not see.
func Shift(r vision.Rect, k vision.Intrinsics, depth float64, motion kinematics.Pose) (vision.Rect, bool) {
	lens, err := align.Camera(k).Lens()
	if err != nil || !(depth > 0) {
		return vision.Rect{}, false
	}
	var out [4]vision.Point
	for i, c := range [4][2]int{{r.X0, r.Y0}, {r.X1 - 1, r.Y0}, {r.X1 - 1, r.Y1 - 1}, {r.X0, r.Y1 - 1}} {
		x, y, ok := lens.Ray(float64(c[0]), float64(c[1]))
		if !ok {
			return vision.Rect{}, false
		}
		p := motion.Apply([3]float64{x * depth, y * depth, depth})
		u, v, ok := lens.Project(p[0], p[1], p[2])
		if !ok {
			return vision.Rect{}, false
		}
		out[i] = vision.Point{X: u, Y: v}
	}
	return vision.Around(out[:]...), true
}
