package protocol

import (
	"math"
	"time"
)

// Action says what a Change does to its register. The numbers are part of the wire
// format.
type Action uint8

// The actions.
const (
	// Set gives the register the Value.
	Set Action = iota
	// Add adds the Value to what the register holds: OutOfRange when the type cannot
	// hold the sum, as when two finite floats have an infinite one. Not for Bool.
	Add
	// Mask keeps the bits that are 1 in the Operand and takes the others from the
	// Value, as function 22 of Modbus does. For integers only.
	Mask
	// CompareSet gives the register the Value if it holds the Operand, bit for bit,
	// and is Differs otherwise.
	CompareSet
	// Keep leaves the value as it is and gives it the Quality. No message has it: the
	// server uses it for what a lost client was the source of.
	Keep
)

// Valid reports whether a is one of the actions.
func (a Action) Valid() bool { return a <= Keep }

// TakesOperand reports whether a needs an Operand.
func (a Action) TakesOperand() bool { return a == Mask || a == CompareSet }

// String is "set", "add", "mask", "compare-set" or "keep".
func (a Action) String() string {
	return [...]string{"set", "add", "mask", "compare-set", "keep", "unknown action"}[min(a, Keep+1)]
}

// Change is what a client asks to be done to one register.
type Change struct {
	Ref    Ref
	Action Action
	// Quality that the register has afterwards: Good, unless the client knows better.
	Quality Quality
	// Value and Operand fit the register's type.
	Value, Operand Value
}

// Transaction is a client's request to change registers, all or none of them, and to
// read registers right after. A register may be changed several times; each change
// sees those before it.
//
// Who submits one fills Changes and Reads and calls an [ApplyFunc]; the register's
// writer carries it out with [Writer.Apply].
type Transaction struct {
	Changes []Change
	Reads   []Ref

	// Status of the whole, and when it is not OK, the index of the change at fault.
	Status Status
	Failed int
	// Old is what each changed register held before its change, Samples what the
	// registers of Reads held afterwards: of one instant, whenever the writers of
	// others than the changed ones leave the time for that.
	Old, Samples []Sample

	// Check, if not nil, is asked by the writer about each change right before it is
	// made: OK, or why not. It is called from the writer's goroutine and must return at
	// once.
	Check func(Ref) Status

	// fresh are the registers that the changes put into the writer's journal.
	fresh []*Out

	// Finished is told of a transaction that was not carried out at once: see Finish.
	// It is called from the writer's goroutine and must return at once.
	Finished func(*Transaction)
}

// ApplyFunc takes a transaction to the writer of its registers. It returns true when
// it was carried out, or refused, at once; false when the writer will call Finish
// later, from whatever goroutine. It is called from many goroutines and never waits.
// A transaction that is OK is visible to every read that begins afterwards.
type ApplyFunc func(tx *Transaction) bool

// Refuse gives the transaction a status other than OK, the fault of its i-th change.
func (tx *Transaction) Refuse(s Status, i int) { tx.Status, tx.Failed = s, i }

// Finish says that the transaction has been carried out or refused. It is called
// once, and only where the ApplyFunc returned false.
func (tx *Transaction) Finish() {
	if tx.Finished != nil {
		tx.Finished(tx)
	}
}

// NewWrite is a transaction that gives one register a value.
func NewWrite(ref Ref, v Value) *Transaction {
	return &Transaction{Changes: []Change{{Ref: ref, Value: v}}}
}

// Reset empties the transaction for another use and keeps its memory.
func (tx *Transaction) Reset() {
	*tx = Transaction{Changes: tx.Changes[:0], Reads: tx.Reads[:0], Old: tx.Old[:0], Samples: tx.Samples[:0], fresh: tx.fresh[:0], Finished: tx.Finished}
}

// Apply carries out a transaction at line time now. All of its changes appear to
// readers at one instant, or none does and the Status says why: UnknownRegister;
// NotWritable for a register of another writer; OutOfRange, as beyond its Limits; WrongType for an action
// that the type does not have; Differs; or what the register's guard answered. It is
// called from the writer's goroutine, outside a batch. It allocates only while tx
// grows.
func (w *Writer) Apply(now time.Duration, tx *Transaction) {
	tx.Old, tx.Samples = tx.Old[:0], tx.Samples[:0]
	cells := *w.bank.cells.Load()
	for i, ref := range tx.Reads {
		if uint64(ref) >= uint64(len(cells)) {
			tx.Refuse(UnknownRegister, len(tx.Changes)+i)
			return
		}
	}
	if !w.applyAll(now, cells, tx) {
		return
	}
	tx.Status, tx.Failed = OK, 0
	for range tx.Reads {
		tx.Samples = append(tx.Samples, Sample{})
	}
	w.bank.Snapshot(tx.Reads, tx.Samples)
}

