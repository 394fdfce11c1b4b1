package gcode

import "math"

// side is where the tool goes beside the programmed path.
type side int8

const (
	leftSide  side = 1
	rightSide side = -1
)

// compensation is that of the cutter's radius: the tool's centre goes beside the
// programmed path. Each move waits until the next one tells where the two meet, so what
// a program asks for in between waits too.
type compensation struct {
	side        side // 0: off
	fresh       bool // no move since it was switched on
	radius      float64
	orientation int // of a lathe tool, 1 to 9; 0: the tool is round

	pending []waiting
	// Where the waiting move starts, in the plane, when that is known.
	start      [2]float64
	startKnown bool
	last       Axes // where the last move that did not wait any more ended
}

// waiting is an event that waits, with what its move was before compensation.
type waiting struct {
	event     Event
	direction [2]float64 // of a straight move, in the plane
	sweep     float64    // of an arc; 0: one of compensation itself
}

// mostWaiting bounds what may stand between two moves.
const mostWaiting = 4096

// code is the G code that would switch the same on.
func (c *compensation) code() int16 {
	switch c.side {
	case leftSide:
		return g41
	case rightSide:
		return g42
	}
	return g40
}

// inside tells whether the tool is on the inner side of an arc.
func (c *compensation) inside(turns int) bool {
	return c.side == leftSide && turns > 0 || c.side == rightSide && turns < 0
}

// later puts an event into the queue, behind a move that waits. Pointers to it hold
// until the next one.
func (in *Interpreter) later(k Kind) *Event {
	c := &in.comp
	if len(c.pending) == 0 {
		return in.emit(k)
	}
	c.pending = append(c.pending, waiting{event: Event{Kind: k, File: in.src.name, Line: in.src.line}})
	return &c.pending[len(c.pending)-1].event
}

// remark is a comment of the interpreter, as LinuxCNC makes them.
func (in *Interpreter) remark(text string) { in.later(Comment).Text = in.keep("interpreter: ", text) }

// immediate is a remark that does not wait for a move.
func (in *Interpreter) immediate(text string) { in.emit(Comment).Text = in.keep("interpreter: ", text) }

// keep copies text to where it stays until the queue is empty.
func (in *Interpreter) keep(parts ...string) []byte {
	from := len(in.arena)
	for _, p := range parts {
		in.arena = append(in.arena, p...)
	}
	return in.arena[from:len(in.arena):len(in.arena)]
}

// switchComp is G40, G41, G42, G41.1, G42.1.
func (in *Interpreter) switchComp(code int16) error {
	if code == g40 {
		in.remark("cutter radius compensation off")
		return in.endComp()
	}
	c, b := &in.comp, &in.block
	switch {
	case in.plane != PlaneXY && in.plane != PlaneXZ:
		return in.failG(groupComp, "cutter compensation in the plane %s; it works in XY (G17) and XZ (G18)", in.plane)
	case c.side != 0:
		return in.failG(groupComp, "%s while cutter compensation is on already; write G40 before", codeName(code))
	}
	on := leftSide
	if code == g42 || code == g42x1 {
		on = rightSide
	}
	radius, orientation := 0.0, 0
	if code == g41x1 || code == g42x1 {
		if !b.has('d') {
			return in.failG(groupComp, "%s needs D, the cutter's diameter", codeName(code))
		}
		radius = b.value('d') / 2
		if b.has('l') {
			if in.plane != PlaneXZ {
				return in.failWord('l', "%s L, a lathe tool's orientation, works in XZ (G18)", codeName(code))
			}
			orientation = int(b.value('l'))
		}
	} else {
		slot := 0
		if b.has('d') {
			d := b.value('d')
			tool := math.Floor(d + 0.5)
			if math.Abs(tool-d) >= 0.0001 || tool < 0 {
				return in.failWord('d', "%s D%g: D is a tool's number; %s.1 takes a diameter", codeName(code), d, codeName(code))
			}
			var err error
			if slot, err = in.findTool(int(tool), 'd'); err != nil {
				return err
			}
		}
		t := &in.tools.slots[slot]
		radius, orientation = in.toProgram(t.Diameter)/2, t.Orientation
		if in.plane != PlaneXZ && orientation != 0 && orientation != 9 {
			return in.failG(groupComp, "%s with tool %d, a lathe tool, works in XZ (G18)", codeName(code), t.Number)
		}
	}
	if radius < 0 {
		radius, on = -radius, -on
	}
	if on == rightSide {
		in.remark("cutter radius compensation on right")
	} else {
		in.remark("cutter radius compensation on left")
	}
	c.radius, c.orientation, c.side = radius, orientation, on
	return nil
}

// endComp switches compensation off; the next straight move leads to the programmed path.
func (in *Interpreter) endComp() error {
	c := &in.comp
	if c.side != 0 && c.radius > 0 && !c.fresh {
		plane := planeAxes[in.plane]
		if err := in.meet(in.at[plane[0]], in.at[plane[1]]); err != nil {
			return err
		}
		in.release()
		copy(in.at[:], in.programmed[:])
		in.arcForbidden = true
	}
	c.side, c.fresh = 0, true
	return nil
}

// wait lets a straight move or an arc wait for the next one.
func (in *Interpreter) wait(k Kind, end Axes, direction [2]float64, shape arcShape, sweep float64) {
	c := &in.comp
	c.pending = append(c.pending, waiting{event: Event{Kind: k, File: in.src.name, Line: in.src.line}, direction: direction, sweep: sweep})
	e := &c.pending[len(c.pending)-1].event
	e.Axes, e.Plane, e.Turns, e.Centre = end, in.plane, int32(shape.turns), [2]float64{shape.x, shape.y}
	in.fillMotion(e, &in.at)
}

// startAt says where the waiting move starts.
func (in *Interpreter) startAt(x, y float64) {
	in.comp.start, in.comp.startKnown = [2]float64{x, y}, true
}

// release lets all that waits go.
func (in *Interpreter) release() {
	c := &in.comp
	c.startKnown = false
	plane := planeAxes[in.plane]
	for i := range c.pending {
		e := &c.pending[i].event
		e.Label = in.label
		if e.Kind.Moves() {
			c.shiftLathe(in.plane, &e.Axes[plane[0]], &e.Axes[plane[1]])
			c.shiftLathe(in.plane, &e.Centre[0], &e.Centre[1])
			e.Motion.End = in.inMetres(e.Axes)
			if e.Kind == ArcFeed {
				in.fillArc(e, &c.last)
			}
			c.last = e.Axes
		}
		in.queue = append(in.queue, *e)
	}
	c.pending = c.pending[:0]
}

// shiftLathe goes from the centre of a lathe tool's tip to the point that is controlled.
func (c *compensation) shiftLathe(plane Plane, z, x *float64) {
	if plane != PlaneXZ {
		return
	}
	switch c.orientation {
	case 1, 2, 6:
		*x -= c.radius
	case 3, 4, 8:
		*x += c.radius
	}
	switch c.orientation {
	case 2, 3, 7:
		*z -= c.radius
	case 1, 4, 5:
		*z += c.radius
	}
}

// meet lets what waits end at a point of the plane, and releases it.
func (in *Interpreter) meet(x, y float64) error {
	c := &in.comp
	if len(c.pending) == 0 {
		return nil
	}
	for i := range c.pending {
		w := &c.pending[i]
		switch w.event.Kind {
		case ArcFeed:
			if err := in.meetArc(w, x, y); err != nil {
				return err
			}
		case Traverse, Feed:
			along := w.direction[0]*(x-c.start[0]) + w.direction[1]*(y-c.start[1])
			if c.startKnown && along < 0 {
				return in.gouge()
			}
		default:
			continue
		}
		plane := planeAxes[in.plane]
		w.event.Axes[plane[0]], w.event.Axes[plane[1]] = x, y
	}
	in.release()
	in.startAt(x, y)
	return nil
}

func (in *Interpreter) meetArc(w *waiting, x, y float64) error {
	c, e := &in.comp, &w.event
	plane := planeAxes[in.plane]
	r1 := math.Hypot(e.Axes[plane[0]]-e.Centre[0], e.Axes[plane[1]]-e.Centre[1])
	r2 := math.Hypot(x-e.Centre[0], y-e.Centre[1])
	if math.Abs(r1-r2) > 0.01 {
		return in.failLine("cutter compensation finds no arc beside the programmed one: radius %.4f at its start, %.4f at its end", r1, r2)
	}
	slack := 0.001
	if in.units == Millimetres {
		slack *= 25.4
	}
	sweep := turnAngle(c.start[0], c.start[1], e.Centre[0], e.Centre[1], int(e.Turns), x, y)
	if w.sweep != 0 && c.startKnown && math.Abs(sweep) > math.Abs(w.sweep)+slack {
		return in.gouge()
	}
	return nil
}

func (in *Interpreter) gouge() error {
	return in.failLine("the tool, of radius %.4g %s, does not fit into the corner before this move without cutting into the part", in.comp.radius, in.units)
}

// scalePending follows a change of units.
func (in *Interpreter) scalePending(factor float64) {
	c := &in.comp
	c.radius *= factor
	for i := range in.programmed {
		in.programmed[i] *= factor
	}
	for i := range c.last {
		if !turns(i) {
			c.last[i] *= factor
		}
	}
	for i := range c.pending {
		// LinuxCNC 2.9 scales the start once for each event that waits.
		if i == 0 || in.standalone != nil {
			c.start[0] *= factor
			c.start[1] *= factor
		}
		e := &c.pending[i].event
		if !e.Kind.Moves() {
			continue
		}
		for j := range e.Axes {
			if !turns(j) {
				e.Axes[j] *= factor
			}
		}
		e.Centre[0] *= factor
		e.Centre[1] *= factor
	}
}
