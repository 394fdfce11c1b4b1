package gcode

import "math"

// Where the program is, and what is added to get to the machine:
//
//	machine = rotate(program + local) + system + tool
//
// local is what G92 and G52 set, system what G54 to G59.3 choose, with its rotation about
// Z. All are in program units.

// rotateBy turns X and Y by an angle in degrees.
func rotateBy(a *Axes, angle float64) {
	if angle == 0 {
		return
	}
	sin, cos := sincosDegrees(angle)
	a[X], a[Y] = a[X]*cos-a[Y]*sin, a[X]*sin+a[Y]*cos
}

func (in *Interpreter) setRotation(angle float64) {
	in.rotation = angle
	in.rotationSin, in.rotationCos = sincosDegrees(angle)
}

func (a *Axes) add(b *Axes) {
	for i := range a {
		a[i] += b[i]
	}
}

func (a *Axes) sub(b *Axes) {
	for i := range a {
		a[i] -= b[i]
	}
}

// withOffsets turns program coordinates into machine coordinates, in program units.
func (in *Interpreter) withOffsets(p Axes) Axes {
	p.add(&in.local)
	if in.rotation != 0 {
		p[X], p[Y] = p[X]*in.rotationCos-p[Y]*in.rotationSin, p[X]*in.rotationSin+p[Y]*in.rotationCos
	}
	p.add(&in.systemOffset)
	p.add(&in.toolOffset)
	return p
}

// toSystem turns machine coordinates, in program units, into program coordinates. Tools
// have no say in angles.
func (in *Interpreter) toSystem(m Axes) Axes {
	m.sub(&in.systemOffset)
	for i := range m {
		if !turns(i) {
			m[i] -= in.toolOffset[i]
		}
	}
	rotateBy(&m, -in.rotation)
	m.sub(&in.local)
	return m
}

// inSystem is where the program is in another coordinate system.
func (in *Interpreter) inSystem(system int, withTool bool) Axes {
	p := in.at
	p.add(&in.local)
	rotateBy(&p, in.rotation)
	p.add(&in.systemOffset)
	if withTool {
		p.add(&in.toolOffset)
	}
	offset := in.axesParam(systemParam(system))
	p.sub(&offset)
	rotateBy(&p, -in.params[systemRotation(system)])
	if in.params[paramLocalActive] != 0 {
		local := in.axesParam(paramLocal)
		p.sub(&local)
	}
	return p
}

func (in *Interpreter) emitSystem() {
	e := in.emit(WorkOffset)
	e.Number, e.Axes = int32(in.system), in.systemOffset
}

func (in *Interpreter) emitLocal() { in.emit(LocalOffset).Axes = in.local }

// systemCode is the G code of the active coordinate system.
func (in *Interpreter) systemCode() int16 {
	if in.system < 7 {
		return g53 + 10*int16(in.system)
	}
	return g59 + int16(in.system) - 6
}

