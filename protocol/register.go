package protocol

import (
	"math"
	"sync/atomic"
	"time"
)

// In is the read side of one register. Any number of goroutines may read, while
// the writer writes; a read takes no lock, never waits for a stalled writer, and
// does not allocate. It repeats only when the writer finished another write
// meanwhile.
//
// Bool, Int, Uint and Float panic when the register is of another class of type;
// Bank.In is told the type, so that this is a mistake in the program.
type In struct {
	// A register has two slots. The writer fills the one that is not in use and
	// then points head at it, so that readers always have a complete one.
	//
	// head is stamp<<2 | batched<<1 | slot. The stamp is unique among the writes
	// of one writer. A batched write counts once the writer's commit counter has
	// reached its stamp; until then the other slot, which no write can touch
	// before that commit, is the current one.
	head   atomic.Uint64
	slots  [2]slot
	commit *atomic.Uint64
	ref    Ref
	typ    Type
	class  class
	access Access
	// The fields fill one cache line of 64 bytes.
}

type slot struct {
	bits atomic.Uint64
	// when is time<<2 | quality.
	when atomic.Uint64
}

const (
	headSlot    = 1
	headBatched = 2
	headShift   = 2
)

func packWhen(now time.Duration, q Quality) uint64 { return uint64(now)<<2 | uint64(q) }

func unpackSample(bits, when uint64) Sample {
	return Sample{Value{bits}, time.Duration(int64(when) >> 2), Quality(when & 3)}
}

// current returns the head, the slot that it makes current, and whether an open
// batch hides a newer one. still tells whether that has remained true.
func (in *In) current() (head uint64, s *slot, pending bool) {
	head = in.head.Load()
	if head&headBatched != 0 && head>>headShift > in.commit.Load() {
		return head, &in.slots[head&headSlot^1], true
	}
	return head, &in.slots[head&headSlot], false
}

func (in *In) still(head uint64, pending bool) bool {
	if pending {
		return in.commit.Load() < head>>headShift
	}
	return in.head.Load() == head
}

func (in *In) bits() uint64 {
	for {
		head := in.head.Load()
		if head&headBatched != 0 {
			return in.batchedBits()
		}
		bits := in.slots[head&headSlot].bits.Load()
		if in.head.Load() == head {
			return bits
		}
	}
}

func (in *In) batchedBits() uint64 {
	for {
		head, s, pending := in.current()
		bits := s.bits.Load()
		if in.still(head, pending) {
			return bits
		}
	}
}

func (in *In) when() uint64 {
	for {
		head, s, pending := in.current()
		when := s.when.Load()
		if in.still(head, pending) {
			return when
		}
	}
}

// Version is a number that is another one whenever the value, time or quality that a
// read gives is another one. It may also change without that.
func (in *In) Version() uint64 {
	head, _, pending := in.current()
	if pending {
		return head | 1<<63
	}
	return head
}

// Ref of the register.
func (in *In) Ref() Ref { return in.ref }

// Type of the register.
func (in *In) Type() Type { return in.typ }

// Access that clients of the register server have.
func (in *In) Access() Access { return in.access }

// Bool is the present value of a register of type Bool.
func (in *In) Bool() bool {
	if in.class != classBool {
		in.misread("Bool")
	}
	return in.bits() != 0
}

// Int is the present value of a register of an integer type; of a U64 above the
// largest int64 it is the two's complement.
func (in *In) Int() int64 {
	if in.class-classUint > classInt-classUint {
		in.misread("Int")
	}
	return int64(in.bits())
}

// Uint is the present value of a register of an unsigned integer type.
func (in *In) Uint() uint64 {
	if in.class != classUint {
		in.misread("Uint")
	}
	return in.bits()
}

// Float is the present value of a register of type F32 or F64.
func (in *In) Float() float64 {
	if in.class != classFloat {
		in.misread("Float")
	}
	return math.Float64frombits(in.bits())
}

// Quality is the present quality.
func (in *In) Quality() Quality { return Quality(in.when() & 3) }

// Time is the line time at which value or quality changed last.
func (in *In) Time() time.Duration { return time.Duration(int64(in.when()) >> 2) }

// Sample is value, time and quality as one write left them.
func (in *In) Sample() Sample {
	for {
		head, s, pending := in.current()
		bits, when := s.bits.Load(), s.when.Load()
		if in.still(head, pending) {
			return unpackSample(bits, when)
		}
	}
}

func (in *In) misread(method string) {
	panic("protocol: " + method + " called on a register of type " + in.typ.String())
}
