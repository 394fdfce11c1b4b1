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

// corners of a rectangle on the face, in pixels, clockwise from its top left.
func (v *view) corners(f face, u0, u1, z0, z1 float64) (out [4]Point) {
	for i, c := range [4][2]float64{{u0, z1}, {u1, z1}, {u1, z0}, {u0, z0}} {
		out[i], _ = v.pixel(f.at(c[0], c[1]))
	}
	return out
}

// outline is corners for a mark, which keeps them.
func (v *view) outline(f face, u0, u1, z0, z1 float64) []Point {
	c := v.corners(f, u0, u1, z0, z1)
	return c[:]
}

// sheet is a rectangle on a face that is to be seen squarely: where the centre of its first pixel
// is in the part's frame, and the steps to the next one in a row and in a column.
type sheet struct {
	w, h            int
	at, right, down [3]float64
}

// sheet of w x h pixels over width x height millimetres about u, z of the face, turned by an angle
// in radians, clockwise as seen.
func (f face) sheet(w, h int, width, height, u, z, angle float64) sheet {
	sin, cos := math.Sincos(angle)
	s := sheet{w: w, h: h}
	px, py := width/float64(w), height/float64(h)
	s.right = [3]float64{px * cos * f.cos, px * cos * f.sin, -px * sin}
	s.down = [3]float64{-py * sin * f.cos, -py * sin * f.sin, -py * cos}
	s.at[0], s.at[1], s.at[2] = f.at(u, z)
	for i := range s.at {
		s.at[i] -= float64(w-1)/2*s.right[i] + float64(h-1)/2*s.down[i]
	}
	return s
}

// warped is a sheet whose pixel at x, y from the middle lies ax + bx x + cx y pixels to the right and
// ay + by x + cy y down of this one's.
func (s sheet) warped(ax, bx, cx, ay, by, cy float64) sheet {
	t := s
	for i := range s.at {
		t.right[i] = (1+bx)*s.right[i] + by*s.down[i]
		t.down[i] = cx*s.right[i] + (1+cy)*s.down[i]
		t.at[i] = s.middle(i) + ax*s.right[i] + ay*s.down[i] - float64(s.w-1)/2*t.right[i] - float64(s.h-1)/2*t.down[i]
	}
	return t
}

// middle of the sheet, along an axis of the part's frame.
func (s *sheet) middle(axis int) float64 {
	return s.at[axis] + float64(s.w-1)/2*s.right[axis] + float64(s.h-1)/2*s.down[axis]
}

// corner is the outer corner of a sheet: x and y are -1 or 1.
func (s *sheet) corner(x, y float64) (p [3]float64) {
	for i := range p {
		p[i] = s.middle(i) + x*float64(s.w)/2*s.right[i] + y*float64(s.h)/2*s.down[i]
	}
	return p
}

// off is the furthest, in pixels, that a corner of the sheet is from that of another.
func (s *sheet) off(t sheet) float64 {
	most := 0.0
	for _, c := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		p, q := s.corner(c[0], c[1]), t.corner(c[0], c[1])
		most = max(most, length([3]float64{p[0] - q[0], p[1] - q[1], p[2] - q[2]}))
	}
	return most / length(t.right)
}

func length(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }

// node is how many pixels of a sheet lie between two that are projected. What lies between is
// linear: on a sheet at about the camera's resolution a lens bends by less than a hundredth of a
// pixel over this many.
const node = 8

// squarer looks at sheets. It keeps its buffers.
type squarer struct {
	above, below []Point // nodes
	row          []Point
	pix          []byte
}

// rows calls do for each row of a sheet with the places of its pixels in the camera's image.
func (q *squarer) rows(v *view, s sheet, do func(y int, at []Point)) {
	nodes := (s.w+node-1)/node + 1
	q.above, q.below, q.row = grown(q.above, nodes), grown(q.below, nodes), grown(q.row, nodes*node)
	line := func(to []Point, y int) {
		for i := range to {
			fx, fy := float64(i*node), float64(y)
			to[i], _ = v.pixel(s.at[0]+fx*s.right[0]+fy*s.down[0], s.at[1]+fx*s.right[1]+fy*s.down[1], s.at[2]+fx*s.right[2]+fy*s.down[2])
		}
	}
	line(q.below, 0)
	for y := range s.h {
		if y%node == 0 {
			q.above, q.below = q.below, q.above
			line(q.below, y+node)
		}
		part := float64(y%node) / node
		mid := func(i int) Point {
			a, b := q.above[i], q.below[i]
			return Point{a.X + part*(b.X-a.X), a.Y + part*(b.Y-a.Y)}
		}
		p := mid(0)
		for i := 1; i < nodes; i++ {
			next := mid(i)
			dx, dy := (next.X-p.X)/node, (next.Y-p.Y)/node
			for k, out := range q.row[(i-1)*node : i*node] {
				out.X, out.Y = p.X+float64(k)*dx, p.Y+float64(k)*dy
				q.row[(i-1)*node+k] = out
			}
			p = next
		}
		do(y, q.row[:s.w])
	}
}

// gray draws a sheet from g, whose first pixel is at origin of the camera's image. What lies
// outside g repeats its border. The image is the squarer's, until its next one.
func (q *squarer) gray(v *view, s sheet, g Gray, origin Rect) Gray {
	out := newGray(s.w, s.h, q.pix)
	q.pix = out.Pix
	maxX, maxY := float64(g.W-1), float64(g.H-1)
	x0, y0 := float64(origin.X0), float64(origin.Y0)
	q.rows(v, s, func(y int, at []Point) {
		row := out.row(y)
		for x, p := range at {
			row[x] = byte(g.bilinear(min(max(p.X-x0, 0), maxX), min(max(p.Y-y0, 0), maxY)) + 0.5)
		}
	})
	return out
}

// grown is a slice of n on the memory of s, if that is large enough.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
