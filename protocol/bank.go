package protocol

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Limits of a definition, in bytes and registers.
const (
	MaxName      = 128
	MaxUnit      = 32
	MaxDoc       = 512
	MaxRegisters = 1 << 16
)

// Bank is the process image of a line: all its registers. Writers define theirs
// while the line is assembled; Seal ends that. All methods may be called
// concurrently.
type Bank struct {
	mu      sync.Mutex
	byName  map[string]Ref
	infos   []Info
	outs    []*Out
	writers []*Writer
	sealed  bool
	digest  [sha256.Size]byte

	// cells is replaced, never changed, so that reads by Ref need no lock.
	cells atomic.Pointer[[]*In]
}

// Def defines a register.
type Def struct {
	// Name, dotted, the owner's name first: "reject.open". Unique in the bank.
	// Letters, digits, _ and - between dots; the first is a letter.
	Name string
	Type Type
	// Unit of the value as a person writes it ("mm", "1/s"); "" for none.
	Unit string
	// Doc says in a sentence what the value means.
	Doc    string
	Access Access
	// Order of the words in gateways that have 16-bit registers; ABCD if not given.
	Order WordOrder
}

// Info describes a register of a bank.
type Info struct {
	Ref Ref
	Def
	// Owner is the name of the register's writer, Place where the specification
	// names it (file:line:column).
	Owner, Place string
}

// NewBank makes an empty bank.
func NewBank() *Bank {
	b := &Bank{byName: make(map[string]Ref)}
	b.cells.Store(new([]*In))
	return b
}

// Writer makes a writer for the owner, a device or task, that the specification
// names at place (file:line:column).
func (b *Bank) Writer(owner, place string) *Writer {
	// A whole cache line, so that the counter shares it with nothing.
	line := new([8]atomic.Uint64)
	w := &Writer{bank: b, owner: owner, place: place, commit: &line[0]}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writers = append(b.writers, w)
	return w
}

// Writers are all writers, in the order in which they were made: for the event log
// of a run on one goroutine, which asks each for its Changes. Where writers run on
// goroutines of their own, only those may use them.
func (b *Bank) Writers() []*Writer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.writers)
}

// Define adds a register that w writes. Its value is zero and its quality Bad
// until the first write. An error says what is wrong with the definition, that
// the bank is sealed, or which other writer has the name.
func (w *Writer) Define(d Def) (*Out, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("%s: register %q of %s: %w", w.place, d.Name, w.owner, err)
	}
	b := w.bank
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealed {
		return nil, fmt.Errorf("%s: register %q of %s: the bank is sealed; registers are defined while the line is assembled", w.place, d.Name, w.owner)
	}
	if ref, ok := b.byName[d.Name]; ok {
		other := &b.infos[ref]
		return nil, &TwoWritersError{Register: d.Name, Owners: [2]string{other.Owner, w.owner}, Places: [2]string{other.Place, w.place}}
	}
	if len(b.infos) == MaxRegisters {
		return nil, fmt.Errorf("%s: register %q of %s: the bank is full with %d registers", w.place, d.Name, w.owner, MaxRegisters)
	}
	ref := Ref(len(b.infos))
	in := &In{commit: w.commit, ref: ref, typ: d.Type, class: typeTable[d.Type].class, access: d.Access}
	in.slots[0].when.Store(packWhen(0, Bad))
	i := len(w.outs)
	o := &Out{in: in, w: w, when: packWhen(0, Bad), word: i / 64, mask: 1 << (i % 64), name: d.Name}
	w.outs = append(w.outs, o)
	b.outs = append(b.outs, o)
	if o.word == len(w.dirty) {
		w.dirty = append(w.dirty, 0)
	}
	b.byName[d.Name] = ref
	b.infos = append(b.infos, Info{Ref: ref, Def: d, Owner: w.owner, Place: w.place})
	cells := append(*b.cells.Load(), in)
	b.cells.Store(&cells)
	return o, nil
}

// TwoWritersError reports that two writers claim one register.
type TwoWritersError struct {
	Register       string
	Owners, Places [2]string
}

