package realtime

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// Below 2^exactBits ns every value has a bucket of its own; above, every power of two
	// is divided into 2^exactBits buckets.
	exactBits  = 7
	exact      = 1 << exactBits
	octaves    = 29 // up to 2^36 ns, 68 s
	numBuckets = exact * (octaves + 1)
)

// LongestLateness is the greatest duration that a Histogram tells apart; longer ones
// count as this long. Its Max has no such limit.
const LongestLateness = time.Duration(1<<(exactBits+octaves) - 1)

// Histogram counts durations in buckets that are fixed and log-linear, each at most 0.8 %
// wide: one goroutine records, and any number may read meanwhile, in this process or
// another. It neither allocates nor locks; it holds no pointers and takes 30 KiB. The
// zero value is empty. Read it from a Snapshot where the numbers have to fit each other.
type Histogram struct {
	counts [numBuckets]atomic.Uint64
	count  atomic.Uint64
	sum    atomic.Uint64 // ns
	max    atomic.Uint64 // ns
}

// bucket that a duration in ns is counted in.
func bucket(ns uint64) int {
	if ns < exact {
		return int(ns)
	}
	if ns > uint64(LongestLateness) {
		return numBuckets - 1
	}
	shift := bits.Len64(ns) - 1 - exactBits
	return exact*shift + int(ns>>shift)
}

// bucketEnd is the longest duration in ns that a bucket counts.
func bucketEnd(i int) int64 {
	if i < exact {
		return int64(i)
	}
	shift := i/exact - 1
	return (int64(exact+i%exact)+1)<<shift - 1
}

// Record counts one duration; a negative one counts as 0. It is for one goroutine.
func (h *Histogram) Record(d time.Duration) { h.recordN(d, 1) }

func (h *Histogram) recordN(d time.Duration, n uint64) {
	ns := uint64(max(d, 0))
	// With one writer a load and a store are an addition, and cheaper than a locked one.
	b := &h.counts[bucket(ns)]
	b.Store(b.Load() + n)
	h.sum.Store(h.sum.Load() + ns*n)
	if ns > h.max.Load() {
		h.max.Store(ns)
	}
	h.count.Store(h.count.Load() + n)
}

// Merge adds what another histogram counted. It writes, so it is for the goroutine that
// records.
func (h *Histogram) Merge(other *Histogram) {
	var total uint64
	for i := range h.counts {
		if n := other.counts[i].Load(); n > 0 {
			h.counts[i].Store(h.counts[i].Load() + n)
			total += n
		}
	}
	h.sum.Store(h.sum.Load() + other.sum.Load())
	h.max.Store(max(h.max.Load(), other.max.Load()))
	h.count.Store(h.count.Load() + total)
}

// Reset empties the histogram, for the goroutine that records.
func (h *Histogram) Reset() {
	for i := range h.counts {
		h.counts[i].Store(0)
	}
	h.count.Store(0)
	h.sum.Store(0)
	h.max.Store(0)
}

// Snapshot copies the histogram as it is now, while it may be recorded into, and makes
// the number of values fit the buckets. It allocates the copy.
func (h *Histogram) Snapshot() *Histogram {
	s := new(Histogram)
	s.Merge(h)
	return s
}

// Count is the number of values.
func (h *Histogram) Count() uint64 { return h.count.Load() }

// Max is the greatest value.
func (h *Histogram) Max() time.Duration { return toDuration(h.max.Load()) }

// Mean of the values, 0 when there are none.
func (h *Histogram) Mean() time.Duration {
	n := h.count.Load()
	if n == 0 {
		return 0
	}
	return toDuration(h.sum.Load() / n)
}

// Quantile is the value of rank ceil(p n) of n values, for p from 0 to 1: never below the
// true one, and above it by no more than a bucket, 0.8 %. It is 0 when there are none.
func (h *Histogram) Quantile(p float64) time.Duration {
	n := h.count.Load()
	rank := max(uint64(math.Ceil(min(max(p, 0), 1)*float64(n))), 1)
	var seen uint64
	for i := range h.counts {
		if seen += h.counts[i].Load(); seen >= rank {
			return min(toDuration(uint64(bucketEnd(i))), h.Max())
		}
	}
	return h.Max()
}

// Export gives the counts to an HDR histogram, from 1 ns to LongestLateness with 3
// significant digits, whose writers and readers many tools share. A duration of 0
// becomes one of 1 ns.
func (h *Histogram) Export() *hdrhistogram.Histogram {
	out := hdrhistogram.New(1, int64(LongestLateness), 3)
	for i := range h.counts {
		if n := h.counts[i].Load(); n > 0 && n <= math.MaxInt64 {
			// Every bucket ends within the range, so this cannot fail.
			_ = out.RecordValues(max(bucketEnd(i), 1), int64(n))
		}
	}
	return out
}

// toDuration keeps what another process wrote from turning negative.
func toDuration(ns uint64) time.Duration { return time.Duration(min(ns, math.MaxInt64)) }
