package console

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

// A register server that hangs, as when a device's driver does not return, is what a
// console is needed for most. So nothing here waits for it without a bound.

// mostAsked is how many calls of the server may hang at one time.
const mostAsked = 16

// patiently calls f, which may hang, and waits no longer than Patience for it. Where f
// returns later, late is called with what it gave, unless late is nil.
func patiently[T any](ctx context.Context, c *Console, f func() (T, error), late func(T)) (T, error) {
	type result struct {
		v   T
		err error
	}
	var none T
	select {
	case c.asking <- struct{}{}:
	default:
		return none, errHangs
	}
	done := make(chan result, 1)
	var settled atomic.Bool // by whoever was first, the answer or the end of patience
	go func() {
		defer func() { <-c.asking }()
		var r result
		r.err = c.guarded(func() (err error) {
			r.v, err = f()
			return err
		})
		if settled.CompareAndSwap(false, true) {
			done <- r
		} else if late != nil && r.err == nil {
			late(r.v)
		}
	}()
	patience := time.NewTimer(c.o.Patience)
	defer patience.Stop()
	select {
	case r := <-done:
		return r.v, r.err
	case <-patience.C:
	case <-ctx.Done():
	}
	if settled.CompareAndSwap(false, true) {
		return none, errHangs
	}
	r := <-done
	return r.v, r.err
}

var errHangs = fail(protocol.DeviceNotResponding, "the register server does not answer; health says more")

// guarded calls f, and makes an error of its panic: the console runs in the process that
// serves.
func (c *Console) guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.o.Log.Error("console: a call panicked", "panic", p, "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return f()
}

var errPanicked = jrpc2.Errorf(jrpc2.InternalError, "this failed inside the server; its log says more")

// cached is something that is asked for at most every maxAge, once at one time, whoever
// wants to know.
type cached[T any] struct {
	ask func() T

	mu    sync.Mutex
	known bool
	at    time.Duration // when v was asked for
	v     T
	least time.Duration // what was asked for before counts for nothing
	// asked is closed when the question that is out has been answered; nil when none is.
	asked chan struct{}
	// err is what became of the last question, which was asked at erred.
	err   error
	erred time.Duration
}

const maxAge = 100 * time.Millisecond

// get gives a value that was asked for at most maxAge ago, and when.
func (x *cached[T]) get(ctx context.Context, c *Console) (v T, at time.Duration, err error) {
	patience := time.NewTimer(c.o.Patience)
	defer patience.Stop()
	begun := c.now()
	for {
		x.mu.Lock()
		if x.known && x.at >= x.least && x.at > begun-maxAge {
			defer x.mu.Unlock()
			return x.v, x.at, nil
		}
		if x.err != nil && x.erred >= begun {
			defer x.mu.Unlock()
			return v, 0, x.err
		}
		answer := x.begin(c)
		x.mu.Unlock()
		select {
		case <-answer:
		case <-patience.C:
			return v, 0, errHangs
		case <-ctx.Done():
			return v, 0, errHangs
		}
	}
}

// latest gives the last value and when it was asked for, and asks anew without waiting.
func (x *cached[T]) latest(c *Console) (v T, at time.Duration, known bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.known || c.now()-x.at >= maxAge {
		x.begin(c)
	}
	return x.v, x.at, x.known
}

// forget makes the next get ask anew.
func (x *cached[T]) forget(c *Console) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.least = c.now()
}

// begin asks, unless a question is out. x.mu is held.
func (x *cached[T]) begin(c *Console) chan struct{} {
	if x.asked != nil {
		return x.asked
	}
	answer, at := make(chan struct{}), c.now()
	x.asked = answer
	go func() {
		var v T
		err := c.guarded(func() error { v = x.ask(); return nil })
		x.mu.Lock()
		defer x.mu.Unlock()
		x.asked, x.err, x.erred = nil, err, at
		if err == nil {
			x.v, x.at, x.known = v, at, true
		}
		close(answer)
	}()
	return answer
}
