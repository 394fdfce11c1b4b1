package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func set(ref protocol.Ref, v int64) TypedChange {
	return TypedChange{protocol.Change{Ref: ref, Value: protocol.IntValue(v)}, protocol.I64}
}

func swap(ref protocol.Ref, from, to int64) TypedChange {
	return TypedChange{protocol.Change{Ref: ref, Action: protocol.CompareSet, Value: protocol.IntValue(to), Operand: protocol.IntValue(from)}, protocol.I64}
}

func TestATransactionIsAnsweredWithWhatItReads(t *testing.T) {
	w := newWorkshop(t)
	p := w.pair(t)
	for _, timed := range []bool{false, true} {
		must(t)(p.client.Transact([]TypedChange{set(0, 5), swap(0, 5, 6), {protocol.Change{Ref: 1, Action: protocol.Add, Value: protocol.IntValue(2), Quality: protocol.Uncertain}, protocol.I64}},
			[]protocol.Ref{1, 0, 7, 1}, timed))
		e := p.one()
		if e.Kind != Answered || len(e.Entries) != 4 {
			t.Fatalf("%+v", e)
		}
		for i, want := range []int64{3, 6, 13, 3} {
			got := e.Entries[i]
			if timed {
				want += []int64{2, 0, 0, 2}[i] // a second addition
			}
			if got.Sample.Value.Int() != want || got.Index != i || (got.Sample.Time == time.Second) != timed {
				t.Errorf("timed %v: entry %d is %+v, want %d", timed, i, got, want)
			}
		}
		if e.Entries[0].Sample.Quality != protocol.Uncertain {
			t.Errorf("%+v", e.Entries[0])
		}
	}
	must(t)(p.client.Transact([]TypedChange{set(0, 9), set(2, 9)}, nil, false))
	if e := p.one(); e.Kind != Done || w.bank.At(0).Int() != 9 || w.bank.At(2).Int() != 9 {
		t.Errorf("without reads: %+v", e)
	}
}

func TestEachRefusalOfATransactionSaysWhichPartWasAtFault(t *testing.T) {
	w := newWorkshop(t)
	w.config.Authorise = func(Credentials) (protocol.Grant, bool) {
		return protocol.Grant{Access: protocol.Operator, Read: []protocol.Range{{First: 0, Last: 5}}, Write: []protocol.Range{{First: 0, Last: 4}}}, true
	}
	p := w.pair(t)
	other := w.pair(t)
	other.status(other.client.Claim([]protocol.Ref{2}, 0))
	typed := func(typ protocol.Type) TypedChange { return TypedChange{protocol.Change{Ref: 1}, typ} }
	for _, c := range []struct {
		name    string
		changes []TypedChange
		reads   []protocol.Ref
		want    protocol.Status
		at      int
	}{
		{"an unknown register", []TypedChange{set(0, 1), set(8, 1)}, nil, protocol.UnknownRegister, 1},
		{"another type", []TypedChange{set(0, 1), set(1, 1), typed(protocol.U64)}, nil, protocol.WrongType, 2},
		{"an engineer's", []TypedChange{set(3, 1), set(0, 1)}, nil, protocol.NotAuthorised, 0},
		{"outside what it may write", []TypedChange{set(0, 1), set(5, 1)}, nil, protocol.NotAuthorised, 1},
		{"claimed by another", []TypedChange{set(0, 1), set(2, 1)}, nil, protocol.Busy, 1},
		{"an unknown register to read", []TypedChange{set(0, 1)}, []protocol.Ref{1, 2, 9}, protocol.UnknownRegister, 3},
		{"outside what it may read", []TypedChange{set(0, 1), set(1, 1)}, []protocol.Ref{6}, protocol.NotAuthorised, 2},
		{"two writers", []TypedChange{set(0, 1), set(1, 1), set(4, 1)}, nil, protocol.Limit, 2},
		{"another value", []TypedChange{set(0, 1), swap(0, 1, 2), swap(0, 1, 3)}, nil, protocol.Differs, 2},
		{"a sum too large", []TypedChange{set(0, 1<<62), {protocol.Change{Ref: 0, Action: protocol.Add, Value: protocol.IntValue(1 << 62)}, protocol.I64}},
			nil, protocol.OutOfRange, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := must(t)(p.client.Transact(c.changes, c.reads, false))
			if e := p.one(); e.Kind != Refused || e.ID != id || e.Status != c.want || e.At != c.at {
				t.Errorf("%+v, want %v at %d", e, c.want, c.at)
			}
			if v, q := w.bank.At(0).Int(), w.bank.At(1).Int(); v != 0 || q != 1 {
				t.Errorf("the registers hold %d and %d", v, q)
			}
			if p.server.Err() != nil {
				t.Error(p.server.Err())
			}
		})
	}
}

