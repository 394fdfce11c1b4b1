package realtime_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"linetwin.dev/hil/realtime"
)

func TestFigures(t *testing.T) {
	if os.Getenv("FIG") == "" {
		t.Skip()
	}
	if os.Getenv("FIG") != "thread" {
		figs, err := realtime.MeasureRing(realtime.RingMeasurement{Priority: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range figs {
			fmt.Printf("%-80s P50 %v P99 %v  %.1f M/s  (%v) %s\n", f.Kind, f.P50(), f.Latency.Quantile(.99), f.Rate()/1e6, f.P50s, f.Notes)
		}
	}
	if os.Getenv("FIG") == "ring" {
		return
	}
	o := realtime.Options{Period: time.Millisecond, CPUs: []int{1}, Priority: 80, LockMemory: true, KeepAwake: true}
	d := 5 * time.Second
	for _, m := range []realtime.ThreadMeasurement{{Apart: true}, {Apart: true, Allocate: true}} {
		m.Thread, m.Duration = o, d
		f, err := realtime.MeasureThread(m)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\napart %v, allocate %v: %d GC, %d MB\n", m.Apart, m.Allocate, f.Collections, f.Allocated>>20)
		f.Write(os.Stdout)
	}
	h, err := realtime.MeasureCyclictest(o, d)
	fmt.Println(err)
	if err == nil {
		fmt.Println("cyclictest", h.Quantile(.5), h.Quantile(.99), h.Quantile(.999), h.Max(), h.Count())
	}
	h, _ = realtime.MeasureTicker(o.Period, d)
	fmt.Println("ticker", h.Quantile(.5), h.Quantile(.99), h.Quantile(.999), h.Max(), h.Count())
}
