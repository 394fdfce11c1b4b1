package modbus

import (
	"math"

	"linetwin.dev/protocol"
)

// Words is the number of 16-bit words that a register of type t takes: 1, 2 or 4; 0 if
// t is not valid.
func Words(t protocol.Type) int { return (t.Size() + 1) / 2 }

// AppendValue appends the words of a register's value, each with its high byte first,
// in the word order o. A bool is the word 0 or 1. The order is for values of more than
// 16 bits; in those of 64 the least significant word comes first with CDAB and DCBA.
func AppendValue(dst []byte, t protocol.Type, o protocol.WordOrder, v protocol.Value) []byte {
	return appendRaw(dst, Words(t), o, rawOf(t, v))
}

// ParseValue reads the words that AppendValue writes; b has Words(t) of them. It
// reports false for a word that is no bool.
func ParseValue(b []byte, t protocol.Type, o protocol.WordOrder) (protocol.Value, bool) {
	raw := parseRaw(b, Words(t), o)
	if t == protocol.Bool && raw > 1 {
		return protocol.Value{}, false
	}
	return valueOf(t, raw), true
}

// rawOf is a value as its type's bits.
func rawOf(t protocol.Type, v protocol.Value) uint64 {
	if t == protocol.F32 {
		return uint64(math.Float32bits(float32(v.Float())))
	}
	return v.Uint() & widthMask(t)
}

// valueOf is the inverse of rawOf.
func valueOf(t protocol.Type, raw uint64) protocol.Value {
	switch t {
	case protocol.I16:
		return protocol.IntValue(int64(int16(raw)))
	case protocol.I32:
		return protocol.IntValue(int64(int32(raw)))
	case protocol.F32:
		return protocol.FloatValue(float64(math.Float32frombits(uint32(raw))))
	}
	return protocol.UintValue(raw)
}

// widthMask has a one for each bit of a value of type t.
func widthMask(t protocol.Type) uint64 {
	if t == protocol.Bool {
		return 1
	}
	return math.MaxUint64 >> (64 - 8*t.Size())
}

// place is which word of a raw value, from the least significant one, is the i-th of n
// in the order o, and whether its bytes are swapped.
func place(i, n int, o protocol.WordOrder) (word int, swapped bool) {
	if n == 1 {
		return 0, false
	}
	if o == protocol.ABCD || o == protocol.BADC {
		i = n - 1 - i
	}
	return i, o == protocol.BADC || o == protocol.DCBA
}

func swapBytes(w uint16, swapped bool) uint16 {
	if swapped {
		return w<<8 | w>>8
	}
	return w
}

func appendRaw(dst []byte, n int, o protocol.WordOrder, raw uint64) []byte {
	for i := range n {
		word, swapped := place(i, n, o)
		dst = be.AppendUint16(dst, swapBytes(uint16(raw>>(16*word)), swapped))
	}
	return dst
}

func parseRaw(b []byte, n int, o protocol.WordOrder) (raw uint64) {
	for i := range n {
		word, swapped := place(i, n, o)
		raw |= uint64(swapBytes(be.Uint16(b[2*i:]), swapped)) << (16 * word)
	}
	return raw
}

// markOf is what a register of type t shows for a value that is bad, if the settings
// ask for marks: the least value of a signed type, the greatest of an unsigned one, NaN.
func markOf(t protocol.Type) uint64 {
	switch t {
	case protocol.I16, protocol.I32, protocol.I64:
		return 1 << (8*t.Size() - 1)
	case protocol.F32:
		return 0x7fc00000
	case protocol.F64:
		return 0x7ff8000000000000
	}
	return math.MaxUint64 >> (64 - 8*2*Words(t))
}
