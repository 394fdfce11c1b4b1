package gcode

import "strings"

// mostCalls bounds how deep subs call subs; the main program is level 0.
const mostCalls = 10

// mark remembers where a label stands.
type mark struct {
	kind   oKind
	src    *source
	offset int64
	line   int // of the line before
	repeat int // what is left of a repeat, or -1
}

// callKind says how a sub was called; it ends as it began.
type callKind uint8

const (
	callNone callKind = iota
	callO
	callM98
)

// frame is a level of calls. What a call needs to return is in the frame of its caller.
type frame struct {
	sub    int32
	kind   callKind
	locals []int32 // named parameters that live here

	src    *source // of the caller
	offset int64
	line   int
	args   [mostArguments]float64 // what the caller had in #1 to #30
	loops  int                    // what is left of an M98 L, or -1

	saved   savedModes // by M70 or M73
	valid   bool
	restore bool
}

// mostLabels bounds what a program can make the table grow to.
const mostLabels = 1 << 16

// setMark remembers the line as that of its label.
func (in *Interpreter) setMark() error {
	o := &in.o
	if m, ok := in.marks[o.label]; ok {
		if m.src == in.src && m.line == in.src.line-1 {
			return in.fail(o.at, "O%s is already defined on this line", in.names[o.name].text)
		}
		return in.fail(o.at, "O%s is already defined in %s, line %d", in.names[o.name].text, m.src.name, m.line+1)
	}
	if len(in.marks) >= mostLabels {
		return in.fail(o.at, "the program has more than %d labels", mostLabels)
	}
	in.marks[o.label] = mark{kind: o.kind, src: in.src, offset: o.start, line: in.src.line - 1, repeat: -1}
	return nil
}

// skipTo lets lines pass until one with this line's label.
func (in *Interpreter) skipTo() {
	in.skipping, in.skip, in.skipFrom = true, in.o.label, in.src.line
}

// goTo goes back to where a label stands.
func (in *Interpreter) goTo(m mark) error {
	src, err := in.reopen(m.src)
	if err != nil {
		return err
	}
	in.src = src
	return src.jump(m.offset, m.line)
}

// control carries out the line of control flow.
func (in *Interpreter) control() error {
	o := &in.o
	if in.skipping && in.skip != o.label {
		return nil
	}
	if in.seekingSub && o.kind != oSub && o.kind != oProgram {
		return nil
	}
	switch o.kind {
	case oSub, oProgram:
		return in.enterSub()
	case oEndsub, oReturn, oM99:
		return in.leaveSub()
	case oCall, oM98:
		return in.callSub()
	case oDo:
		in.skipping = false
		if _, ok := in.marks[o.label]; ok {
			return nil
		}
		return in.setMark()
	case oWhile, oRepeat:
		return in.loop()
	case oEndwhile, oEndrepeat:
		return in.endLoop()
	case oBreak, oContinue:
		return in.leaveLoop()
	case oIf, oElseif, oElse, oEndif:
		return in.branch()
	}
	return nil
}

// markOf finds the place of the line's label.
func (in *Interpreter) markOf(kinds ...oKind) (mark, error) {
	o := &in.o
	m, ok := in.marks[o.label]
	if !ok {
		return m, in.fail(o.at, "%s without its %s: there is no O%s %s before", o.kind.word(), kinds[0].word(), in.names[o.name].text, kinds[0].word())
	}
	for _, k := range kinds {
		if m.kind == k {
			return m, nil
		}
	}
	return m, in.fail(o.at, "%s without its %s: line %d has O%s %s", o.kind.word(), kinds[0].word(), m.line+1, in.names[o.name].text, m.kind.word())
}

// markHere finds or sets the mark of a line that opens a block.
func (in *Interpreter) markHere() (mark, error) {
	o := &in.o
	m, ok := in.marks[o.label]
	if !ok {
		if err := in.setMark(); err != nil {
			return m, err
		}
		return in.marks[o.label], nil
	}
	if m.line != in.src.line-1 && (m.kind != oDo || o.kind != oWhile) {
		return m, in.fail(o.at, "O%s %s, but line %d has that label already", in.names[o.name].text, o.kind.word(), m.line+1)
	}
	return m, nil
}

func (in *Interpreter) loop() error {
	o := &in.o
	m, err := in.markHere()
	if err != nil {
		return err
	}
	in.skipping = false
	if o.kind == oRepeat {
		if m.repeat == -1 {
			m.repeat = wholeNumber(min(o.value, 1e9))
		}
		if m.repeat > 0 {
			m.repeat--
		} else {
			in.skipTo()
			m.repeat = -1
		}
		in.marks[o.label] = m
		return nil
	}
	if m.kind == oDo {
		if o.value != 0 && !in.breaking {
			return in.goTo(m)
		}
		in.breaking = false
		return nil
	}
	if o.value == 0 {
		in.skipTo()
	}
	return nil
}

func (in *Interpreter) endLoop() error {
	opens := oWhile
	if in.o.kind == oEndrepeat {
		opens = oRepeat
	}
	m, err := in.markOf(opens)
	if err != nil {
		return err
	}
	if in.skipping { // for this label
		in.skipping = false
		if !in.continuing {
			return nil
		}
		in.continuing = false
	}
	return in.goTo(m)
}

func (in *Interpreter) leaveLoop() error {
	if _, err := in.markOf(oWhile, oDo); err != nil {
		return err
	}
	if in.o.kind == oBreak {
		in.breaking = true
	} else if in.skipping {
		return nil
	} else {
		in.continuing = true
	}
	in.skipTo()
	return nil
}

