package gcode

import (
	"bytes"
	"strconv"
)

// oKind is what an O-word line is.
type oKind uint8

const (
	oNone oKind = iota
	oSub
	oEndsub
	oCall
	oDo
	oWhile
	oEndwhile
	oRepeat
	oEndrepeat
	oIf
	oElseif
	oElse
	oEndif
	oBreak
	oContinue
	oReturn
	oProgram // a bare O number: a sub that M98 calls
	oM98
	oM99
)

// oWords are in an order in which none hides a longer one.
var oWords = [...]struct {
	word string
	kind oKind
}{
	{"sub", oSub}, {"endsub", oEndsub}, {"call", oCall}, {"do", oDo}, {"while", oWhile}, {"repeat", oRepeat},
	{"if", oIf}, {"elseif", oElseif}, {"else", oElse}, {"endif", oEndif}, {"break", oBreak}, {"continue", oContinue},
	{"endwhile", oEndwhile}, {"endrepeat", oEndrepeat}, {"return", oReturn},
}

// word is the keyword of a kind, for errors.
func (k oKind) word() string {
	for _, w := range oWords {
		if w.kind == k {
			return w.word
		}
	}
	return map[oKind]string{oProgram: "a program number", oM98: "M98", oM99: "M99"}[k]
}

// label names a place of control flow. Those of subs belong to the whole program (sub is
// -1); the others belong to the sub that they are in, or to the main program (0).
type label struct{ sub, name int32 }

const wholeProgram = -1

// oLine is what an O-word line says.
type oLine struct {
	kind  oKind
	label label
	name  int32 // with the folders that a call may have
	at    int   // of what follows the keyword
	value float64
	args  [mostArguments]float64
	count int
	loops int   // M98's L, or -1
	start int64 // offset of the line
}

// isOLine tells whether a line is about control flow: an O-word, M98, or M99 in a sub.
func (in *Interpreter) isOLine() bool {
	c := in.text[in.pos]
	if c == 'o' {
		return true
	}
	if c != 'm' {
		return false
	}
	at := in.pos
	in.pos++
	n, err := in.integer("an M code")
	in.pos, in.depth = at, 0
	return err == nil && (n == 98 || n == 99 && in.level > 0)
}

// readOLine reads a line of control flow. What a line asks is computed now, unless it is
// skipped.
func (in *Interpreter) readOLine() error {
	o := &in.o
	o.count, o.loops = 0, -1
	var text []byte
	var err error
	if in.text[in.pos] == 'm' {
		text, err = in.readFanuc()
	} else {
		text, err = in.readKeyword()
	}
	if err != nil {
		return err
	}
	if o.name, err = in.intern(text, in.pos); err != nil {
		return err
	}
	switch o.kind {
	case oSub, oProgram, oEndsub, oCall, oM98, oReturn, oM99:
		base := text[bytes.LastIndexByte(text, '/')+1:]
		o.label = label{sub: wholeProgram}
		if o.label.name, err = in.intern(base, in.pos); err != nil {
			return err
		}
	default:
		o.label = label{sub: in.here(), name: o.name}
	}
	done, err := in.readControl()
	if err != nil || done || in.skipping {
		return err
	}
	for in.pos < in.length {
		switch in.text[in.pos] {
		case ';':
			in.pos = in.length
		case '(':
			in.readComment()
		default:
			return in.fail(in.pos, "%s after %s; only a comment may follow", in.found(in.pos), o.kind.word())
		}
	}
	return nil
}

// here is the sub that the line is in.
func (in *Interpreter) here() int32 {
	switch {
	case in.level > 0:
		return in.frames[in.level].sub
	case in.defining:
		return in.definingName
	}
	return 0
}

