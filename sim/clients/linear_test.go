package clients

import (
	"cmp"
	"math"
	"slices"

	"linetwin.dev/protocol"
)

// A history is linearizable if each of its operations can be given one instant between
// its call and its return, so that what it gave is what it would have given had they
// happened one after the other in that order (Herlihy and Wing, "Linearizability", 1990).
// The search is that of Wing and Gong, "Testing and verifying concurrent objects" (1993),
// with the memory of Lowe, "Testing for linearizability" (2017): a set of operations that
// left a state is not looked at twice.

// cells is the number of registers of one object. Linearizability is local: objects that
// no operation has in common are checked one by one.
const cells = 3

type state [cells]int64

// never is the return of an operation whose answer was lost: it may have happened at any
// later time, or not at all, which is as if it happened after everything else.
const never = math.MaxInt

// operation is what a client asked of one object, and what it was told.
type operation struct {
	client    int
	call, ret int
	steps     []step
	reads     []int // cells that are read after the steps
	// What it was told: what each cell held before its step, if the answer says so; what
	// the cells read hold; or which compare-and-set found another value, from 1.
	olds, values []int64
	differs      int
}

// step is a change of a cell.
type step struct {
	cell           int
	action         protocol.Action
	value, operand int64
}

// apply carries the operation out on a state. It reports false when that gives something
// else than the client was told.
func (o *operation) apply(s state) (state, bool) {
	before := s
	for i, c := range o.steps {
		old := s[c.cell]
		if o.olds != nil && o.ret != never && o.olds[i] != old {
			return before, false
		}
		switch c.action {
		case protocol.Add:
			s[c.cell] += c.value
		case protocol.Mask:
			s[c.cell] = old&c.operand | c.value&^c.operand
		case protocol.CompareSet:
			if old != c.operand {
				return before, o.ret == never || o.differs == i+1
			}
			s[c.cell] = c.value
		default:
			s[c.cell] = c.value
		}
	}
	if o.ret == never {
		return s, true
	}
	if o.differs != 0 {
		return before, false
	}
	for i, cell := range o.reads {
		if s[cell] != o.values[i] {
			return before, false
		}
	}
	return s, true
}

// verdict of a check.
type verdict int

const (
	linear verdict = iota
	notLinear
	undecided // the search would take too long
)

// mostSteps bounds the search.
const mostSteps = 2_000_000

// node is the call or the return of an operation in the order of their instants.
type node struct {
	op         int
	match      *node // the call's return, nil for a return and where there is none
	prev, next *node
}

// check decides whether the history of one object is linearizable. Operations whose
// answer was lost could have happened in any number between two others; it looks for an
// order with few of them in a row first, and then for any.
func check(ops []*operation, initial state) (v verdict) {
	ops = prune(ops)
	for _, inRow := range []int{1, 2, 4, len(ops)} {
		if v = search(ops, initial, inRow); v == linear {
			break
		}
	}
	return v
}

// search looks for an order with at most so many lost operations in a row.
func search(ops []*operation, initial state, inRow int) verdict {
	head := &node{op: -1}
	finite := thread(head, ops)
	type frame struct {
		call *node
		lost bool
		row  int
		was  state
	}
	type memory struct {
		done uint64
		row  int
		s    state
	}
	var stack []frame
	seen := map[memory]bool{}
	var done uint64 // a hash of the set of operations that have been given their instant
	s := initial
	// Those whose answer was lost are tried when no other one fits: most of them never
	// happened, or not yet.
	at, lost, row := head.next, false, 0
	for steps := 0; finite > 0; steps++ {
		if steps > mostSteps {
			return undecided
		}
		if at.isCall(ops) {
			o := ops[at.op]
			if next, ok := o.apply(s); ok && lost == (o.ret == never) {
				m := memory{done ^ mix(at.op), 0, next}
				if lost {
					m.row = row + 1
				}
				if !seen[m] {
					seen[m] = true
					stack = append(stack, frame{at, lost, row, s})
					done, s, row = m.done, next, m.row
					if !lost {
						finite--
					}
					at.lift()
					at, lost = head.next, false
					continue
				}
			}
			at = at.next
			continue
		}
		if !lost && row < inRow {
			at, lost = head.next, true
			continue
		}
		// An operation returns that could not be given an instant.
		if len(stack) == 0 {
			return notLinear
		}
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f.call.unlift()
		if ops[f.call.op].ret != never {
			finite++
		}
		done, s = done^mix(f.call.op), f.was
		at, lost, row = f.call.next, f.lost, f.row
	}
	return linear
}

// prune leaves out writes whose answer was lost and whose value nobody ever saw: that
// they never happened explains all that they would.
func prune(ops []*operation) []*operation {
	seen := map[int64]bool{}
	for _, o := range ops {
		if o.differs != 0 {
			return ops // a value that nobody saw can be what made a compare-and-set fail
		}
		if o.ret == never {
			continue
		}
		for _, v := range append(slices.Clone(o.olds), o.values...) {
			seen[v] = true
		}
		for _, c := range o.steps {
			seen[c.operand] = seen[c.operand] || c.action == protocol.CompareSet
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(o *operation) bool {
		if o.ret != never {
			return false
		}
		return !slices.ContainsFunc(o.steps, func(c step) bool { return c.action != protocol.Set || seen[c.value] })
	})
}

// thread puts calls and returns in their order, and counts the operations that return.
func thread(head *node, ops []*operation) (finite int) {
	type event struct {
		at int
		n  *node
	}
	var events []event
	for i, o := range ops {
		call := &node{op: i}
		events = append(events, event{o.call, call})
		if o.ret != never {
			finite++
			call.match = &node{op: i}
			events = append(events, event{o.ret, call.match})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	last := head
	for _, e := range events {
		last.next, e.n.prev = e.n, last
		last = e.n
	}
	return finite
}

func (n *node) isCall(ops []*operation) bool { return n.match != nil || ops[n.op].ret == never }

// lift takes a call and its return out of the list, and unlift puts them back.
func (n *node) lift() {
	for _, x := range []*node{n, n.match} {
		if x != nil {
			x.prev.next = x.next
			if x.next != nil {
				x.next.prev = x.prev
			}
		}
	}
}

func (n *node) unlift() {
	for _, x := range []*node{n.match, n} {
		if x != nil {
			x.prev.next = x
			if x.next != nil {
				x.next.prev = x
			}
		}
	}
}

// mix makes the operations' numbers into hashes (SplitMix64).
func mix(i int) uint64 {
	x := uint64(i+1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
