package gcode

import (
	"fmt"
	"io"
)

// endProgram brings the modes back to what a program starts with: RS274/NGC, M2.
func (in *Interpreter) endProgram(shuttle bool) {
	rotateBy(&in.at, in.rotation)
	in.at.add(&in.systemOffset)
	in.system = 1
	in.params[paramSystem] = 1
	in.systemOffset = in.axesParam(systemParam(1))
	in.setRotation(in.params[systemRotation(1)])
	in.at.sub(&in.systemOffset)
	rotateBy(&in.at, -in.rotation)
	in.emitSystem()
	in.emit(Rotation).Value = in.rotation
	if in.plane != PlaneXY {
		in.plane = PlaneXY
		in.emit(SelectPlane)
	}
	in.incremental = false
	in.feedMode = perMinute
	in.emit(SetFeedMode)
	in.feed = 0
	in.emit(SetFeedRate)
	if !in.feedOverride {
		in.setFeedOverride(true)
	}
	in.comp.side, in.comp.fresh = 0, true
	for i := range in.cfg.Spindles {
		s := &in.spindles[i]
		s.turning, s.override = 0, true
		in.emit(SpindleStop).Spindle = int32(i)
		in.emit(SpindleMode).Spindle = int32(i)
	}
	in.motion = g1
	if in.mist {
		in.mist = false
		in.emit(MistOff)
	}
	if in.flood {
		in.flood = false
		in.emit(FloodOff)
	}
	if in.cfg.NoLocalPersistence {
		clear(in.params[paramLocalActive : paramLocal+axisCount])
	}
	if shuttle {
		in.emit(PalletShuttle)
	}
	in.emit(ProgramEnd)
}

// skipRest reads to the second percent sign, if there was a first. It returns io.EOF.
func (in *Interpreter) skipRest() error {
	if in.percent != percentOpen {
		return io.EOF
	}
	for {
		raw, err := in.src.next(bufferSize)
		if _, long := err.(*Error); long {
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		if err == io.EOF {
			in.remark("percent sign missing from end of file")
			return err
		}
		in.label = lineLabel(raw)
		for len(raw) > 0 && isSpace(raw[len(raw)-1]) {
			raw = raw[:len(raw)-1]
		}
		for len(raw) > 0 && isSpace(raw[0]) {
			raw = raw[1:]
		}
		if string(raw) == "%" {
			return io.EOF
		}
	}
}

// savedModes are what M70 and M73 keep.
type savedModes struct {
	modes
	system     int
	compCode   int16
	toolLength bool
	local      bool
}

func (in *Interpreter) currentModes() savedModes {
	return savedModes{in.modes, in.system, in.comp.code(), in.toolOffset != Axes{}, in.params[paramLocalActive] != 0}
}

// saveModes is M70, and M73, which restores when the sub returns.
func (in *Interpreter) saveModes(restore bool) {
	f := &in.frames[in.level]
	f.saved, f.valid = in.currentModes(), true
	if restore && in.level > 0 {
		f.restore = true
	}
}

// restoreModes is M72: it runs the lines that lead back to what was saved.
func (in *Interpreter) restoreModes(saved *savedModes) error {
	now := in.currentModes()
	if saved.units != now.units {
		code := "G21"
		if saved.units == Inches {
			code = "G20"
		}
		if err := in.run(code); err != nil {
			return err
		}
		now = in.currentModes()
	}
	// LinuxCNC has the first M code on the line of the G codes.
	line := in.restoringG(saved, &now)
	for _, m := range restoringM(saved, &now) {
		if err := in.run(line + " " + m); err != nil {
			return err
		}
		line = ""
	}
	return in.run(line)
}

// restoringG is the line of F, S and G codes.
func (in *Interpreter) restoringG(saved, now *savedModes) string {
	line := ""
	if saved.feed != now.feed {
		line += fmt.Sprintf(" F%.1f", saved.feed)
	}
	if saved.spindles[0].speed != now.spindles[0].speed {
		line += fmt.Sprintf(" S%.0f", saved.spindles[0].speed)
	}
	was, is := saved.codes(), now.codes()
	for i := range was {
		if was[i] != is[i] {
			line += " " + codeName(was[i])
		}
	}
	if saved.blending != Continuous {
		if saved.blending != now.blending {
			line += map[Blending]string{ExactPath: " G61", ExactStop: " G61.1"}[saved.blending]
		}
	} else if now.blending != Continuous || saved.tolerance != now.tolerance || saved.naive != now.naive {
		line += fmt.Sprintf(" G64 P%f Q%f", saved.tolerance, saved.naive)
	}
	return line
}

// codes are the G codes of the modes, in the order in which LinuxCNC restores them.
func (s *savedModes) codes() [10]int16 {
	pick := func(b bool, yes, no int16) int16 {
		if b {
			return yes
		}
		return no
	}
	system := g53 + 10*int16(s.system)
	if s.system > 6 {
		system = g59 + int16(s.system) - 6
	}
	return [...]int16{
		[...]int16{g17, g18, g19, g17x1, g18x1, g19x1}[s.plane],
		s.compCode,
		pick(s.incremental, g91, g90),
		[...]int16{perMinute: g94, inverseTime: g93, perTurn: g95}[s.feedMode],
		system,
		pick(s.toolLength, g43, g49),
		pick(s.retractToR, g99, g98),
		pick(s.spindles[0].constantSurface, g96, g97),
		pick(s.centreAbsolute, g90x1, g91x1),
		pick(s.diameter, g7, g8),
	}
}

// restoringM are the M codes, in LinuxCNC's order.
func restoringM(saved, now *savedModes) (lines []string) {
	add := func(when bool, line string) {
		if when {
			lines = append(lines, line)
		}
	}
	a, b := &saved.spindles[0], &now.spindles[0]
	add(a.turning != b.turning, map[turning]string{0: "M5", clockwise: "M3", counterclockwise: "M4"}[a.turning])
	off := now.mist && !saved.mist || now.flood && !saved.flood
	add(off, "M9")
	add(saved.mist && (off || !now.mist), "M7")
	add(saved.flood && (off || !now.flood), "M8")
	add(saved.feedOverride && !now.feedOverride, "M48")
	add(!saved.feedOverride && now.feedOverride, "M50 P0")
	add(saved.feedOverride == now.feedOverride && a.override && !b.override, "M51 P1")
	add(!a.override && (b.override || saved.feedOverride && !now.feedOverride), "M51 P0")
	add(saved.adaptive && !now.adaptive, "M52")
	add(!saved.adaptive && now.adaptive, "M52 P0")
	add(saved.feedHold && !now.feedHold, "M53")
	add(!saved.feedHold && now.feedHold, "M53 P0")
	return lines
}

// run carries out a line within another one, whose words are over by then.
func (in *Interpreter) run(line string) error {
	if line == "" {
		return nil
	}
	// What the outer line has said lies in its own text until the queue is empty.
	b, raw, text := in.block, in.raw, in.textBuf
	in.raw, in.textBuf, in.label = []byte(line), nil, nil
	defer func() { in.block, in.raw, in.textBuf = b, raw, text }()
	if err := in.strip(); err != nil {
		return err
	}
	in.block.coded = true
	in.block.reset()
	for _, step := range [...]func() error{in.items, in.settle, in.check, in.carryOut} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
