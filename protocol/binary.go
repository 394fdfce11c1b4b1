package protocol

import (
	"encoding/binary"
	"math"
)

// AppendValue appends the value of a register of type t, which must be valid, in
// t.Size() bytes: little-endian, two's complement, IEEE 754; a Bool is one byte, 0
// or 1. The value must fit the type (Value.Fit).
func AppendValue(dst []byte, t Type, v Value) []byte {
	switch t {
	case Bool:
		return append(dst, byte(v.bits))
	case U16, I16:
		return append(dst, byte(v.bits), byte(v.bits>>8))
	case U32, I32:
		return binary.LittleEndian.AppendUint32(dst, uint32(v.bits))
	case F32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v.Float())))
	}
	return binary.LittleEndian.AppendUint64(dst, v.bits)
}

// DecodeValue is the inverse of AppendValue: it reads the first t.Size() bytes of
// b. It reports false when t is not valid, b is shorter, or a Bool is neither 0
// nor 1.
func DecodeValue(t Type, b []byte) (Value, bool) {
	if !t.Valid() || len(b) < typeTable[t].size {
		return Value{}, false
	}
	switch t {
	case Bool:
		return Value{uint64(b[0])}, b[0] <= 1
	case U16:
		return Value{uint64(binary.LittleEndian.Uint16(b))}, true
	case I16:
		return IntValue(int64(int16(binary.LittleEndian.Uint16(b)))), true
	case U32:
		return Value{uint64(binary.LittleEndian.Uint32(b))}, true
	case I32:
		return IntValue(int64(int32(binary.LittleEndian.Uint32(b)))), true
	case F32:
		return FloatValue(float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))), true
	}
	return Value{binary.LittleEndian.Uint64(b)}, true
}
