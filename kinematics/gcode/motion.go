package gcode

import "math"

// move carries out a motion code.
func (in *Interpreter) move(code int16) error {
	b := &in.block
	for i := A; i <= C; i++ {
		if in.cfg.Indexer[i-A] && b.hasAxis(i) {
			return in.moveIndexer(code, i)
		}
	}
	if !isCycle(code) {
		in.cycle.held = false
	}
	switch code {
	case g0, g1, g33, g33x1, g76:
		return in.straight(code)
	case g2, g3:
		return in.arc(code)
	case g38x2, 383, 384, g38x5:
		return in.probe(code)
	case g80:
		in.remark("motion mode set to none")
		in.motion = g80
		return nil
	case g5, g5x1:
		return in.spline(code)
	case g5x2:
		return in.nurbsPoint()
	}
	return in.startCycle(code)
}

// straight is G0, G1, and what moves with the spindle: G33, G33.1, G76.
func (in *Interpreter) straight(code int16) error {
	in.arcForbidden = false
	if code == g1 {
		if err := in.checkFeed(g1); err != nil {
			return err
		}
	}
	in.motion = code
	end, err := in.ends()
	if err != nil {
		return err
	}
	if code == g1 && in.feedMode == inverseTime {
		in.inverseTimeStraight(&end)
	}
	if in.comp.side != 0 && in.comp.radius > 0 && code <= g1 {
		if in.block.g[groupOnce] == g53 {
			return in.failG(groupOnce, "G53 while cutter compensation is on; write G40 before")
		}
		return in.compStraight(code, end)
	}
	switch code {
	case g0:
		in.traverse(end)
	case g1:
		in.emitMotion(Feed, end)
		in.at = end
	default:
		return in.withSpindle(code, end)
	}
	return nil
}

// traverse goes to a point at full speed.
func (in *Interpreter) traverse(end Axes) {
	in.emitMotion(Traverse, end)
	in.at = end
}

// checkFeed looks for a feed.
func (in *Interpreter) checkFeed(code int16) error {
	b := &in.block
	switch in.feedMode {
	case inverseTime:
		if !b.has('f') {
			return in.failG(groupMotion, "%s without F: with G93 each line needs its own", codeName(code))
		}
	default:
		if in.feed == 0 {
			return in.failG(groupMotion, "%s with feed 0; write F before", codeName(code))
		}
		if in.feedMode == perTurn && in.spindles[in.activeSpindle].speed == 0 {
			return in.failG(groupMotion, "%s with G95 and a spindle speed of 0; write S before", codeName(code))
		}
	}
	return nil
}

// withSpindle is motion that follows the spindle.
func (in *Interpreter) withSpindle(code int16, end Axes) error {
	b := &in.block
	if err := in.chooseSpindle(groupMotion); err != nil {
		return err
	}
	s := in.activeSpindle
	if in.spindles[s].turning == 0 {
		return in.failG(groupMotion, "%s while spindle %d does not turn; write M3 or M4 before", codeName(code), s)
	}
	switch code {
	case g33:
		in.syncStart(b.value('k'))
		in.emitMotion(Feed, end)
		in.syncStop()
		in.at = end
	case g33x1:
		in.syncStart(b.value('k'))
		e := in.emitMotion(RigidTap, end)
		e.Value = max(1, b.valueOr('i', 1))
		in.syncStop()
		for i := A; i < axisCount; i++ {
			in.at[i] = end[i]
		}
	default:
		for i := A; i < axisCount; i++ {
			if end[i] != in.at[i] {
				return in.failWord(axisWord[i], "%c in G76, which moves X, Y and Z", axisLetters[i])
			}
		}
		return in.startThread(end)
	}
	return nil
}

// chooseSpindle takes the spindle of the $ word.
func (in *Interpreter) chooseSpindle(group int) error {
	b := &in.block
	if !b.has('$') {
		return nil
	}
	n := b.value('$')
	if n < 0 || n >= float64(in.cfg.Spindles) {
		return in.failWord('$', "$%g: spindles go from 0 to %d", n, in.cfg.Spindles-1)
	}
	in.activeSpindle = int(n)
	return nil
}

func (in *Interpreter) syncStart(pitch float64) {
	e := in.emit(SyncStart)
	e.Value, e.Spindle = pitch, int32(in.activeSpindle)
	in.pitch = pitch
}