func (e *TwoWritersError) Error() string {
	return fmt.Sprintf("%s: register %q of %s already has a writer: %s at %s; a register has one writer, so let only one of the two write it, or rename one",
		e.Places[1], e.Register, e.Owners[1], e.Owners[0], e.Places[0])
}

func (d *Def) check() error {
	switch {
	case !validName(d.Name):
		return fmt.Errorf("the name must be words of letters, digits, _ and - with dots between, begin with a letter, and have at most %d bytes", MaxName)
	case !d.Type.Valid():
		return fmt.Errorf("the type is %v; it must be one of Bool, U16, I16, U32, I32, U64, I64, F32, F64", d.Type)
	case !d.Access.Valid():
		return fmt.Errorf("the access is %v; it must be ReadOnly, Operator or Engineer", d.Access)
	case !d.Order.Valid():
		return fmt.Errorf("the word order is %v; it must be ABCD, CDAB, BADC or DCBA", d.Order)
	case len(d.Unit) > MaxUnit || !utf8.ValidString(d.Unit):
		return fmt.Errorf("the unit must be UTF-8 of at most %d bytes", MaxUnit)
	case len(d.Doc) > MaxDoc || !utf8.ValidString(d.Doc):
		return fmt.Errorf("the doc must be UTF-8 of at most %d bytes", MaxDoc)
	}
	return nil
}

func validName(s string) bool {
	if len(s) == 0 || len(s) > MaxName || !letter(s[0]) {
		return false
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// In finds a register to read. The error says which name is nearest when there is
// no such register, or which type it has when that is not t.
func (b *Bank) In(name string, t Type) (*In, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ref, ok := b.byName[name]
	if !ok {
		return nil, b.unknown(name)
	}
	if info := &b.infos[ref]; info.Type != t {
		return nil, fmt.Errorf("register %q is %v, not %v (%s defines it at %s)", name, info.Type, t, info.Owner, info.Place)
	}
	return (*b.cells.Load())[ref], nil
}

// Lookup finds a register by name. The error names the nearest one.
func (b *Bank) Lookup(name string) (Info, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ref, ok := b.byName[name]
	if !ok {
		return Info{}, b.unknown(name)
	}
	return b.infos[ref], nil
}

func (b *Bank) unknown(name string) error {
	names := make([]string, len(b.infos))
	for i := range b.infos {
		names[i] = b.infos[i].Name
	}
	return UnknownName(name, names)
}

// Len is the number of registers: refs from 0 to Len-1 are valid. It takes no lock.
func (b *Bank) Len() int { return len(*b.cells.Load()) }

// At is the read side of a register by its reference, or nil when there is no
// such register. It takes no lock.
func (b *Bank) At(ref Ref) *In {
	cells := *b.cells.Load()
	if uint64(ref) >= uint64(len(cells)) {
		return nil
	}
	return cells[ref]
}

// Registers describes all registers, in order of Ref.
func (b *Bank) Registers() []Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.infos)
}

// Info describes one register, which the bank has.
func (b *Bank) Info(ref Ref) Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.infos[ref]
}

// Seal ends the definitions and fixes the digest. Sealing twice is harmless.
func (b *Bank) Seal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.sealed {
		b.sealed = true
		b.digest = MapDigest(b.infos)
	}
}

// Sealed reports whether the definitions have ended.
func (b *Bank) Sealed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sealed
}

// Digest is MapDigest of the bank's registers. It is zero before Seal.
func (b *Bank) Digest() [sha256.Size]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.digest
}

// MapDigest is the SHA-256 of what clients see of a map: of each register, in the
// order given, its type as a byte, access and word order << 4 as another, then name,
// unit and doc, each after its length as a 16-bit little-endian number.
func MapDigest(infos []Info) (sum [sha256.Size]byte) {
	h := sha256.New()
	var buf []byte
	for i := range infos {
		d := &infos[i].Def
		buf = append(buf[:0], byte(d.Type), byte(d.Access)|byte(d.Order)<<4)
		for _, s := range [...]string{d.Name, d.Unit, d.Doc} {
			buf = binary.LittleEndian.AppendUint16(buf, uint16(len(s)))
			buf = append(buf, s...)
		}
		h.Write(buf)
	}
	h.Sum(sum[:0])
	return sum
}
