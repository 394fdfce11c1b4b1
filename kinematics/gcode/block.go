package gcode

import "math"

// The words that are not letters have places after z.
const (
	wordDollar = 26 + iota // spindle
	wordAt                 // polar radius
	wordCaret              // polar angle
	wordsCount
)

// wordIndex is a word's place in a block.
func wordIndex(letter byte) int {
	switch letter {
	case '$':
		return wordDollar
	case '@':
		return wordAt
	case '^':
		return wordCaret
	}
	return int(letter - 'a')
}

// wordBit is a word's bit in block.set.
func wordBit(letter byte) uint32 { return 1 << wordIndex(letter) }

// axisWord gives each axis its letter.
const axisWord = "xyzabcuvw"

// axisBits are the words of axes, polarBits those that replace X and Y.
var (
	axisBits  = bitsOf(axisWord)
	polarBits = bitsOf("@^")
	ijkBits   = bitsOf("ijk")
)

func bitsOf(letters string) (bits uint32) {
	for i := range letters {
		bits |= wordBit(letters[i])
	}
	return bits
}

// block is what one line says.
type block struct {
	set   uint32 // the words that it has
	word  [wordsCount]float64
	at    [wordsCount]int16 // where each stands in the stripped text
	g     [groupsG]int16
	gAt   [groupsG]int16
	m     [groupsM]int16
	mAt   [groupsM]int16
	codes int  // M codes
	coded bool // it has G or M codes

	motion  int16  // the motion that the line is, or none
	comment []byte // what stands in its last ( )
}

// reset makes the block empty.
func (b *block) reset() {
	b.set, b.codes, b.motion = 0, 0, none
	b.comment = nil
	if b.coded {
		for i := range b.g {
			b.g[i] = none
		}
		for i := range b.m {
			b.m[i] = none
		}
	}
	b.coded = false
}

func (b *block) has(letter byte) bool       { return b.set&wordBit(letter) != 0 }
func (b *block) value(letter byte) float64  { return b.word[wordIndex(letter)] }
func (b *block) hasAxis(axis int) bool      { return b.set&wordBit(axisWord[axis]) != 0 }
func (b *block) axis(axis int) float64      { return b.word[axisWord[axis]-'a'] }
func (b *block) put(letter byte, v float64) { b.set |= wordBit(letter); b.word[wordIndex(letter)] = v }

// valueOr is a word's value, or another when there is no such word.
func (b *block) valueOr(letter byte, other float64) float64 {
	if b.has(letter) {
		return b.value(letter)
	}
	return other
}

// items reads all words of the line.
func (in *Interpreter) items() error {
	for in.pos < in.length {
		if err := in.item(); err != nil {
			return err
		}
	}
	return nil
}

// item reads one word, setting or comment.
func (in *Interpreter) item() error {
	start := in.pos
	switch c := in.text[start]; c {
	case '#':
		return in.setting()
	case '(':
		in.readComment()
		return nil
	case ';':
		in.pos = in.length
		return nil
	case 'g':
		return in.readG()
	case 'm':
		return in.readM()
	case 'h', 'l', 't':
		return in.readWhole(c)
	case 'n', 'o':
		return in.fail(start, "%s comes first in a line", quoted(c))
	default:
		if (c < 'a' || c > 'z') && c != '$' && c != '@' && c != '^' {
			return in.fail(start, "no word starts with %s", quoted(c))
		}
		return in.readWord(c)
	}
}

// readComment remembers the last comment of a line, which is the one that counts.
func (in *Interpreter) readComment() {
	end := in.pos + 1
	for end < in.length && in.text[end] != ')' {
		end++
	}
	in.block.comment = in.text[in.pos+1 : end]
	in.pos = end + 1
}

// readWord reads a letter with a number.
func (in *Interpreter) readWord(letter byte) error {
	start := in.pos
	i := wordIndex(letter)
	b := &in.block
	if b.set&(1<<i) != 0 {
		return in.fail(start, "a second %s word; a line has one at most", quoted(letter))
	}
	in.pos++
	v, err := in.value()
	if err != nil {
		return err
	}
	switch letter {
	case 'f', 's':
		if v < 0 {
			return in.fail(start, "%s%g is below 0", quoted(letter), v)
		}
	case 'x':
		if in.diameter {
			v /= 2
		}
	}
	b.set |= 1 << i
	b.word[i] = v
	b.at[i] = int16(start)
	return nil
}

// readWhole reads a letter with a whole number.
func (in *Interpreter) readWhole(letter byte) error {
	start := in.pos
	if in.block.has(letter) {
		return in.fail(start, "a second %s word; a line has one at most", quoted(letter))
	}
	in.pos++
	what, least := "L", 0
	switch letter {
	case 'h':
		what, least = "H", -1 // -1 is the tool in the spindle of some tool changers
	case 't':
		what = "T"
	}
	v, err := in.integer(what)
	if err != nil {
		return err
	}
	if v < least {
		return in.fail(start, "%s%d is below %d", what, v, least)
	}
	in.block.put(letter, float64(v))
	in.block.at[wordIndex(letter)] = int16(start)
	return nil
}

