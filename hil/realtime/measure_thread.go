package realtime

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/kinematics/jerk"
)

// ThreadMeasurement says how a deadline thread is measured.
type ThreadMeasurement struct {
	Thread   Options // OwnProcess is set as Apart says
	Duration time.Duration
	// Apart runs the thread in a servo process of its own, for which the program's main has
	// to call Main first; else it runs in this process.
	Apart bool
	// Allocate lets this process allocate meanwhile, as fast as it can, on as many
	// goroutines as it has processors.
	Allocate bool
}

// ThreadFigures is what was measured of a deadline thread.
type ThreadFigures struct {
	Report
	Collections uint32 // of garbage in this process
	Allocated   uint64 // bytes in this process
}

// MeasureThread runs a thread that does nothing in its cycles, for a time, and reports how
// well it kept its deadlines.
func MeasureThread(m ThreadMeasurement) (f ThreadFigures, err error) {
	if m.Duration <= 0 {
		return f, fmt.Errorf("realtime: a measurement of %v", m.Duration)
	}
	m.Thread.OwnProcess = false
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if m.Allocate {
		stop := allocate()
		defer stop()
	}
	if m.Apart {
		f.Report, err = measureApart(m)
	} else {
		f.Report, err = measureHere(m)
	}
	runtime.ReadMemStats(&after)
	f.Collections = after.NumGC - before.NumGC
	f.Allocated = after.TotalAlloc - before.TotalAlloc
	return f, err
}

func measureHere(m ThreadMeasurement) (Report, error) {
	t, err := NewThread(m.Thread)
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), m.Duration)
	defer cancel()
	err = t.Run(ctx, func(Cycle) error { return nil })
	return t.Report(), err
}

func measureApart(m ThreadMeasurement) (Report, error) {
	p, err := Start(Settings{
		Loop:   measureLoop,
		Thread: m.Thread,
		Limits: []jerk.Limits{jerk.Symmetric(1, 1, 1)},
		// The load keeps this process busy, not dead.
		ParentSilence: time.Minute,
	}, Supervision{Hung: int(time.Minute / m.Thread.Period)})
	if err != nil {
		return Report{}, err
	}
	defer p.Close()
	fb := make([]Feedback, 64)
	for end := Now().Add(m.Duration); Now() < end; time.Sleep(5 * time.Millisecond) {
		for p.Feedback().PopBatch(fb) == len(fb) {
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r := p.Status().Report
	return r, p.Stop(ctx)
}

// MeasureTicker is how late Go's own time.Ticker is, in a goroutine as any other.
func MeasureTicker(period, duration time.Duration) (*Histogram, error) {
	if period <= 0 || duration < period {
		return nil, fmt.Errorf("realtime: a measurement of %v with a period of %v", duration, period)
	}
	h := new(Histogram)
	start := time.Now()
	tick := time.NewTicker(period)
	defer tick.Stop()
	due := start
	for now := start; now.Sub(start) < duration; {
		<-tick.C
		now = time.Now()
		// The ticker drops what it could not deliver; each of those was as late as this.
		for due = due.Add(period); now.Sub(due) >= period; due = due.Add(period) {
			h.Record(now.Sub(due))
		}
		h.Record(now.Sub(due))
	}
	return h, nil
}

// allocated keeps the load's work from being optimised away.
var allocated atomic.Pointer[[]byte]

// allocate makes and drops small objects, slices and maps, with some megabytes of them
// alive, until it is stopped.
func allocate() (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			type node struct {
				next *node
				data [6]uint64
			}
			alive := make([]*node, 1<<14)
			index := map[uint64]*node{}
			for i := uint64(0); !done.Load(); i++ {
				n := &node{next: alive[i%(1<<14)]}
				n.next, alive[i%(1<<14)] = nil, n
				n.data[0] = i
				index[i%4096] = n
				if i%64 == 0 {
					b := make([]byte, 4096)
					allocated.Store(&b)
				}
				if i%(1<<16) == 0 {
					index = map[uint64]*node{}
				}
			}
		})
	}
	return func() {
		done.Store(true)
		wg.Wait()
	}
}
