package clients

import (
	"math/rand/v2"
	"testing"

	"linetwin.dev/protocol"
)

func write(call, ret int, v int64) *operation {
	return &operation{call: call, ret: ret, steps: []step{{value: v}}}
}

func read(call, ret int, v int64) *operation {
	return &operation{call: call, ret: ret, reads: []int{0}, values: []int64{v}}
}

func TestTheCheckerKnowsWhatIsLinearizable(t *testing.T) {
	both := func(call, ret int, v int64) *operation {
		return &operation{call: call, ret: ret, steps: []step{{cell: 0, value: v}, {cell: 1, value: v}}}
	}
	snapshot := func(call, ret int, a, b int64) *operation {
		return &operation{call: call, ret: ret, reads: []int{0, 1}, values: []int64{a, b}}
	}
	add := func(call, ret int, old int64) *operation {
		return &operation{call: call, ret: ret, steps: []step{{action: protocol.Add, value: 1}}, olds: []int64{old}}
	}
	swap := func(call, ret int, from, to int64, differs int) *operation {
		return &operation{call: call, ret: ret, differs: differs, steps: []step{{action: protocol.CompareSet, operand: from, value: to}}}
	}
	for _, c := range []struct {
		name string
		want verdict
		ops  []*operation
	}{
		{"nothing", linear, nil},
		{"a read after a write", linear, []*operation{write(1, 2, 5), read(3, 4, 5)}},
		{"an old value after a write", notLinear, []*operation{write(1, 2, 5), read(3, 4, 0)}},
		{"an old value while it is written", linear, []*operation{write(1, 5, 5), read(2, 3, 0)}},
		{"a value before it is written", notLinear, []*operation{read(1, 2, 5), write(3, 4, 5)}},
		{"new, then old", notLinear, []*operation{write(1, 9, 5), read(2, 3, 5), read(4, 5, 0)}},
		{"new and old at once", linear, []*operation{write(1, 9, 5), read(2, 5, 5), read(3, 4, 0)}},
		{"a lost write that was seen", linear, []*operation{write(1, never, 5), read(8, 9, 5)}},
		{"a lost write that was seen, and undone", notLinear, []*operation{write(1, never, 5), read(2, 3, 5), read(4, 5, 0)}},
		{"a lost write that happens late, over another one", linear, []*operation{write(1, never, 5), write(2, 3, 6), read(4, 5, 6), read(6, 7, 5)}},
		{"a value that nobody wrote", notLinear, []*operation{write(1, 2, 5), read(3, 4, 6)}},
		{"half of a transaction", notLinear, []*operation{both(1, 9, 5), snapshot(2, 3, 5, 0)}},
		{"a whole transaction", linear, []*operation{both(1, 9, 5), snapshot(2, 3, 0, 0), snapshot(4, 5, 5, 5)}},
		{"two adds that saw the same", notLinear, []*operation{add(1, 4, 0), add(2, 3, 0)}},
		{"two adds", linear, []*operation{add(1, 4, 1), add(2, 3, 0), read(5, 6, 2)}},
		{"a lost add that counts", linear, []*operation{add(1, never, 0), add(2, 3, 1), read(4, 5, 2)}},
		{"two swaps of one value", notLinear, []*operation{swap(1, 4, 0, 7, 0), swap(2, 3, 0, 8, 0)}},
		{"a swap that failed for no reason", notLinear, []*operation{swap(1, 2, 0, 7, 1)}},
		{"a swap that a lost write made fail", linear, []*operation{write(1, never, 5), swap(2, 3, 0, 7, 1), read(4, 5, 5)}},
		{"a swap that a lost write, never seen, made fail", linear, []*operation{write(1, never, 5), swap(2, 3, 0, 7, 1), write(4, 5, 6)}},
	} {
		if got := check(c.ops, state{}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// An execution is linearizable by its making; one read changed to a value that the cell
// did not have in its time is not.
func TestTheCheckerAgreesWithHowTheHistoryCameAbout(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var ops []*operation
		var cell int64
		held := []int64{0} // values after each instant
		for i := range 60 {
			o := &operation{}
			if r.IntN(2) == 0 {
				cell = int64(i + 1)
				o.steps = []step{{value: cell}}
			} else {
				o.reads, o.values = []int{0}, []int64{cell}
			}
			held = append(held, cell)
			at := 1000 * (i + 1)
			o.call, o.ret = at-1-r.IntN(4000)*2, at+2+r.IntN(4000)*2+i%2
			if o.steps != nil && r.IntN(6) == 0 {
				o.ret = never
			}
			ops = append(ops, o)
		}
		if got := check(ops, state{}); got != linear {
			t.Fatalf("seed %d: %v", seed, got)
		}
		for _, o := range ops {
			if o.reads != nil && o.call > 30_000 {
				o.values[0] = held[o.call/1000-20] + 1000 // nobody wrote that
				if got := check(ops, state{}); got != notLinear {
					t.Fatalf("seed %d: a read of what nobody wrote is %v", seed, got)
				}
				break
			}
		}
	}
}
