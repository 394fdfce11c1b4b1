package protocol

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plant is a bank with registers of each type of one writer, and one of another.
type plant struct {
	bank *Bank
	w    *Writer
	outs []*Out // by reference
}

func newPlant(t testing.TB) *plant {
	p := &plant{bank: NewBank()}
	p.w = p.bank.Writer("w", "here:1:1")
	for typ := Bool; typ <= F64; typ++ {
		p.outs = append(p.outs, define(t, p.w, typ.String(), typ))
	}
	p.outs = append(p.outs, define(t, p.bank.Writer("other", "here:2:1"), "other", I32))
	p.outs = append(p.outs, define(t, p.w, "more", I16))
	p.bank.Seal()
	return p
}

// at is what all registers hold.
func (p *plant) at() []Sample {
	all := make([]Sample, len(p.outs))
	for i, o := range p.outs {
		all[i] = o.In().Sample()
	}
	return all
}

// drain empties the journal and returns its registers.
func (p *plant) drain() (refs []Ref) {
	p.w.Changes(func(ref Ref, _ Sample) { refs = append(refs, ref) })
	return refs
}

const (
	refBool = iota
	refU16
	refI16
	refU32
	refI32
	refU64
	refI64
	refF32
	refF64
	refOther
	refMore
)

func TestEachActionDoesWhatItSaysOrSaysWhyNot(t *testing.T) {
	i, u, f := IntValue, UintValue, FloatValue
	nan, negNaN := math.Float64bits(math.NaN()), math.Float64bits(math.Copysign(math.NaN(), -1))
	for _, c := range []struct {
		name   string
		ref    Ref
		before Value
		change Change
		status Status
		after  Value
	}{
		{"set", refI16, i(3), Change{Value: i(-9)}, OK, i(-9)},
		{"set beyond the type", refI16, i(3), Change{Value: i(40_000)}, OutOfRange, i(3)},
		{"set of an f32 rounds", refF32, f(1), Change{Value: f(0.1)}, OK, f(float64(float32(0.1)))},
		{"set of an f32 beyond the type", refF32, f(1), Change{Value: f(1e39)}, OutOfRange, f(1)},

		{"add to a bool", refBool, u(0), Change{Action: Add, Value: u(1)}, WrongType, u(0)},
		{"add up to the largest u16", refU16, u(65_530), Change{Action: Add, Value: u(5)}, OK, u(65_535)},
		{"add beyond the largest u16", refU16, u(65_530), Change{Action: Add, Value: u(6)}, OutOfRange, u(65_530)},
		{"add down to the least i16", refI16, i(-32_760), Change{Action: Add, Value: i(-8)}, OK, i(-32_768)},
		{"add below the least i16", refI16, i(-32_760), Change{Action: Add, Value: i(-9)}, OutOfRange, i(-32_760)},
		{"add up to the largest u32", refU32, u(math.MaxUint32 - 1), Change{Action: Add, Value: u(1)}, OK, u(math.MaxUint32)},
		{"add beyond the largest u32", refU32, u(math.MaxUint32), Change{Action: Add, Value: u(1)}, OutOfRange, u(math.MaxUint32)},
		{"add beyond the largest i32", refI32, i(math.MaxInt32), Change{Action: Add, Value: i(1)}, OutOfRange, i(math.MaxInt32)},
		{"add up to the largest u64", refU64, u(math.MaxUint64 - 1), Change{Action: Add, Value: u(1)}, OK, u(math.MaxUint64)},
		{"add beyond the largest u64", refU64, u(math.MaxUint64), Change{Action: Add, Value: u(1)}, OutOfRange, u(math.MaxUint64)},
		{"add far beyond the largest u64", refU64, u(math.MaxUint64), Change{Action: Add, Value: u(math.MaxUint64)}, OutOfRange, u(math.MaxUint64)},
		{"add beyond the largest i64", refI64, i(math.MaxInt64), Change{Action: Add, Value: i(1)}, OutOfRange, i(math.MaxInt64)},
		{"add below the least i64", refI64, i(math.MinInt64), Change{Action: Add, Value: i(-1)}, OutOfRange, i(math.MinInt64)},
		{"add of both ends of i64", refI64, i(math.MinInt64), Change{Action: Add, Value: i(math.MaxInt64)}, OK, i(-1)},
		{"add nothing to the least i64", refI64, i(math.MinInt64), Change{Action: Add}, OK, i(math.MinInt64)},
		{"add beyond the largest f32", refF32, f(math.MaxFloat32), Change{Action: Add, Value: f(math.MaxFloat32)}, OutOfRange, f(math.MaxFloat32)},
		{"add beyond the largest f64", refF64, f(math.MaxFloat64), Change{Action: Add, Value: f(math.MaxFloat64)}, OutOfRange, f(math.MaxFloat64)},
		{"add below the least f64", refF64, f(-math.MaxFloat64), Change{Action: Add, Value: f(-math.MaxFloat64)}, OutOfRange, f(-math.MaxFloat64)},
		{"add to an infinity", refF64, f(math.Inf(1)), Change{Action: Add, Value: f(-5)}, OK, f(math.Inf(1))},
		{"add of an infinity", refF32, f(5), Change{Action: Add, Value: f(math.Inf(-1))}, OK, f(math.Inf(-1))},

		{"mask of a u16", refU16, u(0xabcd), Change{Action: Mask, Value: u(0x1234), Operand: u(0xff00)}, OK, u(0xab34)},
		{"mask that keeps nothing of an i16", refI16, i(5), Change{Action: Mask, Value: i(-2)}, OK, i(-2)},
		{"mask that keeps the sign of an i16", refI16, i(-32_768), Change{Action: Mask, Value: i(1), Operand: i(-32_768)}, OK, i(-32_767)},
		{"mask that takes the sign of an i32", refI32, i(7), Change{Action: Mask, Value: i(-8), Operand: i(7)}, OK, i(-1)},
		{"mask of a u64", refU64, u(math.MaxUint64), Change{Action: Mask, Operand: u(1 << 63)}, OK, u(1 << 63)},
		{"mask of a bool", refBool, u(1), Change{Action: Mask}, WrongType, u(1)},
		{"mask of an f32", refF32, f(1), Change{Action: Mask}, WrongType, f(1)},
		{"mask of an f64", refF64, f(1), Change{Action: Mask}, WrongType, f(1)},

		{"compare-and-set", refI64, i(-1), Change{Action: CompareSet, Value: i(5), Operand: i(-1)}, OK, i(5)},
		{"compare-and-set of another value", refI64, i(-1), Change{Action: CompareSet, Value: i(5), Operand: i(1)}, Differs, i(-1)},
		{"compare-and-set of a NaN", refF64, Value{nan}, Change{Action: CompareSet, Value: f(5), Operand: Value{nan}}, OK, f(5)},
		{"compare-and-set of another NaN", refF64, Value{nan}, Change{Action: CompareSet, Value: f(5), Operand: Value{negNaN}}, Differs, Value{nan}},
		{"compare-and-set of -0 where 0 is", refF64, f(0), Change{Action: CompareSet, Value: f(5), Operand: f(math.Copysign(0, -1))}, Differs, f(0)},
		{"compare-and-set of -0", refF32, f(math.Copysign(0, -1)), Change{Action: CompareSet, Value: f(0), Operand: f(math.Copysign(0, -1))}, OK, f(0)},
		{"compare-and-set to what the type cannot hold", refU16, u(1), Change{Action: CompareSet, Value: u(1 << 20), Operand: u(1)}, OutOfRange, u(1)},

		{"keep", refI32, i(4), Change{Action: Keep, Quality: Bad, Value: i(77)}, OK, i(4)},
		{"an action that there is not", refI32, i(4), Change{Action: 9}, Malformed, i(4)},
		{"a register that there is not", 99, i(0), Change{}, UnknownRegister, i(0)},
		{"a register of another writer", refOther, i(0), Change{Value: i(1)}, NotWritable, i(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlant(t)
			known := int(c.ref) < len(p.outs)
			if known {
				p.outs[c.ref].Set(1, c.before, Good)
			}
			p.drain()
			before := p.at()
			c.change.Ref = c.ref
			tx := &Transaction{Changes: []Change{c.change}, Reads: []Ref{0}}
			p.w.Apply(7, tx)
			if tx.Status != c.status {
				t.Fatalf("%v, want %v", tx.Status, c.status)
			}
			if c.status != OK {
				if after := p.at(); !slices.Equal(after, before) || p.w.Changed() || len(tx.Old)+len(tx.Samples) > 0 {
					t.Errorf("it is refused and yet something happened: %+v", tx)
				}
				return
			}
			if got := p.outs[c.ref].In().Sample(); got.Value != c.after || got.Quality != c.change.Quality {
				t.Errorf("the register holds %+v, want %v", got, c.after.Format(p.outs[c.ref].Type()))
			}
			if len(tx.Old) != 1 || tx.Old[0] != before[c.ref] || len(tx.Samples) != 1 {
				t.Errorf("old %+v, want %+v", tx.Old, before[c.ref])
			}
		})
	}
}

