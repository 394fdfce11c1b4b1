package wire

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// crowd runs clients at once, each with a session of its own on one bank.
func (w *workshop) crowd(t *testing.T, clients int, run func(i int, p *pair)) {
	t.Helper()
	var work sync.WaitGroup
	for i := range clients {
		p := w.pair(t)
		work.Go(func() { run(i, p) })
	}
	work.Wait()
}

// One client claims a register now and then, while others keep writing it. As long as it
// is the source it finds there what it wrote itself: nothing comes late that another was
// allowed to write before.
func TestNoWriteOfAnotherComesAfterAClaim(t *testing.T) {
	w := newWorkshop(t)
	apply := w.config.Apply
	w.config.Apply = func(tx *protocol.Transaction) bool {
		if tx.Changes[0].Value.Int() < 0 {
			for range 5 { // the processor may turn to the source here
				runtime.Gosched()
			}
		}
		return apply(tx)
	}
	var over atomic.Bool
	w.crowd(t, 4, func(i int, p *pair) {
		write := func(v int64) protocol.Status { return p.status(p.client.Write(0, protocol.I64, protocol.IntValue(v))) }
		for n := int64(1); i > 0 && !over.Load(); n++ {
			if s := write(-n); s != protocol.OK && s != protocol.Busy {
				t.Errorf("a write is answered with %v", s)
			}
			runtime.Gosched()
		}
		if i > 0 {
			return
		}
		defer over.Store(true)
		for n := range int64(2000) {
			if s := p.status(p.client.Claim([]protocol.Ref{0}, 0)); s != protocol.OK {
				t.Errorf("the claim is answered with %v", s)
			}
			if s := write(n); s != protocol.OK {
				t.Errorf("the source's write is answered with %v", s)
			}
			for range 3 {
				runtime.Gosched()
				must(t)(p.client.Read(0, 0, false))
				if e := p.one(); e.Entries[0].Sample.Value.Int() != n {
					t.Errorf("the source wrote %d and reads %+v", n, e.Entries[0].Sample)
					return
				}
			}
			p.status(p.client.Release())
			runtime.Gosched()
		}
	})
}

// Sessions of one bank run on goroutines of their own. Money is moved between registers
// of one store, and nobody ever sees any of it missing, or in two places.
func TestSessionsSeeOneAnothersTransactionsWhole(t *testing.T) {
	w := newWorkshop(t)
	w.crowd(t, 4, func(i int, p *pair) {
		refs := []protocol.Ref{0, 1, 2}
		total := func(entries []Entry) (sum int64) {
			for _, e := range entries {
				sum += e.Sample.Value.Int()
			}
			return sum
		}
		watch := must(t)(p.client.Watch(refs, 0, true))
		p.settle()
		for n := range 1000 {
			from, to := refs[n%3], refs[(n+1+i%2)%3]
			move := func(ref protocol.Ref, v int64) TypedChange {
				return TypedChange{protocol.Change{Ref: ref, Action: protocol.Add, Value: protocol.IntValue(v)}, protocol.I64}
			}
			must(t)(p.client.Transact([]TypedChange{move(from, -int64(n)), move(to, int64(n))}, refs, false))
			must(t)(p.client.Block(0, 3, protocol.I64))
			p.now += time.Millisecond
			for _, e := range p.settle() {
				if e.Kind != Answered || total(e.Entries) != 0+1+2 {
					t.Errorf("%+v", e)
					return
				}
			}
		}
		p.status(p.client.Unwatch(watch))
	})
}
