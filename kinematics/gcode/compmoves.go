package gcode

import "math"

// concave is by how much, in radians, a corner has to turn in to count as one: less is
// taken as straight on.
const concave = 0.05

// planeEnd puts two coordinates of the plane, and the third axis, into a point.
func (in *Interpreter) planeEnd(end Axes, x, y float64) Axes {
	plane := planeAxes[in.plane]
	end[plane[0]], end[plane[1]] = x, y
	return end
}

// commit says where the tool is now, and where the program has it.
func (in *Interpreter) commit(end Axes, x, y float64) {
	copy(in.programmed[:], end[:])
	in.at = in.planeEnd(end, x, y)
}

func straightKind(code int16) Kind {
	if code == g0 {
		return Traverse
	}
	return Feed
}

// compStraight is a straight move with cutter compensation.
func (in *Interpreter) compStraight(code int16, end Axes) error {
	c := &in.comp
	plane := planeAxes[in.plane]
	px, py := end[plane[0]], end[plane[1]]
	cx, cy := in.at[plane[0]], in.at[plane[1]]
	if c.fresh {
		return in.enterStraight(code, end, px, py, cx, cy)
	}
	ox, oy := in.programmed[plane[0]], in.programmed[plane[1]]
	direction := [2]float64{px - ox, py - oy}
	if px == ox && py == oy { // along the third axis only
		in.wait(straightKind(code), in.planeEnd(end, cx, cy), direction, arcShape{}, 0)
		in.commit(end, cx, cy)
		return nil
	}
	// theta points from the corner to the tool's centre beside the last move, alpha
	// along this one. beta is by how much the tool has to go round the corner.
	theta, alpha := math.Atan2(cy-oy, cx-ox), math.Atan2(py-oy, px-ox)
	var beta, gamma float64
	if c.side == leftSide {
		if theta < alpha {
			theta += 2 * math.Pi
		}
		beta, gamma = theta-alpha-math.Pi/2, math.Pi/2
	} else {
		if alpha < theta {
			alpha += 2 * math.Pi
		}
		beta, gamma = alpha-theta-math.Pi/2, -math.Pi/2
	}
	sin, cos := math.Sincos(alpha + gamma)
	ex, ey := px+c.radius*cos, py+c.radius*sin
	first := in.waitingFirst()
	turnsIn := beta < -concave || beta > math.Pi+concave ||
		beta > math.Pi-concave && first != nil && first.Kind == ArcFeed && (c.side == rightSide && first.Turns > 0 || c.side == leftSide && first.Turns < 0)
	switch {
	case turnsIn:
		mx, my, err := in.innerStraight(first, theta, beta, gamma, cx, cy, ox, oy, px, py)
		if err != nil {
			return err
		}
		if err := in.meet(mx, my); err != nil {
			return err
		}
	case beta > concave:
		if err := in.meet(cx, cy); err != nil {
			return err
		}
		in.roundCorner(straightKind(code), end, ox+c.radius*cos, oy+c.radius*sin, ox, oy)
	default:
		in.release()
		in.startAt(cx, cy)
	}
	in.wait(straightKind(code), in.planeEnd(end, ex, ey), direction, arcShape{}, 0)
	in.commit(end, ex, ey)
	return nil
}

// waitingFirst is the first event that waits; nil when there is none.
func (in *Interpreter) waitingFirst() *Event {
	if len(in.comp.pending) == 0 {
		return nil
	}
	return &in.comp.pending[0].event
}

// enterStraight is the first move: to beside the start of the path.
func (in *Interpreter) enterStraight(code int16, end Axes, px, py, cx, cy float64) error {
	c := &in.comp
	if math.Hypot(px-cx, py-cy) <= c.radius {
		return in.failG(groupMotion, "the first move with cutter compensation is %.4g long; it has to be longer than the tool's radius, %.4g", math.Hypot(px-cx, py-cy), c.radius)
	}
	alpha := math.Atan2(py-cy, px-cx) + float64(c.side)*math.Pi/2
	sin, cos := math.Sincos(alpha)
	ex, ey := px+c.radius*cos, py+c.radius*sin
	in.startAt(cx, cy)
	c.last = in.at
	in.wait(straightKind(code), in.planeEnd(end, ex, ey), [2]float64{cos, sin}, arcShape{}, 0)
	c.fresh = false
	in.commit(end, ex, ey)
	return nil
}

// roundCorner goes about an outer corner at (ox, oy) to (mx, my), where the next move
// starts.
func (in *Interpreter) roundCorner(k Kind, end Axes, mx, my, ox, oy float64) {
	third := planeAxes[in.plane][2]
	corner := in.planeEnd(end, mx, my)
	corner[third] = in.at[third]
	shape := arcShape{}
	if k != Traverse {
		k, shape = ArcFeed, arcShape{ox, oy, -int(in.comp.side)}
	}
	in.wait(k, corner, [2]float64{}, shape, 0)
	in.release()
	in.startAt(mx, my)
}

