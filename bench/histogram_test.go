package bench

import (
	"math"
	"sort"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPercentilesAreWithinTheirPrecisionOfTheExactOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Latencies from nanoseconds to hours.
		exps := rapid.SliceOfN(rapid.Float64Range(-8, 4), 1, 300).Draw(t, "log10 of values")
		h := NewMetrics().Histogram("x", Seconds, Virtual)
		values := make([]float64, len(exps))
		var sum, sq float64
		for i, e := range exps {
			values[i] = math.Pow(10, e)
			h.Record(values[i])
			sum += values[i]
			sq += values[i] * values[i]
		}
		sort.Float64s(values)
		n := len(values)
		s := h.snapshot()
		for _, c := range []struct {
			k    int
			part string
		}{{500, "p50"}, {900, "p90"}, {990, "p99"}, {999, "p999"}} {
			exact := values[(n*c.k+999)/1000-1]
			got, _ := s.Part(c.part)
			if got < exact-1e-9 || got > exact*1.001+1e-9 {
				t.Fatalf("%s of %d is %.12g, exactly %.12g", c.part, n, got, exact)
			}
			if q := h.Quantile(float64(c.k) / 1000); q != got {
				t.Fatalf("Quantile is %g, %s is %g", q, c.part, got)
			}
		}
		if *s.Min != values[0] || *s.Max != values[n-1] || *s.Count != uint64(n) {
			t.Fatalf("min %g max %g count %d of %v", *s.Min, *s.Max, *s.Count, values)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }
		if !near(*s.Mean, sum/float64(n)) || !near(*s.RMS, math.Sqrt(sq/float64(n))) {
			t.Fatalf("mean %g, rms %g; want %g, %g", *s.Mean, *s.RMS, sum/float64(n), math.Sqrt(sq/float64(n)))
		}
	})
}

func TestEqualSamplesHaveExactlyTheirValueAtEveryPercentile(t *testing.T) {
	h := NewMetrics().Histogram("x", Seconds, Virtual)
	for range 1000 {
		h.RecordDuration(30 * time.Millisecond)
	}
	s := h.snapshot()
	for _, p := range []string{"min", "p50", "p90", "p99", "p999", "max"} {
		if v, ok := s.Part(p); !ok || v != 0.03 {
			t.Errorf("%s is %v, %v", p, v, ok)
		}
	}
}

func TestErrorKeepsTheBiasInItsMeanAndMagnitudesElsewhere(t *testing.T) {
	e := NewMetrics().Error("x", Metres)
	for _, v := range []float64{-0.003, 0.001} {
		e.Record(v)
	}
	s := e.snapshot()
	if *s.Mean != -0.001 || *s.Min != 0.001 || *s.Max != 0.003 || math.Abs(*s.RMS-math.Sqrt(5e-6)) > 1e-15 {
		t.Errorf("mean %g min %g max %g rms %g", *s.Mean, *s.Min, *s.Max, *s.RMS)
	}
}

func TestSamplesThatAreNotNumbersAreCountedAndLeftOut(t *testing.T) {
	m := NewMetrics()
	h, e := m.Histogram("h", Seconds, Virtual), m.Error("e", Metres)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		h.Record(v)
		e.Record(v)
	}
	if s := h.snapshot(); *s.Count != 0 || s.Invalid != 4 {
		t.Errorf("histogram: %d valid, %d invalid", *s.Count, s.Invalid)
	}
	if s := e.snapshot(); *s.Count != 1 || s.Invalid != 3 {
		t.Errorf("error: %d valid, %d invalid", *s.Count, s.Invalid)
	}
}

func TestValuesAboveTheRangeKeepTheirExactMax(t *testing.T) {
	h := NewMetrics().Histogram("x", Seconds, Virtual)
	h.Record(1e9)
	h.Record(1)
	if s := h.snapshot(); *s.Max != 1e9 || *s.P50 < 1 || *s.P50 > 1.001 || *s.P99 < 1e6 {
		t.Errorf("max %g, p50 %g, p99 %g", *s.Max, *s.P50, *s.P99)
	}
}

func TestResolutionMakesTinyValuesTellable(t *testing.T) {
	e := NewMetrics().Error("x", One, Resolution(1e-15))
	for i := 1; i <= 100; i++ {
		e.Record(float64(i) * 1e-12)
	}
	if p := e.Quantile(0.5); math.Abs(p-50e-12) > 0.06e-12 {
		t.Errorf("p50 is %g", p)
	}
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	m := NewMetrics()
	h, e := m.Histogram("h", Seconds, Virtual), m.Error("e", Metres)
	c, g, r := m.Counter("c", One), m.Gauge("g", One), m.Ratio("r")
	s := m.Series("s", MetresPerSecond, SeriesOptions{})
	now := time.Duration(0)
	if n := testing.AllocsPerRun(10_000, func() {
		now += time.Millisecond
		h.Record(0.0123)
		e.Record(-0.0001)
		c.Add(1)
		g.Set(1)
		r.Hit(true)
		s.Append(now, 0.5)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMetricsCanBeRecordedAndReadConcurrently(t *testing.T) {
	m := NewMetrics()
	h, c, r := m.Histogram("h", Seconds, Wall), m.Counter("c", One), m.Ratio("r")
	s := m.Series("s", One, SeriesOptions{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 500 {
				h.Record(float64(i))
				c.Add(1)
				r.Hit(i%2 == 0)
				s.Append(time.Duration(i), 1)
				if i%100 == 0 {
					m.Snapshot()
					m.Curves()
				}
			}
		})
	}
	wg.Wait()
	if h.Count() != 2000 || c.Count() != 2000 || r.Value() != 0.5 {
		t.Errorf("%d samples, %d counted, ratio %g", h.Count(), c.Count(), r.Value())
	}
}

func BenchmarkHistogramRecord(b *testing.B) {
	h := NewMetrics().Histogram("h", Seconds, Virtual)
	b.ReportAllocs()
	for i := range b.N {
		h.Record(float64(i&1023) * 1e-5)
	}
}

func BenchmarkCounterAdd(b *testing.B) {
	c := NewMetrics().Counter("c", One)
	b.ReportAllocs()
	for range b.N {
		c.Add(1)
	}
}

func BenchmarkSeriesAppend(b *testing.B) {
	s := NewMetrics().Series("s", One, SeriesOptions{})
	b.ReportAllocs()
	for i := range b.N {
		s.Append(time.Duration(i)*time.Millisecond, float64(i&255))
	}
}
