package realtime

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// runCycles runs a thread for some cycles.
func runCycles(t *testing.T, o Options, n int, work func(Cycle)) (*Thread, []Cycle) {
	t.Helper()
	th := must(NewThread(o))(t)
	cycles := make([]Cycle, 0, n)
	err := th.Run(t.Context(), func(c Cycle) error {
		cycles = append(cycles, c)
		if work != nil {
			work(c)
		}
		if len(cycles) == n {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return th, cycles
}

// checkCycles holds what a thread did against its contract, however late it was.
func checkCycles(t *testing.T, th *Thread, cycles []Cycle) {
	t.Helper()
	period := cycles[0].Period
	var missed uint64
	for i, c := range cycles {
		if c.Scheduled != (c.Scheduled - 1).Next(period) {
			t.Fatalf("cycle %d is scheduled for %d, beside the grid", i, c.Scheduled)
		}
		if c.Late < 0 || c.Late >= period {
			t.Fatalf("cycle %d begins %v late: that is before its period or after it", i, c.Late)
		}
		missed += c.Missed
		if i > 0 {
			before := cycles[i-1]
			if c.Number != before.Number+1+c.Missed || c.Scheduled != before.Scheduled.Add(time.Duration(1+c.Missed)*period) {
				t.Fatalf("cycle %+v after %+v", c, before)
			}
		}
	}
	r := th.Report()
	if r.Cycles != uint64(len(cycles)) || r.Missed != missed || r.Worked.Count() != r.Cycles {
		t.Errorf("%d cycles, %d missed: report %+v", len(cycles), missed, r)
	}
	if most := r.Cycles + missed; r.Late.Count() > most || missed < mostMissedRecorded && r.Late.Count() != most {
		t.Errorf("%d lateness values of %d periods", r.Late.Count(), most)
	}
}

func TestAThreadCallsItsWorkOnceInAPeriodOnTheGrid(t *testing.T) {
	for _, o := range []Options{
		{Period: time.Millisecond},
		{Period: 200 * time.Microsecond, Spin: -1},
		{Period: 5 * time.Millisecond, Spin: time.Millisecond},
		{Period: time.Millisecond, CPUs: []int{0}, Priority: 10, LockMemory: true, KeepAwake: true},
	} {
		th, cycles := runCycles(t, o, 100, nil)
		checkCycles(t, th, cycles)
		var text bytes.Buffer
		if err := th.Report().Write(&text); err != nil || !strings.Contains(text.String(), "100 cycles") {
			t.Errorf("the report says %v %s", err, text.String())
		}
	}
}

func TestWorkThatTakesTooLongMissesPeriodsAndIsNeverMadeUpFor(t *testing.T) {
	const long = 3500 * time.Microsecond
	th, cycles := runCycles(t, Options{Period: time.Millisecond}, 30, func(c Cycle) {
		for end := Now().Add(long); c.Number%5 == 0 && Now() < end; {
		}
	})
	checkCycles(t, th, cycles)
	for i, c := range cycles[1:] {
		// The cycle after a long one: 3.5 periods later at the earliest.
		if cycles[i].Number%5 == 0 && c.Missed < 2 {
			t.Errorf("cycle %+v after %+v", c, cycles[i])
		}
	}
	if r := th.Report(); r.Overruns == 0 || r.Worked.Max() < long {
		t.Errorf("report %+v", r)
	}
}

func TestAThreadEndsWithItsContextItsErrorOrAtItsOwnWish(t *testing.T) {
	broken := errors.New("bus is gone")
	for _, c := range []struct{ from, want error }{{broken, broken}, {ErrStop, nil}} {
		th := must(NewThread(Options{Period: time.Millisecond}))(t)
		if err := th.Run(t.Context(), func(Cycle) error { return c.from }); err != c.want {
			t.Errorf("%v: got %v", c.from, err)
		}
		if err := th.Run(t.Context(), func(Cycle) error { return nil }); err == nil {
			t.Error("it runs twice")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	th := must(NewThread(Options{Period: time.Millisecond}))(t)
	n := 0
	if err := th.Run(ctx, func(Cycle) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	}); err != nil || n < 5 {
		t.Errorf("after %d cycles: %v", n, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	th = must(NewThread(Options{Period: time.Second}))(t)
	if err := th.Run(ctx, func(Cycle) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	for want, o := range map[string]Options{
		"a period of 0s": {},
		"a period of 2s": {Period: 2 * time.Second},
		"priority 100":   {Period: time.Millisecond, Priority: 100},
		"priority -1":    {Period: time.Millisecond, Priority: -1},
		"spinning":       {Period: time.Millisecond, Spin: 600 * time.Microsecond},
		"no CPU 1024":    {Period: time.Millisecond, CPUs: []int{1024}},
	} {
		if _, err := NewThread(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestWhatTheSystemRefusesIsSaidAndTheThreadRunsAllTheSame(t *testing.T) {
	th, cycles := runCycles(t, Options{Period: time.Millisecond, CPUs: []int{1000}}, 10, nil)
	checkCycles(t, th, cycles)
	if notes := th.Report().Notes; len(notes) == 0 {
		t.Error("nothing is said of CPU 1000")
	} else if runtime.GOOS == "linux" && !strings.Contains(notes[0], "CPUs [1000] were refused") {
		t.Errorf("it says %q", notes)
	}
}

func TestALoopDoesNotAllocate(t *testing.T) {
	var before, after runtime.MemStats
	_, _ = runCycles(t, Options{Period: 200 * time.Microsecond}, 600, func(c Cycle) {
		switch {
		case c.Number < 100:
			runtime.ReadMemStats(&before) // also the first ones, which allocate themselves
		case c.Number >= 500:
			if after.Mallocs == 0 {
				runtime.ReadMemStats(&after)
			}
		}
	})
	// Other goroutines of the test binary may allocate a little; a loop that does allocates
	// once in a cycle at least.
	if n := after.Mallocs - before.Mallocs; n > 200 {
		t.Errorf("%d allocations in some 400 cycles", n)
	}
}

func TestReportsCanBeReadWhileTheThreadRuns(t *testing.T) {
	th := must(NewThread(Options{Period: 100 * time.Microsecond}))(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- th.Run(ctx, func(Cycle) error { return nil }) }()
	var last uint64
	for last < 200 {
		r := th.Report()
		if r.Cycles < last {
			t.Fatalf("%d cycles after %d", r.Cycles, last)
		}
		last = r.Cycles
		runtime.Gosched()
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDeadlinesLieHalfAPeriodBesideTheTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := time.Duration(rapid.Int64Range(int64(shortestPeriod), int64(longestPeriod)).Draw(t, "period"))
		at := Instant(rapid.Int64Range(int64(time.Second), 1<<60).Draw(t, "at"))
		next := at.Next(period)
		if next <= at || next.Sub(at) > period || (next-Instant(period)/2)%Instant(period) != 0 {
			t.Fatalf("after %d comes %d", at, next)
		}
		if next.Next(period) != next.Add(period) {
			t.Fatalf("after %d comes %d", next, next.Next(period))
		}
	})
}

func TestTheClockIsTheSystems(t *testing.T) {
	c := newClock()
	for range 1000 {
		before := Now()
		now := c.now()
		after := Now()
		if now < before-1000 || now > after+1000 {
			t.Fatalf("%d is not from %d to %d", now, before, after)
		}
	}
}

func TestAHistogramFindsQuantilesToItsResolution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(
			rapid.Int64Range(0, 300), rapid.Int64Range(0, 1e6), rapid.Int64Range(0, int64(LongestLateness)),
		), 1, 200).Draw(t, "values")
		var one, other Histogram
		var sum int64
		for i, v := range values {
			h := &one
			if i%3 == 0 {
				h = &other
			}
			h.Record(time.Duration(v))
			sum += v
		}
		one.Merge(&other)
		slices.Sort(values)
		n := len(values)
		if one.Count() != uint64(n) || int64(one.Max()) != values[n-1] || int64(one.Mean()) != sum/int64(n) {
			t.Fatalf("count %d, max %d, mean %d", one.Count(), one.Max(), one.Mean())
		}
		// HDR histograms round ranks otherwise; the ends do not depend on that.
		hdr := one.Export()
		if hdr.TotalCount() != int64(n) || float64(hdr.Max()) < float64(values[n-1])*0.999 || float64(hdr.Max()) > float64(values[n-1])*1.01+2 {
			t.Fatalf("exported are %d values up to %d", hdr.TotalCount(), hdr.Max())
		}
		for _, p := range []float64{0, 0.1, 0.5, 0.9, 0.99, 1} {
			rank := max(1, min(n, int(float64(n)*p+0.999999)))
			want := values[rank-1]
			if got := int64(one.Quantile(p)); got < want || float64(got) > float64(want)*1.008+1 {
				t.Fatalf("quantile %g is %d, want %d", p, got, want)
			}
		}
		one.Reset()
		if one.Count() != 0 || one.Max() != 0 || one.Quantile(0.5) != 0 || one.Mean() != 0 {
			t.Fatal("it is not empty")
		}
	})
}

func TestAHistogramKeepsWhatDoesNotFitAtItsEnds(t *testing.T) {
	var h Histogram
	h.Record(-5)
	h.Record(LongestLateness * 3)
	if h.Count() != 2 || h.Quantile(0.5) != 0 || h.Max() != LongestLateness*3 || h.Quantile(1) != LongestLateness {
		t.Errorf("count %d, median %v, last %v, max %v", h.Count(), h.Quantile(0.5), h.Quantile(1), h.Max())
	}
}

func TestAHistogramIsReadWhileItIsWritten(t *testing.T) {
	var h Histogram
	done := make(chan bool)
	go func() {
		random := rand.New(rand.NewPCG(1, 1))
		for range 100_000 {
			h.Record(time.Duration(random.Int64N(1e6)))
		}
		close(done)
	}()
	var last uint64
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		s := h.Snapshot()
		if s.Count() < last || s.Quantile(1) > 1008*time.Microsecond {
			t.Fatalf("%d values after %d, up to %v", s.Count(), last, s.Quantile(1))
		}
		last = s.Count()
	}
	if last != 100_000 {
		t.Errorf("%d values", last)
	}
}

func TestCyclictestsHistogramIsRead(t *testing.T) {
	h := must(parseCyclictest([]byte("# /dev/cpu_dma_latency set to 0us\n# Histogram\n000000 000000\n000012\t000345\n000013 000005\n# Total: 000000350\n# Histogram Overflows: 00002\n")))(t)
	if h.Count() != 352 || h.Quantile(0.5).Round(time.Microsecond) != 12*time.Microsecond || h.Max() != cyclictestBuckets*time.Microsecond {
		t.Errorf("%d values, median %v, max %v", h.Count(), h.Quantile(0.5), h.Max())
	}
	if _, err := parseCyclictest([]byte("unable to set scheduler\n")); err == nil {
		t.Error("no histogram is one")
	}
}
