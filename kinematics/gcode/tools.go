package gcode

import "math"

// tools are the tool table while a program runs. slots[0] is the spindle.
type tools struct {
	slots  []Tool
	random bool
}

// fill copies a table: its tools stand in slots in the table's order, those of a random
// tool changer in their pockets.
func (t *tools) fill(table *ToolTable, random bool) {
	t.random = random
	t.slots = append(t.slots[:0], noTool)
	if table == nil {
		return
	}
	for _, tool := range table.Tools {
		if !random {
			t.slots = append(t.slots, tool)
			continue
		}
		for len(t.slots) <= tool.Pocket && tool.Pocket <= mostPockets {
			t.slots = append(t.slots, noTool)
		}
		if tool.Pocket >= 0 && tool.Pocket <= mostPockets {
			t.slots[tool.Pocket] = tool
		}
	}
}

// table gives the tools without empty slots.
func (t *tools) table() (list []Tool) {
	first := 1
	if t.random {
		first = 0
	}
	for _, tool := range t.slots[first:] {
		if tool.Number >= 0 {
			list = append(list, tool)
		}
	}
	return list
}

// find finds a tool's slot; -1 when there is none.
func (t *tools) find(number int) int {
	if number == 0 && !t.random {
		return 0
	}
	found := -1
	for i := range t.slots {
		if t.slots[i].Number == number && number >= 0 {
			if found = i; i > 0 {
				break
			}
		}
	}
	return found
}

// findTool finds the tool of a word.
func (in *Interpreter) findTool(number int, word byte) (int, error) {
	slot := in.tools.find(number)
	if slot < 0 {
		return 0, in.failWord(word, "tool %d is not in the tool table", number)
	}
	return slot, nil
}

// selectTool is T.
func (in *Interpreter) selectTool() error {
	n := int(in.block.value('t'))
	slot, err := in.findTool(n, 't')
	if err != nil {
		return err
	}
	in.selected, in.selectedTool = slot, n
	in.emit(SelectTool).Number = int32(n)
	return nil
}

// changeTool is M6 and M61.
func (in *Interpreter) changeTool(code int) error {
	b := &in.block
	if code == 61 {
		n := wholeNumber(b.valueOr('q', -1))
		if n < 0 {
			return in.failM(groupTool, "M61 needs Q, the tool's number, from 0 on")
		}
		slot, err := in.findTool(n, 'q')
		if err != nil {
			return err
		}
		in.slot, in.changing = slot, true
		in.emit(ChangeToolNumber).Number = int32(slot)
		if in.standalone == nil {
			in.load(slot)
		}
		in.publishTool()
		return in.retainLength()
	}
	if in.comp.side != 0 {
		return in.failM(groupTool, "M6 while cutter compensation is on; write G40 before")
	}
	in.emit(StartChange)
	if !in.cfg.ToolChangeWithSpindleOn {
		for i := range in.cfg.Spindles {
			in.spindles[i].turning = 0
			in.emit(SpindleStop).Spindle = int32(i)
		}
	}
	if err := in.goToChange(); err != nil {
		return err
	}
	in.slot, in.changing = in.selected, true
	in.emit(ChangeTool).Number = int32(in.slot)
	in.load(in.slot)
	in.publishTool()
	return in.retainLength()
}

// goToChange moves to where tools are changed.
func (in *Interpreter) goToChange() error {
	hide := func(end Axes) {
		in.emit(Comment).Text = in.keep("AXIS,hide")
		in.index(&end)
		in.traverse(end)
		in.emit(Comment).Text = in.keep("AXIS,show")
	}
	if in.cfg.ToolChangeQuillUp {
		zero, err := in.unwrapped(Axes{})
		if err != nil {
			return err
		}
		up := in.at
		up[Z] = zero[Z]
		hide(up)
	}
	if in.cfg.ToolChangeAtG30 {
		end, err := in.unwrapped(in.axesParam(paramHome2))
		if err != nil {
			return err
		}
		hide(end)
	}
	return nil
}

// load puts the tool of a slot into the spindle.
func (in *Interpreter) load(slot int) {
	t := &in.tools
	switch {
	case t.random:
		t.slots[0], t.slots[slot] = t.slots[slot], t.slots[0]
	case slot > 0:
		t.slots[0] = t.slots[slot]
	case in.standalone == nil:
		t.slots[0] = noTool
	}
}

// retainLength lets a new tool have its length at once, when that is asked for.
func (in *Interpreter) retainLength() error {
	if !in.cfg.RetainG43 || in.toolOffset == (Axes{}) {
		return nil
	}
	slot := in.slot
	if in.standalone != nil {
		// LinuxCNC 2.9 does so on each line, and again as if the line had G43 or G49.
		b := &in.block
		b.g[groupLength], b.coded = g43, true
		if in.selected <= 0 {
			b.g[groupLength] = g49
		}
		if !in.changing {
			slot = 0
		}
	}
	if in.selected > 0 {
		in.applyLength(in.axesToProgram(in.tools.slots[slot].Offset))
	} else {
		in.applyLength(Axes{})
	}
	return nil
}

