package scenes

import "math"

// part stands before a table, square to the camera or a little turned. Millimetres, in the
// camera's frame: x right, y down.
type part struct {
	near   float64 // depth of the part's middle
	slopeX float64 // of a flat part
	slopeY float64
	radius float64 // of a cylinder along x; 0: flat
	halfW  float64
	halfH  float64
	table  float64 // depth of the table behind it
	cut    []cut   // through which the table is seen, as they must be
	gone   []cut   // where a piece is missing
	dark   []spot  // where the camera sees no depth
	dents  []spot
	tiltX  float64 // of the part as it is, against what it should be
	tiltY  float64
}

// cut is a rectangle that is not there.
type cut struct{ x, y, halfW, halfH float64 }

// spot is a round place; height is the deviation in its middle, away from the camera.
type spot struct{ x, y, radius, height float64 }

func (c *cut) has(x, y float64) bool { return math.Abs(x-c.x) < c.halfW && math.Abs(y-c.y) < c.halfH }

// expected is the depth of the part along a ray (rx, ry, 1), and whether the ray meets it.
func (p *part) expected(rx, ry float64) (z float64, ok bool) {
	if p.radius > 0 {
		// (ry z)^2 + (z - m)^2 = r^2, with m the axis' depth: the nearer root.
		m := p.near + p.radius
		a := ry*ry + 1
		d := m*m - a*(m*m-p.radius*p.radius)
		if d <= 0 {
			return 0, false
		}
		z = (m - math.Sqrt(d)) / a
	} else {
		z = p.near / (1 - p.slopeX*rx - p.slopeY*ry)
	}
	x, y := rx*z, ry*z
	if math.Abs(x) > p.halfW || math.Abs(y) > p.halfH {
		return 0, false
	}
	for i := range p.cut {
		if p.cut[i].has(x, y) {
			return 0, false
		}
	}
	return z, true
}

// deviation of what is there from the expected depth z at (x, y); dark tells that the camera
// sees nothing.
func (p *part) deviation(x, y, z float64) (d float64, dark bool) {
	for i := range p.gone {
		if p.gone[i].has(x, y) {
			return p.table - z, false
		}
	}
	for _, s := range p.dark {
		if math.Hypot(x-s.x, y-s.y) < s.radius {
			return 0, true
		}
	}
	d = p.tiltX*x + p.tiltY*y
	for _, s := range p.dents {
		// (1 - (r/R)^2)^2: round at the bottom, without an edge at the rim.
		if q := 1 - ((x-s.x)*(x-s.x)+(y-s.y)*(y-s.y))/(s.radius*s.radius); q > 0 {
			d += s.height * q * q
		}
	}
	return d, false
}
