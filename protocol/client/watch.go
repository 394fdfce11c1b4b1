package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// Update is what a watch tells at once.
type Update struct {
	// Changes has the registers that changed since the last update, with their
	// newest samples, in the order in which they were asked for. It is empty for a
	// heartbeat.
	Changes []Reading
	// Coalesced counts the values that the server never pushed, since newer ones took
	// their place while this connection could take no more. No newest value is missed.
	Coalesced int
	// Interrupted says that the connection was lost since the last update, and is there
	// again: values between may be missing.
	Interrupted bool
}

// watch collects the pushes of one subscription until its goroutine takes them, so
// that a slow receiver holds up nobody and costs no more memory than its registers.
type watch struct {
	mu          sync.Mutex
	newest      []protocol.Sample
	changed     []bool
	coalesced   int
	interrupted bool
	refused     protocol.Status
	ready       chan struct{}
}

func (w *watch) merge(e *wire.Event) {
	w.mu.Lock()
	for i := range e.Entries {
		entry := &e.Entries[i]
		w.newest[entry.Index], w.changed[entry.Index] = entry.Sample, true
	}
	w.coalesced += e.Coalesced
	w.mu.Unlock()
	w.wake()
}

func (w *watch) wake() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// interrupt notes that the connection was lost.
func (w *watch) interrupt() {
	w.mu.Lock()
	w.interrupted = true
	w.mu.Unlock()
}

// refuse notes that the server did not take the watch up again.
func (w *watch) refuse(s protocol.Status) {
	w.mu.Lock()
	w.refused = s
	w.mu.Unlock()
	w.wake()
}

func (w *watch) take(infos []protocol.Info) (u Update, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused != protocol.OK {
		return u, w.refused
	}
	for i := range w.changed {
		if w.changed[i] {
			w.changed[i] = false
			u.Changes = append(u.Changes, Reading{infos[i], w.newest[i]})
		}
	}
	u.Coalesced, w.coalesced = w.coalesced, 0
	u.Interrupted, w.interrupted = w.interrupted, false
	return u, nil
}

// Watch calls f with all of the named registers at first, and then with those that
// changed, at least minInterval after the last push. It calls f from the caller's
// goroutine, and returns when ctx is done, with its error, or when the connection
// ends. When f is slow, it gets the newest values and misses those between. At
// most wire.MaxRefs names.
func (c *Client) Watch(ctx context.Context, names []string, minInterval time.Duration, f func(Update)) error {
	return c.WatchWith(ctx, names, wire.WatchSettings{Interval: minInterval, Timed: true}, f)
}

// WatchWith is Watch with a heartbeat, a deadband, or without times.
func (c *Client) WatchWith(ctx context.Context, names []string, set wire.WatchSettings, f func(Update)) error {
	infos, err := c.find(ctx, names)
	if err != nil {
		return err
	}
	w := &watch{newest: make([]protocol.Sample, len(infos)), changed: make([]bool, len(infos)), ready: make(chan struct{}, 1)}
	e, err := c.call(ctx, w, func(s *wire.Client) (uint16, error) {
		if set == (wire.WatchSettings{Interval: set.Interval, Timed: set.Timed}) {
			return s.Watch(refsOf(infos), set.Interval, set.Timed)
		}
		return s.WatchWith(refsOf(infos), set)
	})
	if e.ID != 0 {
		defer c.unwatch(e.ID)
	}
	if err != nil {
		return fmt.Errorf("watching %d registers: %w", len(names), err)
	}
	for {
		select {
		case <-w.ready:
			u, err := w.take(infos)
			if err != nil {
				return fmt.Errorf("watching %d registers: %w", len(names), err)
			}
			if len(u.Changes) > 0 || set.Heartbeat > 0 {
				f(u)
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			return c.reason()
		}
	}
}

// unwatch ends a watch, also one whose acknowledgement was not awaited, and does
// not wait for the server: pushes that are under way go nowhere.
func (c *Client) unwatch(id uint16) {
	c.mu.Lock()
	delete(c.watches, id)
	if c.err == nil {
		// It fails only when the server refused the watch, or with too much in flight;
		// then the pushes end with the connection.
		_, _ = c.session.Unwatch(id)
	}
	c.mu.Unlock()
	c.flush()
}
