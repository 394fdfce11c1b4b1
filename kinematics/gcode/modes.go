package gcode

import "math"

// doG carries out all G codes but those of motion, in the order of the language.
func (in *Interpreter) doG() error {
	b := &in.block
	g := &b.g
	if g[groupOnce] == g4 {
		in.later(Dwell).Value = b.value('p')
	}
	if g[groupPlane] != none {
		if err := in.choosePlane(g[groupPlane]); err != nil {
			return err
		}
	}
	if g[groupUnits] != none {
		in.chooseUnits(g[groupUnits])
	}
	if g[groupDiameter] != none {
		in.chooseDiameter(g[groupDiameter] == g7)
	}
	if g[groupComp] != none {
		if err := in.switchComp(g[groupComp]); err != nil {
			return err
		}
	}
	if g[groupLength] != none {
		if err := in.setToolLength(g[groupLength]); err != nil {
			return err
		}
	}
	if g[groupSystem] != none {
		if err := in.chooseSystem(g[groupSystem]); err != nil {
			return err
		}
	}
	if g[groupBlending] != none {
		if err := in.chooseBlending(g[groupBlending]); err != nil {
			return err
		}
	}
	if err := in.chooseDistance(); err != nil {
		return err
	}
	if g[groupOnce] != none {
		if err := in.doOnce(g[groupOnce]); err != nil {
			return err
		}
	}
	if g[groupLocal] != none {
		return in.applyLocal(g[groupLocal])
	}
	return nil
}

// doOnce carries out a code that is in effect on its line only.
func (in *Interpreter) doOnce(code int16) error {
	switch code {
	case g10:
		return in.setData()
	case g28, g30:
		return in.goHome(code)
	case g28x1, g30x1:
		return in.saveHome(code)
	case g52, g92:
		return in.setLocal(code)
	case g5x3:
		return in.nurbsEnd()
	}
	return nil
}

// setData is G10.
func (in *Interpreter) setData() error {
	switch l := int(in.block.value('l')); l {
	case 2, 20:
		return in.setSystem(l == 20)
	case 1, 10, 11:
		return in.setTool(l)
	default: // 0
		if n := in.tools.slots[0].Number; n > 0 {
			return in.failG(groupOnce, "G10 L0 reads the tool table again, but tool %d is in the spindle", n)
		}
		in.changing = true
		in.emit(ReloadTools)
		return nil
	}
}