// chooseSystem is G54 to G59.3.
func (in *Interpreter) chooseSystem(code int16) error {
	if in.comp.side != 0 {
		return in.failG(groupSystem, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	system := int(code-g53) / 10
	if code > g59 {
		system = int(code-g59) + 6
	}
	if system == in.system {
		in.remark("continuing to use same coordinate system")
		return nil
	}
	in.at = in.inSystem(system, false)
	in.system = system
	in.params[paramSystem] = float64(system)
	in.systemOffset = in.axesParam(systemParam(system))
	in.setRotation(in.params[systemRotation(system)])
	in.emitSystem()
	in.emitLocal()
	in.emit(Rotation).Value = in.rotation
	return nil
}

// checkWrapped looks for angles that a wrapped axis cannot have.
func (in *Interpreter) checkWrapped() error {
	for axis := A; axis <= C; axis++ {
		if v := in.block.axis(axis); in.cfg.WrappedRotary[axis-A] && in.block.hasAxis(axis) && math.Abs(v) >= 360 {
			return in.failWord(axisWord[axis], "%c%g: the axis is wrapped, its angles lie within 360 degrees", axisLetters[axis], v)
		}
	}
	return nil
}

// setSystem is G10 L2, the offset itself, and G10 L20, the offset that makes the words
// the position where the program is.
func (in *Interpreter) setSystem(teach bool) error {
	b := &in.block
	if b.has('i') || b.has('j') {
		return in.failWord(map[bool]byte{true: 'i', false: 'j'}[b.has('i')], "G10 L2 and L20 have no I and J")
	}
	system := int(b.valueOr('p', -1) + 0.0001)
	if system == 0 {
		system = in.system
	}
	if teach {
		if err := in.checkWrapped(); err != nil {
			return err
		}
	}
	active := system == in.system
	if in.comp.side != 0 && active {
		return in.failG(groupOnce, "G10 changes the active coordinate system while cutter compensation is on; write G40 before")
	}
	here := in.inSystem(system, false)
	first := systemParam(system)
	r := in.params[systemRotation(system)]
	if b.has('r') {
		if teach {
			return in.failWord('r', "G10 L20 has no R; G10 L2 sets the rotation")
		}
		r = b.value('r')
		in.params[systemRotation(system)] = r
	}
	was := in.axesParam(first)
	offset := was
	for i := range offset {
		if b.hasAxis(i) {
			offset[i] = b.axis(i)
			if teach && i > Y {
				offset[i] = here[i] + was[i] - offset[i]
			}
			if !teach || i > Y {
				in.setParamAxis(first, i, offset[i])
			}
		}
	}
	if teach {
		in.teachXY(system, here, was, r, &offset)
	}
	if !active {
		in.remark("setting coordinate system origin")
		return nil
	}
	rotateBy(&in.at, in.rotation)
	in.at.add(&in.systemOffset)
	in.systemOffset = offset
	in.at.sub(&offset)
	in.emitSystem()
	rotateBy(&in.at, -r)
	in.setRotation(r)
	in.emit(Rotation).Value = r
	return nil
}

// teachXY finds the offset of X and Y of a rotated system.
func (in *Interpreter) teachXY(system int, here, was Axes, r float64, offset *Axes) {
	wanted := here
	for i := X; i <= Y; i++ {
		if in.block.hasAxis(i) {
			wanted[i] = in.block.axis(i)
		}
	}
	rotateBy(&here, r)
	rotateBy(&wanted, r)
	for i := X; i <= Y; i++ {
		offset[i] = here[i] + was[i] - wanted[i]
		in.setParamAxis(systemParam(system), i, offset[i])
	}
	if system == in.system {
		rotateBy(&in.at, in.rotation)
		in.setRotation(0)
	}
}

// setLocal is G92, which makes the words the position where the program is, and G52,
// which sets the offset itself.
func (in *Interpreter) setLocal(code int16) error {
	if in.comp.side != 0 {
		return in.failG(groupOnce, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	if err := in.checkWrapped(); err != nil {
		return err
	}
	in.params[paramLocalActive] = 1
	for i := range in.at {
		if !in.block.hasAxis(i) {
			continue
		}
		v := in.block.axis(i)
		if code == g52 {
			in.at[i] += in.local[i] - v
			in.local[i] = v
		} else {
			in.local[i] += in.at[i] - v
			in.at[i] = v
		}
	}
	in.emitLocal()
	in.setAxesParam(paramLocal, in.local)
	return nil
}

// applyLocal is G92.1 and G92.2, which take the offset away, and G92.3, which brings back
// what the parameters have.
func (in *Interpreter) applyLocal(code int16) error {
	if in.comp.side != 0 {
		return in.failG(groupLocal, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	var local Axes
	in.params[paramLocalActive] = 0
	if code == g92x3 {
		in.params[paramLocalActive] = 1
		local = in.axesParam(paramLocal)
	}
	in.at.add(&in.local)
	in.at.sub(&local)
	in.local = local
	in.emitLocal()
	if code == g92x1 {
		clear(in.params[paramLocal : paramLocal+axisCount])
	}
	return nil
}

// saveHome is G28.1 and G30.1.
func (in *Interpreter) saveHome(code int16) error {
	if in.comp.side != 0 {
		return in.failG(groupOnce, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	first := paramHome
	if code == g30x1 {
		first = paramHome2
	}
	m := in.withOffsets(in.at)
	for i := A; i <= C; i++ {
		if in.cfg.WrappedRotary[i-A] {
			m[i] = wrapped(m[i])
		}
	}
	in.setAxesParam(first, m)
	return nil
}

// goHome is G28 and G30: by way of the words, to the home position.
func (in *Interpreter) goHome(code int16) error {
	end, err := in.ends()
	if err != nil {
		return err
	}
	if in.comp.side != 0 {
		return in.failG(groupOnce, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	first := paramHome
	if code == g30 {
		first = paramHome2
	}
	in.index(&end)
	in.traverse(end)
	home, err := in.unwrapped(in.axesParam(first))
	if err != nil {
		return err
	}
	all := in.block.set&axisBits == 0
	for i := range end {
		if all || in.block.hasAxis(i) {
			end[i] = home[i]
		}
	}
	in.index(&end)
	in.traverse(end)
	return nil
}

// unwrapped turns machine coordinates into program coordinates, wrapped axes near to
// where they are.
func (in *Interpreter) unwrapped(m Axes) (Axes, error) {
	p := in.toSystem(m)
	for i := A; i <= C; i++ {
		if !in.cfg.WrappedRotary[i-A] {
			continue
		}
		v, err := in.unwrap(i, m[i], p[i]-in.toolOffset[i])
		if err != nil {
			return p, err
		}
		p[i] = v
	}
	return p, nil
}

// unwrap finds the angle of a wrapped axis: the one next to where it is in the direction
// of the sign.
func (in *Interpreter) unwrap(axis int, signed, commanded float64) (float64, error) {
	if math.Abs(signed) >= 360 {
		return 0, in.failWord(axisWord[axis], "%c%g: the axis is wrapped, its angles lie within 360 degrees", axisLetters[axis], signed)
	}
	v := math.Abs(commanded) + 360*math.Floor(in.at[axis]/360)
	if math.Signbit(signed) {
		if v > in.at[axis] {
			v -= 360
		}
	} else if v < in.at[axis] {
		v += 360
	}
	return v, nil
}