func TestATransactionThatFailsSaysWhereAndLeavesNoTrace(t *testing.T) {
	good := func(ref Ref, v int64) Change { return Change{Ref: ref, Value: IntValue(v)} }
	for _, c := range []struct {
		name    string
		changes []Change
		reads   []Ref
		status  Status
		failed  int
	}{
		{"an unknown register", []Change{good(refI16, 5), good(50, 1)}, nil, UnknownRegister, 1},
		{"an unknown register to read", []Change{good(refI16, 5)}, []Ref{refI16, 50}, UnknownRegister, 2},
		{"another writer's", []Change{good(refI16, 5), good(refMore, 6), good(refOther, 1)}, nil, NotWritable, 2},
		{"out of range at first", []Change{good(refI16, 1<<20), good(refMore, 6)}, nil, OutOfRange, 0},
		{"one register several times", []Change{good(refI16, 5), good(refI16, 1), good(refI16, 9),
			{Ref: refI16, Action: CompareSet, Operand: IntValue(1)}}, nil, Differs, 3},
		{"there and back again", []Change{good(refI16, 5), {Ref: refI16, Value: IntValue(1), Quality: Uncertain}, {Ref: refBool, Action: Add}}, nil, WrongType, 2},
		{"a limit of the process", []Change{good(refMore, 5), good(refI32, 1001)}, nil, OutOfRange, 1},
		{"a silent device", []Change{good(refMore, 5), good(refI32, -1001)}, nil, DeviceNotResponding, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlant(t)
			p.outs[refI32].Guard(func(v Value) Status {
				switch {
				case v.Int() > 1000:
					return OutOfRange
				case v.Int() < -1000:
					return DeviceNotResponding
				}
				return OK
			})
			p.outs[refI16].SetInt(1, 1)
			p.drain()
			p.outs[refMore].SetInt(2, 2) // this one is in the journal, and stays there
			before := p.at()
			tx := &Transaction{Changes: c.changes, Reads: c.reads}
			p.w.Apply(7, tx)
			if tx.Status != c.status || tx.Failed != c.failed {
				t.Errorf("%v at %d, want %v at %d", tx.Status, tx.Failed, c.status, c.failed)
			}
			if after := p.at(); !slices.Equal(after, before) {
				t.Errorf("the registers hold %+v, before %+v", after, before)
			}
			if journal := p.drain(); !slices.Equal(journal, []Ref{refMore}) {
				t.Errorf("the journal has %v", journal)
			}
		})
	}
}

