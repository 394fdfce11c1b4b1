package engine

import (
	"runtime"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Lateness says how well a lane kept its deadlines on the wall clock.
type Lateness struct {
	Lane string
	// Late is the distribution of start minus deadline, in nanoseconds, up to 10 s.
	Late *hdrhistogram.Histogram
	// Overruns counts the periods that were skipped because their task was still
	// due from before, and those of tasks that catch up that began after their end.
	Overruns uint64
}

func newLateness(name string) Lateness {
	return Lateness{Lane: name, Late: hdrhistogram.New(1, int64(10*time.Second), 3)}
}

// Lateness of each lane, in the order in which the lanes were named. It is to be
// called after Run; in virtual time nothing is late, and the result is empty.
func (e *Engine) Lateness() []Lateness {
	if !e.opt.Realtime {
		return nil
	}
	s := make([]Lateness, len(e.lanes))
	for i, l := range e.lanes {
		s[i] = l.stats
	}
	return s
}

func (e *Engine) runWall(until time.Duration) {
	e.start = time.Now()
	e.running.Store(true)
	var all sync.WaitGroup
	for _, l := range e.lanes {
		all.Go(func() { l.runWall(until) })
	}
	all.Wait()
}

// runWall works off one lane on a thread of its own. The task gets its deadline as
// the instant; how late it was goes into the lane's statistics.
func (l *lane) runWall(until time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e := l.e
	for !e.stop.Load() {
		if l.posted.Load() {
			l.takePosts()
		}
		due := until
		l.mu.Lock()
		if l.q.len() > 0 {
			due = min(due, l.q.top().at)
		}
		l.mu.Unlock()
		now := time.Since(e.start)
		if now < due {
			l.sleepUntil(due)
			continue
		}
		if now >= until && due >= until && !l.hasEventAt(until) {
			return
		}
		l.runDue(now)
	}
}

func (l *lane) hasEventAt(until time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.q.len() > 0 && l.q.top().at <= until
}

// runDue runs the first event, which is due.
func (l *lane) runDue(now time.Duration) {
	l.mu.Lock()
	ev := l.q.top()
	t := ev.task
	l.now, l.phase = max(l.now, ev.at), ev.phase()
	if t.period == 0 {
		l.q.pop()
		l.mu.Unlock()
		l.e.events.Add(1)
		l.fire(t, l.now)
		return
	}
	if t.stopped {
		l.q.pop()
		l.mu.Unlock()
		return
	}
	next := ev.at + t.period
	if missed := (now - next) / t.period; now > next && missed > 0 {
		if t.catchUp {
			missed = 0
			l.stats.Overruns++
		}
		l.stats.Overruns += uint64(missed)
		next += missed * t.period
	}
	l.q.replaceTop(l.event(next, t))
	l.mu.Unlock()
	// The histogram refuses only what is longer than 10 s; that is an overrun anyway.
	_ = l.stats.Late.RecordValue(int64(max(now-ev.at, 1)))
	l.e.events.Add(1)
	t.fn(l.now)
}

// coarse is how long before a deadline the thread stops trusting Go's timers,
// which may be late by a millisecond (golang/go issue 53824).
const coarse = 1500 * time.Microsecond

// sleepUntil returns at due, or earlier when something was posted.
func (l *lane) sleepUntil(due time.Duration) {
	left := due - time.Since(l.e.start)
	if left > coarse {
		t := time.NewTimer(left - coarse)
		select {
		case <-t.C:
		case <-l.wake:
			t.Stop()
		}
		return
	}
	nap(left)
}
