package recogniser

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linetwin.dev/vision/model"
)

// Lane is a queue of requests with the processes that answer them. A process that
// hangs, dies or says what it must not is killed and started again, first soon, then
// ever later; the request that it had fails, and those that wait go to the next one.
// Its methods may be called concurrently.
type Lane struct {
	spec  Spec
	more  chan struct{} // one for each request that was put into the queue, at least
	stop  chan struct{}
	ended sync.WaitGroup

	mu       sync.Mutex
	queue    queue
	count    Counts
	state    []workerState
	pace     pace
	everUp   bool // a process was ready
	isClosed bool
}

// job is a request on its way. Its result is set before done is closed.
type job struct {
	Request
	priority Priority
	came     uint64 // the order in which requests came
	at       int    // its place in the queue, -1 outside of it
	until    time.Time
	limited  bool // until is set

	copied chan struct{} // closed when the pixels of Image are not needed any more
	done   chan struct{}
	answer model.Answer
	err    error
}

// before tells who goes first.
func (j *job) before(o *job) bool {
	if j.priority != o.priority {
		return j.priority > o.priority
	}
	return j.came < o.came
}

func (j *job) finish(a model.Answer, err error) {
	j.answer, j.err = a, err
	close(j.done)
}

// workerState is how one process of a lane does.
type workerState struct {
	ready    bool
	since    time.Time // when it became ready
	busy     bool
	failures int       // in a row
	cause    error     // of the last one
	next     time.Time // when it is started again, while it is not
	device   string
}

// Counts are what happened in a lane since it was opened.
type Counts struct {
	Answered   uint64 // requests
	Complaints uint64 // requests that the recogniser could not make anything of
	Late       uint64 // requests that were not answered in time, by whomever
	Faults     uint64 // times that a process was ended, or ended by itself
	Starts     uint64 // times that a process was started
	Refused    uint64 // requests for which there was no room
}

// Status is how a lane does.
type Status struct {
	Name      string
	Device    string // what the recogniser says that it runs on
	Processes int
	Ready     int // processes that are
	Running   int // requests that are being answered
	Waiting   int // requests
	Mean      time.Duration
	Trouble   string // of the last process that failed, while none is ready
	Counts
}

// brokenAfter is how many times in a row a process may fail until requests are refused
// and do not wait any more.
const brokenAfter = 3

// healthyAfter is how long a process must have been ready for its end to count as the
// first in a row.
const healthyAfter = time.Minute

// Open starts the processes of a lane and returns at once; requests wait until one is
// ready. Close ends it.
func Open(spec Spec) (*Lane, error) {
	if err := spec.complete(); err != nil {
		return nil, err
	}
	l := &Lane{
		spec:  spec,
		more:  make(chan struct{}, spec.Queue),
		stop:  make(chan struct{}),
		queue: queue{most: spec.Queue},
		state: make([]workerState, spec.Processes),
	}
	for i := range l.state {
		l.ended.Add(1)
		go func() {
			defer l.ended.Done()
			l.supervise(i)
		}()
	}
	return l, nil
}

// Close refuses what waits, ends the processes in good order, or else kills them with
// all that they started, and returns when none is left.
func (l *Lane) Close() error {
	l.mu.Lock()
	was := l.isClosed
	l.isClosed = true
	for j := l.queue.pop(); j != nil; j = l.queue.pop() {
		j.finish(model.Answer{}, ErrClosed)
	}
	l.mu.Unlock()
	if !was {
		close(l.stop)
	}
	l.ended.Wait()
	return nil
}

// Recognise shows a picture to the recogniser and waits for what it says. The wait ends
// with ctx; the recogniser, which has been told how much time there was, may go on until
// its own limit. When Recognise returns nobody looks at the picture any more. Errors are *Refused when there is no room, *Unavailable when no process
// comes up, *Fault when its process failed, *Complaint when the recogniser cannot make
// anything of the picture, ErrClosed, and ctx's.
func (l *Lane) Recognise(ctx context.Context, r Request) (model.Answer, error) {
	if err := r.check(); err != nil {
		return model.Answer{}, err
	}
	j := &job{Request: r, priority: r.Priority, at: -1, copied: make(chan struct{}), done: make(chan struct{})}
	j.until, j.limited = ctx.Deadline()
	if err := l.enter(j, time.Now()); err != nil {
		return model.Answer{}, err
	}
	select {
	case <-j.done:
		var f *Fault
		if errors.As(j.err, &f) && f.Late || errors.Is(j.err, context.DeadlineExceeded) {
			l.late()
		}
		return j.answer, j.err
	case <-ctx.Done():
	}
	l.mu.Lock()
	waited := l.queue.remove(j)
	l.mu.Unlock()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		l.late()
	}
	switch {
	case waited: // nobody looks at its pixels
	case r.Reference != nil:
		<-j.done // the recogniser may look at them still
	default:
		select {
		case <-j.copied:
		case <-j.done:
		}
	}
	return model.Answer{}, fmt.Errorf("recogniser %s: %w", l.spec.Name, context.Cause(ctx))
}

func (l *Lane) late() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count.Late++
}

// enter puts a request into the queue.
func (l *Lane) enter(j *job, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed {
		return ErrClosed
	}
	if err := l.broken(now); err != nil && !l.mayWait(j) {
		return err
	}
	out, ok := l.queue.push(j)
	if !ok || out != nil {
		l.count.Refused++
		refused := &Refused{fmt.Sprintf("%d requests wait for recogniser %s already", l.queue.most, l.spec.Name), l.wait()}
		if !ok {
			return refused
		}
		out.finish(model.Answer{}, refused)
	}
	select {
	case l.more <- struct{}{}:
	default: // there are as many as requests fit
	}
	return nil
}

