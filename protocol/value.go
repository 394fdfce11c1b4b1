package protocol

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is what a register holds, without its type: 64 bits whose meaning the
// register's Type gives. Two Values of one Type are equal with == exactly when
// they are the same bits; so a NaN equals itself, and 0.0 differs from -0.0.
type Value struct {
	// Booleans are 0 or 1, signed integers are sign-extended, unsigned ones
	// zero-extended, and both float types are held as the bits of a float64.
	bits uint64
}

// BoolValue is v as a Value for a register of type Bool.
func BoolValue(v bool) Value {
	if v {
		return Value{1}
	}
	return Value{0}
}

// IntValue is v as a Value for a register of an integer type; a negative v is for
// the signed types.
func IntValue(v int64) Value { return Value{uint64(v)} }

// UintValue is v as a Value for a register of an unsigned integer type.
func UintValue(v uint64) Value { return Value{v} }

// FloatValue is v as a Value for a register of type F32 or F64.
func FloatValue(v float64) Value { return Value{math.Float64bits(v)} }

// Bool is the value of a register of type Bool.
func (v Value) Bool() bool { return v.bits != 0 }

// Int is the value of a register of an integer type; of a U64 above the largest
// int64 it is the two's complement.
func (v Value) Int() int64 { return int64(v.bits) }

// Uint is the value of a register of an unsigned integer type.
func (v Value) Uint() uint64 { return v.bits }

// Float is the value of a register of type F32 or F64.
func (v Value) Float() float64 { return math.Float64frombits(v.bits) }

// Number is the value of a register of type t as a float64, whatever t is: for
// plots, statistics and bounds. Integers beyond 2^53 are rounded.
func (v Value) Number(t Type) float64 {
	if !t.Valid() {
		return math.NaN()
	}
	switch typeTable[t].class {
	case classInt:
		return float64(int64(v.bits))
	case classFloat:
		return math.Float64frombits(v.bits)
	}
	return float64(v.bits)
}

// Fit returns v as a register of type t holds it: a float for an F32 is rounded
// to the nearest float32. It reports false, with the nearest value that the type
// can hold, when v is outside the range of t. A finite float beyond the range of
// F32 is outside; infinities and NaN are inside both float types.
func (v Value) Fit(t Type) (Value, bool) {
	if !t.Valid() {
		return v, false
	}
	info := &typeTable[t]
	switch info.class {
	case classBool:
		if v.bits > 1 {
			return Value{1}, false
		}
	case classUint:
		if v.bits > info.maxU {
			return Value{info.maxU}, false
		}
	case classInt:
		if n := int64(v.bits); n < info.min {
			return IntValue(info.min), false
		} else if n > info.max {
			return IntValue(info.max), false
		}
	case classFloat:
		if t == F32 {
			return fitF32(math.Float64frombits(v.bits))
		}
	}
	return v, true
}

func fitF32(f float64) (Value, bool) {
	g := float64(float32(f))
	if math.IsInf(g, 0) && !math.IsInf(f, 0) {
		return FloatValue(math.Copysign(math.MaxFloat32, f)), false
	}
	return FloatValue(g), true
}

// Format writes the value of a register of type t as ParseValue reads it: "true",
// "-12", and for floats the shortest text that gives the same bits back ("NaN"
// loses its payload).
func (v Value) Format(t Type) string {
	var buf [32]byte
	return string(v.Append(buf[:0], t))
}

// Append appends Format(t) to dst. It does not allocate beyond growing dst.
func (v Value) Append(dst []byte, t Type) []byte {
	if !t.Valid() {
		return append(dst, "?"...)
	}
	switch info := &typeTable[t]; info.class {
	case classBool:
		return strconv.AppendBool(dst, v.bits != 0)
	case classInt:
		return strconv.AppendInt(dst, int64(v.bits), 10)
	case classFloat:
		return strconv.AppendFloat(dst, math.Float64frombits(v.bits), 'g', -1, info.size*8)
	}
	return strconv.AppendUint(dst, v.bits, 10)
}

// ParseValue reads a value for a register of type t: "true", "false", "on",
// "off", "1", "0" for a Bool; decimal or 0x, 0o, 0b for integers (007 is
// decimal); decimal, "Inf" and "NaN" for floats. Space around it is ignored. The
// error says what the type accepts.
func ParseValue(t Type, s string) (Value, error) {
	if !t.Valid() {
		return Value{}, fmt.Errorf("value %q: the register's type %v is unknown", s, t)
	}
	text, info := strings.TrimSpace(s), &typeTable[t]
	switch info.class {
	case classBool:
		switch strings.ToLower(text) {
		case "true", "on", "1":
			return Value{1}, nil
		case "false", "off", "0":
			return Value{0}, nil
		}
		return Value{}, fmt.Errorf("value %q is not a bool; write true or false", s)
	case classInt:
		n, err := strconv.ParseInt(text, base(text), info.size*8)
		if err != nil {
			return Value{}, fmt.Errorf("value %q is not an %v; write a whole number from %d to %d", s, t, info.min, info.max)
		}
		return IntValue(n), nil
	case classUint:
		n, err := strconv.ParseUint(text, base(text), info.size*8)
		if err != nil {
			return Value{}, fmt.Errorf("value %q is not a %v; write a whole number from 0 to %d", s, t, info.maxU)
		}
		return UintValue(n), nil
	}
	f, err := strconv.ParseFloat(text, info.size*8)
	if err != nil {
		return Value{}, fmt.Errorf("value %q is not an %v; write a number such as -1.5 or 2e-3 within the range of the type", s, t)
	}
	return FloatValue(f), nil
}

// base for strconv, for which a mere leading zero would mean octal.
func base(text string) int {
	digits := strings.TrimLeft(text, "+-")
	if len(digits) > 1 && digits[0] == '0' && (digits[1] < '0' || digits[1] > '9') {
		return 0
	}
	return 10
}

// Sample is one register's value with its quality, and the line time, since the
// start of the run, at which either of them changed last. Samples of one register
// are comparable with ==.
type Sample struct {
	Value   Value
	Time    time.Duration
	Quality Quality
}
