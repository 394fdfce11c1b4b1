package gcode

import "math"

// value reads what may stand where a number does: a number, [an expression], #parameter,
// a function of [an expression], and any of these after a sign.
func (in *Interpreter) value() (float64, error) {
	start := in.pos
	c := in.text[start]
	if isDigit(c) || c == '.' {
		return in.number()
	}
	var v float64
	var err error
	switch next := in.text[start+1]; {
	case c == '[':
		v, err = in.expression()
	case c == '#':
		v, err = in.parameter()
	case (c == '+' || c == '-') && next != 0 && !isDigit(next) && next != '.':
		if in.depth++; in.depth > mostNested {
			return 0, in.fail(start, "too many signs before a value")
		}
		in.pos++
		v, err = in.value()
		in.depth--
		if c == '-' {
			v = -v
		}
	case 'a' <= c && c <= 'z':
		v, err = in.function()
	default:
		return in.number()
	}
	if err != nil {
		return 0, err
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, in.fail(start, "the result is not a finite number")
	}
	return v, nil
}

// mostNested bounds brackets in brackets, whatever a line's length.
const mostNested = 128

// integer reads a value that must be whole, within 1e-4.
func (in *Interpreter) integer(what string) (int, error) {
	start := in.pos
	v, err := in.value()
	if err != nil {
		return 0, err
	}
	whole := math.Floor(v)
	if v-whole > 0.9999 {
		whole = math.Ceil(v)
	} else if v-whole > 0.0001 {
		return 0, in.fail(start, "%s is a whole number, not %g", what, v)
	}
	if math.Abs(whole) > math.MaxInt32 {
		return 0, in.fail(start, "%g is too large for %s", v, what)
	}
	return int(whole), nil
}

// operator is one between two values. Its order is its binding.
type operator uint8

const (
	opEnd operator = iota // ]
	opAnd
	opOr
	opXor
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opPlus
	opMinus
	opTimes
	opDivide
	opModulo
	opPower
)

// bindings say how strongly operators bind; equal ones go from left to right.
var bindings = [...]uint8{
	opEnd: 0,
	opAnd: 1, opOr: 1, opXor: 1,
	opEqual: 2, opNotEqual: 2, opLess: 2, opLessEqual: 2, opGreater: 2, opGreaterEqual: 2,
	opPlus: 3, opMinus: 3,
	opTimes: 4, opDivide: 4, opModulo: 4,
	opPower: 5,
}

// expression reads [value operator value ...].
func (in *Interpreter) expression() (float64, error) {
	start := in.pos
	if in.text[start] != '[' {
		return 0, in.fail(start, "an expression in [ ] is missing: found %s", in.found(start))
	}
	if in.depth++; in.depth > mostNested {
		return 0, in.fail(start, "brackets are nested more than %d deep", mostNested)
	}
	in.pos++
	v, op, err := in.operand(0)
	if err != nil {
		return 0, err
	}
	if op != opEnd {
		return 0, in.fail(start, "a [ without its ]")
	}
	in.depth--
	return v, nil
}

// operand reads a value and all that binds to it more strongly than binding. It returns
// the operator after that.
func (in *Interpreter) operand(binding uint8) (float64, operator, error) {
	left, err := in.value()
	if err != nil {
		return 0, opEnd, err
	}
	op, err := in.operator()
	for err == nil && bindings[op] > binding {
		at := in.pos
		var right float64
		next := opEnd
		if right, next, err = in.operand(bindings[op]); err != nil {
			break
		}
		if left, err = in.apply(op, left, right, at); err != nil {
			break
		}
		op = next
	}
	return left, op, err
}

// operator reads an operator or the closing bracket.
func (in *Interpreter) operator() (operator, error) {
	start := in.pos
	in.pos++
	switch in.text[start] {
	case ']':
		return opEnd, nil
	case '+':
		return opPlus, nil
	case '-':
		return opMinus, nil
	case '/':
		return opDivide, nil
	case '*':
		if in.text[in.pos] == '*' {
			in.pos++
			return opPower, nil
		}
		return opTimes, nil
	}
	in.pos = start
	for _, o := range operatorNames {
		if in.follows(o.name) {
			return o.op, nil
		}
	}
	if start >= in.length {
		return opEnd, in.fail(start, "a [ without its ]")
	}
	return opEnd, in.fail(start, "an operator is missing: found %s; they are + - * / ** MOD AND OR XOR EQ NE LT LE GT GE", in.found(start))
}

