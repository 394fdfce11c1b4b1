package gcode

import "math"

// emitMotion puts a motion from where the program is into the queue.
func (in *Interpreter) emitMotion(k Kind, end Axes) *Event {
	e := in.emit(k)
	e.Axes = end
	in.fillMotion(e, &in.at)
	return e
}

// inMetres turns a point of the program into machine coordinates in metres and radians.
func (in *Interpreter) inMetres(p Axes) Axes {
	p.add(&in.local)
	if in.rotation != 0 {
		p[X], p[Y] = p[X]*in.rotationCos-p[Y]*in.rotationSin, p[X]*in.rotationSin+p[Y]*in.rotationCos
	}
	p.add(&in.systemOffset)
	if !in.toolCentre {
		p.add(&in.toolOffset)
	}
	scale(&p, in.units.Metres())
	return p
}

// scale multiplies lengths, and turns degrees into radians.
func scale(p *Axes, metres float64) {
	for i := range p {
		if turns(i) {
			p[i] *= degree
		} else {
			p[i] *= metres
		}
	}
}

// fillMotion says an event's motion in SI units.
func (in *Interpreter) fillMotion(e *Event, start *Axes) {
	m := &e.Motion
	m.End = in.inMetres(e.Axes)
	m.ToolCentre = in.toolCentre
	m.ToolOffset = in.toolOffset
	metres := in.units.Metres()
	scale(&m.ToolOffset, metres)
	m.Blending, m.Tolerance = in.blending, in.tolerance*metres
	if in.cycle.active {
		m.Blending, m.Tolerance = ExactPath, 0
	}
	m.Spindle = int32(in.activeSpindle)
	switch {
	case e.Kind == Traverse:
		m.FeedKind = FeedRapid
	case in.pitch != 0:
		m.FeedKind, m.Pitch = FeedSpindle, in.pitch*metres
	case in.feedMode == inverseTime && in.block.has('f') && in.block.value('f') > 0:
		m.FeedKind, m.Feed = FeedTime, 60/in.block.value('f')
	case in.feedMode == perTurn:
		m.FeedKind, m.Feed = FeedPerTurn, in.feed*metres
	case e.Kind != ArcFeed && !movesLinear(start, &e.Axes):
		m.FeedKind, m.Feed = FeedAngular, in.feed*degree/60
	default:
		m.FeedKind, m.Feed = FeedLinear, in.feed*metres/60
	}
	if e.Kind == ArcFeed {
		in.fillArc(e, start)
	}
}

func movesLinear(a, b *Axes) bool {
	for i := range a {
		if !turns(i) && math.Abs(a[i]-b[i]) > tiny {
			return true
		}
	}
	return false
}

// fillArc finds the axis of an arc in machine coordinates, and its angle.
func (in *Interpreter) fillArc(e *Event, start *Axes) {
	plane := planeAxes[e.Plane]
	centre := e.Axes
	centre[plane[0]], centre[plane[1]] = e.Centre[0], e.Centre[1]
	machine := in.inMetres(centre)
	copy(e.Motion.Centre[:], machine[:3])
	normal := Axes{}
	normal[plane[2]] = 1
	if in.rotation != 0 {
		normal[X], normal[Y] = normal[X]*in.rotationCos-normal[Y]*in.rotationSin, normal[X]*in.rotationSin+normal[Y]*in.rotationCos
	}
	copy(e.Motion.Normal[:], normal[:3])
	e.Motion.Sweep = turnAngle(start[plane[0]], start[plane[1]], e.Centre[0], e.Centre[1], int(e.Turns), e.Axes[plane[0]], e.Axes[plane[1]])
}

// turnAngle is the angle from one point about a centre to another, in the direction and
// with the whole turns that turns has.
func turnAngle(x1, y1, cx, cy float64, turns int, x2, y2 float64) float64 {
	if turns == 0 {
		return 0
	}
	a, b := math.Atan2(y1-cy, x1-cx), math.Atan2(y2-cy, x2-cx)
	if turns > 0 {
		if b <= a {
			b += 2 * math.Pi
		}
		return b - a + float64(turns-1)*2*math.Pi
	}
	if a <= b {
		a += 2 * math.Pi
	}
	return b - a + float64(turns+1)*2*math.Pi
}

// Point is a point of an ArcFeed's path, from start at t = 0 to End at t = 1. The radius
// goes over from that of the one to that of the other.
func (m *Motion) Point(start [3]float64, t float64) [3]float64 {
	h1, a, r1 := m.cylinder(start)
	h2, _, r2 := m.cylinder([3]float64(m.End[:3]))
	if r1 == 0 {
		return start
	}
	sin, cos := math.Sincos(m.Sweep * t)
	r, h := (r1+(r2-r1)*t)/r1, h1+(h2-h1)*t
	n := &m.Normal
	side := [3]float64{n[1]*a[2] - n[2]*a[1], n[2]*a[0] - n[0]*a[2], n[0]*a[1] - n[1]*a[0]}
	var p [3]float64
	for i := range p {
		p[i] = m.Centre[i] + h*n[i] + r*(cos*a[i]+sin*side[i])
	}
	return p
}

// cylinder gives a point's height along an arc's axis, and its place across that.
func (m *Motion) cylinder(p [3]float64) (height float64, across [3]float64, radius float64) {
	for i := range p {
		across[i] = p[i] - m.Centre[i]
		height += across[i] * m.Normal[i]
	}
	square := 0.0
	for i := range across {
		across[i] -= height * m.Normal[i]
		square += across[i] * across[i]
	}
	return height, across, math.Sqrt(square)
}

// Extent is the box that holds an ArcFeed's path, from start on.
func (m *Motion) Extent(start [3]float64) (low, high [3]float64) {
	low, high = start, start
	include := func(p [3]float64) {
		for i := range p {
			low[i], high[i] = min(low[i], p[i]), max(high[i], p[i])
		}
	}
	include([3]float64(m.End[:3]))
	quarter := [3]float64{}
	if m.Sweep != 0 {
		quarter = m.Point(start, math.Pi/2/m.Sweep)
	}
	_, a, _ := m.cylinder(start)
	_, b, _ := m.cylinder(quarter)
	for i := range a {
		// The coordinate is a cos + b sin of the angle; it turns back where that does.
		turn := math.Atan2(b[i], a[i])
		for k := -2; k <= 2; k++ {
			if angle := turn + float64(k)*math.Pi; angle*m.Sweep > 0 && math.Abs(angle) < math.Abs(m.Sweep) {
				include(m.Point(start, angle/m.Sweep))
			}
		}
	}
	return low, high
}
