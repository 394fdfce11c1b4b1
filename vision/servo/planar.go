package servo

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
)

// SolvePlanar finds the pose of a flat marker in the camera's frame (x right, y
// down, z forward, metres) from its four corners in the marker's frame, in metres,
// and in the image, in pixels in the same order. It starts from the homography
// between the two planes, and from its mirror image about the line of sight, which
// looks nearly the same, moves a virtual camera by the law of visual servoing until
// the corners agree (Marchand & Chaumette 2002), and keeps the better one. rms is
// what remains of the reprojection error, in pixels per corner.
//
// With the camera nearly upright on a small marker the tilt is poorly seen: a corner
// noise of 0.1 px on a marker 80 px wide moves it by a degree or two, the position
// by hardly more than the noise. Teaching by showing uses this function: place the
// tool by hand, and take the pose as Config.Desired.
//
// SolvePlanar allocates only for an error, and is safe for concurrent use.
func SolvePlanar(marker [4][3]float64, corners [4]vision.Point, k vision.Intrinsics) (pose kinematics.Pose, rms float64, err error) {
	if !(k.FX > 0 && k.FY > 0) {
		return kinematics.Pose{}, 0, fmt.Errorf("servo: focal lengths %g, %g px; both must be positive", k.FX, k.FY)
	}
	p, err := newPlane(marker)
	if err != nil {
		return kinematics.Pose{}, 0, err
	}
	seen := rays(&k, &corners)
	pose, sum, ok := p.solve(&marker, &seen, true)
	if !ok {
		return kinematics.Pose{}, 0, errUnseen
	}
	return pose, math.Sqrt(sum/4) * math.Sqrt(k.FX*k.FY), nil
}

var errUnseen = errors.New("servo: the four corners are not the image of a marker before the camera; they must be a convex quadrilateral in the marker's own order")

// rays are the corners in normalised coordinates, without the lens's distortion.
func rays(k *vision.Intrinsics, corners *[4]vision.Point) (seen [4][2]float64) {
	for i, c := range corners {
		seen[i][0], seen[i][1] = k.Ray(c)
	}
	return seen
}

// plane is what is known about a marker before any image of it.
type plane struct {
	frame kinematics.Pose // of the plane in the marker's frame; its z is the normal
	flat  [9]float64      // homography from the plane's x, y to the unit square
	size  float64         // greatest distance of a corner from the centroid, metres
}

// newPlane checks that the corners span a convex quadrilateral in a plane.
func newPlane(m [4][3]float64) (plane, error) {
	var p plane
	p.frame = kinematics.Identity()
	for _, c := range m {
		for i := range 3 {
			p.frame.P[i] += c[i] / 4
		}
	}
	diagonal := func(i, j int) (d [3]float64) {
		for a := range 3 {
			d[a] = m[j][a] - m[i][a]
		}
		return d
	}
	x, y := diagonal(0, 2), diagonal(1, 3)
	n := cross(x, y)
	lx, ln := norm(x), norm(n)
	if !(ln > 1e-3*lx*norm(y)) || !(lx > 0) || math.IsInf(ln, 0) {
		return p, fmt.Errorf("servo: marker corners %v do not span a plane; give four different corners, in order around the marker", m)
	}
	for i := range 3 {
		x[i] /= lx
		n[i] /= ln
	}
	y = cross(n, x)
	p.frame.R = [9]float64{x[0], y[0], n[0], x[1], y[1], n[1], x[2], y[2], n[2]}
	inverse := p.frame.Inverse()
	var q [4][2]float64
	for i := range m {
		l := inverse.Apply(m[i])
		q[i] = [2]float64{l[0], l[1]}
		p.size = max(p.size, math.Hypot(l[0], l[1]))
		if math.Abs(l[2]) > 1e-3*lx {
			return p, fmt.Errorf("servo: marker corner %d is %.3g m off the plane of the others; a marker is flat", i, l[2])
		}
	}
	h, ok := squareTo(&q)
	if !ok {
		return p, fmt.Errorf("servo: marker corners %v are not a convex quadrilateral; give them in order around the marker", m)
	}
	p.flat = adjugate(&h)
	return p, nil
}

// solve the marker's pose from its corners in normalised coordinates, with the
// sum of squares of what remains.
func (p *plane) solve(marker *[4][3]float64, seen *[4][2]float64, both bool) (best kinematics.Pose, sum float64, ok bool) {
	h, ok := squareTo(seen)
	if !ok {
		return best, 0, false
	}
	start, ok := decompose(&h, &p.flat)
	if !ok {
		return best, 0, false
	}
	inverse := p.frame.Inverse()
	best, sum, ok = fit(start.Mul(inverse), marker, seen)
	if !both {
		return best, sum, ok
	}
	// The other pose has its normal mirrored about the line of sight: half a turn
	// about that line and half a turn about the normal.
	d := start.P
	l := norm(d)
	for i := range d {
		d[i] *= math.Pi / l
	}
	other := kinematics.Pose{R: kinematics.ExpSO3(d)}.Mul(kinematics.Pose{R: start.R}).Mul(kinematics.Pose{R: [9]float64{-1, 0, 0, 0, -1, 0, 0, 0, 1}})
	other.P = start.P
	if o, s, good := fit(other.Mul(inverse), marker, seen); good && (!ok || s < sum) {
		return o, s, true
	}
	return best, sum, ok
}

