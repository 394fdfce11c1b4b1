package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// Change is what to do to a register, by name.
type Change struct {
	Name    string
	Action  protocol.Action
	Quality protocol.Quality
	// Value and Operand are of the register's type.
	Value, Operand protocol.Value
}

// Transact makes changes, all of them at one instant or none, and then reads registers.
// The error names the register at fault. When it is protocol.Differs, a compare-and-set
// found another value than its operand; when it is ErrLost, nobody knows whether the
// transaction was carried out.
func (c *Client) Transact(ctx context.Context, changes []Change, reads ...string) ([]Reading, error) {
	names := make([]string, len(changes))
	for i := range changes {
		names[i] = changes[i].Name
	}
	infos, err := c.find(ctx, names)
	if err != nil {
		return nil, err
	}
	read, err := c.find(ctx, reads)
	if err != nil {
		return nil, err
	}
	typed := make([]wire.TypedChange, len(changes))
	for i, ch := range changes {
		typed[i] = wire.TypedChange{Type: infos[i].Type, Change: protocol.Change{
			Ref: infos[i].Ref, Action: ch.Action, Quality: ch.Quality, Value: ch.Value, Operand: ch.Operand}}
	}
	e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) { return s.Transact(typed, refsOf(read), true) })
	if err != nil {
		if all := append(infos, read...); e.Kind == wire.Refused && e.At < len(all) {
			return nil, c.refusal(ctx, &all[e.At], err)
		}
		return nil, fmt.Errorf("a transaction of %d changes: %w", len(changes), err)
	}
	readings := make([]Reading, len(e.Entries))
	for i := range e.Entries {
		readings[i] = Reading{read[i], e.Entries[i].Sample}
	}
	return readings, nil
}

// Change changes one register and returns what it held before.
func (c *Client) Change(ctx context.Context, ch Change) (old Reading, err error) {
	infos, err := c.find(ctx, []string{ch.Name})
	if err != nil {
		return old, err
	}
	info := infos[0]
	e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) {
		return s.Change(info.Type, protocol.Change{Ref: info.Ref, Action: ch.Action, Quality: ch.Quality, Value: ch.Value, Operand: ch.Operand})
	})
	if err != nil {
		return old, c.refusal(ctx, &info, err)
	}
	return Reading{info, e.Entries[0].Sample}, nil
}

// CompareAndSet gives a register the value to if it holds from, and reports whether it
// did.
func (c *Client) CompareAndSet(ctx context.Context, name string, from, to protocol.Value) (bool, error) {
	_, err := c.Change(ctx, Change{Name: name, Action: protocol.CompareSet, Value: to, Operand: from})
	if errors.Is(err, protocol.Differs) {
		return false, nil
	}
	return err == nil, err
}

// Add adds to a register and returns what it held before.
func (c *Client) Add(ctx context.Context, name string, v protocol.Value) (old Reading, err error) {
	return c.Change(ctx, Change{Name: name, Action: protocol.Add, Value: v})
}

// Claim makes this client the source of registers: no other client can write them, and
// they become bad when the connection ends or this client falls silent for longer than
// hold (0: the server's idle time). Claims last until Close, across reconnects.
func (c *Client) Claim(ctx context.Context, hold time.Duration, names ...string) error {
	infos, err := c.find(ctx, names)
	if err != nil {
		return err
	}
	k := claim{refs: refsOf(infos), hold: hold}
	e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) { return s.Claim(k.refs, k.hold) })
	if err != nil {
		return fmt.Errorf("claiming %d registers: %w", len(names), err)
	}
	c.mu.Lock()
	c.claims[e.ID] = k
	c.mu.Unlock()
	return nil
}

// claim is what this client is the source of.
type claim struct {
	refs []protocol.Ref
	hold time.Duration
}

// A server that has not yet noticed the loss of the last connection takes its claims for
// another client's, and answers with busy, at most for the hold.
const claimPause = 300 * time.Millisecond

// claimAgain makes the claims anew that were refused after a reconnect. c.mu is held.
func (c *Client) claimAgain(now time.Duration) {
	if len(c.refused) == 0 || now < c.claimAt {
		return
	}
	for i, k := range c.refused {
		id, err := c.session.Claim(k.refs, k.hold)
		if err != nil {
			c.refused = c.refused[i:]
			return
		}
		c.claims[id] = k
	}
	c.refused = nil
}
