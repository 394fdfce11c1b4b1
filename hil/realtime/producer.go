package realtime

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// Producer is the end of a ring that elements are put into. It is for one goroutine at a
// time. No method waits or allocates.
type Producer[T any] struct {
	ring   *Ring[T]
	slots  unsafe.Pointer
	mask   uint64
	stride uintptr

	pos     uint64 // of the next element
	tail    uint64 // of the consumer, as last seen
	dropped uint64
	strange uint64 // a tail that cannot be
	damaged bool

	_ [line]byte // what lies next to it on the heap is somebody else's
}

// Producer takes the producing end. What an earlier producer had published is still
// there, what it had not finished when it died never was. It panics when the end was
// taken from this Ring before: two producers would write over each other.
func (r *Ring[T]) Producer() *Producer[T] {
	if r.produced.Swap(true) {
		panic("realtime: the producing end of this ring was taken before")
	}
	p := &Producer[T]{ring: r, slots: r.slots, mask: r.mask, stride: r.stride}
	p.tail = r.ends.tail.Load()
	p.pos = p.tail
	for p.pos-p.tail <= r.mask && r.sequence(p.pos).Load() == p.pos+1 {
		p.pos++
	}
	// A batch that was not finished left numbers behind the place where it would have
	// begun. They must not come to life when that place is filled.
	for at := p.pos; at-p.tail <= r.mask; at++ {
		if s := r.sequence(at); s.Load() == at+1 {
			s.Store(0)
		}
	}
	p.dropped = r.ends.dropped.Load()
	return p
}

// slot is the sequence number of a position; the element lies behind it.
func (p *Producer[T]) slot(pos uint64) *uint64 {
	return (*uint64)(unsafe.Add(p.slots, uintptr(pos&p.mask)*p.stride))
}

// look how far the consumer is. Only numbers that it can have reached count: what a
// broken or hostile consumer says cannot lead anywhere but to a ring that stays full.
func (p *Producer[T]) look() {
	tail := p.ring.ends.tail.Load()
	if tail-p.tail > p.pos-p.tail {
		p.strange, p.damaged = tail, true
		return
	}
	p.tail = tail
}

// Push publishes a copy of the element, or returns false when the ring is full.
func (p *Producer[T]) Push(v *T) bool {
	if p.pos-p.tail > p.mask {
		if p.look(); p.pos-p.tail > p.mask {
			return false
		}
	}
	s := p.slot(p.pos)
	*(*T)(unsafe.Add(unsafe.Pointer(s), slotHead)) = *v
	(*atomic.Uint64)(unsafe.Pointer(s)).Store(p.pos + 1)
	p.pos++
	return true
}

// PushOrDrop publishes a copy of the element; when the ring is full it counts the
// element as dropped, for both ends to see, and returns false. It is for measurements
// that nobody waits for.
func (p *Producer[T]) PushOrDrop(v *T) bool {
	if p.Push(v) {
		return true
	}
	p.dropped++
	p.ring.ends.dropped.Store(p.dropped)
	return false
}

// PushBatch publishes copies of as many elements as there is room for, from the first
// on, and returns their number. They become visible all at once: a producer that dies
// on the way has published none of them.
func (p *Producer[T]) PushBatch(vs []T) int {
	n := uint64(len(vs))
	if p.mask+1-(p.pos-p.tail) < n {
		p.look()
		n = min(n, p.mask+1-(p.pos-p.tail))
	}
	if n == 0 {
		return 0
	}
	// From the second on, with plain writes: the consumer looks at a slot only after it
	// saw the one before.
	for i := uint64(1); i < n; i++ {
		s := p.slot(p.pos + i)
		*(*T)(unsafe.Add(unsafe.Pointer(s), slotHead)) = vs[i]
		*s = p.pos + i + 1
	}
	s := p.slot(p.pos)
	*(*T)(unsafe.Add(unsafe.Pointer(s), slotHead)) = vs[0]
	(*atomic.Uint64)(unsafe.Pointer(s)).Store(p.pos + 1)
	p.pos += n
	return int(n)
}

// Position is the number of elements that were ever published, by this and earlier
// producers.
func (p *Producer[T]) Position() uint64 { return p.pos }

// Len is the number of elements that the consumer has not taken yet.
func (p *Producer[T]) Len() int {
	p.look()
	return int(p.pos - p.tail)
}

// Dropped is the number of elements that PushOrDrop could not publish, of this and
// earlier producers.
func (p *Producer[T]) Dropped() uint64 { return p.dropped }

// Err says that the consumer's position was once one that it cannot have reached: the
// other process is broken or hostile. The ring then counts as full until it makes sense.
func (p *Producer[T]) Err() error {
	if !p.damaged {
		return nil
	}
	return fmt.Errorf("realtime: the consumer of a ring says that it is at %d, but it was at %d or later, and %d were published", p.strange, p.tail, p.pos)
}
