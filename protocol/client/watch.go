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
	// newest samples, in the order in which they were asked for.
	Changes []Reading
	// Coalesced counts the values that the server never pushed, since newer ones took
	// their place while this connection could take no more. No newest value is missed.
	Coalesced int
}

// watch collects the pushes of one subscription until its goroutine takes them, so
// that a slow receiver holds up nobody and costs no more memory than its registers.
type watch struct {
	mu        sync.Mutex
	newest    []protocol.Sample
	changed   []bool
	coalesced int
	ready     chan struct{}
}

func (w *watch) merge(e *wire.Event) {
	w.mu.Lock()
	for i := range e.Entries {
		entry := &e.Entries[i]
		w.newest[entry.Index], w.changed[entry.Index] = entry.Sample, true
	}
	w.coalesced += e.Coalesced
	w.mu.Unlock()
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

func (w *watch) take(infos []protocol.Info) (u Update) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.changed {
		if w.changed[i] {
			w.changed[i] = false
			u.Changes = append(u.Changes, Reading{infos[i], w.newest[i]})
		}
	}
	u.Coalesced, w.coalesced = w.coalesced, 0
	return u
}

// Watch calls f with all of the named registers at first, and then with those that
// changed, at least minInterval after the last push. It calls f from the caller's
// goroutine, and returns when ctx is done, with its error, or when the connection
// ends. When f is slow, it gets the newest values and misses those between. At
// most wire.MaxRefs names.
func (c *Client) Watch(ctx context.Context, names []string, minInterval time.Duration, f func(Update)) error {
	infos, err := c.find(ctx, names)
	if err != nil {
		return err
	}
	w := &watch{newest: make([]protocol.Sample, len(infos)), changed: make([]bool, len(infos)), ready: make(chan struct{}, 1)}
	e, err := c.call(ctx, w, func(s *wire.Client) (uint16, error) { return s.Watch(refsOf(infos), minInterval, true) })
	if e.ID != 0 {
		defer c.unwatch(e.ID)
	}
	if err != nil {
		return fmt.Errorf("watching %d registers: %w", len(names), err)
	}
	for {
		select {
		case <-w.ready:
			if u := w.take(infos); len(u.Changes) > 0 {
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