func (in *Interpreter) branch() error {
	o := &in.o
	if o.kind == oIf {
		if _, err := in.markHere(); err != nil {
			return err
		}
		in.branched = o.value != 0
		if in.skipping = false; !in.branched {
			in.skipTo()
		}
		return nil
	}
	if _, err := in.markOf(oIf); err != nil {
		return err
	}
	switch {
	case o.kind == oEndif:
		in.skipping, in.branched = false, true
	case in.branched:
		in.skipTo()
	case o.kind == oElse:
		if in.skipping {
			in.skipping, in.branched = false, true
		}
	case o.value != 0:
		in.skipping, in.branched = false, true
	}
	return nil
}

// enterSub is at the line of a sub: in a call it goes on, else it skips to the end.
func (in *Interpreter) enterSub() error {
	o := &in.o
	f := &in.frames[in.level]
	switch {
	case o.kind == oProgram && f.kind == callO:
		return in.fail(o.at, "O%s is a program; call it with M98 P%s", in.names[o.name].text, in.names[o.name].text)
	case o.kind == oSub && f.kind == callM98:
		return in.fail(o.at, "O%s is a sub; call it with O%s call", in.names[o.name].text, in.names[o.name].text)
	}
	if in.skipping {
		if err := in.setMark(); err != nil {
			return err
		}
		in.skipping = false
	}
	in.seekingSub = false
	if o.kind == oProgram || in.level > 0 {
		return nil
	}
	if err := in.setMark(); err != nil {
		return err
	}
	in.skipTo()
	in.defining, in.definingName = true, o.name
	return nil
}

// callSub goes to a sub.
func (in *Interpreter) callSub() error {
	o := &in.o
	if o.kind == oM98 && o.loops == 0 {
		return nil
	}
	if in.level+1 >= mostCalls {
		return in.fail(o.at, "O%s is called more than %d calls deep", in.names[o.name].text, mostCalls-1)
	}
	in.level++
	caller, f := &in.frames[in.level-1], &in.frames[in.level]
	f.sub, f.valid, f.restore, f.loops, f.kind = o.name, false, false, -1, callO
	if o.kind == oM98 {
		f.kind = callM98
	}
	if in.o.kind == oCall {
		copy(caller.args[:], in.params[paramFirstArgument:])
		copy(in.params[paramFirstArgument:], o.args[:])
	}
	caller.src, caller.offset, caller.line = in.src, in.src.offset(), in.src.line
	in.src.used++
	if in.cfg.CountArguments {
		i, err := in.intern([]byte("n_args"), o.at)
		if err != nil {
			return err
		}
		in.hold(i, float64(o.count))
	}
	if o.kind == oM98 && o.loops > 0 {
		if caller.loops == -1 {
			caller.loops = o.loops
		}
		if caller.loops--; caller.loops > 0 {
			caller.offset, caller.line = o.start, in.src.line-1 // call again
		} else {
			caller.loops = -1
		}
	}
	return in.findSub()
}

// findSub goes to a sub that is known, or looks for it: in a file of its name, then in
// the lines below.
func (in *Interpreter) findSub() error {
	o := &in.o
	if m, ok := in.marks[o.label]; ok {
		return in.goTo(m)
	}
	in.skipping, in.skip, in.seekingSub, in.skipFrom = true, o.label, true, in.src.line
	text := in.names[o.name].text
	src, err := in.open(text)
	if err != nil {
		return in.fail(o.at, "O<%s> call: %v", text, err)
	}
	if src != nil {
		in.src = src
		return src.jump(0, 0)
	}
	return nil
}

// leaveSub is at the end of a sub.
func (in *Interpreter) leaveSub() error {
	o := &in.o
	if in.level == 0 {
		if !in.defining {
			return in.fail(o.at, "%s outside a sub", o.kind.word())
		}
		if o.kind == oEndsub {
			in.skipping, in.defining = false, false
		}
		return nil
	}
	f, caller := &in.frames[in.level], &in.frames[in.level-1]
	switch {
	case f.kind == callM98 && o.kind != oM99:
		return in.fail(o.at, "%s in a program that M98 called; it ends with M99", o.kind.word())
	case f.kind == callO && o.kind == oM99:
		return in.fail(o.at, "M99 in the sub O%s; it ends with endsub", in.names[f.sub].text)
	}
	if o.kind == oEndsub {
		in.skipping = false
	}
	if f.kind == callO {
		copy(in.params[paramFirstArgument:], caller.args[:])
	}
	in.src = caller.src
	in.src.used--
	if err := in.src.jump(caller.offset, caller.line); err != nil {
		return err
	}
	in.dropLocals(in.level)
	in.level--
	if f.restore && f.valid {
		return in.restoreModes(&f.saved)
	}
	return nil
}

// unwind forgets all calls and labels, as at the end of the program.
func (in *Interpreter) unwind() {
	for ; in.level > 0; in.level-- {
		in.dropLocals(in.level)
		caller := &in.frames[in.level-1]
		if in.frames[in.level].kind == callO {
			copy(in.params[paramFirstArgument:], caller.args[:])
		}
		in.src = caller.src
		in.src.used--
	}
	in.skipping, in.seekingSub, in.defining = false, false, false
	clear(in.marks)
}

// missing says what the program was looking for when it ended.
func (in *Interpreter) missing() error {
	o := in.names[in.skip.name].text
	if in.seekingSub {
		where := "this file has it"
		if in.cfg.Find != nil {
			where = "this file has it, and there is no " + o + ".ngc in the folders of subs"
		}
		return &Error{File: in.src.name, Line: in.skipFrom, What: "there is no sub O<" + strings.TrimSpace(o) + ">: no line below in " + where}
	}
	if in.defining {
		return &Error{File: in.src.name, Line: in.skipFrom, What: "sub O<" + o + "> has no endsub"}
	}
	return &Error{File: in.src.name, Line: in.skipFrom, What: "the end of the block O<" + o + "> is missing"}
}