// readFanuc reads M98 Pn Ln or M99.
func (in *Interpreter) readFanuc() ([]byte, error) {
	o, start := &in.o, in.pos
	in.pos++
	n, err := in.integer("an M code")
	if err != nil {
		return nil, err
	}
	if in.cfg.NoFanucSubs {
		return nil, in.fail(start, "M%d, but the ini file has DISABLE_FANUC_STYLE_SUB; use O-words", n)
	}
	if n == 99 {
		if in.defining {
			return nil, in.fail(start, "M99 in a sub that began with sub; it ends with endsub")
		}
		o.kind = oM99
		return []byte(in.names[in.frames[in.level].sub].text), nil
	}
	o.kind = oM98
	if err := in.items(); err != nil {
		return nil, err
	}
	b := &in.block
	p := b.value('p')
	whole := wholeNumber(p)
	switch {
	case !b.has('p'):
		return nil, in.fail(start, "M98 needs P, the number of the program to call")
	case p-float64(whole) > 0.0001 || float64(whole)-p > 0.0001:
		return nil, in.failWord('p', "P%g is not a whole number", p)
	}
	if b.has('l') {
		o.loops = int(b.value('l'))
	}
	in.oText = strconv.AppendInt(in.oText[:0], int64(whole), 10)
	return in.oText, nil
}

// readKeyword reads O<name>keyword or Onumber keyword.
func (in *Interpreter) readKeyword() ([]byte, error) {
	o, start := &in.o, in.pos
	in.pos++
	var text []byte
	if in.text[in.pos] == '<' {
		var err error
		if text, err = in.name(); err != nil {
			return nil, err
		}
	} else {
		n, err := in.integer("an O number")
		if err != nil {
			return nil, err
		}
		in.oText = strconv.AppendInt(in.oText[:0], int64(n), 10)
		text = in.oText
	}
	o.at = in.pos
	o.kind = oNone
	for _, w := range oWords {
		if in.follows(w.word) {
			o.kind = w.kind
			break
		}
	}
	if o.kind != oNone {
		return text, nil
	}
	if c := in.text[in.pos]; in.pos < in.length && c != '(' && c != ';' {
		if in.skipping || in.defining {
			return text, nil
		}
		return nil, in.fail(in.pos, "after O%s comes one of sub endsub call return if elseif else endif while endwhile do repeat endrepeat break continue", text)
	}
	if in.cfg.NoFanucSubs {
		return nil, in.fail(start, "O%s alone, but the ini file has DISABLE_FANUC_STYLE_SUB; write sub after it", text)
	}
	o.kind = oProgram
	return text, nil
}

// readControl reads what follows the keyword. It tells whether the line is skipped.
func (in *Interpreter) readControl() (done bool, err error) {
	o := &in.o
	mine := !in.skipping || in.skip == o.label
	switch o.kind {
	case oSub, oProgram:
		if in.defining {
			return true, in.fail(o.at, "a sub within the sub O%s; end that with endsub before", in.names[in.definingName].text)
		}
		return false, nil
	case oEndsub, oReturn, oM99:
		if !mine {
			return true, nil
		}
		in.returned, in.hasReturned = 0, false
		if o.kind != oM99 && in.text[in.pos] == '[' {
			in.returned, err = in.expression()
			in.hasReturned = true
		}
		return false, err
	}
	if in.defining || o.kind == oNone {
		o.kind = oNone
		return true, nil
	}
	switch o.kind {
	case oCall:
		if in.skipping {
			o.kind = oNone
			return true, nil
		}
		return false, in.readArguments()
	case oWhile, oRepeat, oIf, oElseif:
		if !mine {
			return true, nil
		}
		if in.text[in.pos] != '[' {
			return true, in.fail(in.pos, "%s needs an expression in [ ]", o.kind.word())
		}
		o.value, err = in.expression()
		return false, err
	}
	return false, nil
}

// readArguments reads [a] [b] ... of a call.
func (in *Interpreter) readArguments() error {
	o := &in.o
	for {
		switch in.text[in.pos] {
		case '(':
			in.readComment()
			continue
		case '[':
		default:
			clear(o.args[o.count:])
			return nil
		}
		if o.count == mostArguments {
			return in.fail(in.pos, "a call with more than %d arguments", mostArguments)
		}
		v, err := in.expression()
		if err != nil {
			return err
		}
		o.args[o.count] = v
		o.count++
	}
}
