package protocol

import "math"

// Limits are the least and the greatest value that clients may give a register.
type Limits struct{ Low, High Value }

// Limits are all values that the type can hold; for floats from -Inf to Inf, and NaN.
func (t Type) Limits() Limits {
	if !t.Valid() {
		return Limits{}
	}
	switch info := &typeTable[t]; info.class {
	case classBool:
		return Limits{High: BoolValue(true)}
	case classUint:
		return Limits{High: UintValue(info.maxU)}
	case classInt:
		return Limits{IntValue(info.min), IntValue(info.max)}
	}
	return Limits{FloatValue(math.Inf(-1)), FloatValue(math.Inf(1))}
}

// Hold reports whether v, as a register of type t has it, is within. NaN is within the
// type's own limits only.
func (l Limits) Hold(t Type, v Value) bool {
	if t.Float() && math.IsNaN(v.Float()) {
		return l == t.Limits()
	}
	return !less(t, v, l.Low) && !less(t, l.High, v)
}

// less compares values of a type exactly, 64-bit integers as well.
func less(t Type, a, b Value) bool {
	switch typeTable[t].class {
	case classFloat:
		return a.Float() < b.Float()
	case classInt:
		return a.Int() < b.Int()
	}
	return a.bits < b.bits
}

// Format writes the limits of a register of type t as people do: "0 to 1800", "0 or more".
func (l Limits) Format(t Type) string {
	own := t.Limits()
	switch low, high := l.Low.Format(t), l.High.Format(t); {
	case !t.Float() || l.Low != own.Low && l.High != own.High:
		return low + " to " + high
	case l.Low != own.Low:
		return low + " or more"
	case l.High != own.High:
		return high + " or less"
	}
	return "any number"
}

// Limit sets the limits that transactions meet: a value beyond them is OutOfRange. It may
// be called concurrently with everything, and counts from the next transaction on. What
// the register holds stays, and the writer's own Set methods do not ask.
func (o *Out) Limit(l Limits) { o.limits.Store(&l) }

// Limits of a register: those that its writer has set, or its type's own; none if the bank
// has no such register.
func (b *Bank) Limits(ref Ref) Limits {
	b.mu.Lock()
	defer b.mu.Unlock()
	if uint64(ref) >= uint64(len(b.outs)) {
		return Limits{}
	}
	o := b.outs[ref]
	if l := o.limits.Load(); l != nil {
		return *l
	}
	return o.in.typ.Limits()
}
