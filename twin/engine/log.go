package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"sync"
	"time"
)

// LogFormat names the canonical form of the log; it is the first thing hashed.
const LogFormat = "linetwin event log 1\n"

// HeaderSize is the length of a record before its data.
const HeaderSize = 16

// Record is one entry of the log. In canonical form it is, little-endian:
//
//	0  int64   At, nanoseconds since the start of the run
//	8  uint8   Phase
//	9  uint8   Kind, of the emitter's own numbering
//	10 uint16  Component, its place in the order of components
//	12 uint32  length of Data
//	16 bytes   Data
type Record struct {
	At        time.Duration
	Phase     Phase
	Kind      uint8
	Component uint16
	Data      []byte
}

// AppendTo appends the canonical form.
func (r Record) AppendTo(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.At))
	b = append(b, byte(r.Phase), r.Kind)
	b = binary.LittleEndian.AppendUint16(b, r.Component)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Data)))
	return append(b, r.Data...)
}

// ParseRecord reads the first record of b; Data aliases b. It returns the rest, or
// an error when b does not begin with a whole record.
func ParseRecord(b []byte) (Record, []byte, error) {
	if len(b) < HeaderSize {
		return Record{}, b, fmt.Errorf("engine: %d bytes left, a record's header has %d", len(b), HeaderSize)
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:]))
	if uint64(len(b)-HeaderSize) < n {
		return Record{}, b, fmt.Errorf("engine: a record of %d bytes ends after %d", n, len(b)-HeaderSize)
	}
	if b[8] >= byte(phases) {
		return Record{}, b, fmt.Errorf("engine: phase %d of a record is not one of 0 to %d", b[8], phases-1)
	}
	end := HeaderSize + int(n)
	return Record{
		At:        time.Duration(binary.LittleEndian.Uint64(b)),
		Phase:     Phase(b[8]),
		Kind:      b[9],
		Component: binary.LittleEndian.Uint16(b[10:]),
		Data:      b[HeaderSize:end:end],
	}, b[end:], nil
}

// Digest hashes a log in canonical form: LogFormat, the names of the components,
// each with its length, and the records.
type Digest struct{ h hash.Hash }

// NewDigest begins the digest of a log with these components.
func NewDigest(components []string) *Digest {
	d := &Digest{sha256.New()}
	d.h.Write([]byte(LogFormat))
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(components)))
	for _, n := range components {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(n)))
		b = append(b, n...)
	}
	d.h.Write(b)
	return d
}

// Write adds canonical bytes.
func (d *Digest) Write(b []byte) { d.h.Write(b) }

// Sum is the SHA-256 of what was written so far.
func (d *Digest) Sum() (sum [32]byte) {
	d.h.Sum(sum[:0])
	return sum
}

const pieceSize = 1 << 18

// Log is the record of a run, hashed as it grows. Within one instant and phase the
// records stand in the order of their components, whatever the order in which the
// components ran.
type Log struct {
	mu     sync.Mutex // wall clock only
	wall   bool
	names  []string
	digest *Digest
	sink   func([]byte)
	buf    []byte // canonical records since the last flush
	open   int    // where the current phase's records begin in buf
	starts []span // the current phase's records
	sorted bool
	tmp    []byte
	spare  chan []byte
	count  uint64
}

type span struct {
	from, to  int
	component uint16
}

func newLog(opt Options) *Log {
	return &Log{wall: opt.Realtime, sink: opt.Sink, buf: make([]byte, 0, pieceSize+4096), sorted: true, spare: make(chan []byte, 4)}
}

func (g *Log) addComponent(name string) { g.names = append(g.names, name) }

// Components are the names of the components in the order of their numbers.
func (g *Log) Components() []string { return slices.Clone(g.names) }

func (g *Log) begin() { g.digest = NewDigest(g.names) }

// Sum is the SHA-256 of the log so far; after Run it is the run's. It may be called
// from activities.
func (g *Log) Sum() [32]byte {
	if g.digest == nil {
		return NewDigest(g.names).Sum()
	}
	return g.digest.Sum()
}

// Records is the number of records.
func (g *Log) Records() uint64 { return g.count }

// Recycle gives a piece back that the sink has used up. It may be called from any
// goroutine.
func (g *Log) Recycle(piece []byte) {
	select {
	case g.spare <- piece[:0]:
	default:
	}
}

func (g *Log) append(at time.Duration, p Phase, comp uint16, kind uint8, data []byte) {
	if g.wall {
		g.mu.Lock()
		defer g.mu.Unlock()
	}
	from := len(g.buf)
	g.buf = Record{at, p, kind, comp, data}.AppendTo(g.buf)
	g.count++
	if g.wall {
		g.open = len(g.buf)
		g.flushIfFull()
		return
	}
	if n := len(g.starts); n > 0 && g.starts[n-1].component > comp {
		g.sorted = false
	}
	g.starts = append(g.starts, span{from, len(g.buf), comp})
}

// settle ends a phase of virtual time: its records get their canonical order.
func (g *Log) settle() {
	if len(g.starts) == 0 {
		return
	}
	if !g.sorted {
		slices.SortStableFunc(g.starts, func(a, b span) int { return int(a.component) - int(b.component) })
		g.tmp = g.tmp[:0]
		for _, s := range g.starts {
			g.tmp = append(g.tmp, g.buf[s.from:s.to]...)
		}
		copy(g.buf[g.open:], g.tmp)
		g.sorted = true
	}
	g.starts = g.starts[:0]
	g.open = len(g.buf)
	g.flushIfFull()
}

func (g *Log) flushIfFull() {
	if len(g.buf) >= pieceSize {
		g.flush()
	}
}

func (g *Log) flush() {
	if len(g.buf) == 0 {
		return
	}
	g.digest.Write(g.buf)
	if g.sink == nil {
		g.buf, g.open = g.buf[:0], 0
		return
	}
	piece := g.buf
	select {
	case b := <-g.spare:
		g.buf = b
	default:
		g.buf = make([]byte, 0, pieceSize+4096)
	}
	g.open = 0
	g.sink(piece)
}

func (g *Log) end() {
	if g.wall {
		g.mu.Lock()
		defer g.mu.Unlock()
	}
	g.settle()
	g.flush()
}