// applyAll makes all changes or none, and reports which.
func (w *Writer) applyAll(now time.Duration, cells []*In, tx *Transaction) bool {
	if len(tx.Changes) > 1 {
		tx.fresh = tx.fresh[:0]
		w.Begin()
		defer w.Commit()
	}
	for i := range tx.Changes {
		if status := w.apply(now, cells, &tx.Changes[i], tx); status != OK {
			w.takeBack(cells, tx)
			tx.Refuse(status, i)
			return false
		}
	}
	return true
}

func (w *Writer) apply(now time.Duration, cells []*In, c *Change, tx *Transaction) Status {
	if uint64(c.Ref) >= uint64(len(cells)) {
		return UnknownRegister
	}
	o := w.own(cells[c.Ref])
	if o == nil {
		return NotWritable
	}
	if tx.Check != nil {
		if status := tx.Check(c.Ref); status != OK {
			return status
		}
	}
	v, status := c.result(o.in.typ, Value{o.bits})
	if status == OK && c.Action != Keep {
		status = o.accept(v)
	}
	if status != OK {
		return status
	}
	tx.Old = append(tx.Old, o.Sample())
	if len(tx.Changes) > 1 && w.dirty[o.word]&o.mask == 0 {
		tx.fresh = append(tx.fresh, o)
	}
	o.set(v.bits, packWhen(now, c.Quality))
	return OK
}

// takeBack undoes the changes that were made so far, the last one first: nobody saw
// them, and the journal forgets them.
func (w *Writer) takeBack(cells []*In, tx *Transaction) {
	for i := len(tx.Old) - 1; i >= 0; i-- {
		o, old := w.own(cells[tx.Changes[i].Ref]), tx.Old[i]
		o.set(old.Value.bits, packWhen(old.Time, old.Quality))
	}
	for _, o := range tx.fresh {
		w.dirty[o.word] &^= o.mask
	}
	tx.Old = tx.Old[:0]
}

// own is the write side of a register of this writer, or nil.
func (w *Writer) own(in *In) *Out {
	if in.commit != w.commit {
		return nil
	}
	low, high := 0, len(w.outs)
	for low < high {
		if mid := (low + high) / 2; w.outs[mid].in.ref < in.ref {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return w.outs[low]
}

// result is what a register of type t that holds old has after the change.
func (c *Change) result(t Type, old Value) (Value, Status) {
	switch c.Action {
	case Set:
	case CompareSet:
		if old != c.Operand {
			return old, Differs
		}
	case Mask:
		if !t.Integer() {
			return old, WrongType
		}
		return Value{old.bits&c.Operand.bits | c.Value.bits&^c.Operand.bits}, OK
	case Add:
		return sum(t, old, c.Value)
	case Keep:
		return old, OK
	default:
		return old, Malformed
	}
	if v, ok := c.Value.Fit(t); ok {
		return v, OK
	}
	return old, OutOfRange
}

func sum(t Type, a, b Value) (Value, Status) {
	info := &typeTable[t]
	var v Value
	ok := true
	switch info.class {
	case classUint:
		v = Value{a.bits + b.bits}
		ok = v.bits >= a.bits
	case classInt:
		v = Value{a.bits + b.bits}
		ok = (v.Int() >= a.Int()) == (b.Int() >= 0)
	case classFloat:
		f, g := a.Float(), b.Float()
		v = FloatValue(f + g)
		ok = !math.IsInf(f+g, 0) || math.IsInf(f, 0) || math.IsInf(g, 0)
	default:
		return a, WrongType
	}
	v, fits := v.Fit(t)
	if !ok || !fits {
		return a, OutOfRange
	}
	return v, OK
}

// accept says whether a transaction may give the register a value.
func (o *Out) accept(v Value) Status {
	if l := o.limits.Load(); l != nil && !l.Hold(o.in.typ, v) {
		return OutOfRange
	}
	if o.guard != nil {
		return o.guard(v)
	}
	return OK
}

// Guard sets what decides about each value that a transaction would give the
// register, within its limits: OK, or why not, as DeviceNotResponding. It is called from the writer's goroutine. The writer's own
// Set methods do not ask it.
func (o *Out) Guard(g func(Value) Status) { o.guard = g }
