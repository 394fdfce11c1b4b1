package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
)

// def is a register as a bank defines it.
func (r *Register) def(name string) protocol.Def {
	d := protocol.Def{Name: name, Unit: r.Unit, Doc: r.Doc, Access: accessOf(r.Access)}
	d.Type, _ = protocol.ParseType(r.Type) // the schema has the same names; a test compares
	for o := protocol.ABCD; o.Valid(); o++ {
		if o.String() == r.Order {
			d.Order = o
		}
	}
	return d
}

// accessOf is the access of a name that the schema has accepted.
func accessOf(name string) protocol.Access {
	for a := protocol.ReadOnly; a.Valid(); a++ {
		if a.String() == name {
			return a
		}
	}
	return protocol.ReadOnly
}

// bounds are the least and the greatest value that clients may write; nil for none.
type bounds struct {
	t         protocol.Type
	low, high *protocol.Value
}

// less compares values of a type exactly, 64-bit integers as well.
func less(t protocol.Type, a, b protocol.Value) bool {
	switch {
	case t.Float():
		return a.Float() < b.Float()
	case t == protocol.U64 || t == protocol.U32 || t == protocol.U16:
		return a.Uint() < b.Uint()
	}
	return a.Int() < b.Int()
}

func (b *bounds) accepts(v protocol.Value) bool {
	if (b.low != nil || b.high != nil) && b.t.Float() && math.IsNaN(v.Float()) {
		return false
	}
	return (b.low == nil || !less(b.t, v, *b.low)) && (b.high == nil || !less(b.t, *b.high, v))
}

// bounds of a register, whose values were checked.
func (r *Register) bounds() *bounds {
	b := &bounds{}
	b.t, _ = protocol.ParseType(r.Type)
	for _, x := range []struct {
		l  *Literal
		to **protocol.Value
	}{{r.Min, &b.low}, {r.Max, &b.high}} {
		if x.l != nil {
			if v, err := protocol.ParseValue(b.t, string(*x.l)); err == nil {
				*x.to = &v
			}
		}
	}
	return b
}

// Saved is what a register had when the server ended; false if it is not known. See
// package persist.
type Saved interface {
	Value(name string, t protocol.Type) (protocol.Value, bool)
}

// Registers are those that a configuration declares, in a bank.
type Registers struct {
	// Store owns them, and carries out clients' writes to them. nil without registers.
	Store *protocol.Store
	// Persistent are those that persist, in the order of their references.
	Persistent []protocol.Ref
	// Refused are names of registers whose saved value is not within their bounds any
	// more: they have their initial one.
	Refused []string

	guards map[string]*guard
}

// guard holds a register's bounds of the moment.
type guard struct {
	t  protocol.Type
	of atomic.Pointer[bounds]
}

// Define defines the configuration's registers in a bank that is not sealed, in the
// order in which they are written, with the values of saved, which may be nil, or their
// initial ones. now is the line's time. An error names the place where the register is
// declared.
func (c *Config) Define(b *protocol.Bank, saved Saved, now func() time.Duration) (*Registers, error) {
	r := &Registers{guards: map[string]*guard{}}
	if len(c.Registers) == 0 {
		return r, nil
	}
	r.Store = protocol.NewStore(b, "configuration", c.Where("registers"), now)
	for _, name := range c.src.order {
		if err := r.define(c, name, saved); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Registers) define(c *Config, name string, saved Saved) error {
	s := c.Registers[name]
	d := s.def(name)
	v, err := protocol.ParseValue(d.Type, string(s.Initial))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Where("registers", name, "initial"), err)
	}
	g := &guard{t: d.Type}
	g.of.Store(s.bounds())
	if s.Persist && saved != nil {
		if old, ok := saved.Value(name, d.Type); ok && g.of.Load().accepts(old) {
			v = old
		} else if ok {
			r.Refused = append(r.Refused, name)
		}
	}
	out, err := r.Store.Define(d, v)
	if err != nil {
		var two *protocol.TwoWritersError
		if errors.As(err, &two) {
			two.Places[1] = c.Where("registers", name)
		}
		return err
	}
	out.Guard(func(v protocol.Value) protocol.Status {
		if !g.of.Load().accepts(v) {
			return protocol.OutOfRange
		}
		return protocol.OK
	})
	r.guards[name] = g
	if s.Persist {
		r.Persistent = append(r.Persistent, out.Ref())
	}
	return nil
}

// Limit gives the registers the least and greatest values of another configuration,
// from the next write on. What a register holds stays. It may be called concurrently
// with writes.
func (r *Registers) Limit(c *Config) {
	for name, g := range r.guards {
		if s, ok := c.Registers[name]; ok {
			if b := s.bounds(); b.t == g.t {
				g.of.Store(b)
			}
		}
	}
}

// RegisterNames are the names of the registers, in the order in which they are written.
func (c *Config) RegisterNames() []string { return slices.Clone(c.src.order) }
