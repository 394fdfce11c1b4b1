package realtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"
)

// A Memory is a chain of blocks, one behind the other, each with this head of
// blockHead bytes. README.md has the table.
const (
	magic         = 0x5452544c // "LTRT", in the order of bytes of the machine
	layoutVersion = 1

	kindRing   = 1
	kindRecord = 2

	// line is what a producer and a consumer must not share: a cache line and the
	// neighbour that processors fetch along with it.
	line      = 128
	blockHead = line
	longName  = 32
)

// head is the head of a block, at its start.
type head struct {
	magic       atomic.Uint32 // written last: what has it is complete
	version     uint16
	kind        uint16
	size        uint64 // of the block with its head, a multiple of line
	fingerprint uint64 // of the element
	slots       uint32 // of a ring, a power of two
	stride      uint32 // from one slot to the next, bytes
	name        [longName]byte
}

// ErrLayout is shared memory that does not hold what this program expects.
var ErrLayout = errors.New("shared memory has another layout")

// block is where a block was found or made, with a copy of its head that nobody else
// can change any more.
type block struct {
	at          unsafe.Pointer // of the head
	size        int
	fingerprint uint64
	slots       uint32
	stride      uint32
}

func checkName(name string) error {
	if name == "" || len(name) > longName {
		return fmt.Errorf("realtime: the name %q of a block has %d bytes; it takes 1 to %d", name, len(name), longName)
	}
	return nil
}

// roundUp to a multiple of a power of two.
func roundUp(n, multiple int) int { return (n + multiple - 1) &^ (multiple - 1) }

// walk calls f with each complete block until f says that it is the one. It returns
// where the chain ends. Nothing that a head says is used before it was checked.
func (m *Memory) walk(f func(kind uint16, name string, b block) bool) (end int, err error) {
	for at := 0; ; {
		if at+blockHead > len(m.data) {
			return at, nil
		}
		h := (*head)(unsafe.Pointer(&m.data[at]))
		switch got := h.magic.Load(); got {
		case magic:
		case 0:
			return at, nil
		default:
			return at, fmt.Errorf("realtime: %w: the block at %d begins with %#x in place of %#x", ErrLayout, at, got, uint32(magic))
		}
		if v := h.version; v != layoutVersion {
			return at, fmt.Errorf("realtime: %w: version %d, and this program knows %d; both sides have to come from the same build", ErrLayout, v, layoutVersion)
		}
		size := h.size
		if size < blockHead || size%line != 0 || size > uint64(len(m.data)-at) {
			return at, fmt.Errorf("realtime: %w: the block at %d claims %d bytes of %d", ErrLayout, at, size, len(m.data)-at)
		}
		raw := h.name
		n := 0
		for n < len(raw) && raw[n] != 0 {
			n++
		}
		b := block{at: unsafe.Pointer(h), size: int(size), fingerprint: h.fingerprint, slots: h.slots, stride: h.stride}
		if f(h.kind, string(raw[:n]), b) {
			return at, nil
		}
		at += int(size)
	}
}

// find looks for a block by its name.
func (m *Memory) find(kind uint16, name string, fingerprint uint64) (found block, err error) {
	there := false
	var kindThere uint16
	_, err = m.walk(func(k uint16, n string, b block) bool {
		if n != name {
			return false
		}
		found, kindThere, there = b, k, true
		return true
	})
	switch {
	case err != nil:
		return block{}, err
	case !there:
		return block{}, fmt.Errorf("realtime: %w: there is no block %q", ErrLayout, name)
	case kindThere != kind:
		return block{}, fmt.Errorf("realtime: %w: block %q is of kind %d, not %d (1 is a ring, 2 a record)", ErrLayout, name, kindThere, kind)
	case found.fingerprint != fingerprint:
		return block{}, fmt.Errorf("realtime: %w: the elements of %q are of another type or build (%016x, here %016x)", ErrLayout, name, found.fingerprint, fingerprint)
	}
	return found, nil
}

// add makes a block at the end of the chain, for its maker only.
func (m *Memory) add(kind uint16, name string, fingerprint uint64, slots, stride uint32, body int) (block, error) {
	if err := checkName(name); err != nil {
		return block{}, err
	}
	taken := false
	end, err := m.walk(func(_ uint16, n string, _ block) bool {
		taken = taken || n == name
		return false
	})
	size := blockHead + roundUp(body, line)
	switch {
	case err != nil:
		return block{}, err
	case taken:
		return block{}, fmt.Errorf("realtime: there is a block %q already", name)
	case size > len(m.data)-end:
		return block{}, fmt.Errorf("realtime: block %q takes %d bytes, and %d of %d are left; make the memory larger", name, size, len(m.data)-end, len(m.data))
	}
	h := (*head)(unsafe.Pointer(&m.data[end]))
	h.version, h.kind, h.size, h.fingerprint = layoutVersion, kind, uint64(size), fingerprint
	h.slots, h.stride = slots, stride
	copy(h.name[:], name)
	h.magic.Store(magic)
	return block{at: unsafe.Pointer(h), size: size, fingerprint: fingerprint, slots: slots, stride: stride}, nil
}

// CreateRecord makes a single T in a memory, all zero, for its maker. What more than
// one process changes or reads in it has to be of the types of sync/atomic.
func CreateRecord[T any](m *Memory, name string) (*T, error) {
	print, err := layout[T]()
	if err != nil {
		return nil, err
	}
	var zero T
	b, err := m.add(kindRecord, name, print, 1, 0, int(unsafe.Sizeof(zero)))
	if err != nil {
		return nil, err
	}
	return (*T)(unsafe.Add(b.at, blockHead)), nil
}

// JoinRecord finds a record by its name in a memory that another process made. Whatever
// is read from it may be wrong if the other side is: check what it is used for.
func JoinRecord[T any](m *Memory, name string) (*T, error) {
	print, err := layout[T]()
	if err != nil {
		return nil, err
	}
	b, err := m.find(kindRecord, name, print)
	if err != nil {
		return nil, err
	}
	var zero T
	if b.size < blockHead+int(unsafe.Sizeof(zero)) {
		return nil, fmt.Errorf("realtime: %w: record %q has room for %d bytes, not %d", ErrLayout, name, b.size-blockHead, unsafe.Sizeof(zero))
	}
	return (*T)(unsafe.Add(b.at, blockHead)), nil
}

// text is a short text in shared memory, for one writer.
type text struct {
	length atomic.Uint32
	words  [textBytes / 8]atomic.Uint64
}

const textBytes = 2048

// set the text; what is too long is cut.
func (t *text) set(s string) {
	if len(s) > textBytes {
		s = s[:textBytes]
	}
	var raw [textBytes]byte
	copy(raw[:], s)
	for i := range t.words {
		t.words[i].Store(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	t.length.Store(uint32(len(s)))
}

// get the text, with what cannot be printed made visible.
func (t *text) get() string {
	var raw [textBytes]byte
	for i := range t.words {
		binary.LittleEndian.PutUint64(raw[8*i:], t.words[i].Load())
	}
	n := min(int(t.length.Load()), textBytes)
	clean := make([]rune, 0, n)
	for _, r := range string(raw[:n]) {
		if r < ' ' && r != '\n' || r == 0x7f {
			r = '?'
		}
		clean = append(clean, r)
	}
	return string(clean)
}