// exact is the sum of two numbers of type t, if the type has it.
func exact(t Type, a, b Value) (Value, Status) {
	switch {
	case t.Float():
		sum := a.Float() + b.Float()
		if math.IsInf(sum, 0) && !math.IsInf(a.Float(), 0) && !math.IsInf(b.Float(), 0) {
			return a, OutOfRange
		}
		v, ok := FloatValue(sum).Fit(t)
		if !ok {
			return a, OutOfRange
		}
		return v, OK
	case !t.Integer():
		return a, WrongType
	}
	number := func(v Value) *big.Int {
		if typeTable[t].class == classInt {
			return big.NewInt(v.Int())
		}
		return new(big.Int).SetUint64(v.Uint())
	}
	sum := new(big.Int).Add(number(a), number(b))
	v := Value{new(big.Int).And(sum, new(big.Int).SetUint64(math.MaxUint64)).Uint64()}
	if _, ok := v.Fit(t); !ok || number(v).Cmp(sum) != 0 {
		return a, OutOfRange
	}
	return v, OK
}

// model carries out a transaction on plain samples.
func (p *plant) model(now time.Duration, all []Sample, tx *Transaction) (after []Sample, status Status, failed int) {
	after = slices.Clone(all)
	for i, c := range tx.Changes {
		if c.Ref == refOther {
			return all, NotWritable, i
		}
		typ, s := p.outs[c.Ref].Type(), &after[c.Ref]
		v, ok := c.Value.Fit(typ)
		status := OK
		if !ok {
			status = OutOfRange
		}
		switch c.Action {
		case Add:
			v, status = exact(typ, s.Value, c.Value)
		case Mask:
			v, status = Value{s.Value.bits & c.Operand.bits}, OK
			v.bits |= c.Value.bits & (math.MaxUint64 ^ c.Operand.bits)
			if !typ.Integer() {
				status = WrongType
			}
		case CompareSet:
			if s.Value != c.Operand {
				status = Differs
			}
		}
		if status != OK {
			return all, status, i
		}
		if v != s.Value || c.Quality != s.Quality {
			*s = Sample{Value: v, Time: now, Quality: c.Quality}
		}
	}
	return after, OK, 0
}

