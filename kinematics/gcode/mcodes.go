package gcode

import "math"

// doM carries out the M codes but those that stop, in the order of the language.
func (in *Interpreter) doM() error {
	b := &in.block
	if b.m[groupIO] != none {
		if err := in.doIO(int(b.m[groupIO])); err != nil {
			return err
		}
	}
	if b.m[groupTool] != none {
		if err := in.changeTool(int(b.m[groupTool])); err != nil {
			return err
		}
	}
	if b.m[groupTurning] != none {
		if err := in.doTurning(int(b.m[groupTurning])); err != nil {
			return err
		}
	}
	switch b.m[groupCoolant] {
	case 7:
		in.mist = true
		in.later(MistOn)
	case 8:
		in.flood = true
		in.later(FloodOn)
	case 9:
		in.mist, in.flood = false, false
		in.later(MistOff)
		in.later(FloodOff)
	}
	if b.m[groupOverride] != none {
		if err := in.doOverride(int(b.m[groupOverride])); err != nil {
			return err
		}
	}
	if b.m[groupCustom] == none {
		return nil
	}
	return in.doCustom(int(b.m[groupCustom]))
}

// doIO is M62 to M68.
func (in *Interpreter) doIO(code int) error {
	b := &in.block
	if in.comp.side != 0 {
		return in.failM(groupIO, "M%d while cutter compensation is on; write G40 before", code)
	}
	p, e := wholeNumber(b.value('p')), wholeNumber(b.value('e'))
	switch code {
	case 62, 63, 64, 65:
		if !b.has('p') {
			return in.failM(groupIO, "M%d needs P, the number of the output", code)
		}
		k := MotionBit
		if code >= 64 {
			k = OutputBit
		}
		ev := in.emit(k)
		ev.Number, ev.On = int32(p), code%2 == 0
	case 66:
		return in.waitInput(p, e)
	default:
		if !b.has('e') || e < 0 {
			return in.failM(groupIO, "M%d needs E, the number of the output", code)
		}
		k := MotionValue
		if code == 68 {
			k = OutputValue
		}
		ev := in.emit(k)
		ev.Number, ev.Value = int32(e), b.valueOr('q', -1)
	}
	return nil
}

// waitInput is M66.
func (in *Interpreter) waitInput(p, e int) error {
	b := &in.block
	q, l := b.valueOr('q', -1), int(b.valueOr('l', 0))
	switch {
	case b.has('p') && b.has('e'):
		return in.failM(groupIO, "M66 has P, a digital input, or E, an analog one, not both")
	case !b.has('p') && !b.has('e') || b.has('p') && p < 0 || b.has('e') && e < 0:
		return in.failM(groupIO, "M66 needs P, a digital input, or E, an analog one, from 0 on")
	case b.has('e') && l != 0:
		return in.failWord('l', "M66 waits for digital inputs only; an analog one has L0")
	case q <= 0 && l > 0:
		return in.failM(groupIO, "M66 L%d needs Q, the seconds to wait at most", l)
	case l > 4:
		return in.failWord('l', "M66 L%d: L is 0 (at once), 1 (rise), 2 (fall), 3 (high) or 4 (low)", l)
	}
	ev := in.emit(WaitInput)
	ev.Number, ev.Wait, ev.Value = int32(p), int32(l), math.Max(q, 0)
	in.input, in.inputAnalog = p, b.has('e')
	if in.inputAnalog {
		ev.Number, ev.Analog = int32(e), true
		in.input = e
	}
	return nil
}