// What no client of this package sends.
func TestTransactionsThatBreakTheirOwnFormatAreRefused(t *testing.T) {
	l := newLine(t, protocol.Def{Name: "a", Type: protocol.Bool, Access: protocol.Operator}, protocol.Def{Name: "b", Type: protocol.U16, Access: protocol.Operator})
	change := []byte{1, 0, 0x02, 7, 0}
	for _, c := range []struct {
		name    string
		payload []byte
		want    protocol.Status
		at      uint16
	}{
		{"nothing", nil, protocol.Malformed, 0},
		{"half a count", []byte{1}, protocol.Malformed, 0},
		{"no changes", []byte{0, 0}, protocol.Malformed, 0},
		{"reads alone", []byte{0, 0, 1, 0}, protocol.Malformed, 0},
		{"fewer changes than it says", append([]byte{2, 0}, change...), protocol.Malformed, 1},
		{"very many fewer", append([]byte{0xff, 0xff}, change...), protocol.Malformed, 1},
		{"a change cut short", append([]byte{1, 0}, change[:4]...), protocol.Malformed, 0},
		{"a type that there is not", []byte{1, 0, 1, 0, 0x0c, 7, 0}, protocol.Malformed, 0},
		{"a quality that there is not", []byte{1, 0, 1, 0, 0x32, 7, 0}, protocol.Malformed, 0},
		{"half a register to read", append(append([]byte{1, 0}, change...), 1), protocol.Malformed, 1},
		{"a bool of 2", []byte{1, 0, 0, 0, 0x01, 2}, protocol.OutOfRange, 0},
		{"a bool of 2 to compare with", []byte{1, 0, 0, 0, 0xc1, 1, 2}, protocol.OutOfRange, 0},
		{"too many reads", append(append([]byte{1, 0}, 0, 0, 0x01, 1), make([]byte, 2*(MaxRefs+1))...), protocol.Limit, 1 + MaxRefs},
		{"as many reads as there may be", append(append([]byte{1, 0}, 0, 0, 0x01, 1), make([]byte, 2*MaxRefs)...), protocol.OK, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, l, ServerConfig{Apply: allow}, ClientConfig{})
			request := append(beginSized(nil, opTransact, 7), c.payload...)
			p.server.Receive(0, endSized(request, 0))
			out := p.server.Output()
			if c.want == protocol.OK {
				if out[0] != opEntries || p.server.Err() != nil {
					t.Errorf("the answer is % x, %v", out[:min(len(out), 8)], p.server.Err())
				}
				return
			}
			if want := []byte{opFailAt, 7, 0, byte(c.want), byte(c.at), byte(c.at >> 8)}; !slices.Equal(out, want) || p.server.Err() != nil {
				t.Errorf("the answer is % x, want % x; %v", out, want, p.server.Err())
			}
		})
	}
	p := newPair(t, l, ServerConfig{Apply: allow}, ClientConfig{})
	p.server.Receive(0, []byte{opChange, 1, 0, 1, 0, 0x0c})
	if err := p.server.Err(); !errors.Is(err, protocol.Malformed) || !strings.Contains(err.Error(), "a change has type 12 and quality 0") {
		t.Errorf("a change of no type: %v", err)
	}
	p = newPair(t, l, ServerConfig{Apply: allow}, ClientConfig{})
	p.server.Receive(0, []byte{opChange, 1, 0, 0, 0, 0x01, 2})
	if want := []byte{opFail, 1, 0, byte(protocol.OutOfRange)}; !slices.Equal(p.server.Output(), want) {
		t.Errorf("a bool of 2: % x", p.server.Output())
	}
}

// later is an ApplyFunc that carries transactions out when it is told to.
type later struct {
	apply protocol.ApplyFunc
	queue []*protocol.Transaction
}

func (l *later) Apply(tx *protocol.Transaction) bool {
	l.queue = append(l.queue, tx)
	return false
}

// finish carries out the i-th that waits and tells its session.
func (l *later) finish(p *pair, i int) {
	tx := l.queue[i]
	l.queue = slices.Delete(l.queue, i, i+1)
	l.apply(tx)
	p.server.Complete(p.now, tx)
}

