package protocol

import (
	"fmt"
	"runtime"
	"sync"
)

// snapshotAttempts bounds the work of one Snapshot. Each failed attempt means that
// a writer finished a write to one of the registers asked for during it.
const snapshotAttempts = 128

// mark is what one attempt saw of a register: its head, and whether the newest
// write was still hidden in a batch.
type mark struct {
	head    uint64
	pending bool
}

var marks = sync.Pool{New: func() any { return new([]mark) }}

// Snapshot reads the registers refs into dst, which is at least as long, all at
// one instant: there was a moment during the call at which each of them had the
// value, time and quality returned. So a batch (Begin, Commit) of any writer is
// in it as a whole or not at all, and of two writes, one after the other, the
// later is never there without the earlier.
//
// It takes no lock and holds up no writer. It reports false when writers kept
// changing these registers so fast that no such moment was found in a bounded
// number of attempts; dst then holds samples that are each whole, but not of one
// instant. It does not allocate after the first calls. An unknown ref panics.
func (b *Bank) Snapshot(refs []Ref, dst []Sample) bool {
	cells := *b.cells.Load()
	dst = dst[:len(refs)]
	if len(refs) <= 64 {
		var buf [64]mark
		return snapshot(cells, refs, dst, buf[:len(refs)])
	}
	buf := marks.Get().(*[]mark)
	defer marks.Put(buf)
	if cap(*buf) < len(refs) {
		*buf = make([]mark, len(refs))
	}
	return snapshot(cells, refs, dst, (*buf)[:len(refs)])
}

func snapshot(cells []*In, refs []Ref, dst []Sample, seen []mark) bool {
	for attempt := 1; ; attempt++ {
		for i, ref := range refs {
			if uint64(ref) >= uint64(len(cells)) {
				panic(fmt.Sprintf("protocol: Snapshot of register %d; the bank has %d", ref, len(cells)))
			}
			in := cells[ref]
			for {
				head, s, pending := in.current()
				bits, when := s.bits.Load(), s.when.Load()
				if in.still(head, pending) {
					dst[i], seen[i] = unpackSample(bits, when), mark{head, pending}
					break
				}
			}
		}
		// Nothing that was read has changed until now, and nothing changes back: so
		// all of it was true at the end of the loop above.
		if unchanged(cells, refs, seen) {
			return true
		}
		if attempt == snapshotAttempts {
			return false
		}
		if attempt%8 == 0 {
			runtime.Gosched()
		}
	}
}

func unchanged(cells []*In, refs []Ref, seen []mark) bool {
	for i, ref := range refs {
		if !cells[ref].still(seen[i].head, seen[i].pending) {
			return false
		}
	}
	return true
}
