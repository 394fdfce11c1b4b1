package realtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// Options of a Thread. Only Period is needed; what the system does not allow is left out
// and said in Report.Notes.
type Options struct {
	// Period from one cycle to the next, 20 us to 1 s. Deadlines are where Instant.Next
	// puts them.
	Period time.Duration
	// CPUs that the thread may run on; none given, all. One that nothing else runs on
	// is best (isolcpus).
	CPUs []int
	// Priority among the threads of SCHED_FIFO, 1 to 99; 0 leaves the thread among the
	// ordinary ones.
	Priority int
	// Spin is how long before its deadline a cycle is waited for awake, since a thread
	// that sleeps wakes up late. 0 stands for 100 us or an eighth of the period, whichever
	// is less; negative for none. It costs that part of a processor.
	Spin time.Duration
	// LockMemory keeps all memory of the process from being paged out, now and later.
	LockMemory bool
	// KeepAwake keeps the processors out of idle states that take long to leave, while
	// the thread runs, for all of the machine (/dev/cpu_dma_latency).
	KeepAwake bool
	// OwnProcess says that the process is there for this thread alone. Go's own threads, and
	// those of other goroutines, then become real-time threads as well, a step of Priority
	// below and on other CPUs, so that they are there when they have to hand the thread's
	// turn back to it; and the thread lets them, now and then, at the start of a long wait,
	// before Go would take it off at any moment.
	OwnProcess bool
}

// Cycle is one call of a thread's work.
type Cycle struct {
	// Number of the period since the thread began, from 0. It grows by more than 1 after
	// missed ones.
	Number uint64
	// Scheduled is the deadline at which the cycle should have begun.
	Scheduled Instant
	// Late is how long after that it began.
	Late time.Duration
	// Missed is how many periods since the cycle before had none.
	Missed uint64
	// Period of the thread.
	Period time.Duration
}

// ErrStop is returned by a thread's work to end the thread without an error.
var ErrStop = errors.New("stop")

// Thread calls a function once in each period, on an operating-system thread of
// its own. When it is late it goes on with the latest deadline: at most one call begins
// in any period, and the ones that were missed are counted, never made up for.
//
// Lateness is measured always: how long after its deadline each call began, and, for
// missed periods, how long after theirs the thread was there again.
type Thread struct {
	opt     Options
	spin    time.Duration
	stats   *stats
	started atomic.Bool
	stop    atomic.Bool
	steal   atomic.Uint64 // at the start
}

// stats is what a thread counts. It may be in shared memory.
type stats struct {
	cycles, overruns, missed atomic.Uint64
	last                     atomic.Int64 // Instant at which the last cycle began
	minor, major, preempted  atomic.Uint64
	late, woken, worked      Histogram
	notes                    text
}

const (
	shortestPeriod = 20 * time.Microsecond
	longestPeriod  = time.Second
	defaultSpin    = 100 * time.Microsecond

	// Go takes a goroutine off its thread after 10 ms, at any moment, and brings it back
	// by way of another thread, which takes longer than the spin. One that yields before,
	// between two cycles, is left alone. That helps where the other thread is a real-time
	// thread too; else it may take many milliseconds on a busy machine, and is better done
	// as rarely as Go does it.
	yieldAfter = 4 * time.Millisecond
	yieldLast  = 8 * time.Millisecond
	yieldRoom  = 150 * time.Microsecond // of time left, to yield in

	// mostMissedRecorded bounds the work after a long stop of the machine.
	mostMissedRecorded = 1000
)

// Check says what is wrong with the options, or nil.
func (o *Options) Check() error {
	switch {
	case o.Period < shortestPeriod || o.Period > longestPeriod:
		return fmt.Errorf("realtime: a period of %v; it is %v to %v", o.Period, shortestPeriod, longestPeriod)
	case o.Priority < 0 || o.Priority > 99:
		return fmt.Errorf("realtime: priority %d; it is 1 to 99, or 0 for an ordinary thread", o.Priority)
	case o.Spin > o.Period/2:
		return fmt.Errorf("realtime: spinning for %v of a period of %v; half of it is the most", o.Spin, o.Period)
	}
	for _, cpu := range o.CPUs {
		if cpu < 0 || cpu >= 1024 {
			return fmt.Errorf("realtime: there is no CPU %d; they are counted from 0", cpu)
		}
	}
	return nil
}

