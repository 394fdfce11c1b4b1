package protocol

import (
	"fmt"
	"math"
)

// Ref is a register's index in its bank: dense, from 0, in order of definition.
type Ref uint32

// Type of a register's value. The numbers are part of the wire format.
type Type uint8

// The types. The zero Type is not valid.
const (
	Bool Type = iota + 1
	U16
	I16
	U32
	I32
	U64
	I64
	F32
	F64
)

type class uint8

const (
	classBool class = iota + 1
	classUint
	classInt
	classFloat
)

type typeInfo struct {
	name     string
	class    class
	size     int
	min, max int64  // range of a signed integer type
	maxU     uint64 // largest value of an unsigned type
}

var typeTable = [...]typeInfo{
	Bool: {name: "bool", class: classBool, size: 1},
	U16:  {name: "u16", class: classUint, size: 2, maxU: math.MaxUint16},
	I16:  {name: "i16", class: classInt, size: 2, min: math.MinInt16, max: math.MaxInt16},
	U32:  {name: "u32", class: classUint, size: 4, maxU: math.MaxUint32},
	I32:  {name: "i32", class: classInt, size: 4, min: math.MinInt32, max: math.MaxInt32},
	U64:  {name: "u64", class: classUint, size: 8, maxU: math.MaxUint64},
	I64:  {name: "i64", class: classInt, size: 8, min: math.MinInt64, max: math.MaxInt64},
	F32:  {name: "f32", class: classFloat, size: 4},
	F64:  {name: "f64", class: classFloat, size: 8},
}

// Valid reports whether t is one of the types.
func (t Type) Valid() bool { return t >= Bool && t <= F64 }

// String is the type's name: "bool", "u16", ..., "f64".
func (t Type) String() string {
	if !t.Valid() {
		return fmt.Sprintf("type(%d)", uint8(t))
	}
	return typeTable[t].name
}

// Size of a value of type t on the wire, in bytes; 0 if t is not valid.
func (t Type) Size() int {
	if !t.Valid() {
		return 0
	}
	return typeTable[t].size
}

// Integer reports whether t is one of the integer types, signed or unsigned.
func (t Type) Integer() bool {
	return t.Valid() && (typeTable[t].class == classInt || typeTable[t].class == classUint)
}

// Float reports whether t is F32 or F64.
func (t Type) Float() bool { return t.Valid() && typeTable[t].class == classFloat }

// ParseType is the inverse of Type.String.
func ParseType(s string) (Type, error) {
	for t := Bool; t <= F64; t++ {
		if typeTable[t].name == s {
			return t, nil
		}
	}
	return 0, fmt.Errorf("register type %q is unknown; it is one of bool, u16, i16, u32, i32, u64, i64, f32, f64", s)
}

// Quality says how far a register's value can be trusted. The numbers are part
// of the wire format.
type Quality uint8

// The qualities. Bad is also the quality of a register that was never written.
const (
	Good Quality = iota
	Uncertain
	Bad
)

// String is "good", "uncertain" or "bad".
func (q Quality) String() string {
	switch q {
	case Good:
		return "good"
	case Uncertain:
		return "uncertain"
	case Bad:
		return "bad"
	}
	return fmt.Sprintf("quality(%d)", uint8(q))
}

// Access says who may write a register, and what a client's role is. The numbers are
// part of the wire format.
type Access uint8

const (
	// ReadOnly registers are written by the line only; a client with this role reads.
	ReadOnly Access = iota
	// Operator registers may be written by clients that operate the line. They still
	// have one writer in the bank, to which the server takes clients' writes.
	Operator
	// Engineer registers may be written by clients that set the line up.
	Engineer
)

var accessNames = [...]string{ReadOnly: "read-only", Operator: "operator", Engineer: "engineer"}

// Valid reports whether a is one of the three.
func (a Access) Valid() bool { return a <= Engineer }

// String is "read-only", "operator" or "engineer".
func (a Access) String() string {
	if !a.Valid() {
		return fmt.Sprintf("access(%d)", uint8(a))
	}
	return accessNames[a]
}

// WordOrder says how a gateway puts a value of more than 16 bits into 16-bit words: A is
// the most significant byte. The numbers are part of the wire format.
type WordOrder uint8

// The word orders.
const (
	// ABCD has the most significant word first, as Modbus has the bytes.
	ABCD WordOrder = iota
	// CDAB has the least significant word first.
	CDAB
	// BADC has the most significant word first, and the bytes of each swapped.
	BADC
	// DCBA has the least significant byte first.
	DCBA
)

var orderNames = [...]string{ABCD: "ABCD", CDAB: "CDAB", BADC: "BADC", DCBA: "DCBA"}

// Valid reports whether o is one of the four.
func (o WordOrder) Valid() bool { return o <= DCBA }

// String is "ABCD", "CDAB", "BADC" or "DCBA".
func (o WordOrder) String() string {
	if !o.Valid() {
		return fmt.Sprintf("order(%d)", uint8(o))
	}
	return orderNames[o]
}
