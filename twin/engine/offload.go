package engine

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// job is one piece of offloaded work. Whoever claims it runs it: a worker, or the
// engine's thread when the result is due and nobody has begun.
type job struct {
	comp    *Component
	work    func()
	done    func(now, cost time.Duration)
	claimed atomic.Bool
	fin     chan struct{} // one token when the work has ended
	cost    time.Duration
	crash   string
	pool    *pool
	after   func(j *job) // wall clock: called by the worker at the end
}

func (c *Component) offload(latency time.Duration, work func(), done func(now, cost time.Duration), hold bool) {
	e := c.e
	j := e.pool.get()
	j.comp, j.work, j.done = c, work, done
	l := c.lane
	if e.opt.Realtime {
		due := l.now + latency
		j.after = func(j *job) {
			at := time.Since(e.start)
			if hold && at < due {
				at = due
			}
			l.lock()
			l.schedule(c, Sense, at, nil, j)
			l.unlock()
		}
		e.pool.submit(j)
		return
	}
	e.pool.submit(j)
	l.schedule(c, Sense, l.now+latency, nil, j)
}

// deliver waits for the work's end and hands the result over.
func (j *job) deliver(now time.Duration) {
	if j.claimed.CompareAndSwap(false, true) {
		j.run()
	}
	<-j.fin
	if j.crash != "" {
		panic("engine: offloaded work of " + j.comp.name + ": " + j.crash)
	}
	done, cost := j.done, j.cost
	j.pool.put(j)
	done(now, cost)
}

// run does the work and measures it.
func (j *job) run() {
	t0 := time.Now()
	func() {
		defer func() {
			if r := recover(); r != nil {
				j.crash = fmt.Sprintf("%v\n%s", r, debug.Stack())
			}
		}()
		j.work()
	}()
	j.cost = time.Since(t0)
	after := j.after
	j.fin <- struct{}{}
	if after != nil {
		after(j)
	}
}

// pool is a fixed set of workers and the jobs that wait for them.
type pool struct {
	n    int
	mu   sync.Mutex
	some sync.Cond
	wait []*job
	head int
	shut bool
	free []*job
	all  sync.WaitGroup
}

func newPool(n int) *pool {
	p := &pool{n: n}
	p.some.L = &p.mu
	return p
}

func (p *pool) start() {
	for range p.n {
		p.all.Go(p.loop)
	}
}

// close lets the workers finish what they have begun; what nobody has begun is dropped.
func (p *pool) close() {
	p.mu.Lock()
	p.shut = true
	p.some.Broadcast()
	p.mu.Unlock()
	p.all.Wait()
}

func (p *pool) loop() {
	for {
		p.mu.Lock()
		for p.head == len(p.wait) && !p.shut {
			p.some.Wait()
		}
		if p.shut {
			p.mu.Unlock()
			return
		}
		j := p.wait[p.head]
		p.wait[p.head] = nil
		if p.head++; p.head == len(p.wait) {
			p.wait, p.head = p.wait[:0], 0
		}
		p.mu.Unlock()
		if j.claimed.CompareAndSwap(false, true) {
			j.run()
		}
	}
}

// submit offers a job that is ready: whoever meets it from now on may claim it.
func (p *pool) submit(j *job) {
	j.claimed.Store(false)
	if p.n == 0 {
		return // runs when it is due
	}
	p.mu.Lock()
	p.wait = append(p.wait, j)
	p.mu.Unlock()
	p.some.Signal()
}

// get returns a job that is claimed. The queue may still have an entry for it from
// before, which the engine's thread overtook; that entry must not start it until it is
// submitted.
func (p *pool) get() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		j := p.free[n-1]
		p.free = p.free[:n-1]
		return j
	}
	j := &job{fin: make(chan struct{}, 1), pool: p}
	j.claimed.Store(true)
	return j
}

func (p *pool) put(j *job) {
	j.comp, j.work, j.done, j.after, j.cost = nil, nil, nil, nil, 0
	p.mu.Lock()
	p.free = append(p.free, j)
	p.mu.Unlock()
}
