package clients

import (
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// mutants are servers, networks and clients with a fault of their own, and what is said
// of each.
var mutants = []struct {
	want string
	mutant
}{
	{"object 0 is not linearizable", mutant{name: "writes are acknowledged before they are applied",
		apply: func(w *world, now time.Duration, tx *protocol.Transaction) bool {
			if len(tx.Changes) > 1 || len(tx.Reads) > 0 || tx.Changes[0].Action != protocol.Set {
				return false
			}
			late := &protocol.Transaction{Changes: append([]protocol.Change(nil), tx.Changes...)}
			w.at(now+50*time.Millisecond, func(now time.Duration) { w.carryOut(now, late) })
			return true
		}}},
	{"object 0 is not linearizable", mutant{name: "one write in fifty is dropped",
		apply: func(w *world, _ time.Duration, tx *protocol.Transaction) bool {
			return len(tx.Changes) == 1 && tx.Changes[0].Action == protocol.Set && len(tx.Reads) == 0 && w.fresh%50 == 0
		}}},
	{"object 1 is not linearizable", mutant{name: "a lost add is done twice",
		apply: func(w *world, now time.Duration, tx *protocol.Transaction) bool {
			if tx.Changes[0].Action == protocol.Add && w.fresh%20 == 0 {
				w.carryOut(now, tx)
				again := &protocol.Transaction{Changes: append([]protocol.Change(nil), tx.Changes...)}
				w.carryOut(now, again)
				return true
			}
			return false
		}}},
	{"object 0 is not linearizable", mutant{name: "transactions are torn",
		apply: func(w *world, now time.Duration, tx *protocol.Transaction) bool {
			if len(tx.Changes) < 2 || tx.Changes[0].Action != protocol.Set || tx.Finished == nil {
				return false
			}
			rest := &protocol.Transaction{Changes: append([]protocol.Change(nil), tx.Changes[1:]...)}
			w.at(now+40*time.Millisecond, func(now time.Duration) { w.carryOut(now, rest) })
			tx.Changes = tx.Changes[:1]
			w.carryOut(now, tx)
			return true
		}}},
	{"object 2 is not linearizable", mutant{name: "a compare-and-set sets without comparing",
		apply: func(w *world, now time.Duration, tx *protocol.Transaction) bool {
			if tx.Changes[0].Action != protocol.CompareSet {
				return false
			}
			tx.Changes[0].Action = protocol.Set
			w.carryOut(now, tx)
			return true
		}}},
	{"a push shows", mutant{name: "a push comes after the next one",
		event: func() func(*actor, wire.Event, func(wire.Event)) {
			kept := map[*subscription]*wire.Event{}
			return func(a *actor, e wire.Event, give func(wire.Event)) {
				s := a.watches[e.ID]
				if s == nil || e.Kind != wire.Pushed || !s.whole || len(e.Entries) == 0 {
					give(e)
					return
				}
				if before := kept[s]; before != nil {
					delete(kept, s)
					give(e)
					give(*before)
				} else if a.rnd.IntN(20) == 0 {
					kept[s] = &e
				} else {
					give(e)
				}
			}
		}()}},
	{"a push shows", mutant{name: "one push in twenty is lost",
		event: func(a *actor, e wire.Event, give func(wire.Event)) {
			if e.Kind != wire.Pushed || a.rnd.IntN(20) != 0 {
				give(e)
			}
		}}},
	{"was not resumed", mutant{name: "a client forgets its watches when it reconnects",
		event: func(a *actor, e wire.Event, give func(wire.Event)) {
			if s := a.watches[e.ID]; s == nil || e.Kind != wire.Resumed {
				give(e)
			}
		}}},
	{"values were coalesced", mutant{name: "more was coalesced than there was",
		event: func(_ *actor, e wire.Event, give func(wire.Event)) {
			if e.Kind == wire.Pushed && e.Coalesced > 0 {
				e.Coalesced += 1000
			}
			give(e)
		}}},
	{"nothing was pushed since", mutant{name: "heartbeats fail to come",
		event: func(a *actor, e wire.Event, give func(wire.Event)) {
			if e.Kind != wire.Pushed || len(e.Entries) > 0 {
				give(e)
			}
		}}},
	{"that was lost", mutant{name: "what a lost source published stays good",
		apply: func(_ *world, _ time.Duration, tx *protocol.Transaction) bool {
			return tx.Changes[0].Action == protocol.Keep
		}}},
	{"clock", mutant{name: "the line's clock jitters",
		clock: func(now time.Duration) time.Duration { return now + now%(97*time.Millisecond) }}},
	{"is not linearizable", mutant{name: "sessions read a copy of the bank that is late",
		bank: func(w *world) *protocol.Bank {
			late := protocol.NewBank()
			writer := late.Writer("late", "")
			var outs []*protocol.Out
			for _, r := range w.bank.Registers() {
				o, err := writer.Define(r.Def)
				if err != nil {
					panic(err)
				}
				outs = append(outs, o)
			}
			late.Seal()
			w.comp.Every(0, 40*time.Millisecond, 0, func(now time.Duration) {
				for i, o := range outs {
					s := w.bank.At(protocol.Ref(i)).Sample()
					o.Set(s.Time, s.Value, s.Quality)
				}
			})
			return late
		}}},
}

func TestEachMutantIsFoundOut(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			said := map[string]bool{}
			for seed := range uint64(40) {
				for _, f := range newWorld(seed, m.mutant).run() {
					if strings.Contains(f, m.want) {
						return
					}
					said[f] = true
				}
			}
			t.Errorf("in 40 seeds nobody said that %q; what was said: %v", m.want, said)
		})
	}
}

// What the worlds of the first seeds must have seen, so that passing them means something.
func TestTheSeedsMeetWhatTheyAreMeantToMeet(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(60) {
		w := newWorld(seed, mutant{})
		w.met = met
		w.run()
	}
	t.Log(met)
	for _, what := range []string{
		"net: refused", "net: reset", "net: truncated", "net: silent",
		"broken: reset by peer", "broken: EOF", "broken: connect timed out", "broken: has no power", "broken: owes an answer",
		"ended: nothing arrived", "ended: has not read its replies", "ended: of its first byte", "broken: shuts down", "broken: refused",
		"lost", "resumed", "coalesced", "refused: busy, try again", "refused: the register holds another value", "source lost",
	} {
		if met[what] < 5 {
			t.Errorf("%q was met %d times", what, met[what])
		}
	}
}