// broken says why there is no use in waiting, if there is none.
func (l *Lane) broken(now time.Time) error {
	var worst *Unavailable
	for i := range l.state {
		s := &l.state[i]
		if s.ready || s.failures < brokenAfter {
			return nil
		}
		after := max(s.next.Sub(now), time.Second)
		if worst == nil || after < worst.RetryAfter {
			worst = &Unavailable{s.cause, after}
		}
	}
	return worst
}

// mayWait tells whether a request waits while nothing runs.
func (l *Lane) mayWait(j *job) bool { return j.Patient && l.everUp }

// wait is how long it takes, by experience, until there is room.
func (l *Lane) wait() time.Duration { return l.pace.until(1, len(l.state)) }

// Wait is how long it takes, by experience, until so many more requests are answered: a
// second at least.
func (l *Lane) Wait(requests int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.until(requests, len(l.state))
}

// Status tells how the lane does.
func (l *Lane) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Status{Name: l.spec.Name, Processes: len(l.state), Waiting: l.queue.len(), Mean: l.pace.mean, Counts: l.count}
	for i := range l.state {
		w := &l.state[i]
		if w.ready {
			s.Ready++
			s.Device = w.device
		}
		if w.busy {
			s.Running++
		}
		if w.cause != nil && !w.ready {
			s.Trouble = w.cause.Error()
		}
	}
	if s.Ready > 0 {
		s.Trouble = ""
	}
	return s
}

// supervise keeps one process running until the lane is closed.
func (l *Lane) supervise(i int) {
	for !l.stopped() {
		l.with(i, func(*workerState) { l.count.Starts++ })
		p, err := startProcess(&l.spec, l.stop)
		if err == nil {
			now := time.Now()
			l.with(i, func(s *workerState) { s.ready, s.since, s.device, l.everUp = true, now, p.device, true })
			if err = l.serve(i, p); errors.Is(err, ErrClosed) {
				p.stop()
				return
			}
			p.kill()
			err = p.describe(err)
		}
		if errors.Is(err, ErrClosed) {
			return
		}
		wait := l.failed(i, err)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-l.stop:
		}
		timer.Stop()
	}
}

func (l *Lane) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *Lane) with(i int, f func(*workerState)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.state[i])
}

// failed notes that a process did, gives up what waits if there is no hope, and says how
// long to wait.
func (l *Lane) failed(i int, err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	s := &l.state[i]
	l.count.Faults++
	if s.ready && now.Sub(s.since) > healthyAfter {
		s.failures = 0
	}
	s.failures++
	wait := l.spec.Backoff.After(s.failures)
	s.ready, s.busy, s.cause, s.next = false, false, err, now.Add(wait)
	if err := l.broken(now); err != nil {
		for _, j := range l.queue.all() {
			if !l.mayWait(j) {
				l.queue.remove(j)
				j.finish(model.Answer{}, err)
			}
		}
	}
	return wait
}

// serve gives requests to a process until it fails, and says how, or until the lane is
// closed.
func (l *Lane) serve(i int, p *process) error {
	for {
		select {
		case <-l.more:
			if j := l.take(i); j != nil {
				if err := l.give(i, p, j); err != nil {
					return err
				}
			}
		case m := <-p.said:
			return p.unasked(m)
		case err := <-p.fault:
			return p.ending(err)
		case <-l.stop:
			return ErrClosed
		}
	}
}

// take is the next request, or nil.
func (l *Lane) take(i int) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	j := l.queue.pop()
	l.state[i].busy = j != nil
	return j
}

// give lets a process answer a request. The error is one after which the process is of
// no use.
func (l *Lane) give(i int, p *process, j *job) error {
	begun := time.Now()
	left := l.spec.AnswerWithin
	if j.limited {
		left = min(left, j.until.Sub(begun))
	}
	if left <= 0 {
		l.with(i, func(s *workerState) { s.busy = false })
		j.finish(model.Answer{}, context.DeadlineExceeded)
		return nil
	}
	answer, complaint, fault := p.ask(&j.Request, left, func() { close(j.copied) }, l.stop)
	took := time.Since(begun)
	if fault != nil && !errors.Is(fault, ErrClosed) {
		p.kill() // before the picture is given back, at which it must not look any more
		fault = p.describe(fault)
	}
	l.with(i, func(s *workerState) {
		s.busy = false
		switch {
		case fault != nil:
			return
		case complaint != nil:
			l.count.Complaints++
		default:
			l.count.Answered++
		}
		s.failures, s.cause = 0, nil
		l.pace.took(took)
	})
	switch {
	case fault != nil:
		j.finish(model.Answer{}, fault)
	case complaint != nil:
		j.finish(model.Answer{}, complaint)
	default:
		answer.Sort()
		j.finish(answer, nil)
	}
	return fault
}

// pace is how long answers take, the recent ones counting most.
type pace struct{ mean time.Duration }

// took learns from an answer.
func (p *pace) took(d time.Duration) {
	if p.mean == 0 {
		p.mean = d
		return
	}
	p.mean += (d - p.mean) / 8
}

// until is how long some requests take on some processes: a second at least, a minute at
// most.
func (p *pace) until(requests, processes int) time.Duration {
	d := p.mean * time.Duration((requests+processes-1)/processes)
	return min(max(d, time.Second), time.Minute)
}
