package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// lane is a queue of events that one thread works off. Virtual time has one; the
// wall clock has one for each lane of components.
type lane struct {
	e     *Engine
	name  string
	mu    sync.Mutex // wall clock only: virtual time has one thread
	q     queue
	now   time.Duration
	phase Phase
	tasks uint32 // periodic tasks so far
	shots uint32 // one-shots so far
	free  []*Task

	posted atomic.Bool
	postMu sync.Mutex
	posts  []post
	wake   chan struct{}

	stats Lateness
}

type post struct {
	c  *Component
	fn func(now time.Duration)
}

func newLane(e *Engine, name string) *lane {
	return &lane{e: e, name: name, wake: make(chan struct{}, 1), stats: newLateness(name)}
}

func (l *lane) lock() {
	if l.e.opt.Realtime {
		l.mu.Lock()
	}
}

func (l *lane) unlock() {
	if l.e.opt.Realtime {
		l.mu.Unlock()
		l.nudge()
	}
}

func (l *lane) locked(f func()) {
	l.lock()
	f()
	l.unlock()
}

// nudge wakes a sleeping thread.
func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// schedule adds a one-shot; the lane's lock is held.
func (l *lane) schedule(c *Component, p Phase, at time.Duration, fn func(time.Duration), j *job) {
	if at = max(at, l.now); l.passed(at, p) {
		at++
	}
	t := l.take()
	l.shots++
	*t = Task{comp: c, fn: fn, job: j, phase: p, seq: 1<<31 | l.shots&^(1<<31)}
	l.q.push(l.event(at, t))
}

// passed tells whether a phase of an instant is over.
func (l *lane) passed(at time.Duration, p Phase) bool {
	return at < l.now || at == l.now && p < l.phase
}

// event gives a task its place in the order.
func (l *lane) event(at time.Duration, t *Task) event {
	key := uint64(t.phase)<<56 | uint64(t.comp.id)<<32 | uint64(t.seq)
	if s := l.e.opt.Shuffle; s != 0 {
		key |= mix(s^uint64(at)*0x9e3779b97f4a7c15^uint64(t.phase)<<13^uint64(t.comp.id)<<17) >> 52 << 44
	}
	return event{at: at, key: key, task: t}
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (l *lane) take() *Task {
	if n := len(l.free); n > 0 {
		t := l.free[n-1]
		l.free = l.free[:n-1]
		return t
	}
	return new(Task)
}

func (l *lane) release(t *Task) {
	*t = Task{}
	l.lock()
	l.free = append(l.free, t)
	if l.e.opt.Realtime {
		l.mu.Unlock()
	}
}

// post hands fn to the lane's thread.
func (l *lane) post(c *Component, fn func(time.Duration)) {
	l.postMu.Lock()
	l.posts = append(l.posts, post{c, fn})
	l.posted.Store(true)
	l.postMu.Unlock()
	l.nudge()
}

// takePosts turns what was posted into one-shots of the next instant.
func (l *lane) takePosts() {
	l.postMu.Lock()
	ps := l.posts
	l.posts = nil
	l.posted.Store(false)
	l.postMu.Unlock()
	l.lock()
	for _, p := range ps {
		l.schedule(p.c, Sense, l.now+1, p.fn, nil)
	}
	if l.e.opt.Realtime {
		l.mu.Unlock()
	}
}
