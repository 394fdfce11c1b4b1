package bench

import (
	"fmt"
	"math"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

const (
	significantDigits = 3
	// maxTicks is the largest value of a histogram in steps of its resolution:
	// 13 days in nanoseconds.
	maxTicks = 1 << 50
)

// Histogram is a distribution of values that are never below 0. Its methods may
// be called concurrently; Record does not allocate.
type Histogram struct{ dist }

// Record a value in the histogram's SI unit. Values below 0 and values that are
// not numbers are counted as invalid, and break every bound on the metric. A value
// above the range is counted at the range's end by the percentiles.
func (h *Histogram) Record(v float64) { h.record(v, v) }

// RecordDuration records a duration, for a histogram in seconds.
func (h *Histogram) RecordDuration(d time.Duration) { h.Record(float64(d) / 1e9) }

// Error is a distribution of errors. Percentiles, min, max and rms are of the
// magnitude; mean is of the values as given, so that it shows a bias when they are
// signed. Its methods may be called concurrently; Record does not allocate.
type Error struct{ dist }

// Record an error, signed or not, in the metric's SI unit. Values that are not
// numbers are counted as invalid, and break every bound on the metric.
func (e *Error) Record(v float64) { e.record(v, math.Abs(v)) }

// dist is what both kinds of distribution share.
type dist struct {
	meta
	ticks float64 // per unit: 1 / resolution

	mu       sync.Mutex
	h        *hdr.Histogram
	n        uint64
	invalid  uint64
	min, max float64
	sum, sq  compensated
}

func newDist(d meta) dist {
	r := d.resolution
	switch {
	case r < 0 || math.IsNaN(r):
		panic(fmt.Sprintf("bench: metric %q has a resolution of %g; it must be above 0", d.name, r))
	case r > 0:
	case d.unit == Seconds || d.unit == Metres || d.unit == Radians:
		r = 1e-9
	default:
		r = 1e-6
	}
	// 1/1e-9 is not exactly 1e9.
	ticks := 1 / r
	if whole := math.Round(ticks); ticks > 1 && math.Abs(ticks-whole) < 1e-12*whole {
		ticks = whole
	}
	return dist{meta: d, ticks: ticks, h: hdr.New(1, maxTicks, significantDigits)}
}

// record v, of which size is the magnitude.
func (d *dist) record(v, size float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !(size >= 0) || math.IsInf(size, 0) {
		d.invalid++
		return
	}
	if d.n == 0 || size < d.min {
		d.min = size
	}
	if d.n == 0 || size > d.max {
		d.max = size
	}
	d.n++
	d.sum.add(v)
	d.sq.add(v * v)
	// Within the range, recording cannot fail.
	_ = d.h.RecordValue(int64(math.Min(math.Round(size*d.ticks), maxTicks)))
}

// Count of valid samples.
func (d *dist) Count() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// Mean of the values as given, 0 when there are none.
func (d *dist) Mean() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mean()
}

// Max of the magnitudes, exact; 0 when there are none.
func (d *dist) Max() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.max
}

// Quantile is the magnitude of rank ceil(q n), q from 0 to 1; 0 when there are no
// samples.
func (d *dist) Quantile(q float64) float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n == 0 {
		return 0
	}
	rank := math.Ceil(q*float64(d.n) - 1e-9)
	return d.atRank(uint64(math.Max(rank, 1)))
}

func (d *dist) mean() float64 {
	if d.n == 0 {
		return 0
	}
	return d.sum.total() / float64(d.n)
}

// atRank gives the value of the rank-th smallest sample, from 1.
func (d *dist) atRank(rank uint64) float64 {
	rank = min(rank, d.n)
	// The library rounds the rank that it makes of a percentile: this one gives
	// exactly rank.
	t := d.h.ValueAtPercentile(100 * float64(rank) / float64(d.n))
	return math.Max(d.min, math.Min(d.max, float64(t)/d.ticks))
}

// permille is the value of rank ceil(n k / 1000), in integers.
func (d *dist) permille(k uint64) float64 {
	return d.atRank(max(1, (d.n*k+999)/1000))
}

func (d *dist) describe() *meta { return &d.meta }

func (d *dist) snapshot() Value {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.value()
	n := d.n
	s.Count, s.Invalid = &n, d.invalid
	if n == 0 {
		return s
	}
	s.Min, s.Max = number(d.min), number(d.max)
	s.Mean, s.RMS = number(d.mean()), number(math.Sqrt(d.sq.total()/float64(n)))
	s.P50, s.P90, s.P99, s.P999 = number(d.permille(500)), number(d.permille(900)), number(d.permille(990)), number(d.permille(999))
	return s
}

func (d *dist) canonical(b []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	b = fmt.Appendf(b, " n=%d invalid=%d", d.n, d.invalid)
	b = hex(append(b, " min="...), d.min)
	b = hex(append(b, " max="...), d.max)
	b = hex(append(b, " sum="...), d.sum.total())
	b = hex(append(b, " sq="...), d.sq.total())
	b = hex(append(b, " ticks="...), d.ticks)
	b = append(b, " buckets="...)
	sep := ""
	for _, bar := range d.h.Distribution() {
		if bar.Count > 0 {
			b = fmt.Appendf(b, "%s%d:%d", sep, bar.From, bar.Count)
			sep = ","
		}
	}
	return b
}

// Distribution is a histogram or error metric as a report draws it.
type Distribution struct {
	Name  string
	Value Value
	// Bars of the histogram that hold samples, from small to large.
	Bars []Bar
}

// Bar holds the samples whose magnitude, in the metric's SI unit, is from From to To.
type Bar struct {
	From, To float64
	Count    uint64
}

// Distributions of all histograms and error metrics, sorted by name.
func (m *Metrics) Distributions() []Distribution {
	var out []Distribution
	for _, n := range m.Names() {
		var d *dist
		switch x := m.get(n).(type) {
		case *Histogram:
			d = &x.dist
		case *Error:
			d = &x.dist
		default:
			continue
		}
		out = append(out, Distribution{Name: n, Value: d.snapshot(), Bars: d.bars()})
	}
	return out
}

func (d *dist) bars() []Bar {
	d.mu.Lock()
	defer d.mu.Unlock()
	var bars []Bar
	for _, b := range d.h.Distribution() {
		if b.Count > 0 {
			bars = append(bars, Bar{From: float64(b.From) / d.ticks, To: float64(b.To+1) / d.ticks, Count: uint64(b.Count)})
		}
	}
	return bars
}

// compensated is a sum with the rounding errors kept beside it (Neumaier 1974).
type compensated struct{ sum, rest float64 }

func (c *compensated) add(v float64) {
	t := c.sum + v
	if math.Abs(c.sum) >= math.Abs(v) {
		c.rest += (c.sum - t) + v
	} else {
		c.rest += (v - t) + c.sum
	}
	c.sum = t
}

func (c *compensated) total() float64 { return c.sum + c.rest }
