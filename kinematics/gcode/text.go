package gcode

import (
	"math"
	"strconv"
)

// says are the comments that do something, by how they begin.
var says = [...]struct {
	word   string
	kind   Kind
	values bool // #parameters in it are replaced by their values
}{
	{"msg,", Message, false},
	{"debug,", Message, true},
	{"print,", Print, true},
	{"log,", Log, true},
	{"logopen,", LogOpen, false},
	{"logappend,", LogAppend, false},
}

// say carries out a comment.
func (in *Interpreter) say(comment []byte) error {
	if len(comment) == 0 {
		return nil
	}
	for len(comment) > 0 && isSpace(comment[0]) {
		comment = comment[1:]
	}
	for i, s := range says {
		rest, ok := after(comment, s.word)
		if !ok {
			continue
		}
		if s.values {
			text, err := in.expand(rest)
			if err != nil {
				return err
			}
			if i == 1 && in.params[paramDebug] <= 0 {
				return nil
			}
			rest = text
		}
		in.emit(s.kind).Text = rest
		return nil
	}
	if rest, ok := after(comment, "abort,"); ok {
		text, err := in.expand(rest)
		if err != nil {
			return err
		}
		return in.failLine("the program ends itself: %s", text)
	}
	for _, python := range [...]string{"py,", "pyrun,", "pyreload"} {
		if _, ok := after(comment, python); ok {
			return in.failLine("(%s ...) asks for Python, which is not interpreted; write it as O-words and expressions", python)
		}
	}
	if rest, ok := after(comment, "logclose"); ok && len(rest) == 0 {
		in.emit(LogClose)
		return nil
	}
	if len(in.comp.pending) > 0 {
		in.later(Comment).Text = in.keep(string(comment))
	} else {
		in.emit(Comment).Text = comment
	}
	return nil
}

// after gives what follows a word, however that is written.
func after(text []byte, word string) ([]byte, bool) {
	if len(text) < len(word) {
		return nil, false
	}
	for i := range word {
		if c := text[i]; c != word[i] && (c < 'A' || c > 'Z' || c+'a'-'A' != word[i]) {
			return nil, false
		}
	}
	return text[len(word):], true
}

// expand replaces #n and #<name> by values. %d, %f and %.3f before them say how many
// decimals all that follow have; 6 at first.
func (in *Interpreter) expand(text []byte) ([]byte, error) {
	from := len(in.arena)
	decimals := 6
	for i := 0; i < len(text); {
		c := text[i]
		i++
		switch c {
		case '%':
			n, used, shown := format(text[i:])
			i += used
			if shown != 0 {
				in.arena = append(in.arena, shown)
			} else {
				decimals = n
			}
		case '#':
			used, err := in.expandParameter(text[i:], decimals)
			if err != nil {
				return nil, err
			}
			i += used
		default:
			in.arena = append(in.arena, c)
		}
	}
	return in.arena[from:len(in.arena):len(in.arena)], nil
}

// format reads what follows a percent sign: the decimals, how many bytes it used, or what
// is shown in its place.
func format(text []byte) (decimals, used int, shown byte) {
	at := func(i int) byte {
		if i < len(text) {
			return text[i]
		}
		return 0
	}
	switch {
	case at(0) == 'd':
		return 0, 1, 0
	case at(0) == 'f':
		return 4, 1, 0
	case at(0) == '.' && isDigit(at(1)) && at(2) == 'f':
		return int(at(1) - '0'), 3, 0
	case at(0) == '.':
		return 0, 1, '.'
	}
	return 0, 0, '%'
}

// expandParameter appends the value of the parameter whose name text begins with.
func (in *Interpreter) expandParameter(text []byte, decimals int) (used int, err error) {
	if len(text) == 0 {
		return 0, in.failLine("a # without a parameter at the end of a comment; write #n or #<name>")
	}
	var v float64
	known := false
	switch {
	case isDigit(text[0]):
		n := 0
		for used < len(text) && isDigit(text[used]) {
			n = min(n*10+int(text[used]-'0'), mostParameters)
			used++
		}
		if known = n < mostParameters; known {
			v = in.params[n]
		}
	case text[0] == '<':
		in.oText = in.oText[:0]
		for used = 1; used < len(text) && text[used] != '>'; used++ {
			if c := text[used]; !isSpace(c) {
				in.oText = append(in.oText, small(c))
			}
		}
		if used == len(text) {
			return 0, in.failLine("a name without its end in a comment; write > after it")
		}
		used++
		if v, known, err = in.named(in.oText, 0); err != nil {
			known = false
		}
	default:
		in.arena = append(in.arena, '#')
		return 0, nil
	}
	if !known {
		in.arena = append(in.arena, "######"...)
		return used, nil
	}
	if math.Abs(v) < nearlyEqual {
		v = 0
	}
	from := len(in.arena)
	in.arena = strconv.AppendFloat(in.arena, v, 'f', decimals, 64)
	if len(in.arena)-from >= 30 {
		in.arena = append(in.arena[:from], "######"...)
	}
	return used, nil
}

func small(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