// NewThread makes a thread. The error says what is wrong with the options.
func NewThread(o Options) (*Thread, error) { return newThread(o, new(stats)) }

func newThread(o Options, s *stats) (*Thread, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o.CPUs = append([]int(nil), o.CPUs...)
	t := &Thread{opt: o, spin: o.Spin, stats: s}
	switch {
	case o.Spin == 0:
		t.spin = min(defaultSpin, o.Period/8)
	case o.Spin < 0:
		t.spin = 0
	}
	return t, nil
}

// Run calls work until it returns an error, or the context is done; it returns that error,
// or nil for ErrStop and for the context. It can be called once. Work must not wait for
// anything, nor allocate: what it allocates, the garbage collector takes time for later,
// and a servo loop is best kept in a process of its own (see Start).
//
// Memory that was locked stays so; all else that the thread asked for ends with it.
func (t *Thread) Run(ctx context.Context, work func(Cycle) error) error {
	defer context.AfterFunc(ctx, func() { t.stop.Store(true) })()
	return t.run(work)
}

func (t *Thread) run(work func(Cycle) error) error {
	if t.started.Swap(true) {
		return errors.New("realtime: a Thread runs once; make another")
	}
	done := make(chan error, 1)
	go func() {
		// It is never unlocked, so that Go ends this thread with its priority.
		runtime.LockOSThread()
		done <- t.loop(work)
	}()
	return <-done
}

func (t *Thread) loop(work func(Cycle) error) error {
	notes, restore := t.opt.tune()
	defer restore()
	t.stats.notes.set(notes)
	t.steal.Store(stealTicks())
	growStack(stackBytes)

	var (
		s       = t.stats
		clk     = newClock()
		period  = Instant(t.opt.Period)
		spin    = Instant(t.spin)
		use     = newUsage(s)
		yielded = clk.now()
		first   = yielded.Next(t.opt.Period)
		next    = first
	)
	for {
		now := clk.now()
		if wake := next - spin; now < wake {
			for now < wake && !t.stop.Load() {
				sleepUntil(clk, wake)
				now = clk.now()
			}
			s.woken.Record(now.Sub(wake))
		}
		for now < next {
			now = clk.now()
		}
		if t.stop.Load() {
			return nil
		}
		var missed uint64
		if now-next >= period {
			missed = uint64((now - next) / period)
			for i := range Instant(min(missed, mostMissedRecorded)) {
				s.late.Record(now.Sub(next + i*period))
			}
			s.missed.Store(s.missed.Load() + missed)
			next += Instant(missed) * period
		}
		late := now.Sub(next)
		s.late.Record(late)
		s.last.Store(int64(now))
		s.cycles.Store(s.cycles.Load() + 1)
		err := work(Cycle{
			Number:    uint64((next - first) / period),
			Scheduled: next,
			Late:      late,
			Missed:    missed,
			Period:    t.opt.Period,
		})
		end := clk.now()
		s.worked.Record(end.Sub(now))
		if err != nil {
			if errors.Is(err, ErrStop) {
				return nil
			}
			return err
		}
		next += period
		if end > next {
			s.overruns.Store(s.overruns.Load() + 1)
		}
		if since := end.Sub(yielded); since > yieldLast || since > yieldAfter && next.Sub(end) > t.spin+yieldRoom {
			use.record(s)
			if t.opt.OwnProcess {
				runtime.Gosched()
			}
			yielded = clk.now()
		}
	}
}

// stackBytes is more than a cycle needs.
const stackBytes = 128 << 10

// growStack makes the goroutine's stack as large as it will ever be, and touches it: a
// stack that grows is copied. The garbage collector may make it smaller again, which is
// one more reason to keep it out of a servo process.
//
//go:noinline
func growStack(bytes int) byte {
	var frame [8 << 10]byte
	for i := 0; i < len(frame); i += 1 << 10 {
		frame[i] = byte(i)
	}
	if bytes <= len(frame) {
		return frame[len(frame)-1]
	}
	return growStack(bytes-len(frame)) + frame[bytes%len(frame)]
}
