package gcode

import "math"

// How far an arc may be off. The numbers are LinuxCNC's.
const (
	smallRadiusInch = 0.00005
	smallRadiusMM   = smallRadiusInch * 25.4
	spiralRelative  = 0.001
)

// arcShape is an arc in its plane.
type arcShape struct {
	x, y  float64 // centre
	turns int     // above zero: counterclockwise
}

// arc is G2 and G3.
func (in *Interpreter) arc(code int16) error {
	b := &in.block
	ijk := b.set&ijkBits != 0
	switch {
	case in.arcForbidden:
		return in.failG(groupMotion, "an arc right after cutter compensation; the first move has to be straight")
	case in.plane > PlaneYZ:
		return in.failG(groupMotion, "an arc in the plane %s; arcs lie in XY, XZ or YZ (G17, G18, G19)", in.plane)
	case !b.has('r') && !ijk:
		return in.failG(groupMotion, "%s without its centre: R, or I, J, K", codeName(code))
	case b.has('r') && ijk:
		return in.failWord('r', "R beside I, J, K: an arc has one of them")
	}
	if err := in.checkFeed(code); err != nil {
		return err
	}
	plane := planeAxes[in.plane]
	if err := in.checkCentre(plane, ijk); err != nil {
		return err
	}
	end, err := in.ends()
	if err != nil {
		return err
	}
	in.motion = code
	if in.comp.side != 0 && in.comp.radius > 0 {
		return in.compArc(code, end)
	}
	shape, err := in.arcShape(code, in.at[plane[0]], in.at[plane[1]], end[plane[0]], end[plane[1]])
	if err != nil {
		return err
	}
	if in.feedMode == inverseTime {
		in.setInverseTime(arcLength(shape, in.at[plane[0]], in.at[plane[1]], in.at[plane[2]], end[plane[0]], end[plane[1]], end[plane[2]]))
	}
	in.emitArc(shape, end)
	in.at = end
	return nil
}

func (in *Interpreter) emitArc(s arcShape, end Axes) {
	e := in.emit(ArcFeed)
	e.Plane, e.Axes, e.Turns, e.Centre = in.plane, end, int32(s.turns), [2]float64{s.x, s.y}
	in.fillMotion(e, &in.at)
}

// checkCentre looks at I, J, K, or at the axis words of an arc with R.
func (in *Interpreter) checkCentre(plane [3]int, ijk bool) error {
	b := &in.block
	if !ijk {
		polar := in.plane == PlaneXY && b.set&polarBits != 0
		if !b.hasAxis(plane[0]) && !b.hasAxis(plane[1]) && !polar {
			return in.failG(groupMotion, "an arc with R needs its end, %c or %c", axisLetters[plane[0]], axisLetters[plane[1]])
		}
		return nil
	}
	if other := "ijk"[plane[2]]; b.has(other) {
		return in.failWord(other, "%s in the plane %s, where centres have %s and %s", quoted(other), in.plane, quoted("ijk"[plane[0]]), quoted("ijk"[plane[1]]))
	}
	for _, axis := range plane[:2] {
		w := "ijk"[axis]
		if b.has(w) {
			continue
		}
		if in.centreAbsolute {
			return in.failG(groupMotion, "%s is missing: with G90.1 a centre has both words", quoted(w))
		}
		b.word[wordIndex(w)] = 0
	}
	return nil
}

// arcShape finds the centre of the line's arc between two points of the plane.
func (in *Interpreter) arcShape(code int16, x1, y1, x2, y2 float64) (arcShape, error) {
	b := &in.block
	turns := 1
	if b.has('p') {
		turns = wholeNumber(b.value('p'))
	}
	if code == g2 {
		turns = -turns
	}
	if b.has('r') {
		return in.byRadius(x1, y1, x2, y2, b.value('r'), turns)
	}
	plane := planeAxes[in.plane]
	cx, cy := b.value("ijk"[plane[0]]), b.value("ijk"[plane[1]])
	if !in.centreAbsolute {
		cx, cy = cx+x1, cy+y1
	}
	return arcShape{cx, cy, turns}, in.checkRadii(x1, y1, x2, y2, cx, cy)
}

func (in *Interpreter) smallRadius() float64 {
	if in.units == Inches {
		return smallRadiusInch
	}
	return smallRadiusMM
}

func (in *Interpreter) arcTolerance() float64 {
	if in.units == Inches {
		return in.cfg.ArcToleranceInch
	}
	return in.cfg.ArcToleranceMM
}

// checkRadii compares the radii at start and end: they may differ a little, as the
// digits of programs let them.
func (in *Interpreter) checkRadii(x1, y1, x2, y2, cx, cy float64) error {
	r1, r2 := math.Hypot(cx-x1, cy-y1), math.Hypot(cx-x2, cy-y2)
	small, most := in.smallRadius(), in.arcTolerance()
	off := math.Abs(r1 - r2)
	plane := planeAxes[in.plane]
	a, b := axisLetters[plane[0]], axisLetters[plane[1]]
	switch {
	case r1 < small || r2 < small:
		return in.failG(groupMotion, "an arc of radius 0: from %c%.4f %c%.4f to %c%.4f %c%.4f about %c%.4f %c%.4f", a, x1, b, y1, a, x2, b, y2, a, cx, b, cy)
	case off > most*100 || off > most && off/math.Max(r1, r2) > spiralRelative:
		return in.failG(groupMotion, "the arc's radius is %.4f at its start %c%.4f %c%.4f and %.4f at its end %c%.4f %c%.4f, about %c%.4f %c%.4f; correct the centre or the end", r1, a, x1, b, y1, r2, a, x2, b, y2, a, cx, b, cy)
	}
	return nil
}

// byRadius finds the centre of an arc that R gives: a negative one means the long way.
func (in *Interpreter) byRadius(x1, y1, x2, y2, r float64, turns int) (arcShape, error) {
	if x1 == x2 && y1 == y2 {
		return arcShape{}, in.failG(groupMotion, "a full circle with R, which says nothing of its centre; use I, J, K")
	}
	radius := math.Abs(r)
	if radius == 0 {
		return arcShape{}, in.failWord('r', "an arc of radius 0")
	}
	mx, my := (x1+x2)/2, (y1+y2)/2
	half := math.Hypot(mx-x2, my-y2)
	if half-radius > in.smallRadius() {
		return arcShape{}, in.failWord('r', "R%g is too small to reach the end, which is %.4f away", r, 2*half)
	}
	if half/radius > 1-1e-12 {
		half = radius
	}
	theta := math.Atan2(y2-y1, x2-x1)
	if (turns < 0) == (r > 0) {
		theta -= math.Pi / 2
	} else {
		theta += math.Pi / 2
	}
	off := radius * math.Cos(math.Asin(half/radius))
	sin, cos := math.Sincos(theta)
	return arcShape{mx + off*cos, my + off*sin, turns}, nil
}

// arcLength is that of a helix.
func arcLength(s arcShape, x1, y1, z1, x2, y2, z2 float64) float64 {
	r := math.Hypot(s.x-x1, s.y-y1)
	theta := turnAngle(x1, y1, s.x, s.y, s.turns, x2, y2)
	return math.Hypot(r*theta, z2-z1)
}
