package realtime_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"linetwin.dev/hil/realtime"
)

func TestRingsAreMeasuredBesideTheirPeers(t *testing.T) {
	figures, err := realtime.MeasureRing(realtime.RingMeasurement{Rounds: 2, Messages: 50, Elements: 20_000})
	if err != nil {
		t.Skip(err)
	}
	if len(figures) != 4 {
		t.Fatalf("%d kinds", len(figures))
	}
	for _, f := range figures {
		if f.Kind == "" || f.Latency.Count() != 100 || len(f.P50s) != 2 || f.P50() <= 0 || len(f.Rates) != 2 || f.Rate() <= 0 {
			t.Errorf("%s: %d latencies, medians %v, rates %v", f.Kind, f.Latency.Count(), f.P50s, f.Rates)
		}
	}
}

func TestThreadsAreMeasuredHereAndApart(t *testing.T) {
	o := realtime.Options{Period: time.Millisecond, Priority: 20, LockMemory: true}
	for _, m := range []realtime.ThreadMeasurement{
		{}, {Allocate: true}, {Apart: true}, {Apart: true, Allocate: true},
	} {
		m.Thread, m.Duration = o, 100*time.Millisecond
		f, err := realtime.MeasureThread(m)
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		if f.Cycles == 0 || f.Late.Count() == 0 || m.Allocate && (f.Collections == 0 || f.Allocated < 1<<20) {
			t.Errorf("%+v: %d cycles, %d collections, %d bytes", m, f.Cycles, f.Collections, f.Allocated)
		}
	}
	h, err := realtime.MeasureTicker(time.Millisecond, 50*time.Millisecond)
	if err != nil || h.Count() < 49 {
		t.Errorf("ticker: %v, %v", h, err)
	}
}

func TestCyclictestIsAPeer(t *testing.T) {
	h, err := realtime.MeasureCyclictest(realtime.Options{Period: time.Millisecond, CPUs: []int{0}}, 50*time.Millisecond)
	switch {
	case errors.Is(err, realtime.ErrNotInstalled):
		t.Skip(err)
	case err != nil && os.Getuid() != 0:
		t.Skip("cyclictest wants root: ", err)
	case err != nil:
		t.Fatal(err)
	case h.Count() < 40:
		t.Errorf("it measured %d cycles", h.Count())
	}
}

// BenchmarkPushPop is one element through a ring, on one core.
func BenchmarkPushPop(b *testing.B) {
	ring, err := realtime.NewRing[realtime.Setpoint](1024)
	if err != nil {
		b.Fatal(err)
	}
	in, out := ring.Producer(), ring.Consumer()
	var sp realtime.Setpoint
	b.ReportAllocs()
	for b.Loop() {
		in.Push(&sp)
		out.Pop(&sp)
	}
}

// BenchmarkCoreToCore is the ring, and its peers, between two cores.
func BenchmarkCoreToCore(b *testing.B) {
	for b.Loop() {
		figures, err := realtime.MeasureRing(realtime.RingMeasurement{Priority: 50})
		if err != nil {
			b.Skip(err)
		}
		for i, name := range []string{"ring", "index", "mutex", "channel"} {
			b.ReportMetric(float64(figures[i].P50()), "ns/"+name)
			b.ReportMetric(figures[i].Rate()/1e6, "M/s/"+name)
		}
	}
}

// BenchmarkThread is a thread of 1 kHz for 20 s: idle and under load, here and apart. Beside
// it cyclictest and Go's ticker, and the time that the hypervisor took away.
func BenchmarkThread(b *testing.B) {
	o := realtime.Options{Period: time.Millisecond, CPUs: []int{1}, Priority: 80, LockMemory: true, KeepAwake: true}
	const duration = 20 * time.Second
	report := func(b *testing.B, h *realtime.Histogram) {
		b.ReportMetric(float64(h.Quantile(0.5))/1e3, "us-P50")
		b.ReportMetric(float64(h.Quantile(0.99))/1e3, "us-P99")
		b.ReportMetric(float64(h.Quantile(0.999))/1e3, "us-P99.9")
		b.ReportMetric(float64(h.Max())/1e3, "us-max")
	}
	for _, c := range []struct {
		name string
		m    realtime.ThreadMeasurement
	}{
		{"apart/idle", realtime.ThreadMeasurement{Apart: true}},
		{"apart/allocating", realtime.ThreadMeasurement{Apart: true, Allocate: true}},
		{"here/idle", realtime.ThreadMeasurement{}},
		{"here/allocating", realtime.ThreadMeasurement{Allocate: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.m.Thread, c.m.Duration = o, duration
			f, err := realtime.MeasureThread(c.m)
			if err != nil {
				b.Fatal(err)
			}
			report(b, f.Late)
			b.ReportMetric(float64(f.Missed), "missed")
			b.ReportMetric(float64(f.Steal), "steal-ticks")
			for _, note := range f.Notes {
				b.Log(note)
			}
		})
	}
	b.Run("cyclictest", func(b *testing.B) {
		h, err := realtime.MeasureCyclictest(o, duration)
		if err != nil {
			b.Skip(err)
		}
		report(b, h)
	})
	b.Run("ticker", func(b *testing.B) {
		h, err := realtime.MeasureTicker(o.Period, duration)
		if err != nil {
			b.Fatal(err)
		}
		report(b, h)
	})
}
