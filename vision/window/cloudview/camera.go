package cloudview

import "math"

// vec is a place or a way in the cloud's frame, in millimetres.
type vec [3]float64

func (a vec) add(b vec) vec            { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec) sub(b vec) vec            { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec) times(k float64) vec      { return vec{k * a[0], k * a[1], k * a[2]} }
func (a vec) dot(b vec) float64        { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vec) norm() float64            { return math.Sqrt(a.dot(a)) }
func (a vec) mix(b vec, t float64) vec { return a.add(b.sub(a).times(t)) }

func (a vec) cross(b vec) vec {
	return vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func (a vec) finite() bool {
	s := a[0] + a[1] + a[2]
	return s-s == 0
}

// opening is half the angle that the shorter side of the picture sees.
const opening = 20 * math.Pi / 180

// camera looks at a target from a distance, on a turntable: yaw turns about what is up,
// pitch lifts it.
type camera struct {
	target     vec
	distance   float64
	yaw, pitch float64 // radians
	zUp        bool
}

// steepest is how far the camera goes up and down: straight, but never over the top.
const steepest = math.Pi / 2

// basis are the directions of the picture: right, down and into it.
func (c *camera) basis() (right, down, into vec) {
	up, ahead, side := vec{0, -1, 0}, vec{0, 0, 1}, vec{1, 0, 0}
	if c.zUp {
		up, ahead = vec{0, 0, 1}, vec{0, 1, 0}
	}
	sy, cy := math.Sincos(c.yaw)
	sp, cp := math.Sincos(c.pitch)
	level := ahead.times(cy).add(side.times(sy))
	into = level.times(cp).sub(up.times(sp))
	right = side.times(cy).sub(ahead.times(sy))
	return right, into.cross(right), into
}

// up is what is up in the frame of the cloud: an axis and its sense.
func (c *camera) up() (axis int, sign float64) {
	if c.zUp {
		return 2, 1
	}
	return 1, -1
}

// projection brings places of the cloud's frame into a picture, in pixels.
type projection struct {
	eye               vec
	right, down, into vec
	focal, cx, cy     float64
	w, h              int
}

// project is how the camera sees, with a picture of w by h pixels.
func (c *camera) project(w, h int) projection {
	p := projection{w: w, h: h, cx: float64(w) / 2, cy: float64(h) / 2}
	p.right, p.down, p.into = c.basis()
	p.eye = c.target.sub(p.into.times(c.distance))
	p.focal = float64(min(w, h)) / 2 / math.Tan(opening)
	return p
}

// nearest is the least distance from the eye that is seen, in millimetres.
const nearest = 1e-3

// pixel at which a place is seen; false behind the eye.
func (p *projection) pixel(at vec) (x, y float64, ok bool) {
	d := at.sub(p.eye)
	z := p.into.dot(d)
	if !(z > nearest) {
		return 0, 0, false
	}
	return p.cx + p.focal*p.right.dot(d)/z, p.cy + p.focal*p.down.dot(d)/z, true
}

// place that is seen at a pixel, at a depth from the eye.
func (p *projection) place(x, y, depth float64) vec {
	k := depth / p.focal
	return p.eye.add(p.into.times(depth)).add(p.right.times((x - p.cx) * k)).add(p.down.times((y - p.cy) * k))
}

// turn orbits by a way of the mouse in points.
func (c *camera) turn(dx, dy float64) {
	const perPoint = 0.4 * math.Pi / 180
	c.yaw = math.Remainder(c.yaw-dx*perPoint, 2*math.Pi)
	c.pitch = min(max(c.pitch+dy*perPoint, -steepest), steepest)
}

// zoom brings the eye nearer to a place, or away from it; the place stays where it is in
// the picture.
func (c *camera) zoom(to vec, k, least, most float64) {
	k = min(max(c.distance*k, least), most) / c.distance
	c.target = to.add(c.target.sub(to).times(k))
	c.distance *= k
}