// innerStraight finds where the last move has to end so that a straight one can follow
// in an inner corner.
func (in *Interpreter) innerStraight(first *Event, theta, beta, gamma, cx, cy, ox, oy, px, py float64) (float64, float64, error) {
	c := &in.comp
	if first == nil || first.Kind != ArcFeed {
		half := (beta + math.Pi) / 2
		if half == 0 {
			return 0, 0, in.failLine("an inside corner of 0 degrees cannot be reached with cutter compensation")
		}
		retreat := c.radius / math.Tan(half)
		sin, cos := math.Sincos(theta + gamma)
		return cx + retreat*cos, cy + retreat*sin, nil
	}
	prev := first
	plane := planeAxes[in.plane]
	r := math.Hypot(prev.Centre[1]-prev.Axes[plane[1]], prev.Centre[0]-prev.Axes[plane[0]])
	left := prev.Turns > 0
	base := math.Atan2(py-oy, px-ox)
	theta = base - math.Pi/2
	if left {
		theta = base + math.Pi/2
	}
	phi := math.Atan2(prev.Centre[1]-oy, prev.Centre[0]-ox)
	inner := c.inside(int(prev.Turns))
	plain, off := r-c.radius, c.radius
	if inner {
		plain, off = r+c.radius, -c.radius
	}
	l := (plain*math.Cos(theta-phi) + off) / r
	if !(l >= -1 && l <= 1) {
		return 0, 0, in.gouge()
	}
	angle := math.Acos(l)
	if inner == left {
		angle = -angle
	}
	sin, cos := math.Sincos(angle + theta + math.Pi)
	return prev.Centre[0] + r*cos, prev.Centre[1] + r*sin, nil
}

// compArc is an arc with cutter compensation.
func (in *Interpreter) compArc(code int16, end Axes) error {
	c := &in.comp
	plane := planeAxes[in.plane]
	ex, ey := end[plane[0]], end[plane[1]]
	cx, cy := in.at[plane[0]], in.at[plane[1]]
	if c.fresh {
		return in.enterArc(code, end, ex, ey, cx, cy)
	}
	ox, oy := in.programmed[plane[0]], in.programmed[plane[1]]
	shape, err := in.arcShape(code, ox, oy, ex, ey)
	if err != nil {
		return err
	}
	if in.feedMode == inverseTime {
		in.setInverseTime(arcLength(shape, ox, oy, in.programmed[plane[2]], ex, ey, end[plane[2]]))
	}
	radius := math.Hypot(shape.x-ex, shape.y-ey)
	// theta is the direction of the last move, alpha that in which the arc starts.
	theta := math.Atan2(cy-oy, cx-ox) - float64(c.side)*math.Pi/2
	delta := math.Atan2(shape.y-oy, shape.x-ox)
	alpha := delta + math.Pi/2
	if code == g3 {
		alpha = delta - math.Pi/2
	}
	beta := float64(c.side) * (theta - alpha)
	if beta > 1.5*math.Pi {
		beta -= 2 * math.Pi
	} else if beta < -math.Pi/2 {
		beta += 2 * math.Pi
	}
	var gamma float64
	if c.inside(shape.turns) {
		gamma = math.Atan2(shape.y-ey, shape.x-ex)
		if radius <= c.radius {
			return in.failG(groupMotion, "an arc of radius %.4g, which the tool, of radius %.4g, does not fit into", radius, c.radius)
		}
	} else {
		gamma = math.Atan2(ey-shape.y, ex-shape.x)
		delta += math.Pi
	}
	sin, cos := math.Sincos(gamma)
	nx, ny := ex+c.radius*cos, ey+c.radius*sin
	switch {
	case beta < -concave || beta > math.Pi+concave || math.Abs(beta-math.Pi) < concave && !c.inside(shape.turns):
		mx, my, err := in.innerArc(shape, radius, theta, beta)
		if err != nil {
			return err
		}
		if err := in.meet(mx, my); err != nil {
			return err
		}
	case beta > concave:
		dsin, dcos := math.Sincos(delta)
		in.release()
		in.roundCorner(ArcFeed, end, ox+c.radius*dcos, oy+c.radius*dsin, ox, oy)
	default:
		in.release()
		in.startAt(cx, cy)
	}
	sweep := turnAngle(ox, oy, shape.x, shape.y, shape.turns, ex, ey)
	in.wait(ArcFeed, in.planeEnd(end, nx, ny), [2]float64{}, shape, sweep)
	in.commit(end, nx, ny)
	return nil
}