// Small numbers make sums, comparisons and writes that change nothing likely.
func drawValue(t *rapid.T, typ Type) Value {
	if rapid.Bool().Draw(t, "small") {
		switch n := rapid.Int64Range(0, 2).Draw(t, "value"); {
		case typ.Float():
			return FloatValue(float64(n))
		case typ == Bool:
			return BoolValue(n > 0)
		default:
			return IntValue(n)
		}
	}
	v, _ := Value{rapid.Uint64().Draw(t, "bits")}.Fit(typ)
	return v
}

func TestTransactionsFollowTheModel(test *testing.T) {
	rapid.Check(test, func(t *rapid.T) {
		p := newPlant(test)
		for now := time.Duration(1); now <= 12; now++ {
			before := p.at()
			if rapid.Bool().Draw(t, "drain") {
				p.drain()
			}
			journal := map[Ref]bool{}
			for i, o := range p.outs {
				if o.w == p.w && p.w.dirty[o.word]&o.mask != 0 {
					journal[Ref(i)] = true
				}
			}
			tx := new(Transaction)
			for range rapid.IntRange(0, 5).Draw(t, "changes") {
				ref := rapid.SampledFrom([]Ref{0, 1, 2, 3, 4, 5, 6, 7, 8, refMore, refMore, refOther}).Draw(t, "ref")
				typ := p.outs[ref].Type()
				c := Change{Ref: ref, Action: Action(rapid.IntRange(0, 3).Draw(t, "action")), Quality: Quality(rapid.IntRange(0, 2).Draw(t, "quality")),
					Value: drawValue(t, typ), Operand: drawValue(t, typ)}
				if rapid.Bool().Draw(t, "as it is") {
					c.Operand = before[ref].Value
				}
				tx.Changes = append(tx.Changes, c)
			}
			for range rapid.IntRange(0, 3).Draw(t, "reads") {
				tx.Reads = append(tx.Reads, Ref(rapid.IntRange(0, len(p.outs)-1).Draw(t, "read")))
			}
			want, status, failed := p.model(now, before, tx)
			p.w.Apply(now, tx)
			got := p.at()
			if tx.Status != status || tx.Failed != failed || !slices.Equal(got, want) {
				t.Fatalf("%+v:\n%v at %d, want %v at %d\n%+v\nwant\n%+v", tx.Changes, tx.Status, tx.Failed, status, failed, got, want)
			}
			for i := range before {
				if before[i] != want[i] {
					journal[Ref(i)] = true
				}
			}
			for i, o := range p.outs {
				if o.w == p.w && (p.w.dirty[o.word]&o.mask != 0) != journal[Ref(i)] && (status != OK || journal[Ref(i)]) {
					t.Fatalf("%+v, %v: register %d is in the journal: %v", tx.Changes, status, i, !journal[Ref(i)])
				}
			}
			if status != OK {
				if len(tx.Old)+len(tx.Samples) > 0 {
					t.Fatalf("refused, and yet %+v", tx)
				}
				continue
			}
			seen := slices.Clone(before)
			for i, c := range tx.Changes {
				if tx.Old[i] != seen[c.Ref] {
					t.Fatalf("change %d found %+v, want %+v", i, tx.Old[i], seen[c.Ref])
				}
				seen, _, _ = p.model(now, seen, &Transaction{Changes: []Change{c}})
			}
			for i, ref := range tx.Reads {
				if tx.Samples[i] != want[ref] {
					t.Fatalf("read %d gives %+v, want %+v", i, tx.Samples[i], want[ref])
				}
			}
		}
	})
}