func (in *Interpreter) choosePlane(code int16) error {
	var p Plane
	switch code {
	case g17:
		p = PlaneXY
	case g18:
		p = PlaneXZ
	case g19:
		p = PlaneYZ
	case g17x1:
		p = PlaneUV
	case g18x1:
		p = PlaneUW
	default:
		p = PlaneVW
	}
	if in.comp.side != 0 && (p != in.plane || p == PlaneYZ) {
		return in.failG(groupPlane, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	in.plane = p
	in.emit(SelectPlane).Plane = p
	return nil
}

// chooseUnits is G20 and G21. What the program has set keeps its length.
func (in *Interpreter) chooseUnits(code int16) {
	units := Millimetres
	if code == g20 {
		units = Inches
	}
	in.emit(UseUnits).Units = units
	if units == in.units {
		return
	}
	factor := 25.4
	if units == Inches {
		factor = 1 / 25.4
	}
	in.units = units
	for _, a := range [...]*Axes{&in.at, &in.local, &in.systemOffset, &in.toolOffset} {
		if in.standalone != nil && a == &in.toolOffset {
			continue // rs274's stand-in for a machine leaves it as it is
		}
		for i := range a {
			if !turns(i) {
				a[i] *= factor
			}
		}
	}
	in.scalePending(factor)
	if in.standalone == nil {
		in.feed *= factor
		in.tolerance *= factor
		in.naive *= factor
	}
}

func (in *Interpreter) chooseDiameter(diameter bool) {
	if diameter == in.diameter {
		return
	}
	in.diameter = diameter
	// The line's X was read in the mode before.
	if diameter {
		in.block.word['x'-'a'] /= 2
		in.immediate("Lathe diameter mode changed to diameter")
	} else {
		in.block.word['x'-'a'] *= 2
		in.immediate("Lathe diameter mode changed to radius")
	}
}

func (in *Interpreter) chooseBlending(code int16) error {
	if in.comp.side != 0 {
		return in.failG(groupBlending, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	b := &in.block
	e := in.emit(ControlMode)
	switch code {
	case g61:
		in.blending = ExactPath
	case g61x1:
		in.blending = ExactStop
	default:
		in.blending = Continuous
		in.tolerance = math.Max(0, b.valueOr('p', 0))
		e.Value = in.tolerance
		e.Number = int32(in.blending)
		in.naive = in.tolerance
		if q := b.valueOr('q', -1); q >= 0 {
			in.naive = q
		}
		in.emit(NaiveCAM).Value = in.naive
		return nil
	}
	e.Number = int32(in.blending)
	return nil
}

// chooseDistance is G90, G91, G90.1, G91.1, G98 and G99.
func (in *Interpreter) chooseDistance() error {
	g := &in.block.g
	if code := g[groupDistance]; code != none && in.incremental != (code == g91) {
		in.incremental = code == g91
		if in.incremental {
			in.remark("distance mode changed to incremental")
		} else {
			in.remark("distance mode changed to absolute")
		}
	}
	if code := g[groupCentre]; code != none && in.centreAbsolute != (code == g90x1) {
		in.centreAbsolute = code == g90x1
		if in.centreAbsolute {
			in.remark("IJK distance mode changed to absolute")
		} else {
			in.remark("IJK distance mode changed to incremental")
		}
	}
	code := g[groupRetract]
	if code == none {
		return nil
	}
	if in.comp.side != 0 {
		return in.failG(groupRetract, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	in.retractToR = code == g99
	if in.retractToR {
		in.remark("retract mode set to r_plane")
	} else {
		in.remark("retract mode set to old_z")
	}
	return nil
}

// changeSpindleModes is G96, G97, G93, G94 and G95, which come before F and S.
func (in *Interpreter) changeSpindleModes() error {
	b := &in.block
	if code := b.g[groupSpindle]; code != none {
		in.activeSpindle = 0
		if err := in.chooseSpindle(groupSpindle); err != nil {
			return err
		}
		in.spindles[in.activeSpindle].constantSurface = code == g96
		e := in.later(SpindleMode)
		e.Spindle = int32(in.activeSpindle)
		if code == g96 {
			e.Value = 1e30
			if b.has('d') {
				e.Value = math.Abs(b.value('d'))
			}
		}
	}
	code := b.g[groupFeedMode]
	if code == none {
		return nil
	}
	in.activeSpindle = 0
	if err := in.chooseSpindle(groupFeedMode); err != nil {
		return err
	}
	switch code {
	case g93:
		in.remark("feed mode set to inverse time")
		in.feedMode = inverseTime
		in.later(SetFeedMode)
		return nil
	case g94:
		in.remark("feed mode set to units per minute")
		in.feedMode = perMinute
		in.later(SetFeedMode)
	default:
		in.remark("feed mode set to units per revolution")
		in.feedMode = perTurn
		e := in.later(SetFeedMode)
		e.Number, e.Spindle = 1, int32(in.activeSpindle)
	}
	in.feed = 0
	in.later(SetFeedRate)
	return nil
}

// setSpeed is S.
func (in *Interpreter) setSpeed() error {
	b := &in.block
	first, last := 0, 0
	if b.has('$') {
		n := b.value('$')
		if n < -1 || n >= float64(in.cfg.Spindles) {
			return in.failWord('$', "$%g: spindles go from 0 to %d; -1 is all of them", n, in.cfg.Spindles-1)
		}
		if first, last = int(n), int(n); n == -1 {
			first, last = 0, in.cfg.Spindles-1
		}
	}
	for i := first; i <= last; i++ {
		in.spindles[i].speed = b.value('s')
		e := in.later(SpindleSpeed)
		e.Spindle, e.Value = int32(i), b.value('s')
	}
	return nil
}