func (in *Interpreter) syncStop() {
	in.emit(SyncStop)
	in.pitch = 0
}

// moveIndexer moves an axis that moves alone.
func (in *Interpreter) moveIndexer(code int16, axis int) error {
	b := &in.block
	if code != g0 {
		return in.failWord(axisWord[axis], "%c is an indexer, which moves with G0 only", axisLetters[axis])
	}
	if b.set&axisBits != wordBit(axisWord[axis]) {
		return in.failWord(axisWord[axis], "%c is an indexer, which moves alone; give the other axes a line of their own", axisLetters[axis])
	}
	end, err := in.ends()
	if err != nil {
		return err
	}
	in.index(&end)
	return nil
}

// index moves the indexers of a motion first, each alone.
func (in *Interpreter) index(end *Axes) {
	for i := A; i <= C; i++ {
		if !in.cfg.Indexer[i-A] || end[i] == in.at[i] {
			continue
		}
		in.exactly()
		in.emit(IndexUnlock).Number = int32(i)
		alone := in.at
		alone[i] = end[i]
		in.traverse(alone)
		in.emit(IndexLock).Number = int32(i)
		in.blendAgain()
	}
}

// exactly lets the following motions go through every point, blendAgain ends that.
func (in *Interpreter) exactly() {
	if in.blending != ExactPath {
		in.emit(ControlMode).Number = int32(ExactPath)
	}
}

func (in *Interpreter) blendAgain() {
	if in.blending != ExactPath {
		e := in.emit(ControlMode)
		e.Number, e.Value = int32(in.blending), in.tolerance
		in.emit(NaiveCAM).Value = in.naive
	}
}

// probe is G38.2 to G38.5.
func (in *Interpreter) probe(code int16) error {
	switch {
	case in.comp.side != 0:
		return in.failG(groupMotion, "%s while cutter compensation is on; write G40 before", codeName(code))
	case in.feed == 0:
		return in.failG(groupMotion, "%s with feed 0; write F before", codeName(code))
	case in.feedMode == perTurn:
		return in.failG(groupMotion, "%s with G95; a probe moves at units a minute (G94)", codeName(code))
	}
	end, err := in.ends()
	if err != nil {
		return err
	}
	if code%2 == 0 && end == in.at {
		return in.failG(groupMotion, "%s to where the probe is already", codeName(code))
	}
	in.emit(ProbeOn)
	in.emitMotion(Probe, end).Number = int32(code - g38x2)
	in.emit(ProbeOff)
	in.motion = code
	in.at = end
	in.probing = true
	return nil
}

// readProbe takes the result of a probe.
func (in *Interpreter) readProbe() {
	at, tripped := in.at, true
	if m := in.cfg.Machine; m != nil {
		at, tripped = m.Probed(in.at)
		in.at = m.Position(in.at)
	}
	for i, v := range at {
		if turns(i) && in.cfg.WrappedRotary[i-A] {
			v = wrapped(v)
		}
		in.params[paramProbe+i] = v
	}
	in.params[paramProbeTripped] = truth(tripped)
}

// inverseTimeStraight sets the feed that lets a line take the time that G93 says.
func (in *Interpreter) inverseTimeStraight(end *Axes) {
	start := in.at
	if in.comp.side != 0 && in.comp.radius > 0 && !in.comp.fresh {
		copy(start[:], in.programmed[:])
	}
	in.setInverseTime(straightLength(&start, end))
}

func (in *Interpreter) setInverseTime(length float64) {
	in.feed = math.Max(0.1, length*in.block.value('f'))
	in.later(SetFeedRate).Value = in.feed
}

// tiny is a length that counts as none.
const tiny = 1e-7

// straightLength is that of X, Y, Z, or of U, V, W, or of A, B, C, the first that moves.
func straightLength(a, b *Axes) float64 {
	for _, first := range [...]int{X, U} {
		x, y, z := b[first]-a[first], b[first+1]-a[first+1], b[first+2]-a[first+2]
		if math.Abs(x) > tiny || math.Abs(y) > tiny || math.Abs(z) > tiny {
			return math.Sqrt(x*x + y*y + z*z)
		}
	}
	x, y, z := b[A]-a[A], b[B]-a[B], b[C]-a[C]
	return math.Sqrt(x*x + y*y + z*z)
}