func (w *workshop) slow(t testing.TB) (*pair, *later) {
	slow := &later{apply: w.apply}
	config := w.config
	config.Apply = slow.Apply
	p := &pair{t: t, client: NewClient(ClientConfig{}), server: NewServer(0, w.bank, config)}
	p.server.OnFinished(func(*protocol.Transaction) {})
	p.settle()
	return p, slow
}

func TestAnswersToSlowWritesComeWhenTheyAreDone(t *testing.T) {
	w := newWorkshop(t)
	p, slow := w.slow(t)
	first := must(t)(p.client.Write(0, protocol.I64, protocol.IntValue(5)))
	second := must(t)(p.client.Change(protocol.I64, protocol.Change{Ref: 1, Action: protocol.Add, Value: protocol.IntValue(1)}))
	third := must(t)(p.client.Transact([]TypedChange{set(4, 1), set(1, 1)}, nil, false))
	read := must(t)(p.client.Read(0, 0, false))
	if e := p.one(); e.ID != read || e.Entries[0].Sample.Value.Int() != 0 {
		t.Fatalf("the read does not overtake: %+v", e)
	}
	if p.server.Pending() != 3 {
		t.Errorf("%d are pending", p.server.Pending())
	}
	slow.finish(p, 2)
	if e := p.one(); e.ID != third || e.Status != protocol.Limit || e.At != 1 {
		t.Errorf("%+v", e)
	}
	slow.finish(p, 0)
	if e := p.one(); e.ID != first || e.Kind != Done {
		t.Errorf("%+v", e)
	}
	slow.finish(p, 0)
	if e := p.one(); e.ID != second || e.Entries[0].Sample.Value.Int() != 1 || w.bank.At(1).Int() != 2 {
		t.Errorf("%+v", e)
	}
	if p.server.Pending() != 0 || p.client.InFlight() != 0 {
		t.Errorf("%d pending, %d in flight", p.server.Pending(), p.client.InFlight())
	}
}

func TestWritesThatWaitAreBounded(t *testing.T) {
	w := newWorkshop(t)
	w.config.MaxPending = 3
	p, slow := w.slow(t)
	for i := range 5 {
		must(t)(p.client.Write(0, protocol.I64, protocol.IntValue(int64(i+1))))
	}
	events := p.settle()
	if len(events) != 2 || events[0].Status != protocol.Busy || events[1].Status != protocol.Busy || len(slow.queue) != 3 {
		t.Fatalf("%+v, %d wait", events, len(slow.queue))
	}
	slow.finish(p, 0)
	p.settle()
	must(t)(p.client.Write(0, protocol.I64, protocol.IntValue(9)))
	if events := p.settle(); len(events) != 0 || len(slow.queue) != 3 {
		t.Errorf("%+v, %d wait", events, len(slow.queue))
	}
	for len(slow.queue) > 0 {
		slow.finish(p, 0)
	}
	p.settle()
	// So are the registers that their answers will have.
	many := make([]protocol.Ref, MaxRefs/2+1)
	must(t)(p.client.Transact([]TypedChange{set(0, 1)}, many, false))
	must(t)(p.client.Transact([]TypedChange{set(0, 1)}, many, false))
	if e := p.one(); e.Status != protocol.Busy || len(slow.queue) != 1 {
		t.Errorf("%+v, %d wait", e, len(slow.queue))
	}
}

// What a session that has ended had submitted may be carried out long afterwards; its
// memory is nobody else's until then.
func TestAWriteOfASessionThatHasEndedHarmsNoOther(t *testing.T) {
	w := newWorkshop(t)
	gone, slow := w.slow(t)
	for i := range 4 {
		must(t)(gone.client.Write(1, protocol.I64, protocol.IntValue(int64(100+i))))
	}
	gone.settle()
	gone.server.Close(protocol.Busy, "kicked")
	if gone.server.Pending() != 0 {
		t.Errorf("%d pending", gone.server.Pending())
	}
	p := w.pair(t)
	for i := range 100 {
		if s := p.status(p.client.Write(0, protocol.I64, protocol.IntValue(int64(i)))); s != protocol.OK {
			t.Fatal(s)
		}
		if i%25 == 24 {
			before := len(gone.server.Output())
			slow.finish(gone, 0)
			if len(gone.server.Output()) != before {
				t.Error("the session that has ended answers")
			}
		}
		if got := w.bank.At(0).Int(); got != int64(i) {
			t.Fatalf("the register holds %d, not %d", got, i)
		}
	}
	if got := w.bank.At(1).Int(); got != 103 {
		t.Errorf("the last write was %d", got)
	}
}
