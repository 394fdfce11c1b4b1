package protocol

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Writer is the owner of registers: a device or a control task. It is used from
// one goroutine only, except that Define may be followed by a hand-over to
// another one. Nothing but Define allocates.
type Writer struct {
	bank  *Bank
	owner string
	place string

	// commit is what readers compare batched writes with; it has a cache line of
	// its own, so that the writer's private fields do not disturb them.
	commit *atomic.Uint64

	clock uint64 // stamp of the last write
	batch uint64 // number of the open batch, odd; even when none is open
	outs  []*Out // in order of Ref
	dirty []uint64
}

// Out is the write side of one register. Setting a value makes the quality Good;
// a value that the register's type cannot hold is replaced by the nearest that it
// can, with quality Uncertain. A write that changes neither value nor quality
// does nothing: the timestamp stays. Writes do not allocate.
type Out struct {
	in    *In
	w     *Writer
	bits  uint64 // as of the last write, committed or not
	when  uint64
	slot  uint64
	batch uint64 // batch of the last write
	word  int    // place in Writer.dirty
	mask  uint64
	name  string
	guard func(Value) Status
	// limits are nil for those of the type.
	limits atomic.Pointer[Limits]
}

// Owner is the name that the writer was made with.
func (w *Writer) Owner() string { return w.owner }

// Begin opens a batch: what is set until Commit stays hidden from readers, and
// then appears to them all at once. Batches do not nest.
func (w *Writer) Begin() {
	if w.batch&1 != 0 {
		panic("protocol: writer " + w.owner + ": Begin within a batch; Commit comes first")
	}
	w.batch++
}

// Commit shows the batch to readers.
func (w *Writer) Commit() {
	if w.batch&1 == 0 {
		panic("protocol: writer " + w.owner + ": Commit without Begin")
	}
	w.batch++
	w.commit.Store(w.clock)
}

// SetAllQuality gives all registers of the writer the quality q, and keeps their
// values. They appear together.
func (w *Writer) SetAllQuality(now time.Duration, q Quality) {
	own := w.batch&1 == 0
	if own {
		w.Begin()
	}
	for _, o := range w.outs {
		o.SetQuality(now, q)
	}
	if own {
		w.Commit()
	}
}

// Changes calls f with each register of this writer that was written with a
// change since the last call, in order of Ref, and its newest sample. It is not
// called within a batch.
func (w *Writer) Changes(f func(ref Ref, s Sample)) {
	if w.batch&1 != 0 {
		panic("protocol: writer " + w.owner + ": Changes within a batch; Commit comes first")
	}
	for i, word := range w.dirty {
		if word == 0 {
			continue
		}
		w.dirty[i] = 0
		for ; word != 0; word &= word - 1 {
			o := w.outs[i*64+bits.TrailingZeros64(word)]
			f(o.in.ref, unpackSample(o.bits, o.when))
		}
	}
}

// Changed reports whether Changes has anything to tell.
func (w *Writer) Changed() bool {
	for _, word := range w.dirty {
		if word != 0 {
			return true
		}
	}
	return false
}

// In is the read side of the same register.
func (o *Out) In() *In { return o.in }

// Ref of the register.
func (o *Out) Ref() Ref { return o.in.ref }

// Type of the register.
func (o *Out) Type() Type { return o.in.typ }

// Name of the register.
func (o *Out) Name() string { return o.name }

// Sample is what the writer wrote last, also within an open batch. It is for the
// writer's own goroutine; others use In.
func (o *Out) Sample() Sample { return unpackSample(o.bits, o.when) }

// SetBool writes a register of type Bool.
func (o *Out) SetBool(now time.Duration, v bool) {
	if o.in.class != classBool {
		o.miswritten("SetBool")
	}
	var bits uint64
	if v {
		bits = 1
	}
	o.set(bits, packWhen(now, Good))
}

// SetInt writes a register of an integer type.
func (o *Out) SetInt(now time.Duration, v int64) {
	switch info := &typeTable[o.in.typ]; info.class {
	case classInt:
		if v >= info.min && v <= info.max {
			o.set(uint64(v), packWhen(now, Good))
			return
		}
		o.set(uint64(min(max(v, info.min), info.max)), packWhen(now, Uncertain))
	case classUint:
		if v < 0 {
			o.set(0, packWhen(now, Uncertain))
			return
		}
		o.SetUint(now, uint64(v))
	default:
		o.miswritten("SetInt")
	}
}

// SetUint writes a register of an unsigned integer type.
func (o *Out) SetUint(now time.Duration, v uint64) {
	if o.in.class != classUint {
		o.miswritten("SetUint")
	}
	if most := typeTable[o.in.typ].maxU; v > most {
		o.set(most, packWhen(now, Uncertain))
		return
	}
	o.set(v, packWhen(now, Good))
}

// SetFloat writes a register of type F32 or F64. Infinities and NaN are written
// as they are.
func (o *Out) SetFloat(now time.Duration, v float64) {
	switch o.in.typ {
	case F64:
		o.set(math.Float64bits(v), packWhen(now, Good))
	case F32:
		fit, ok := fitF32(v)
		q := Good
		if !ok {
			q = Uncertain
		}
		o.set(fit.bits, packWhen(now, q))
	default:
		o.miswritten("SetFloat")
	}
}

// Set writes a value of the register's type with a quality. A value that the type
// cannot hold becomes the nearest that it can, and Good becomes Uncertain.
func (o *Out) Set(now time.Duration, v Value, q Quality) {
	v, ok := v.Fit(o.in.typ)
	if !ok && q == Good {
		q = Uncertain
	}
	o.set(v.bits, packWhen(now, q))
}

// SetQuality keeps the value and changes its quality.
func (o *Out) SetQuality(now time.Duration, q Quality) { o.set(o.bits, packWhen(now, q)) }

func (o *Out) set(bits, when uint64) {
	if bits == o.bits && when&3 == o.when&3 {
		return
	}
	w, in := o.w, o.in
	o.bits, o.when = bits, when
	w.dirty[o.word] |= o.mask
	if w.batch&1 != 0 {
		o.stage(bits, when)
		return
	}
	o.slot ^= 1
	w.clock++
	publish(&in.slots[o.slot], &in.head, bits, when, w.clock<<headShift|o.slot)
}

// stage writes within a batch. The second write to one register in a batch goes
// over the first: nobody could see that one.
func (o *Out) stage(bits, when uint64) {
	w, again := o.w, o.batch == o.w.batch
	if !again {
		o.batch = w.batch
		o.slot ^= 1
	}
	s := &o.in.slots[o.slot]
	if again {
		s.bits.Store(bits)
		s.when.Store(when)
		return
	}
	w.clock++
	publish(s, &o.in.head, bits, when, w.clock<<headShift|headBatched|o.slot)
}

func (o *Out) miswritten(method string) {
	panic("protocol: " + method + " called on register " + o.name + " of type " + o.in.typ.String())
}
