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

// Warper moves depth images by a motion of what they show. It holds tables of one lens, and
// serves one call at a time; it allocates nothing.
type Warper struct {
	k    vision.Intrinsics
	rays []float32 // two a pixel: the direction at depth 1, NaN where the lens does not see

	// grid has the pixels of directions, two numbers a node, NaN where the lens does not see;
	// between them they are interpolated, to some hundredths of a pixel.
	grid   []float32
	gw, gh int
	x0, y0 float32 // of the first node
	per    float32 // nodes in a direction's unit
}

// gridStep is the distance of the grid's nodes in pixels, at the image's centre.
const gridStep = 3

// NewWarper makes a warper for a depth camera. The error says what is wrong with its
// intrinsics.
func NewWarper(k vision.Intrinsics) (*Warper, error) {
	lens, err := align.Camera(k).Lens()
	if err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	w := &Warper{k: k, rays: make([]float32, 0, 2*k.W*k.H)}
	for v := range k.H {
		for u := range k.W {
			x, y, ok := lens.Ray(float64(u), float64(v))
			if !ok {
				x, y = math.NaN(), math.NaN()
			}
			w.rays = append(w.rays, float32(x), float32(y))
		}
	}
	w.tabulate(lens)
	return w, nil
}

// tabulate fills the grid for all directions that the image shows.
func (w *Warper) tabulate(lens align.Lens) {
	inf := float32(math.Inf(1))
	low, high := [2]float32{inf, inf}, [2]float32{-inf, -inf}
	for i, v := range w.rays {
		if v == v {
			low[i%2], high[i%2] = min(low[i%2], v), max(high[i%2], v)
		}
	}
	w.per = float32(min(w.k.FX, w.k.FY) / gridStep)
	w.x0, w.y0 = low[0]-1/w.per, low[1]-1/w.per
	w.gw, w.gh = int((high[0]-low[0])*w.per)+4, int((high[1]-low[1])*w.per)+4
	w.grid = make([]float32, 0, 2*w.gw*w.gh)
	for j := range w.gh {
		for i := range w.gw {
			u, v, ok := lens.Project(float64(w.x0+float32(i)/w.per), float64(w.y0+float32(j)/w.per), 1)
			if !ok {
				u, v = math.NaN(), math.NaN()
			}
			w.grid = append(w.grid, float32(u), float32(v))
		}
	}
}

// pixel in which a direction is seen, -1 if in none.
func (w *Warper) pixel(x, y float32) int {
	gx, gy := (x-w.x0)*w.per, (y-w.y0)*w.per
	if !(gx >= 0 && gy >= 0 && gx < float32(w.gw-1) && gy < float32(w.gh-1)) {
		return -1
	}
	i, j := int(gx), int(gy)
	a, b := gx-float32(i), gy-float32(j)
	n := 2 * (j*w.gw + i)
	up, down := w.grid[n:n+4:n+4], w.grid[n+2*w.gw:n+2*w.gw+4]
	u := (1-b)*((1-a)*up[0]+a*up[2]) + b*((1-a)*down[0]+a*down[2]) + 0.5
	v := (1-b)*((1-a)*up[1]+a*up[3]) + b*((1-a)*down[1]+a*down[3]) + 0.5
	if !(u >= 0 && v >= 0 && u < float32(w.k.W) && v < float32(w.k.H)) {
		return -1
	}
	return int(v)*w.k.W + int(u)
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
	var r [9]float32
	for i, v := range motion.R {
		r[i] = float32(v)
	}
	px, py, pz := float32(1e3*motion.P[0]), float32(1e3*motion.P[1]), float32(1e3*motion.P[2]) // mm
	for i, z := range src.Z {
		if !(z > 0 && z <= math.MaxFloat32) {
			continue
		}
		x, y := w.rays[2*i], w.rays[2*i+1]
		to := z*(r[6]*x+r[7]*y+r[8]) + pz
		if !(to > 0) {
			continue
		}
		near := 1 / to
		at := w.pixel((z*(r[0]*x+r[1]*y+r[2])+px)*near, (z*(r[3]*x+r[4]*y+r[5])+py)*near)
		if at < 0 {
			continue
		}
		if q := &dst.Z[at]; *q == 0 || to < *q {
			*q = to
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
