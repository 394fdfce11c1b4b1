package console

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// hear takes what the server says unasked.
func (c *Client) hear(name string, params json.RawMessage) {
	switch name {
	case NotifyRegisters:
		var m Changed
		if json.Unmarshal(params, &m) != nil {
			return
		}
		c.mu.Lock()
		w := c.watches[m.Watch]
		c.mu.Unlock()
		if w != nil {
			w.merge(m.Registers)
		}
	case NotifyFrames:
		var m Frames
		if json.Unmarshal(params, &m) != nil {
			return
		}
		c.mu.Lock()
		t := c.traces[m.ID]
		c.mu.Unlock()
		if t != nil {
			t.add(&m)
		}
	}
}

// changes are the newest values of a watch that its caller has not seen.
type changes struct {
	mu     sync.Mutex
	order  []string
	newest map[string]Reading
	ready  chan struct{}
}

func (w *changes) merge(rs []Reading) {
	w.mu.Lock()
	for _, r := range rs {
		w.newest[r.Name] = r
	}
	w.mu.Unlock()
	signal(w.ready)
}

func (w *changes) take() (rs []Reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range w.order {
		if r, ok := w.newest[name]; ok {
			rs = append(rs, r)
			delete(w.newest, name)
		}
	}
	return rs
}

func signal(ready chan struct{}) {
	select {
	case ready <- struct{}{}:
	default:
	}
}

// Watch calls f with all of the named registers at first, and then with those that
// changed, at least every apart, in the order in which they are named. It calls f from
// the caller's goroutine and returns when ctx is done, with its error, or when the
// connection ends. When f is slow it gets the newest values and misses those between.
func (c *Client) Watch(ctx context.Context, names []string, every time.Duration, f func([]Reading)) error {
	w := &changes{order: slices.Clone(names), newest: make(map[string]Reading), ready: make(chan struct{}, 1)}
	id := expect(c, c.watches, &c.lastWatch, w)
	defer forget(c, c.watches, id)
	err := c.Call(ctx, MethodWatch, WatchParams{Watch: id, Names: names, Interval: int(every.Milliseconds())}, nil)
	if err != nil {
		return err
	}
	defer c.leave(MethodUnwatch, UnwatchParams{id})
	return c.follow(ctx, w.ready, func() bool {
		if rs := w.take(); len(rs) > 0 {
			f(rs)
		}
		return true
	})
}

// follow calls f whenever there is something, until it is false.
func (c *Client) follow(ctx context.Context, ready chan struct{}, f func() bool) error {
	for {
		select {
		case <-ready:
			if !f() {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ctx.Done():
			return c.Err()
		}
	}
}

// leave ends a watch or a trace on the server. If it cannot be told, the connection ends,
// and the watch with it.
func (c *Client) leave(name string, params any) {
	ctx, cancel := context.WithTimeout(c.ctx, sendWithin)
	defer cancel()
	_ = c.Call(ctx, name, params, nil)
}

// frames are those that the caller of a trace has not seen.
type frames struct {
	mu    sync.Mutex
	m     Frames
	ready chan struct{}
}

func (t *frames) add(m *Frames) {
	t.mu.Lock()
	room := min(len(m.Frames), mostFrames-len(t.m.Frames))
	t.m.Dropped += m.Dropped + len(m.Frames) - room
	t.m.Frames = append(t.m.Frames, m.Frames[:room]...)
	t.m.Gone = m.Gone
	t.mu.Unlock()
	signal(t.ready)
}

func (t *frames) take() Frames {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.m
	t.m = Frames{ID: m.ID}
	return m
}

// Trace calls f with the frames of one of the register server's clients, from the
// caller's goroutine. It returns nil when that client is gone, and else as Watch does.
// When f is slow, frames are dropped and counted.
func (c *Client) Trace(ctx context.Context, id uint64, f func(Frames)) error {
	t := &frames{m: Frames{ID: id}, ready: make(chan struct{}, 1)}
	c.mu.Lock()
	if c.traces[id] != nil {
		c.mu.Unlock()
		return fmt.Errorf("console: client %d is being traced here already", id)
	}
	c.traces[id] = t
	c.mu.Unlock()
	defer forget(c, c.traces, id)
	if err := c.Call(ctx, MethodTrace, TraceParams{id}, nil); err != nil {
		return err
	}
	gone := false
	defer func() {
		if !gone {
			c.leave(MethodUntrace, TraceParams{id})
		}
	}()
	return c.follow(ctx, t.ready, func() bool {
		m := t.take()
		gone = m.Gone
		if len(m.Frames) > 0 || m.Dropped > 0 {
			f(m)
		}
		return !gone
	})
}
