package realtime

import (
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

const (
	slotHead  = 8       // the sequence number in front of every element
	slotAlign = 64      // a slot begins a cache line
	mostSlots = 1 << 24 // of one ring
)

// ringEnds are the words of a ring that change besides its slots, each written by one
// side only and far from what the other side writes.
type ringEnds struct {
	tail    atomic.Uint64 // elements consumed
	_       [line - 8]byte
	dropped atomic.Uint64 // elements that the producer gave up
	_       [line - 8]byte
}

// Ring hands elements from one producer to one consumer, which run on two threads or in
// two processes, without locks: neither ever waits for the other. It holds a fixed
// number of T, which are numbers, arrays and structs of them.
//
// Take each end once, with Producer and Consumer.
type Ring[T any] struct {
	mem    *Memory // kept, nil for a ring on the heap
	ends   *ringEnds
	slots  unsafe.Pointer
	mask   uint64
	stride uintptr

	produced, consumed atomic.Bool // the end was taken
}

// slotsFor rounds the number of slots up to a power of two.
func slotsFor(slots int) (uint32, error) {
	if slots < 1 || slots > mostSlots {
		return 0, fmt.Errorf("realtime: a ring of %d slots; it has 1 to %d", slots, mostSlots)
	}
	return 1 << bits.Len(uint(slots-1)), nil
}

// strideOf is the distance of slots: whole cache lines, so that the producer writes none
// that the consumer reads another element from.
func strideOf[T any]() int {
	var zero T
	return roundUp(slotHead+int(unsafe.Sizeof(zero)), slotAlign)
}

// RingSize is the number of bytes that a ring takes of a Memory.
func RingSize[T any](slots int) int {
	n, err := slotsFor(slots)
	if err != nil {
		return 0
	}
	return blockHead + roundUp(int(unsafe.Sizeof(ringEnds{}))+int(n)*strideOf[T](), line)
}

// NewRing makes a ring on the heap, for threads of this process. The number of slots is
// rounded up to a power of two. The error says what is wrong with T or with the number.
func NewRing[T any](slots int) (*Ring[T], error) {
	size := RingSize[T](slots)
	m := &Memory{data: alignedBytes(size + line), about: "on the heap"}
	return CreateRing[T](m, "ring", slots)
}

// alignedBytes are zero bytes that begin at a multiple of line.
func alignedBytes(n int) []byte {
	raw := make([]byte, n+line)
	off := -int(uintptr(unsafe.Pointer(&raw[0]))) & (line - 1)
	return raw[off : off+n : off+n]
}

// CreateRing makes a ring in a Memory, for the process that made the memory. The number
// of slots is rounded up to a power of two. The error says what is wrong with T, the
// name or the number, or that there is too little room.
func CreateRing[T any](m *Memory, name string, slots int) (*Ring[T], error) {
	print, err := layout[T]()
	if err != nil {
		return nil, err
	}
	n, err := slotsFor(slots)
	if err != nil {
		return nil, err
	}
	stride := strideOf[T]()
	b, err := m.add(kindRing, name, print, n, uint32(stride), int(unsafe.Sizeof(ringEnds{}))+int(n)*stride)
	if err != nil {
		return nil, err
	}
	return ringAt[T](m, b), nil
}

// JoinRing finds a ring by its name in a Memory that another process made, or that this
// process made before one of its ends was lost. The error wraps ErrLayout where the ring
// is not there or not of this T.
func JoinRing[T any](m *Memory, name string) (*Ring[T], error) {
	print, err := layout[T]()
	if err != nil {
		return nil, err
	}
	b, err := m.find(kindRing, name, print)
	if err != nil {
		return nil, err
	}
	stride := strideOf[T]()
	switch {
	case b.slots == 0 || b.slots&(b.slots-1) != 0 || b.slots > mostSlots:
		return nil, fmt.Errorf("realtime: %w: ring %q has %d slots, which is no power of two up to %d", ErrLayout, name, b.slots, mostSlots)
	case int(b.stride) != stride:
		return nil, fmt.Errorf("realtime: %w: slots of ring %q are %d bytes apart, not %d", ErrLayout, name, b.stride, stride)
	case b.size < blockHead+int(unsafe.Sizeof(ringEnds{}))+int(b.slots)*stride:
		return nil, fmt.Errorf("realtime: %w: ring %q has %d bytes, too few for %d slots", ErrLayout, name, b.size, b.slots)
	}
	return ringAt[T](m, b), nil
}

func ringAt[T any](m *Memory, b block) *Ring[T] {
	ends := unsafe.Add(b.at, blockHead)
	return &Ring[T]{
		mem:    m,
		ends:   (*ringEnds)(ends),
		slots:  unsafe.Add(ends, unsafe.Sizeof(ringEnds{})),
		mask:   uint64(b.slots) - 1,
		stride: uintptr(b.stride),
	}
}

// Slots is the number of elements that the ring holds.
func (r *Ring[T]) Slots() int { return int(r.mask) + 1 }

// sequence is the number in the slot of a position: the position plus 1 once the
// element is there, until the producer comes round again.
func (r *Ring[T]) sequence(pos uint64) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Add(r.slots, uintptr(pos&r.mask)*r.stride))
}