// innerArc finds where the last move has to end so that an arc can follow in an inner
// corner.
func (in *Interpreter) innerArc(shape arcShape, radius, theta, beta float64) (float64, float64, error) {
	c := &in.comp
	inner, left := c.inside(shape.turns), shape.turns > 0
	mine := radius + c.radius
	if inner {
		mine = radius - c.radius
	}
	first := in.waitingFirst()
	if first == nil || first.Kind != ArcFeed {
		off := -c.radius
		if inner {
			off = c.radius
		}
		l := (radius*math.Sin(beta-math.Pi/2) + off) / mine
		if !(l >= -1 && l <= 1) {
			return 0, 0, in.gouge()
		}
		angle := math.Asin(l)
		if inner != left {
			angle = -angle
		}
		if !inner {
			angle += math.Pi
		}
		sin, cos := math.Sincos(theta + angle)
		return shape.x + mine*cos, shape.y + mine*sin, nil
	}
	prev := first
	plane := planeAxes[in.plane]
	r := math.Hypot(prev.Centre[1]-prev.Axes[plane[1]], prev.Centre[0]-prev.Axes[plane[0]])
	apart := math.Hypot(prev.Centre[1]-shape.y, prev.Centre[0]-shape.x)
	if r == 0 || apart == 0 {
		return 0, 0, in.failG(groupMotion, "two arcs about one centre cannot be joined with cutter compensation")
	}
	a := (r*r + apart*apart - mine*mine) / (2 * r * apart)
	if !(a >= -1 && a <= 1) {
		return 0, 0, in.gouge()
	}
	pull := math.Acos(a)
	if c.inside(int(prev.Turns)) != left {
		pull = -pull
	}
	sin, cos := math.Sincos(math.Atan2(shape.y-prev.Centre[1], shape.x-prev.Centre[0]) + pull)
	return prev.Centre[0] + r*cos, prev.Centre[1] + r*sin, nil
}

// enterArc is the first move, an arc: to beside the start of the path.
func (in *Interpreter) enterArc(code int16, end Axes, ex, ey, cx, cy float64) error {
	c := &in.comp
	plane := planeAxes[in.plane]
	if math.Hypot(ex-cx, ey-cy) <= c.radius {
		return in.failG(groupMotion, "the first move with cutter compensation goes %.4g far; it has to go farther than the tool's radius, %.4g", math.Hypot(ex-cx, ey-cy), c.radius)
	}
	shape, err := in.arcShape(code, cx, cy, ex, ey)
	if err != nil {
		return err
	}
	if r := math.Hypot(shape.x-cx, shape.y-cy); c.inside(shape.turns) && r <= c.radius {
		return in.failG(groupMotion, "an arc of radius %.4g, which the tool, of radius %.4g, does not fit into", r, c.radius)
	}
	if in.feedMode == inverseTime {
		in.setInverseTime(arcLength(shape, cx, cy, in.at[plane[2]], ex, ey, end[plane[2]]))
	}
	gamma := math.Atan2(ey-shape.y, ex-shape.x)
	if c.inside(shape.turns) {
		gamma = math.Atan2(shape.y-ey, shape.x-ex)
	}
	sin, cos := math.Sincos(gamma)
	nx, ny := ex+c.radius*cos, ey+c.radius*sin
	// The new centre is as far from here as from the new end, in the direction of the
	// programmed one.
	ray := math.Atan2(shape.y-ny, shape.x-nx)
	angle := math.Atan2(cy-ny, cx-nx) - ray
	if math.Abs(math.Cos(angle)) < nearlyEqual {
		return in.failG(groupMotion, "the first arc with cutter compensation cannot be entered: the tool's radius is as large as the arc's")
	}
	far := math.Hypot(cy-ny, cx-nx) / 2 / math.Cos(angle)
	sin, cos = math.Sincos(ray)
	entry := arcShape{nx + far*cos, ny + far*sin, shape.turns}
	if math.Abs(math.Hypot(entry.x-nx, entry.y-ny)-math.Hypot(entry.x-cx, entry.y-cy)) > in.arcTolerance() {
		return in.failG(groupMotion, "the first arc with cutter compensation has no centre")
	}
	c.last, c.fresh = in.at, false
	if c.orientation != 0 && c.orientation != 9 {
		here := in.planeEnd(end, cx, cy)
		here[plane[2]] = in.at[plane[2]]
		in.wait(Feed, here, [2]float64{}, arcShape{}, 0)
		in.startAt(cx, cy)
	}
	sweep := turnAngle(cx, cy, entry.x, entry.y, entry.turns, nx, ny)
	in.wait(ArcFeed, in.planeEnd(end, nx, ny), [2]float64{}, entry, sweep)
	in.commit(end, nx, ny)
	return nil
}
