package realtime

import (
	"sync/atomic"
	"unsafe"
)

// Consumer is the end of a ring that elements are taken from. It is for one goroutine at
// a time. No method waits or allocates. What comes from another process is a copy that
// nobody else can change, but its numbers are whatever the producer made them.
type Consumer[T any] struct {
	ring   *Ring[T]
	slots  unsafe.Pointer
	mask   uint64
	stride uintptr

	pos uint64 // of the next element

	_ [line]byte // what lies next to it on the heap is somebody else's
}

// Consumer takes the consuming end, at the first element that no earlier consumer had
// done with. One that died just when it took elements leaves them to be taken again. It
// panics when the end was taken from this Ring before.
func (r *Ring[T]) Consumer() *Consumer[T] {
	if r.consumed.Swap(true) {
		panic("realtime: the consuming end of this ring was taken before")
	}
	return &Consumer[T]{ring: r, slots: r.slots, mask: r.mask, stride: r.stride, pos: r.ends.tail.Load()}
}

func (c *Consumer[T]) slot(pos uint64) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Add(c.slots, uintptr(pos&c.mask)*c.stride))
}

// Pop copies the oldest element into v, or returns false when the ring is empty.
func (c *Consumer[T]) Pop(v *T) bool {
	s := c.slot(c.pos)
	if s.Load() != c.pos+1 {
		return false
	}
	*v = *(*T)(unsafe.Add(unsafe.Pointer(s), slotHead))
	c.pos++
	c.ring.ends.tail.Store(c.pos)
	return true
}

// PopBatch copies the oldest elements into vs, as many as there are and fit, and returns
// their number.
func (c *Consumer[T]) PopBatch(vs []T) int {
	n := 0
	for n < len(vs) {
		s := c.slot(c.pos + uint64(n))
		if s.Load() != c.pos+uint64(n)+1 {
			break
		}
		vs[n] = *(*T)(unsafe.Add(unsafe.Pointer(s), slotHead))
		n++
	}
	if n > 0 {
		c.pos += uint64(n)
		c.ring.ends.tail.Store(c.pos)
	}
	return n
}

// PopLatest takes all elements and copies the newest into v. It returns their number: 0
// when there was none, and v is as it was. It takes no more than the ring holds, however
// quickly the producer adds.
func (c *Consumer[T]) PopLatest(v *T) int {
	n := uint64(0)
	for n <= c.mask && c.slot(c.pos+n).Load() == c.pos+n+1 {
		n++
	}
	if n == 0 {
		return 0
	}
	c.pos += n
	*v = *(*T)(unsafe.Add(unsafe.Pointer(c.slot(c.pos-1)), slotHead))
	c.ring.ends.tail.Store(c.pos)
	return int(n)
}

// Position is the number of elements that were ever taken, by this and earlier
// consumers.
func (c *Consumer[T]) Position() uint64 { return c.pos }

// Dropped is the number of elements that the producer says it could not publish.
func (c *Consumer[T]) Dropped() uint64 { return c.ring.ends.dropped.Load() }
