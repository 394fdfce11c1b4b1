package mes

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Inbox brings commands from other goroutines onto the line's clock: Submit, on
// the server's side, waits until Apply, on the line's side, has done them. Both
// may be called concurrently.
type Inbox struct {
	m       *MES
	waiting atomic.Int32
	mu      sync.Mutex
	queue   []*entry
}

type entry struct {
	c    Command
	done chan error // with room for one, so that Apply never waits
}

// NewInbox makes an inbox for m.
func NewInbox(m *MES) *Inbox { return &Inbox{m: m} }

// Submit hands a command in and gives the error that [MES.Do] had for it. When
// the context ends first, the command is withdrawn, and the context's error given.
func (b *Inbox) Submit(ctx context.Context, c Command) error {
	e := &entry{c, make(chan error, 1)}
	b.mu.Lock()
	b.queue = append(b.queue, e)
	b.waiting.Store(int32(len(b.queue)))
	b.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, q := range b.queue {
		if q == e {
			b.queue = append(b.queue[:i], b.queue[i+1:]...)
			b.waiting.Store(int32(len(b.queue)))
			return ctx.Err()
		}
	}
	return <-e.done // Apply took it just before
}

// Apply does the commands that wait, at line time now, in the order in which
// they came, and returns those that took effect, for a recording. Where none
// waits it costs one atomic load, so that it can be called in every cycle.
func (b *Inbox) Apply(now time.Duration) []Command {
	if b.waiting.Load() == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var done []Command
	for _, e := range b.queue {
		err := b.m.Do(now, e.c)
		if err == nil {
			done = append(done, e.c)
		}
		e.done <- err
	}
	b.queue = nil
	b.waiting.Store(0)
	return done
}