// decompose the homography square * flat into the plane's pose: its first two
// columns are, to scale, those of the rotation, and the third is the position.
func decompose(square, flat *[9]float64) (t kinematics.Pose, ok bool) {
	var h [9]float64
	for r := range 3 {
		for c := range 3 {
			h[3*r+c] = square[3*r]*flat[c] + square[3*r+1]*flat[3+c] + square[3*r+2]*flat[6+c]
		}
	}
	x, y := [3]float64{h[0], h[3], h[6]}, [3]float64{h[1], h[4], h[7]}
	lx, ly := norm(x), norm(y)
	if !(lx > 0 && ly > 0) {
		return t, false
	}
	scale := 2 / (lx + ly)
	if h[8] < 0 {
		scale = -scale // the marker is before the camera
	}
	for i := range 3 {
		x[i], y[i] = math.Copysign(1, scale)*x[i]/lx, math.Copysign(1, scale)*y[i]/ly
		t.P[i] = scale * h[3*i+2]
	}
	// Make x and y orthogonal, moving both alike.
	var a, b [3]float64
	for i := range 3 {
		a[i], b[i] = x[i]+y[i], x[i]-y[i]
	}
	la, lb := norm(a), norm(b)
	if !(la > 0 && lb > 0) {
		return t, false
	}
	for i := range 3 {
		a[i], b[i] = a[i]/la*math.Sqrt2/2, b[i]/lb*math.Sqrt2/2
		x[i], y[i] = a[i]+b[i], a[i]-b[i]
	}
	z := cross(x, y)
	t.R = [9]float64{x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]}
	return t, t.P[2] > 0
}

// fit moves a marker from pose t until its corners agree with those seen, by
// Gauss-Newton steps on the interaction matrix seen in the marker's frame, where
// position and tilt are least alike.
func fit(t kinematics.Pose, marker *[4][3]float64, seen *[4][2]float64) (kinematics.Pose, float64, bool) {
	last := math.Inf(1)
	best, found := t, false
	for range 12 {
		var n normal
		var sum float64
		for i := range marker {
			c := t.Apply(marker[i])
			if !(c[2] > 0) {
				return best, last, found
			}
			x, y := c[0]/c[2], c[1]/c[2]
			rx, ry := Interaction(x, y, c[2])
			rx, ry = moved(&rx, &t), moved(&ry, &t)
			// A camera that moves by v leaves the marker moved by -v.
			ex, ey := x-seen[i][0], y-seen[i][1]
			n.add(&rx, ex, 1)
			n.add(&ry, ey, 1)
			sum += ex*ex + ey*ey
		}
		if !(sum < last) {
			break // no better than the step before: rounding, or noise
		}
		best, last, found = t, sum, true
		damping := 1e-12 * (n.a[0][0] + n.a[1][1])
		scale := 1 / (t.P[2] * t.P[2])
		for i := range 3 {
			n.a[i][i] += damping
			n.a[3+i][3+i] += damping / scale
		}
		step, ok := n.solve()
		if !ok {
			break
		}
		t = t.Mul(kinematics.Exp(kinematics.Twist(step)))
		var size float64
		for i := range 3 {
			size += step[i]*step[i]*scale + step[3+i]*step[3+i]
		}
		if size < 1e-16 {
			return t, sum, true
		}
	}
	return best, last, found
}

// squareTo is the homography that takes the unit square (0,0) (1,0) (1,1) (0,1) to
// a quadrilateral (Heckbert 1989, section 2.2.3), and false unless it is convex.
func squareTo(q *[4][2]float64) (h [9]float64, ok bool) {
	var sign float64
	for i := range q {
		a, b, c := q[i], q[(i+1)%4], q[(i+2)%4]
		turn := (b[0]-a[0])*(c[1]-b[1]) - (b[1]-a[1])*(c[0]-b[0])
		if !(turn*sign >= 0) || turn == 0 {
			return h, false
		}
		sign = turn
	}
	dx1, dy1 := q[1][0]-q[2][0], q[1][1]-q[2][1]
	dx2, dy2 := q[3][0]-q[2][0], q[3][1]-q[2][1]
	sx, sy := q[0][0]-q[1][0]+q[2][0]-q[3][0], q[0][1]-q[1][1]+q[2][1]-q[3][1]
	det := dx1*dy2 - dx2*dy1
	g, k := (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	h = [9]float64{
		q[1][0] - q[0][0] + g*q[1][0], q[3][0] - q[0][0] + k*q[3][0], q[0][0],
		q[1][1] - q[0][1] + g*q[1][1], q[3][1] - q[0][1] + k*q[3][1], q[0][1],
		g, k, 1,
	}
	return h, true
}

// adjugate is the inverse up to a factor, with the sign of the inverse.
func adjugate(m *[9]float64) (a [9]float64) {
	a = [9]float64{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
	if m[0]*a[0]+m[1]*a[3]+m[2]*a[6] < 0 {
		for i := range a {
			a[i] = -a[i]
		}
	}
	return a
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func norm(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }
