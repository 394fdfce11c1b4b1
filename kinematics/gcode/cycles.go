package gcode

// peckClear is how far above the last depth a peck starts, in inches.
const peckClear = 0.010

// cycle is a canned cycle: what stays from line to line, and what is being drilled. Its
// events are made hole by hole and peck by peck, however many there are.
type cycle struct {
	held     bool    // level is that of the cycles in effect
	level    float64 // where the first of them started, along the normal
	clearing float64 // R
	depth    float64 // the word along the normal
	dwell    float64 // P
	peck     float64 // Q
	ijk      [3]float64

	active     bool
	code       int16
	plane      [3]int
	a, b       float64 // the hole
	stepA      float64
	stepB      float64
	r, bottom  float64
	clear, top float64 // where to go in between, and where it starts
	holes      int     // to go
	first      bool
	pecking    bool
	next       float64 // the next peck's depth
}

// startCycle begins a canned cycle.
func (in *Interpreter) startCycle(code int16) error {
	c, b := &in.cycle, &in.block
	sticky := in.motion == code
	switch {
	case in.feed == 0:
		return in.failWordOrG("%s with feed 0; write F before", codeName(code))
	case in.feedMode == inverseTime:
		return in.failWordOrG("%s with G93; cycles move at units a minute (G94)", codeName(code))
	case in.comp.side != 0:
		return in.failWordOrG("%s while cutter compensation is on; write G40 before", codeName(code))
	case !b.has('r') && !sticky:
		return in.failWordOrG("%s needs R, the clearance", codeName(code))
	case b.value('l') == 0 && b.has('l'):
		return in.failWord('l', "%s with L0 drills no hole", codeName(code))
	}
	plane := planeAxes[in.plane]
	other := U
	if in.plane >= PlaneUV {
		other = X
	}
	for i := other; i < other+3; i++ {
		if b.hasAxis(i) {
			return in.failWord(axisWord[i], "%c in a cycle in the plane %s", axisLetters[i], in.plane)
		}
	}
	if !sticky && !b.hasAxis(plane[2]) {
		return in.failWordOrG("%s in the plane %s needs %c, the depth", codeName(code), in.plane, axisLetters[plane[2]])
	}
	r, depth := b.valueOr('r', c.clearing), c.depth
	if b.hasAxis(plane[2]) {
		depth = b.axis(plane[2])
	}
	if !c.held {
		c.held, c.level = true, in.at[plane[2]]
	}
	*c = cycle{held: true, level: c.level, clearing: r, depth: depth, dwell: c.dwell, peck: c.peck, ijk: c.ijk,
		code: code, plane: plane, r: r, bottom: depth, holes: int(b.valueOr('l', 1)), first: true}
	if err := in.aimCycle(); err != nil {
		return err
	}
	if c.r < c.bottom {
		return in.failWordOrG("%s with the clearance R at %g, below the bottom at %g", codeName(code), c.r, c.bottom)
	}
	if err := in.cycleWords(code, sticky); err != nil {
		return err
	}
	old := c.level
	c.top = in.at[plane[2]]
	c.active = true // from here on through every point
	if old < c.r {
		up := in.at
		up[plane[2]] = c.r
		in.traverse(up)
		old, c.top = c.r, c.r
	}
	c.clear = old
	if in.retractToR {
		c.clear = c.r
	}
	in.exactly()
	return nil
}

// failWordOrG is an error at the motion code, or at the axis words that repeat it.
func (in *Interpreter) failWordOrG(format string, args ...any) error {
	if in.block.g[groupMotion] != none {
		return in.failG(groupMotion, format, args...)
	}
	return in.failAxis(format, args...)
}

// aimCycle finds the hole, or the step from hole to hole.
func (in *Interpreter) aimCycle() error {
	c, b := &in.cycle, &in.block
	c.a, c.b = in.at[c.plane[0]], in.at[c.plane[1]]
	if in.incremental {
		if b.hasAxis(c.plane[0]) {
			c.stepA = b.axis(c.plane[0])
		}
		if b.hasAxis(c.plane[1]) {
			c.stepB = b.axis(c.plane[1])
		}
		c.r += c.level
		c.bottom += c.r
		return nil
	}
	end := in.at
	if b.hasAxis(c.plane[0]) {
		end[c.plane[0]] = b.axis(c.plane[0])
	}
	if b.hasAxis(c.plane[1]) {
		end[c.plane[1]] = b.axis(c.plane[1])
	}
	if err := in.polar(&end); err != nil {
		return err
	}
	c.a, c.b = end[c.plane[0]], end[c.plane[1]]
	return nil
}

// cycleWords looks at the words that single cycles need.
func (in *Interpreter) cycleWords(code int16, sticky bool) error {
	c, b := &in.cycle, &in.block
	switch code {
	case g82, g86, g88, g89:
		if !b.has('p') && !sticky {
			return in.failWordOrG("%s needs P, the seconds to dwell", codeName(code))
		}
		c.dwell = b.valueOr('p', c.dwell)
	case g74, g84:
		c.dwell = b.valueOr('p', c.dwell)
	case g73, g83:
		if !b.has('q') && !sticky {
			return in.failWordOrG("%s needs Q, the depth of a peck", codeName(code))
		}
		c.peck = b.valueOr('q', c.peck)
		if c.peck <= 0 {
			return in.failWord('q', "Q%g: a peck is deeper than 0", c.peck)
		}
		if c.bottom-c.peck == c.bottom || c.r-c.peck == c.r {
			return in.failWord('q', "Q%g is too small to go down by", c.peck)
		}
	case g87:
		for i, w := range []byte("ijk") {
			if !b.has(w) && !sticky {
				return in.failWordOrG("G87 needs %s", quoted(w))
			}
			c.ijk[i] = b.valueOr(w, c.ijk[i])
		}
	}
	if err := in.chooseSpindle(groupMotion); err != nil {
		return err
	}
	turning := in.spindles[in.activeSpindle].turning
	switch {
	case code == g74 && turning != counterclockwise, code == g84 && turning != clockwise:
		way := map[int16]string{g74: "counterclockwise; write M4", g84: "clockwise; write M3"}[code]
		return in.failWordOrG("%s needs the spindle to turn %s before", codeName(code), way)
	case code >= g86 && code <= g88 && turning == 0:
		return in.failWordOrG("%s while the spindle does not turn; write M3 or M4 before", codeName(code))
	}
	return nil
}

// drill makes the events of the next hole, or peck.
func (in *Interpreter) drill() error {
	c := &in.cycle
	switch {
	case c.pecking:
		in.drillPeck()
	case c.holes > 0:
		return in.drillHole()
	default:
		in.at[c.plane[0]], in.at[c.plane[1]], in.at[c.plane[2]] = c.a, c.b, c.clear
		c.active = false
		in.motion = c.code
		in.blendAgain()
	}
	return nil
}

// point is one over the hole, or beside it.
func (in *Interpreter) point(a, b, height float64) Axes {
	c, p := &in.cycle, in.at
	p[c.plane[0]], p[c.plane[1]], p[c.plane[2]] = a, b, height
	return p
}

func (in *Interpreter) cycleFeed(end Axes) {
	in.emitMotion(Feed, end)
	in.at = end
}

// drillHole goes over the next hole, and drills it.
func (in *Interpreter) drillHole() error {
	c, b := &in.cycle, &in.block
	c.a += c.stepA
	c.b += c.stepB
	if in.incremental && in.plane == PlaneXY {
		// Zero words change nothing, not even where there is no angle.
		radius, angle := b.valueOr('@', 0), b.valueOr('^', 0)
		if err := in.polarAdd(&c.a, &c.b, radius, angle, radius != 0, angle != 0); err != nil {
			return err
		}
	}
	if c.first && c.top > c.r {
		in.traverse(in.point(c.a, c.b, c.top))
		in.traverse(in.point(c.a, c.b, c.r))
	} else {
		in.traverse(in.point(c.a, c.b, c.clear))
		if c.clear > c.r {
			in.traverse(in.point(c.a, c.b, c.r))
		}
	}
	c.first = false
	c.holes--
	switch c.code {
	case g73, g83:
		c.pecking, c.next = true, c.r-c.peck
	case g74, g84:
		in.tap()
	case g87:
		in.boreBack()
	default:
		in.bore()
	}
	return nil
}

// drillPeck goes one peck deeper.
func (in *Interpreter) drillPeck() {
	c := &in.cycle
	if c.next > c.bottom {
		over := peckClear
		if in.units == Millimetres {
			over *= 25.4
		}
		in.cycleFeed(in.point(c.a, c.b, c.next))
		if c.code == g83 {
			in.traverse(in.point(c.a, c.b, c.r))
		}
		in.traverse(in.point(c.a, c.b, c.next+over))
		c.next -= c.peck
		return
	}
	in.cycleFeed(in.point(c.a, c.b, c.bottom))
	in.traverse(in.point(c.a, c.b, c.clear))
	c.pecking = false
}

// bore is G81, G82, G85, G86, G88 and G89.
func (in *Interpreter) bore() {
	c := &in.cycle
	in.cycleFeed(in.point(c.a, c.b, c.bottom))
	if c.code != g81 && c.code != g85 {
		in.emit(Dwell).Value = c.dwell
	}
	s := &in.spindles[in.activeSpindle]
	switch c.code {
	case g85:
		in.cycleFeed(in.point(c.a, c.b, c.r))
		in.traverse(in.point(c.a, c.b, c.clear))
	case g86:
		in.emitSpindle(SpindleStop)
		in.traverse(in.point(c.a, c.b, c.clear))
		in.emitTurning(s.turning)
	case g88:
		in.emitSpindle(SpindleStop)
		in.emit(Stop)
		in.emitTurning(s.turning)
	case g89:
		in.cycleFeed(in.point(c.a, c.b, c.clear))
	default:
		in.traverse(in.point(c.a, c.b, c.clear))
	}
}

func (in *Interpreter) emitSpindle(k Kind) { in.emit(k).Spindle = int32(in.activeSpindle) }

func (in *Interpreter) emitTurning(t turning) {
	k := SpindleClockwise
	if t == counterclockwise {
		k = SpindleCounter
	}
	in.emitSpindle(k)
}

// tap is G74 and G84, with a floating chuck.
func (in *Interpreter) tap() {
	c := &in.cycle
	way := in.spindles[in.activeSpindle].turning
	in.emit(FeedOverride)
	in.emitSpindle(SpeedOverride)
	in.cycleFeed(in.tapPoint(c.bottom))
	in.emitSpindle(SpindleStop)
	in.emitTurning(-way)
	in.emit(Dwell).Value = c.dwell
	in.cycleFeed(in.tapPoint(c.clear))
	in.emitSpindle(SpindleStop)
	in.emitTurning(way)
	if in.feedOverride {
		in.emit(FeedOverride).On = true
	}
	if in.spindles[in.activeSpindle].override {
		in.emitSpindle(SpeedOverride)
		in.queue[len(in.queue)-1].On = true
	}
}

// tapPoint is a point of the hole. LinuxCNC 2.9 mixes up the axes when it taps along X
// or Y; so does what stands in for its rs274.
func (in *Interpreter) tapPoint(height float64) Axes {
	c := &in.cycle
	if in.standalone != nil {
		switch in.plane {
		case PlaneYZ:
			return in.point(height, c.a, c.b)
		case PlaneXZ:
			return in.point(c.b, height, c.a)
		}
	}
	return in.point(c.a, c.b, height)
}

// boreBack is G87: from below, with the tool turned and off the centre on its way.
func (in *Interpreter) boreBack() {
	c := &in.cycle
	way := in.spindles[in.activeSpindle].turning
	offA, offB := c.a+c.ijk[c.plane[0]%6], c.b+c.ijk[c.plane[1]%6]
	middle := c.ijk[c.plane[2]%6]
	if in.incremental {
		middle += c.bottom
	}
	orient := func() {
		in.emitSpindle(SpindleStop)
		e := in.emit(SpindleOrient)
		e.Spindle, e.Number = int32(in.activeSpindle), 1
		if way == counterclockwise {
			e.Number = 2
		}
		if in.standalone != nil {
			e.Number++ // LinuxCNC 2.9 hands on another numbering
		}
	}
	in.traverse(in.point(offA, offB, c.r))
	orient()
	in.traverse(in.point(offA, offB, c.bottom))
	in.traverse(in.point(c.a, c.b, c.bottom))
	in.emitTurning(way)
	in.cycleFeed(in.point(c.a, c.b, middle))
	in.cycleFeed(in.point(c.a, c.b, c.bottom))
	orient()
	in.traverse(in.point(offA, offB, c.bottom))
	in.traverse(in.point(offA, offB, c.clear))
	in.traverse(in.point(c.a, c.b, c.clear))
	in.emitTurning(way)
}
