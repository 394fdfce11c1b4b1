package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// Reading is a register with its value at some time.
type Reading struct {
	protocol.Info
	protocol.Sample
}

// Format writes the value without its unit, as Set reads it.
func (r Reading) Format() string { return r.Value.Format(r.Type) }

// Map describes all registers of the server, in order of Ref. It is read from the
// server once.
func (c *Client) Map(ctx context.Context) ([]protocol.Info, error) {
	infos, _, err := c.registers(ctx)
	return slices.Clone(infos), err
}

func (c *Client) registers(ctx context.Context) ([]protocol.Info, map[string]int, error) {
	c.mapping.Lock()
	defer c.mapping.Unlock()
	if c.names != nil {
		return c.infos, c.names, nil
	}
	hello := c.Hello()
	infos := make([]protocol.Info, 0, hello.Registers)
	for len(infos) < int(hello.Registers) {
		e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) { return s.Map(protocol.Ref(len(infos))) })
		if errors.Is(err, ErrLost) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the register map: %w", err)
		}
		if len(e.Infos) == 0 {
			return nil, nil, fmt.Errorf("register server at %s: the map ends after %d of %d registers", c.addr, len(infos), hello.Registers)
		}
		infos = append(infos, e.Infos...)
	}
	if protocol.MapDigest(infos) != hello.Digest {
		return nil, nil, fmt.Errorf("register server at %s: the map does not have the digest that the server announced", c.addr)
	}
	names := make(map[string]int, len(infos))
	for i := range infos {
		names[infos[i].Name] = i
	}
	c.infos, c.names = infos, names
	return infos, names, nil
}

// find gives the registers of these names. The error proposes the nearest name.
func (c *Client) find(ctx context.Context, names []string) ([]protocol.Info, error) {
	infos, index, err := c.registers(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]protocol.Info, len(names))
	for i, name := range names {
		at, ok := index[name]
		if !ok {
			all := make([]string, len(infos))
			for j := range infos {
				all[j] = infos[j].Name
			}
			return nil, protocol.UnknownName(name, all)
		}
		found[i] = infos[at]
	}
	return found, nil
}

func refsOf(infos []protocol.Info) []protocol.Ref {
	refs := make([]protocol.Ref, len(infos))
	for i := range infos {
		refs[i] = infos[i].Ref
	}
	return refs
}

// Get reads the registers of these names, in their order, each with the line time
// of its last change and its quality. Up to wire.MaxRefs are of one instant; more
// are read in parts.
func (c *Client) Get(ctx context.Context, names ...string) ([]Reading, error) {
	infos, err := c.find(ctx, names)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, 0, len(infos))
	for part := range slices.Chunk(infos, wire.MaxRefs) {
		e, err := c.read(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", part[0].Name, err)
		}
		for i := range e.Entries {
			if e.Entries[i].Status != protocol.OK {
				return nil, fmt.Errorf("reading %q: %w", part[i].Name, e.Entries[i].Status)
			}
			readings = append(readings, Reading{part[i], e.Entries[i].Sample})
		}
	}
	return readings, nil
}

// The server is busy when the registers change too fast for a view of one instant.
const (
	busyRetries = 10
	busyPause   = 10 * time.Millisecond
)

func (c *Client) read(ctx context.Context, part []protocol.Info) (wire.Event, error) {
	for attempt := 0; ; attempt++ {
		e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) {
			if len(part) == 1 {
				return s.Read(part[0].Ref, part[0].Type, true)
			}
			return s.List(refsOf(part), true)
		})
		if errors.Is(err, ErrLost) {
			continue
		}
		if !errors.Is(err, protocol.Busy) || attempt == busyRetries {
			return e, err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return e, ctx.Err()
		}
	}
}

// Set writes a register that this client may write; text is as protocol.ParseValue
// reads it.
func (c *Client) Set(ctx context.Context, name, text string) error {
	v, err := c.Parse(ctx, name, text)
	if err != nil {
		return err
	}
	return c.SetValue(ctx, name, v)
}

// Parse reads text as a value of the named register's type, as protocol.ParseValue does.
func (c *Client) Parse(ctx context.Context, name, text string) (protocol.Value, error) {
	infos, err := c.find(ctx, []string{name})
	if err != nil {
		return protocol.Value{}, err
	}
	v, err := protocol.ParseValue(infos[0].Type, text)
	if err != nil {
		return v, fmt.Errorf("register %q: %w", name, err)
	}
	return v, nil
}

// SetValue is Set with a value of the register's type.
func (c *Client) SetValue(ctx context.Context, name string, v protocol.Value) error {
	infos, err := c.find(ctx, []string{name})
	if err != nil {
		return err
	}
	return c.write(ctx, &infos[0], v)
}

func (c *Client) write(ctx context.Context, info *protocol.Info, v protocol.Value) error {
	_, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) { return s.Write(info.Ref, info.Type, v) })
	if err == nil {
		return nil
	}
	return c.refusal(ctx, info, err)
}

// Limits are the least and the greatest value that clients may give a register now. The
// error is protocol.NotWritable where the server does not tell: it is of an older version.
func (c *Client) Limits(ctx context.Context, name string) (protocol.Limits, error) {
	infos, err := c.find(ctx, []string{name})
	if err != nil {
		return protocol.Limits{}, err
	}
	return c.limits(ctx, &infos[0])
}

func (c *Client) limits(ctx context.Context, info *protocol.Info) (protocol.Limits, error) {
	if c.Hello().Features&wire.Limits == 0 {
		return protocol.Limits{}, fmt.Errorf("register %q: this server does not tell limits: %w", info.Name, protocol.NotWritable)
	}
	for {
		e, err := c.call(ctx, nil, func(s *wire.Client) (uint16, error) { return s.Limits(info.Ref) })
		switch {
		case errors.Is(err, ErrLost):
		case err != nil:
			return protocol.Limits{}, fmt.Errorf("the limits of register %q: %w", info.Name, err)
		case e.Entries[0].Type != info.Type || e.Entries[1].Type != info.Type:
			return protocol.Limits{}, fmt.Errorf("the limits of register %q are not of its type: %w", info.Name, protocol.WrongType)
		default:
			return protocol.Limits{Low: e.Entries[0].Sample.Value, High: e.Entries[1].Sample.Value}, nil
		}
	}
}

// refusal says why a register was not written.
func (c *Client) refusal(ctx context.Context, info *protocol.Info, err error) error {
	if errors.Is(err, protocol.OutOfRange) {
		// A server that knows of no limits may still refuse a value.
		if l, failed := c.limits(ctx, info); failed == nil && l != info.Type.Limits() {
			return fmt.Errorf("register %q: %w; it takes %s", info.Name, err, strings.TrimSpace(l.Format(info.Type)+" "+info.Unit))
		}
	}
	switch {
	case errors.Is(err, protocol.NotWritable) && info.Access != protocol.ReadOnly:
		return fmt.Errorf("register %q: this server takes no writes: %w", info.Name, err)
	case errors.Is(err, protocol.NotWritable):
		return fmt.Errorf("register %q: only the line writes it; the map shows which registers clients may write: %w", info.Name, err)
	}
	access := c.Hello().Access
	switch {
	case errors.Is(err, protocol.NotAuthorised) && access >= info.Access:
		return fmt.Errorf("register %q: it is not among those that this client's role may write: %w", info.Name, err)
	case errors.Is(err, protocol.NotAuthorised):
		return fmt.Errorf("register %q: this client may not write it, its access is %v and %v is needed: %w", info.Name, access, info.Access, err)
	}
	return fmt.Errorf("register %q: %w", info.Name, err)
}
