package service

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Outcome is how a task ended.
type Outcome int

// The outcomes.
const (
	Judged  Outcome = iota // in time
	Late                   // the deadline came first
	Refused                // the queue was full of what is more urgent
)

// String is the outcome's name.
func (o Outcome) String() string { return [...]string{"judged", "late", "refused"}[o] }

// Task is what a station wants done.
type Task interface {
	// Run begins the work on a worker. It calls done, once, when the work is at its end,
	// never before it returns.
	Run(now time.Duration, done func(now time.Duration))
	// End tells the outcome, exactly once. Work that runs goes on after Late.
	End(now time.Duration, o Outcome)
	// Release says, exactly once and after End, that nobody works on the task any more.
	Release(now time.Duration)
}

// Request says how urgent a task is.
type Request struct {
	Priority int           // higher first
	Deadline time.Duration // up to which its outcome is of use
}

// Timer calls fn at a time, or at once after the present event where that has passed.
type Timer func(at time.Duration, fn func(now time.Duration))

// Stats counts tasks.
type Stats struct {
	Waiting, Running      int // now
	Judged, Late, Refused int // since the start
	Longest               int // queue that there was
}

// Pool shares workers. Use NewPool.
type Pool struct {
	workers, room int
	waiting       []*entry // the most urgent first
	stats         Stats
	came          uint64
}

// entry is a task in the pool.
type entry struct {
	Request
	task  Task
	came  uint64
	runs  bool
	ended bool
}

// NewPool makes a pool of so many workers, in whose queue so many tasks may wait. Both must be
// above 0.
func NewPool(workers, room int) *Pool {
	if workers < 1 || room < 1 {
		panic(fmt.Sprintf("service: a pool of %d workers with room for %d; both must be above 0", workers, room))
	}
	return &Pool{workers: workers, room: room}
}

// Stats are the counts at present.
func (p *Pool) Stats() Stats {
	s := p.stats
	s.Waiting = len(p.waiting)
	return s
}

// Submit hands in a task. Where a worker is free it runs at once.
func (p *Pool) Submit(now time.Duration, r Request, timer Timer, t Task) {
	e := &entry{Request: r, task: t, came: p.came}
	p.came++
	if now > r.Deadline {
		p.end(now, e, Late)
		return
	}
	i, _ := slices.BinarySearchFunc(p.waiting, e, urgency)
	p.waiting = slices.Insert(p.waiting, i, e)
	timer(r.Deadline+1, func(now time.Duration) { p.expire(now, e) })
	p.serve(now)
	if last := len(p.waiting) - 1; last >= p.room {
		least := p.waiting[last]
		p.waiting = p.waiting[:last]
		p.end(now, least, Refused)
	}
	p.stats.Longest = max(p.stats.Longest, len(p.waiting))
}

// urgency orders entries, the most urgent first.
func urgency(a, b *entry) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Deadline, b.Deadline), cmp.Compare(a.came, b.came))
}

// serve gives waiting tasks to free workers.
func (p *Pool) serve(now time.Duration) {
	for p.stats.Running < p.workers && len(p.waiting) > 0 {
		e := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		e.runs = true
		p.stats.Running++
		e.task.Run(now, func(now time.Duration) { p.done(now, e) })
	}
}

// done is told when a worker is at its end.
func (p *Pool) done(now time.Duration, e *entry) {
	if !e.runs {
		panic("service: a task said twice that it is done")
	}
	e.runs = false
	p.stats.Running--
	if e.ended {
		e.task.Release(now)
	} else {
		p.end(now, e, Judged)
	}
	p.serve(now)
}

// expire ends a task whose deadline has come.
func (p *Pool) expire(now time.Duration, e *entry) {
	if e.ended {
		return
	}
	if i := slices.Index(p.waiting, e); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.end(now, e, Late)
}

func (p *Pool) end(now time.Duration, e *entry, o Outcome) {
	e.ended = true
	switch o {
	case Judged:
		p.stats.Judged++
	case Late:
		p.stats.Late++
	case Refused:
		p.stats.Refused++
	}
	e.task.End(now, o)
	if !e.runs {
		e.task.Release(now)
	}
}
