package vision

import (
	"math"

	"linetwin.dev/kinematics"
)

// view is how a station's camera sees the nominal part frame: origin on the belt
// under the bottle's centre, front face towards -y, width along x, z up. Lengths
// are in millimetres, as depth is.
type view struct {
	k Intrinsics
	r [9]float64 // turns a direction of the camera's frame into the part's
	c [3]float64 // the camera's centre in the part's frame
}

func newView(k Intrinsics, camera, nominal kinematics.Pose) view {
	p := nominal.Inverse().Mul(camera)
	return view{k: k, r: p.R, c: [3]float64{1000 * p.P[0], 1000 * p.P[1], 1000 * p.P[2]}}
}

// pixel at which a point of the part's frame is seen; false if it is behind the
// camera.
func (v *view) pixel(x, y, z float64) (Point, bool) {
	return v.k.Project(v.camera(x, y, z))
}

// camera turns a point of the part's frame into one of the camera's.
func (v *view) camera(x, y, z float64) (cx, cy, cz float64) {
	x, y, z = x-v.c[0], y-v.c[1], z-v.c[2]
	return v.r[0]*x + v.r[3]*y + v.r[6]*z,
		v.r[1]*x + v.r[4]*y + v.r[7]*z,
		v.r[2]*x + v.r[5]*y + v.r[8]*z
}

// ray of a pixel in the part's frame: what is seen there at optical depth t lies
// at c + t ray.
func (v *view) ray(p Point) [3]float64 {
	x, y := v.k.Ray(p)
	return [3]float64{
		v.r[0]*x + v.r[1]*y + v.r[2],
		v.r[3]*x + v.r[4]*y + v.r[5],
		v.r[6]*x + v.r[7]*y + v.r[8],
	}
}

// stand is where a bottle stands in the nominal part frame: millimetres, and the
// yaw about z in radians.
type stand struct {
	x, y, yaw float64
}

// face is the front face of a bottle of some depth that stands there: a vertical
// plane, on which u runs along the width from the middle, and z is the height.
type face struct {
	ox, oy   float64 // the face's middle
	cos, sin float64
}

func (s stand) face(depth float64) face {
	sin, cos := math.Sincos(s.yaw)
	return face{s.x + depth/2*sin, s.y - depth/2*cos, cos, sin}
}

// at is a point of the face in the part's frame.
func (f face) at(u, z float64) (x, y, zz float64) {
	return f.ox + u*f.cos, f.oy + u*f.sin, z
}

// outline of a rectangle on the face, in pixels, clockwise from its top left.
func (v *view) outline(f face, u0, u1, z0, z1 float64) []Point {
	out := make([]Point, 4)
	for i, c := range [4][2]float64{{u0, z1}, {u1, z1}, {u1, z0}, {u0, z0}} {
		out[i], _ = v.pixel(f.at(c[0], c[1]))
	}
	return out
}

// rectify draws the rectangle of the face from (u0, z1) at the top left, at scale
// pixels a millimetre, into dst, from g, whose first pixel is at origin of the
// camera's image. The centre of dst's first pixel is half a pixel inside the
// rectangle. What lies outside g repeats its border.
func (v *view) rectify(dst, g Gray, origin Rect, f face, u0, z1, scale float64) {
	// Points of the face are linear in dst's pixels, so is what the camera makes
	// of them before it divides by the depth.
	cam := func(u, z float64) (p [3]float64) {
		p[0], p[1], p[2] = v.camera(f.at(u, z))
		return p
	}
	start := cam(u0+0.5/scale, z1-0.5/scale)
	right, down := cam(u0+1.5/scale, z1-0.5/scale), cam(u0+0.5/scale, z1-1.5/scale)
	for i := range 3 {
		right[i] -= start[i]
		down[i] -= start[i]
	}
	maxX, maxY := float64(g.W-1), float64(g.H-1)
	for y := range dst.H {
		row := dst.row(y)
		fy := float64(y)
		px, py, pz := start[0]+fy*down[0], start[1]+fy*down[1], start[2]+fy*down[2]
		for x := range row {
			fx := float64(x)
			p, ok := v.k.Project(px+fx*right[0], py+fx*right[1], pz+fx*right[2])
			if !ok {
				row[x] = 0
				continue
			}
			gx := min(max(p.X-float64(origin.X0), 0), maxX)
			gy := min(max(p.Y-float64(origin.Y0), 0), maxY)
			row[x] = byte(g.bilinear(gx, gy) + 0.5)
		}
	}
}
