//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"linetwin.dev/bench"
	"linetwin.dev/hil/realtime"
)

// measureRing hands messages from one core to another, by a ring and by what else there is.
func measureRing(*session) ([]bench.Row, error) {
	// Whatever else the machine does would otherwise be between the two, which wait awake.
	figures, err := realtime.MeasureRing(realtime.RingMeasurement{Priority: 50})
	if err != nil {
		return nil, err
	}
	fmt.Printf("\nMessages from core to core\n")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"queue", "P50", "P99", "rate", "notes"}, "\t"))
	for i := range figures {
		f := &figures[i]
		fmt.Fprintf(w, "%s\t%v\t%v\t%.3g M/s\t%s\n", f.Kind, f.P50(), f.Latency.Quantile(0.99), f.Rate()/1e6, f.Notes)
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
	we := &figures[0]
	var rows []bench.Row
	for i := range figures[1:] {
		f := &figures[1+i]
		rows = append(rows, bench.Measured("ring, core to core: P50, beside "+f.Kind, micros(we.P50()), "us", "<= 0.3us").
			Against(f.Kind, us(f.P50()), bench.Lower))
	}
	for i := range figures[1:] {
		f := &figures[1+i]
		rate := f.Rate()
		rows = append(rows, bench.Measured("ring, core to core: elements, beside "+f.Kind, we.Rate(), "1/s", ">= 40e6/s").
			Against(f.Kind, &rate, bench.Higher))
	}
	n, err := allocationsOfRing()
	return append(rows, bench.Measured("ring: allocations", n, "1", "<= 0")), err
}

func allocationsOfRing() (float64, error) {
	const slots = 64
	mem, err := realtime.NewMemory(2 * realtime.RingSize[uint64](slots))
	if err != nil {
		return 0, err
	}
	defer mem.Close()
	ring, err := realtime.CreateRing[uint64](mem, "counted", slots)
	if err != nil {
		return 0, err
	}
	p, c := ring.Producer(), ring.Consumer()
	lost := false
	n := allocations(func() {
		for i := range uint64(1000) {
			var got uint64
			lost = !p.Push(&i) || !c.Pop(&got) || got != i || lost
		}
	})
	if lost {
		return 0, errors.New("the ring loses what it is given")
	}
	return n, nil
}

// How long the deadline thread and cyclictest are measured, and Go's ticker.
const (
	threadTime = 20 * time.Second
	tickerTime = 5 * time.Second
)

// measureThread measures a thread of 1 kHz in a process of its own, as a servo loop that drives
// hardware has it: while this one rests, and while it allocates at full speed.
func measureThread(*session) ([]bench.Row, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	last := 0
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			last = i
		}
	}
	o := realtime.Options{Period: time.Millisecond, CPUs: []int{last}, Priority: 80, LockMemory: true, KeepAwake: true}
	quiet, err := realtime.MeasureThread(realtime.ThreadMeasurement{Thread: o, Duration: threadTime, Apart: true})
	if err != nil {
		return nil, err
	}
	loaded, err := realtime.MeasureThread(realtime.ThreadMeasurement{Thread: o, Duration: threadTime, Apart: true, Allocate: true})
	if err != nil {
		return nil, err
	}
	before := stolen()
	cyclictest, err := realtime.MeasureCyclictest(o, threadTime)
	if err != nil && !errors.Is(err, realtime.ErrNotInstalled) {
		return nil, err
	}
	ofCyclictest := stolen() - before
	ticker, err := realtime.MeasureTicker(o.Period, tickerTime)
	if err != nil {
		return nil, err
	}
	fmt.Printf("\nDeadline thread, 1 kHz, on processor %d: how late its cycles begin\n", last)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"what", "P50", "P99", "P99.9", "max", "cycles", "overruns", "ticks stolen by the hypervisor"}, "\t"))
	show := func(what string, h *realtime.Histogram, more ...any) {
		fmt.Fprintf(w, "%s\t%v\t%v\t%v\t%v\t%d", what, h.Quantile(0.5), h.Quantile(0.99), h.Quantile(0.999), h.Max(), h.Count())
		for _, m := range more {
			fmt.Fprintf(w, "\t%v", m)
		}
		fmt.Fprintln(w)
	}
	show("thread in a process of its own", quiet.Late, quiet.Overruns, quiet.Steal)
	show(fmt.Sprintf("the same, beside %d MB allocated in %d collections", loaded.Allocated>>20, loaded.Collections), loaded.Late, loaded.Overruns, loaded.Steal)
	peer := "cyclictest, not installed (rt-tests)"
	if cyclictest != nil {
		peer = "cyclictest"
		show(peer, cyclictest, "-", ofCyclictest)
	}
	show("time.Ticker", ticker, "-", "-")
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
	for _, note := range quiet.Notes {
		fmt.Println("note:", note)
	}
	var rows []bench.Row
	for _, q := range []struct {
		name  string
		part  float64
		reach string
	}{{"P50", 0.5, "<= 0.2us"}, {"P99", 0.99, "<= 15us"}, {"P99.9", 0.999, "<= 80us"}} {
		var theirs *float64
		if cyclictest != nil {
			theirs = us(cyclictest.Quantile(q.part))
		}
		rows = append(rows, bench.Measured("1 kHz deadline thread: "+q.name, micros(quiet.Late.Quantile(q.part)), "us", q.reach).
			Against(peer, theirs, bench.Lower))
	}
	n, err := allocationsOfThread(o)
	return append(rows,
		bench.Measured("1 kHz deadline thread beside a process that allocates: P99", micros(loaded.Late.Quantile(0.99)), "us", "<= 80us").
			Against("time.Ticker, beside nothing", us(ticker.Quantile(0.99)), bench.Lower),
		bench.Measured("1 kHz deadline thread: allocations of a cycle", n, "1", "<= 0")), err
}

// allocationsOfThread counts them while a thread of this process goes through its cycles, per
// cycle and rounded down, as testing does.
func allocationsOfThread(o realtime.Options) (float64, error) {
	t, err := realtime.NewThread(o)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = t.Run(ctx, func(realtime.Cycle) error { return nil })
	runtime.ReadMemStats(&after)
	if cycles := t.Report().Cycles; err == nil && cycles > 0 {
		return float64((after.Mallocs - before.Mallocs) / cycles), nil
	}
	return 0, errors.Join(errors.New("the thread did not run"), err)
}

// stolen is how many ticks of 10 ms the hypervisor has given to others, 0 where it does not say.
func stolen() uint64 {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	var of [8]uint64 // user, nice, system, idle, iowait, irq, softirq, steal
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &of[0], &of[1], &of[2], &of[3], &of[4], &of[5], &of[6], &of[7]); err != nil {
		return 0
	}
	return of[7]
}

func micros(d time.Duration) float64 { return float64(d) / 1e3 }

// us is a peer's figure, in us.
func us(d time.Duration) *float64 {
	v := micros(d)
	return &v
}