var operatorNames = [...]struct {
	name string
	op   operator
}{
	{"and", opAnd}, {"or", opOr}, {"xor", opXor}, {"mod", opModulo},
	{"eq", opEqual}, {"ne", opNotEqual}, {"lt", opLess}, {"le", opLessEqual}, {"gt", opGreater}, {"ge", opGreaterEqual},
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// apply computes left op right; at is where the right one stands.
func (in *Interpreter) apply(op operator, left, right float64, at int) (float64, error) {
	switch op {
	case opPlus:
		return left + right, nil
	case opMinus:
		return left - right, nil
	case opTimes:
		return left * right, nil
	case opDivide:
		if right == 0 {
			return 0, in.fail(at, "a division by zero")
		}
		return left / right, nil
	case opModulo:
		m := math.Mod(left, right)
		if m < 0 {
			m += math.Abs(right)
		}
		return m, nil
	case opPower:
		if left < 0 && math.Floor(right) != right {
			return 0, in.fail(at, "a negative number to a power that is not whole")
		}
		return power(left, right), nil
	case opAnd:
		return truth(left != 0 && right != 0), nil
	case opOr:
		return truth(left != 0 || right != 0), nil
	case opXor:
		return truth((left != 0) != (right != 0)), nil
	case opEqual:
		return truth(math.Abs(left-right) < nearlyEqual), nil
	case opNotEqual:
		return truth(math.Abs(left-right) >= nearlyEqual), nil
	case opLess:
		return truth(left < right), nil
	case opLessEqual:
		return truth(left <= right), nil
	case opGreater:
		return truth(left > right), nil
	default:
		return truth(left >= right), nil
	}
}

// functionNames are those of one argument, by first letter; atan and exists read theirs
// in another way.
var functionNames = [26][]string{
	0:         {"abs", "acos", "asin", "atan"},
	'c' - 'a': {"cos"},
	'e' - 'a': {"exists", "exp"},
	'f' - 'a': {"fix", "fup"},
	'l' - 'a': {"ln"},
	'r' - 'a': {"round"},
	's' - 'a': {"sin", "sqrt"},
	't' - 'a': {"tan"},
}

// function reads NAME[argument].
func (in *Interpreter) function() (float64, error) {
	start := in.pos
	name := ""
	for _, f := range functionNames[in.text[start]-'a'] {
		if in.follows(f) {
			name = f
			break
		}
	}
	if name == "" {
		return 0, in.fail(start, "a value is missing: found %s; functions are ABS ACOS ASIN ATAN COS EXISTS EXP FIX FUP LN ROUND SIN SQRT TAN", in.found(start))
	}
	if in.text[in.pos] != '[' {
		return 0, in.fail(in.pos, "a [ is missing after %s: found %s", name, in.found(in.pos))
	}
	if name == "exists" {
		return in.exists()
	}
	at := in.pos
	v, err := in.expression()
	if err != nil {
		return 0, err
	}
	if name == "atan" {
		if in.text[in.pos] != '/' || in.text[in.pos+1] != '[' {
			return 0, in.fail(in.pos, "atan takes two arguments, as in atan[1]/[2]")
		}
		in.pos++
		x, err := in.expression()
		return toDegrees(math.Atan2(v, x)), err
	}
	return in.call(name, v, at)
}

// call computes a function of one argument, which stands at a place.
func (in *Interpreter) call(name string, v float64, at int) (float64, error) {
	switch name {
	case "abs":
		return math.Abs(v), nil
	case "acos", "asin":
		if v < -1 || v > 1 {
			return 0, in.fail(at, "%s of %g, which is not within -1 and 1", name, v)
		}
		if name == "acos" {
			return toDegrees(math.Acos(v)), nil
		}
		return toDegrees(math.Asin(v)), nil
	case "cos":
		_, c := sincosDegrees(v)
		return c, nil
	case "exp":
		return exponential(v), nil
	case "fix":
		return math.Floor(v), nil
	case "fup":
		return math.Ceil(v), nil
	case "ln":
		if v <= 0 {
			return 0, in.fail(at, "ln of %g, which is not above 0", v)
		}
		return logarithm(v), nil
	case "round":
		return math.Trunc(v + math.Copysign(0.5, v)), nil
	case "sin":
		s, _ := sincosDegrees(v)
		return s, nil
	case "sqrt":
		if v < 0 {
			return 0, in.fail(at, "sqrt of %g, which is below 0", v)
		}
		return math.Sqrt(v), nil
	default: // tan
		s, c := sincosDegrees(v)
		return s / c, nil
	}
}