// setToolLength is G43, G43.1, G43.2, G43.4 and G49.
func (in *Interpreter) setToolLength(code int16) error {
	b := &in.block
	if in.comp.side != 0 {
		return in.failG(groupLength, "%s while cutter compensation is on; write G40 before", codeName(code))
	}
	offset := in.toolOffset
	switch code {
	case g49:
		offset = Axes{}
	case g43, g43x4:
		slot := 0
		if b.has('h') {
			var err error
			if slot, err = in.findTool(int(b.value('h')), 'h'); err != nil {
				return err
			}
			if slot == 0 && in.cfg.RandomToolChanger {
				slot = in.slot
			}
		} else if in.changing {
			slot = in.slot
		}
		offset = in.axesToProgram(in.tools.slots[slot].Offset)
	case g43x1:
		for i := range offset {
			if b.hasAxis(i) {
				offset[i] = b.axis(i)
			}
		}
	default: // G43.2
		axes := b.set&axisBits != 0
		switch {
		case b.has('h') && axes:
			return in.failWord('h', "G43.2 with H and axis words; it takes one of them")
		case b.has('h'):
			slot, err := in.findTool(int(b.value('h')), 'h')
			if err != nil {
				return err
			}
			more := in.axesToProgram(in.tools.slots[slot].Offset)
			offset.add(&more)
		case !axes:
			return in.failG(groupLength, "G43.2 needs H or axis words")
		default:
			for i := range offset {
				if b.hasAxis(i) {
					offset[i] += b.axis(i)
				}
			}
		}
	}
	in.applyLength(offset)
	centre := code == g43x4
	if centre != in.toolCentre {
		in.toolCentre = centre
		in.emit(ToolCentre).On = centre
	}
	return nil
}

// applyLength sets the tool offset. The machine stays where it is, so the program's
// position changes.
func (in *Interpreter) applyLength(offset Axes) {
	in.emit(ToolOffset).Axes = offset
	change := in.toolOffset
	change.sub(&offset)
	rotateBy(&change, -in.rotation)
	in.at.add(&change)
	in.toolOffset = offset
}

// setTool is G10 L1, which writes a tool's offset, and L10 and L11, which write the one
// that makes the words the position where the program is: in the active coordinate
// system, or in G59.3.
func (in *Interpreter) setTool(l int) error {
	b := &in.block
	number := int(b.value('p') + 0.5)
	slot, err := in.findTool(number, 'p')
	if err != nil {
		return err
	}
	if b.set&(axisBits|bitsOf("rqij")) == 0 {
		return in.failG(groupOnce, "G10 L%d sets nothing; write axis words, R, I, J or Q", l)
	}
	t := &in.tools.slots[slot]
	if l == 1 {
		for i := range t.Offset {
			if b.hasAxis(i) {
				t.Offset[i] = b.axis(i)
				if !turns(i) {
					t.Offset[i] = in.toMachine(b.axis(i))
				}
			}
		}
	} else {
		in.teachTool(t, l == 11)
	}
	if b.has('r') {
		t.Diameter = in.toMachine(b.value('r')) * 2
	}
	t.FrontAngle = b.valueOr('i', t.FrontAngle)
	t.BackAngle = b.valueOr('j', t.BackAngle)
	if q := b.valueOr('q', -1); q != -1 {
		if math.Abs(math.Floor(q+0.5)-q) >= 0.0001 || q > 9 || q < 0 {
			return in.failWord('q', "Q%g: a tool's orientation is 0 to 9", q)
		}
		t.Orientation = int(q + 0.5)
	}
	in.emitTool(slot, slot)
	if !in.tools.random && in.slot == slot {
		in.tools.slots[0] = *t
		in.publishTool()
		in.emitTool(0, slot)
		return nil
	}
	in.publishTool()
	return nil
}

func (in *Interpreter) emitTool(place, slot int) {
	e := in.emit(ToolEntry)
	e.Number, e.Tool = int32(place), &in.tools.slots[slot]
}

// teachTool finds a tool's offset from where the program is.
func (in *Interpreter) teachTool(t *Tool, fixture bool) {
	b := &in.block
	system := in.system
	if fixture {
		system = 9
	}
	here := in.inSystem(system, true)
	if fixture && in.params[paramLocalActive] != 0 {
		local := in.axesParam(paramLocal)
		here.add(&local)
	}
	angle := in.params[systemRotation(system)]
	// X and Y are taught in the system's directions; what is not taught stays.
	old := in.axesToProgram(t.Offset)
	rotateBy(&old, -angle)
	for i := X; i <= Y; i++ {
		if b.hasAxis(i) {
			old[i] = here[i] - b.axis(i)
		}
	}
	rotateBy(&old, angle)
	if b.hasAxis(X) || b.hasAxis(Y) {
		t.Offset[X], t.Offset[Y] = in.toMachine(old[X]), in.toMachine(old[Y])
	}
	for i := Z; i < axisCount; i++ {
		if b.hasAxis(i) {
			v := here[i] - b.axis(i)
			if !turns(i) {
				v = in.toMachine(v)
			}
			t.Offset[i] = v
		}
	}
}
