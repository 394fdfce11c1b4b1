package gcode

import "strconv"

// A line is stripped before it is read: white space goes, letters become small. Only
// comments stay as they are.

// stripped says what becomes of a byte outside comments: itself, a small letter, one of
// the two below.
var stripped = stripTable()

const (
	dropped = 0 // white space
	opens   = 1 // a comment
)

func stripTable() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			t[c] += 'a' - 'A'
		}
	}
	t[' '], t['\t'], t['\r'] = dropped, dropped, dropped
	t['('], t[';'] = opens, opens
	t[0], t[1] = 2, 2 // as any other control character: no word starts with it
	return t
}

// tail is how many zero bytes follow the stripped text, so that looking ahead needs no
// test for the end.
const tail = 8

// strip fills in.text from in.raw.
func (in *Interpreter) strip() error {
	text := in.textBuf[:0]
	raw := in.raw
	for i := 0; i < len(raw); i++ {
		c := stripped[raw[i]]
		if c > opens {
			text = append(text, c)
			continue
		}
		if c == dropped {
			continue
		}
		if raw[i] == ';' {
			text = append(text, raw[i:]...)
			break
		}
		start := i
		for i++; i < len(raw) && raw[i] != ')'; i++ {
			if raw[i] == '(' {
				return in.failRaw(i, "a comment within a comment; end the first with )")
			}
		}
		if i == len(raw) {
			return in.failRaw(start, "a comment without its end; write ) after it")
		}
		text = append(text, raw[start:i+1]...)
	}
	in.length = len(text)
	text = append(text, make([]byte, tail)...)
	in.textBuf, in.text, in.pos = text, text, 0
	return nil
}

// failRaw is an error at a place of the line as it was read.
func (in *Interpreter) failRaw(at int, what string) error {
	return &Error{File: in.src.name, Line: in.src.line, Column: at + 1, What: what}
}

// column finds the column, from 1, that a byte of the stripped text comes from.
func (in *Interpreter) column(at int) int {
	n, comment := 0, byte(0)
	for i, c := range in.raw {
		kept := comment != 0 || stripped[c] != dropped
		if kept && n == at {
			return i + 1
		}
		switch {
		case comment == 0 && c == '(', comment == 0 && c == ';':
			comment = c
		case comment == '(' && c == ')':
			comment = 0
		}
		if kept {
			n++
		}
	}
	return len(in.raw) + 1
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// tenPowers are those that a float64 holds exactly.
var tenPowers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a decimal number, with its sign, and rounds it correctly: a mantissa
// below 2^53 divided by an exact power of ten is rounded once (Clinger, How to Read
// Floating Point Numbers Accurately, 1990); strconv has the rest.
func (in *Interpreter) number() (float64, error) {
	text, start := in.text, in.pos
	i, negative := start, false
	if text[i] == '+' || text[i] == '-' {
		negative = text[i] == '-'
		i++
	}
	mantissa, digits, point := uint64(0), 0, -1
	for ; ; i++ {
		c := text[i]
		if isDigit(c) {
			mantissa = mantissa*10 + uint64(c-'0')
			digits++
		} else if c == '.' && point < 0 {
			point = digits
		} else {
			break
		}
	}
	switch {
	case text[i] == '.':
		return 0, in.fail(i, "a number with two points")
	case digits == 0 && i == start:
		return 0, in.fail(start, "a number is missing: found %s", in.found(i))
	case digits == 0:
		return 0, in.fail(start, "a number without digits")
	}
	in.pos = i
	decimals := 0
	if point >= 0 {
		decimals = digits - point
	}
	if digits <= 19 && mantissa <= 1<<53 && decimals < len(tenPowers) {
		v := float64(mantissa) / tenPowers[decimals]
		if negative {
			v = -v
		}
		return v, nil
	}
	v, err := strconv.ParseFloat(string(text[start:i]), 64)
	if err != nil {
		return 0, in.fail(start, "the number %s is too large", text[start:i])
	}
	return v, nil
}

// found names what stands at a place of the text, for errors.
func (in *Interpreter) found(at int) string {
	if at >= in.length {
		return "the end of the line"
	}
	return quoted(in.text[at])
}

// follows skips a word of the language, if it comes next.
func (in *Interpreter) follows(word string) bool {
	end := in.pos + len(word)
	if end > in.length || string(in.text[in.pos:end]) != word {
		return false
	}
	in.pos = end
	return true
}