// doTurning is M3, M4, M5, M19 and M70 to M73.
func (in *Interpreter) doTurning(code int) error {
	b := &in.block
	switch code {
	case 70, 73:
		in.saveModes(code == 73)
		return nil
	case 71:
		in.frames[in.level].valid = false
		return nil
	case 72:
		f := &in.frames[in.level]
		if !f.valid {
			return in.failM(groupTurning, "M72 without M70 or M73 before on the same level of calls")
		}
		return in.restoreModes(&f.saved)
	}
	least := -1.0
	if code == 19 {
		least = 0
	}
	first, last := 0, 0
	if b.has('$') {
		n := b.value('$')
		if n < least || n >= float64(in.cfg.Spindles) {
			return in.failWord('$', "$%g: spindles go from 0 to %d; -1 is all of them", n, in.cfg.Spindles-1)
		}
		if first, last = int(n), int(n); n == -1 {
			first, last = 0, in.cfg.Spindles-1
		}
	}
	if code == 19 {
		return in.orient(first)
	}
	for i := first; i <= last; i++ {
		k, t := SpindleStop, turning(0)
		switch code {
		case 3:
			k, t = SpindleClockwise, clockwise
		case 4:
			k, t = SpindleCounter, counterclockwise
		}
		in.spindles[i].turning = t
		in.later(k).Spindle = int32(i)
	}
	return nil
}

// orient is M19.
func (in *Interpreter) orient(spindle int) error {
	b := &in.block
	for i := range in.spindles {
		in.spindles[i].turning = 0
	}
	if b.has('r') || b.has('p') {
		e := in.later(SpindleOrient)
		e.Spindle, e.Value, e.Number = int32(spindle), b.valueOr('r', 0)+in.cfg.OrientOffset, int32(b.valueOr('p', 0))
	}
	if b.has('q') {
		if b.value('q') <= 0 {
			return in.failWord('q', "M19 Q%g: the seconds to wait are above 0", b.value('q'))
		}
		e := in.later(SpindleWaitOrient)
		e.Spindle, e.Value = int32(spindle), b.value('q')
	}
	return nil
}

// doOverride is M48 to M53.
func (in *Interpreter) doOverride(code int) error {
	b := &in.block
	if in.comp.side != 0 {
		return in.failM(groupOverride, "M%d while cutter compensation is on; write G40 before", code)
	}
	on := code == 48 || code > 49 && b.valueOr('p', -1) != 0
	switch code {
	case 48, 49:
		in.setFeedOverride(on)
		in.setSpeedOverride(0, in.cfg.Spindles-1, on)
	case 50:
		in.setFeedOverride(on)
	case 51:
		first, last := 0, in.cfg.Spindles-1
		if b.has('$') {
			n := b.value('$')
			if n < 0 || n >= float64(in.cfg.Spindles) {
				return in.failWord('$', "$%g: spindles go from 0 to %d", n, in.cfg.Spindles-1)
			}
			first, last = int(n), int(n)
		}
		in.setSpeedOverride(first, last, on)
	case 52:
		in.adaptive = on
		in.emit(AdaptiveFeed).On = on
	case 53:
		in.feedHold = on
		in.emit(FeedHold).On = on
	}
	return nil
}

func (in *Interpreter) setFeedOverride(on bool) {
	in.feedOverride = on
	in.emit(FeedOverride).On = on
}

func (in *Interpreter) setSpeedOverride(first, last int, on bool) {
	for i := first; i <= last; i++ {
		in.spindles[i].override = on
		e := in.emit(SpeedOverride)
		e.Spindle, e.On = int32(i), on
	}
}

// doCustom calls a registered M code.
func (in *Interpreter) doCustom(code int) error {
	b := &in.block
	e := in.later(CustomM)
	e.Number, e.Value, e.Value2 = int32(code), b.valueOr('p', -1), b.valueOr('q', -1)
	handle := in.cfg.MCodes[code]
	if handle == nil {
		return nil
	}
	if err := handle(&MCall{Code: code, in: in}); err != nil {
		return in.failM(groupCustom, "M%d: %v", code, err)
	}
	return nil
}

// stop is M0, M1, M2, M30, M60 and M99.
func (in *Interpreter) stop() error {
	plane := planeAxes[in.plane]
	if err := in.meet(in.at[plane[0]], in.at[plane[1]]); err != nil {
		return err
	}
	in.release()
	code := in.block.m[groupStop]
	switch code {
	case 0:
		in.emit(Stop)
		return nil
	case 1:
		in.emit(OptionalStop)
		return nil
	case 60:
		in.emit(PalletShuttle)
		in.emit(Stop)
		return nil
	}
	in.endProgram(code == 30)
	err := in.skipRest()
	in.unwind()
	return err
}
