package gcode

// mostControlPoints bounds a curve.
const mostControlPoints = 10_000

// curve is a NURBS that is being written, in the plane of X and Y.
type curve struct {
	points []ControlPoint
	order  int
	i, j   float64 // of G5: where the next one may start from
}

// spline is G5, a cubic one, and G5.1, a quadratic one.
func (in *Interpreter) spline(code int16) error {
	b, c := &in.block, &in.curve
	switch {
	case in.comp.side != 0:
		return in.failG(groupMotion, "%s while cutter compensation is on; write G40 before", codeName(code))
	case in.plane != PlaneXY:
		return in.failG(groupMotion, "%s in the plane %s; splines lie in XY (G17)", codeName(code), in.plane)
	case b.has('z') || b.has('a') || b.has('b') || b.has('c'):
		return in.failG(groupMotion, "%s moves X and Y only", codeName(code))
	case b.has('i') != b.has('j'), code == g5x1 && !b.has('i'):
		return in.failG(groupMotion, "%s needs I and J, where the curve leaves to", codeName(code))
	}
	if err := in.checkFeed(code); err != nil {
		return err
	}
	end, err := in.ends()
	if err != nil {
		return err
	}
	x, y := in.at[X], in.at[Y]
	i, j := b.valueOr('i', c.i), b.valueOr('j', c.j)
	c.points = append(c.points[:0], ControlPoint{x, y, 1}, ControlPoint{x + i, y + j, 1})
	c.order = 3
	if code == g5 {
		if !b.has('p') || !b.has('q') {
			return in.failG(groupMotion, "G5 needs P and Q, where the curve arrives from")
		}
		p, q := b.value('p'), b.value('q')
		c.points = append(c.points, ControlPoint{end[X] + p, end[Y] + q, 1})
		c.order = 4
		c.i, c.j = -p, -q
	}
	c.points = append(c.points, ControlPoint{end[X], end[Y], 1})
	in.emitCurve()
	return nil
}

// emitCurve puts the curve into the queue; it ends in its last point.
func (in *Interpreter) emitCurve() {
	c := &in.curve
	last := c.points[len(c.points)-1]
	end := in.at
	end[X], end[Y] = last.X, last.Y
	for i, p := range c.points {
		at := in.at
		at[X], at[Y] = p.X, p.Y
		at = in.inMetres(at)
		c.points[i].X, c.points[i].Y = at[X], at[Y]
	}
	e := in.emitMotion(NURBSFeed, end)
	e.Curve, e.Order = c.points, c.order
	in.at = end
}

// nurbsPoint is G5.2: a control point.
func (in *Interpreter) nurbsPoint() error {
	b, c := &in.block, &in.curve
	if in.motion != g5x2 {
		c.points = c.points[:0]
	}
	p := b.valueOr('p', -1)
	first := len(c.points) == 0
	switch {
	case b.has('x') != b.has('y'):
		return in.failG(groupMotion, "a control point of G5.2 has X and Y")
	case !b.has('x') && p > 0 && !first:
		return in.failWord('p', "G5.2 with P alone is for the first control point")
	case p <= 0 && !first:
		return in.failG(groupMotion, "a control point of G5.2 needs P, its weight, above 0")
	case in.feedMode == perMinute && in.feed == 0:
		return in.failG(groupMotion, "G5.2 with feed 0; write F before")
	case len(c.points) == mostControlPoints:
		return in.failG(groupMotion, "a curve has %d control points at most", mostControlPoints)
	}
	if first {
		weight := 1.0
		if !b.has('x') && p > 0 {
			weight = p
		}
		c.order = 3
		c.points = append(c.points, ControlPoint{in.at[X], in.at[Y], weight})
	}
	if l := b.valueOr('l', -1); l > 3 {
		c.order = int(l)
	}
	if b.has('x') {
		end, err := in.ends()
		if err != nil {
			return err
		}
		c.points = append(c.points, ControlPoint{end[X], end[Y], p})
	}
	in.motion = g5x2
	return nil
}

// nurbsEnd is G5.3: the curve is complete.
func (in *Interpreter) nurbsEnd() error {
	c := &in.curve
	if in.motion != g5x2 {
		return in.failG(groupOnce, "G5.3 without G5.2 before")
	}
	if len(c.points) < c.order {
		return in.failG(groupOnce, "a curve of order %d needs %d control points or more, not %d", c.order, c.order, len(c.points))
	}
	in.emitCurve()
	in.motion = none
	return nil
}
