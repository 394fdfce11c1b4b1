package bench

import (
	"fmt"
	"math"
	"strconv"
	"sync/atomic"
)

// Counter counts things that happened. Its methods do not allocate and may be
// called concurrently.
type Counter struct {
	meta
	n atomic.Uint64
}

// Add n more.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Count so far.
func (c *Counter) Count() uint64 { return c.n.Load() }

func (c *Counter) describe() *meta { return &c.meta }

func (c *Counter) snapshot() Value {
	v := float64(c.Count())
	s := c.value()
	s.Value = &v
	return s
}

func (c *Counter) canonical(b []byte) []byte { return fmt.Appendf(b, " n=%d", c.Count()) }

// Gauge is a value that is set; the last one counts. Its methods do not allocate
// and may be called concurrently.
type Gauge struct {
	meta
	bits atomic.Uint64
	set  atomic.Bool
}

// Set the value, in the gauge's SI unit. A gauge that is not a number, or was
// never set, breaks every bound on it.
func (g *Gauge) Set(v float64) {
	g.bits.Store(math.Float64bits(v))
	g.set.Store(true)
}

// Value that was set last, and whether one was.
func (g *Gauge) Value() (v float64, ok bool) {
	ok = g.set.Load()
	return math.Float64frombits(g.bits.Load()), ok
}

func (g *Gauge) describe() *meta { return &g.meta }

func (g *Gauge) snapshot() Value {
	s := g.value()
	v, ok := g.Value()
	switch {
	case ok && (math.IsNaN(v) || math.IsInf(v, 0)):
		s.Invalid = 1
	case ok:
		s.Value = &v
	}
	return s
}

func (g *Gauge) canonical(b []byte) []byte {
	v, ok := g.Value()
	if !ok {
		return append(b, " unset"...)
	}
	return hex(append(b, " v="...), v)
}

// Ratio is hits over cases, and keeps both. 0 of 0 is 0; what is written of it
// says "0 of 0". Its methods do not allocate and may be called concurrently.
type Ratio struct {
	meta
	hits, total atomic.Uint64
}

// Hit counts a case, and whether it was a hit.
func (r *Ratio) Hit(hit bool) {
	r.total.Add(1)
	if hit {
		r.hits.Add(1)
	}
}

// Add counts many cases at once.
func (r *Ratio) Add(hits, total uint64) {
	r.total.Add(total)
	r.hits.Add(hits)
}

// Counts so far.
func (r *Ratio) Counts() (hits, total uint64) { return r.hits.Load(), r.total.Load() }

// Value is hits over cases, 0 when there were none.
func (r *Ratio) Value() float64 {
	hits, total := r.Counts()
	if total == 0 {
		return 0
	}
	return float64(hits) / float64(total)
}

func (r *Ratio) describe() *meta { return &r.meta }

func (r *Ratio) snapshot() Value {
	s := r.value()
	hits, total := r.Counts()
	v := r.Value()
	s.Value, s.Hits, s.Count = &v, &hits, &total
	return s
}

func (r *Ratio) canonical(b []byte) []byte {
	hits, total := r.Counts()
	return fmt.Appendf(b, " hits=%d n=%d", hits, total)
}

// hex appends the exact value of v.
func hex(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'x', -1, 64) }