// readG reads a G code into its modal group.
func (in *Interpreter) readG() error {
	start := in.pos
	in.pos++
	v, err := in.value()
	if err != nil {
		return err
	}
	tenths := math.Floor(v * 10)
	if rest := v*10 - tenths; rest > 0.999 {
		tenths++
	} else if rest > 0.001 {
		return in.fail(start, "there is no G%g; G codes have one decimal at most", v)
	}
	if tenths < 0 || tenths > 999 {
		return in.fail(start, "there is no G%g; G codes go from 0 to 99.9", v)
	}
	code := int16(tenths)
	group := gGroups[code]
	if group == noGroup {
		if code >= g70 && code <= g72x2 {
			return in.fail(start, "%s, a lathe's roughing cycle, is not interpreted; write out its passes", codeName(code))
		}
		return in.fail(start, "there is no %s", codeName(code))
	}
	b := &in.block
	if was := b.g[group]; was != none && was != g80 {
		if code == g80 {
			return nil
		}
		return in.fail(start, "%s beside %s: a line has one code of their group", codeName(code), codeName(was))
	}
	b.g[group], b.gAt[group] = code, int16(start)
	b.coded = true
	return nil
}

// readM reads an M code into its modal group.
func (in *Interpreter) readM() error {
	start := in.pos
	in.pos++
	v, err := in.integer("an M code")
	if err != nil {
		return err
	}
	if v < 0 {
		return in.fail(start, "there is no M%d", v)
	}
	group := uint8(noGroup)
	if _, custom := in.cfg.MCodes[v]; custom && v < math.MaxInt16 {
		group = groupCustom
	} else if v < len(mGroups) {
		group = mGroups[v]
	}
	if group == noGroup {
		return in.fail(start, "there is no M%d", v)
	}
	b := &in.block
	if was := b.m[group]; was != none {
		return in.fail(start, "M%d beside M%d: a line has one code of their group", v, was)
	}
	b.m[group], b.mAt[group] = int16(v), int16(start)
	b.codes++
	b.coded = true
	return nil
}

// hasCustomM tells whether a registered M code may use the words of the line.
func (b *block) hasCustomM() bool { return b.m[groupCustom] != none }

// settle finds out what motion the line is.
func (in *Interpreter) settle() error {
	b := &in.block
	axes, polar := b.set&axisBits != 0, b.set&polarBits != 0
	if polar {
		if in.plane != PlaneXY {
			return in.failPolar("polar words @ and ^ are for the XY plane; write G17 before")
		}
		if b.has('x') || b.has('y') {
			return in.failPolar("polar words @ and ^ stand in place of X and Y, not beside them")
		}
	}
	once, motion := b.g[groupOnce], b.g[groupMotion]
	takesAxes := once == g10 || once == g28 || once == g30 || once == g52 || once == g92
	sets := once == g52 || once == g92
	switch {
	case motion == g80:
		if (axes || polar) && !takesAxes {
			return in.failG(groupMotion, "G80 with axis words; the next line that moves says how, as with G0")
		}
		b.motion = motion
	case motion != none:
		if takesAxes {
			return in.failG(groupMotion, "%s and %s on one line: both take its axis words", codeName(motion), codeName(once))
		}
		if !axes && !polar && motion > g3 && motion != g5x2 {
			return in.failG(groupMotion, "%s needs an axis word", codeName(motion))
		}
		b.motion = motion
	case takesAxes:
	case axes || polar:
		length := b.g[groupLength]
		if (in.motion == none || in.motion == g80) && length != g43x1 && length != g43x2 {
			return in.failAxis("axis words without a motion in effect; write a code such as G0 or G1")
		}
		if length != g43x1 {
			b.motion = in.motion
		}
	case b.set&ijkBits != 0 && (in.motion == g2 || in.motion == g3):
		b.motion = in.motion
	}
	switch {
	case sets && polar && once == g92, polar && b.motion == none:
		return in.failPolar("polar words @ and ^ are for motion only")
	case sets && !axes && (motion == none || motion == g80):
		return in.failG(groupOnce, "%s needs an axis word", codeName(once))
	}
	return nil
}

// failPolar is an error at the first polar word.
func (in *Interpreter) failPolar(what string) error {
	if in.block.has('@') {
		return in.failWord('@', "%s", what)
	}
	return in.failWord('^', "%s", what)
}

// failAxis is an error at the first axis word.
func (in *Interpreter) failAxis(format string, args ...any) error {
	for i := range axisWord {
		if in.block.has(axisWord[i]) {
			return in.failWord(axisWord[i], format, args...)
		}
	}
	return in.failPolar("polar words without a motion in effect; write a code such as G0 or G1")
}
