package config

import (
	"errors"
	"fmt"
	"slices"
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

// limits of a register, whose values were checked.
func (r *Register) limits() protocol.Limits {
	t, _ := protocol.ParseType(r.Type)
	l := t.Limits()
	for _, x := range []struct {
		l  *Literal
		to *protocol.Value
	}{{r.Min, &l.Low}, {r.Max, &l.High}} {
		if x.l != nil {
			if v, err := protocol.ParseValue(t, string(*x.l)); err == nil {
				*x.to = v
			}
		}
	}
	return l
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

	outs map[string]*protocol.Out
}

// Define defines the configuration's registers in a bank that is not sealed, in the
// order in which they are written, with the values of saved, which may be nil, or their
// initial ones. now is the line's time. An error names the place where the register is
// declared.
func (c *Config) Define(b *protocol.Bank, saved Saved, now func() time.Duration) (*Registers, error) {
	r := &Registers{outs: map[string]*protocol.Out{}}
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
	limits := s.limits()
	if s.Persist && saved != nil {
		if old, ok := saved.Value(name, d.Type); ok && limits.Hold(d.Type, old) {
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
	out.Limit(limits)
	r.outs[name] = out
	if s.Persist {
		r.Persistent = append(r.Persistent, out.Ref())
	}
	return nil
}

// Limit gives the registers the least and greatest values of another configuration,
// from the next write on. What a register holds stays. It may be called concurrently
// with writes.
func (r *Registers) Limit(c *Config) {
	for name, out := range r.outs {
		if s, ok := c.Registers[name]; ok && s.def(name).Type == out.Type() {
			out.Limit(s.limits())
		}
	}
}

// RegisterNames are the names of the registers, in the order in which they are written.
func (c *Config) RegisterNames() []string { return slices.Clone(c.src.order) }