func TestACheckIsAskedBeforeEachChange(t *testing.T) {
	p := newPlant(t)
	var asked []Ref
	tx := &Transaction{
		Changes: []Change{{Ref: refI16, Value: IntValue(5)}, {Ref: refMore, Value: IntValue(6)}, {Ref: refI32, Value: IntValue(7)}},
		Check: func(ref Ref) Status {
			asked = append(asked, ref)
			if ref == refMore {
				return Busy
			}
			return OK
		},
	}
	before := p.at()
	p.w.Apply(1, tx)
	if tx.Status != Busy || tx.Failed != 1 || !slices.Equal(asked, []Ref{refI16, refMore}) || !slices.Equal(p.at(), before) {
		t.Errorf("%v at %d after asking about %v", tx.Status, tx.Failed, asked)
	}
}

func TestResetKeepsMemoryAndNothingElse(t *testing.T) {
	tx := &Transaction{Changes: make([]Change, 3), Reads: make([]Ref, 3), Finished: func(*Transaction) {}}
	p := newPlant(t)
	tx.Changes[2] = Change{Ref: refOther}
	p.w.Apply(1, tx)
	tx.Reset()
	if cap(tx.Changes) < 3 || cap(tx.Reads) < 3 || tx.Finished == nil {
		t.Errorf("%+v", tx)
	}
	tx.Finished = nil
	if len(tx.Changes)+len(tx.Reads)+len(tx.Old)+len(tx.Samples) > 0 || tx.Status != OK || tx.Failed != 0 {
		t.Errorf("%+v", tx)
	}
}

// Several clients write all registers of a store at once, or try to, with values that
// then turn out to be wrong; others read them together.
func TestAllOfATransactionIsSeenOrNothing(t *testing.T) {
	const registers, clients, rounds = 6, 3, 3000
	bank := NewBank()
	var clock atomic.Int64
	store := NewStore(bank, "clients", "", func() time.Duration { return time.Duration(clock.Add(1)) })
	var refs []Ref
	for i := range registers + 1 {
		o, err := store.Define(Def{Name: fmt.Sprint("r", i), Type: I64}, IntValue(0))
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, o.Ref())
	}
	counter, refs := refs[registers], refs[:registers]
	bank.Seal()
	// same reports whether samples are of one transaction that was carried out.
	same := func(all []Sample) bool {
		for _, s := range all {
			if s != all[0] || s.Value.Int() < 0 {
				return false
			}
		}
		return true
	}
	first := new(Transaction) // so that all are of one time
	for _, ref := range refs {
		first.Changes = append(first.Changes, Change{Ref: ref, Value: IntValue(math.MaxInt64)})
	}
	store.Apply(first)
	var writers sync.WaitGroup
	readWhile(t, 2, func() {
		for c := range clients {
			writers.Go(func() {
				var tx Transaction
				for i := range rounds {
					tx.Reset()
					value := IntValue(int64(1 + c + clients*i))
					refused := i%3 == 0
					if refused {
						value = IntValue(-1)
					}
					for _, ref := range refs {
						tx.Changes = append(tx.Changes, Change{Ref: ref, Value: value})
					}
					tx.Changes = append(tx.Changes, Change{Ref: counter, Action: Add, Value: IntValue(1)})
					if refused {
						tx.Changes = append(tx.Changes, Change{Ref: refs[0], Action: CompareSet, Operand: IntValue(-2)})
					}
					tx.Reads = append(tx.Reads, refs...)
					if !store.Apply(&tx) || (tx.Status == Differs) != refused {
						t.Errorf("%v", tx.Status)
						return
					}
					if !refused && (!same(tx.Samples) || tx.Samples[0].Value != value) {
						t.Errorf("it wrote %v and read %+v", value.Int(), tx.Samples)
						return
					}
				}
			})
		}
		writers.Wait()
	}, func() bool {
		all := make([]Sample, registers)
		return !bank.Snapshot(refs, all) || same(all)
	})
	if got := bank.At(counter).Int(); got != clients*rounds/3*2 {
		t.Errorf("%d of %d additions are there", got, clients*rounds/3*2)
	}
}

func TestASingleChangeAllocatesNothing(t *testing.T) {
	bank := NewBank()
	store := NewStore(bank, "clients", "", func() time.Duration { return 1 })
	o, err := store.Define(Def{Name: "a", Type: I64}, IntValue(0))
	if err != nil {
		t.Fatal(err)
	}
	var tx Transaction
	if n := testing.AllocsPerRun(1000, func() {
		tx.Reset()
		tx.Changes = append(tx.Changes, Change{Ref: o.Ref(), Action: Add, Value: IntValue(1)})
		tx.Reads = append(tx.Reads, o.Ref())
		store.Apply(&tx)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := o.In().Int(); got < 1000 {
		t.Errorf("it holds %d", got)
	}
}
