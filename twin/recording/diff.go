package recording

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// Diff compares two recordings event by event and stops at the first one in which
// they differ; it gives nil when they are the same. Components and registers are
// matched by name, so runs of lines that differ can be compared as well. It reads
// both files side by side, with memory for a chunk of each. Builds, and what
// registers are documented to be, make no difference by themselves.
func Diff(a, b *Recording) (*Difference, error) {
	d := &Difference{A: a.path, B: b.path}
	d.settings(a, b)
	l, err := openSide(a)
	if err != nil {
		return nil, err
	}
	defer l.k.close()
	r, err := openSide(b)
	if err != nil {
		return nil, err
	}
	defer r.k.close()
	if err := d.events(l, r); err != nil {
		return nil, err
	}
	if d.Event == nil && len(d.Settings) == 0 {
		return nil, nil
	}
	if d.Event != nil && a.Build != b.Build {
		d.set("build", a.Build, b.Build)
	}
	return d, nil
}

// side is one of the two recordings: where it is, and what its registers hold.
type side struct {
	*Recording
	k     *cursor
	types []protocol.Type
	last  []sample // by reference
	refs  map[string]int
	rec   engine.Record
	done  bool
}

type sample struct {
	value   protocol.Value
	quality protocol.Quality
	known   bool
}

func openSide(r *Recording) (*side, error) {
	s := &side{Recording: r, types: make([]protocol.Type, len(r.Registers)), last: make([]sample, len(r.Registers)), refs: map[string]int{}}
	for i, reg := range r.Registers {
		t, err := protocol.ParseType(reg.Type)
		if err != nil {
			return nil, s.wrap(err)
		}
		s.types[i], s.refs[reg.Name] = t, i
	}
	k, err := openCursor(r.path, r)
	if err != nil {
		return nil, s.wrap(err)
	}
	s.k = k
	return s, nil
}

func (s *side) wrap(err error) error { return fmt.Errorf("recording %s: %w", s.path, err) }

// next reads a record.
func (s *side) next() error {
	rec, err := s.k.next()
	if errors.Is(err, io.EOF) {
		s.done = true
		return nil
	}
	if err != nil {
		return s.wrap(err)
	}
	s.rec = rec
	return nil
}

// component is the name of the record's.
func (s *side) component() string { return s.Components[s.rec.Component] }

// change is one of a Registers record.
type change struct {
	ref     int
	value   protocol.Value
	quality protocol.Quality
}

// changeAt reads the first change in data.
func changeAt(data []byte) change {
	return change{int(binary.LittleEndian.Uint32(data)), protocol.UintValue(binary.LittleEndian.Uint64(data[5:])), protocol.Quality(data[4])}
}

// keep remembers what the registers hold after the record.
func (s *side) keep() {
	if s.rec.Kind != device.Registers {
		return
	}
	for data := s.rec.Data; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		c := changeAt(data)
		s.last[c.ref] = sample{c.value, c.quality, true}
	}
}

// events finds the first event in which the logs differ.
func (d *Difference) events(l, r *side) error {
	sameMap := slices.Equal(l.Components, r.Components) && sameRegisters(l.Registers, r.Registers)
	for {
		if err := l.next(); err != nil {
			return err
		}
		if err := r.next(); err != nil {
			return err
		}
		if l.done && r.done {
			return nil
		}
		if l.done || r.done || !sameEvent(l, r, sameMap) {
			d.Event = d.tell(l, r)
			return nil
		}
		l.keep()
		r.keep()
		d.Equal++
	}
}

// sameEvent compares the records that the two sides are at.
func sameEvent(l, r *side, sameMap bool) bool {
	a, b := &l.rec, &r.rec
	if a.At != b.At || a.Phase != b.Phase || a.Kind != b.Kind || !sameMap && l.component() != r.component() || sameMap && a.Component != b.Component {
		return false
	}
	if sameMap || a.Kind != device.Registers {
		return bytes.Equal(a.Data, b.Data)
	}
	if len(a.Data) != len(b.Data) {
		return false
	}
	for x, y := a.Data, b.Data; len(x) >= device.ChangeSize; x, y = x[device.ChangeSize:], y[device.ChangeSize:] {
		if !sameChange(l, r, changeAt(x), changeAt(y)) {
			return false
		}
	}
	return true
}

func sameChange(l, r *side, x, y change) bool {
	return l.Registers[x.ref].Name == r.Registers[y.ref].Name && x.quality == y.quality &&
		sameValue(x.value, l.types[x.ref], y.value, r.types[y.ref])
}

// sameValue compares bits, or numbers where the types differ.
func sameValue(a protocol.Value, at protocol.Type, b protocol.Value, bt protocol.Type) bool {
	if at == bt {
		return a == b
	}
	x, y := a.Number(at), b.Number(bt)
	return x == y || math.IsNaN(x) && math.IsNaN(y)
}

// inOrder tells whose record comes first in the order of a log: by instant, phase and
// component.
func inOrder(l, r *side) int {
	return cmp.Or(
		cmp.Compare(l.rec.At, r.rec.At), cmp.Compare(l.rec.Phase, r.rec.Phase),
		cmp.Compare(int(l.rec.Component), slices.Index(l.Components, r.component())),
	)
}

// tell describes the event that the two sides are at.
func (d *Difference) tell(l, r *side) *EventDifference {
	e := &EventDifference{Number: d.Equal + 1}
	if !l.done {
		e.A = l.event()
	}
	if !r.done {
		e.B = r.event()
	}
	if l.done || r.done {
		return e
	}
	switch order := inOrder(l, r); {
	case order < 0:
		e.OnlyIn = "A"
	case order > 0:
		e.OnlyIn = "B"
	case l.rec.Kind == r.rec.Kind:
		if l.rec.Kind == device.Registers {
			e.Values = changes(l, r)
		} else {
			e.Values = members(l.rec.Data, r.rec.Data)
		}
	}
	return e
}

// changes are the registers in which two records differ.
func changes(l, r *side) (vs []Value) {
	seen := map[string]bool{}
	for data := l.rec.Data; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		x := changeAt(data)
		name := l.Registers[x.ref].Name
		seen[name] = true
		y, ok := r.find(name)
		if ok && sameChange(l, r, x, y) {
			continue
		}
		v := Value{Name: name, A: l.text(x), B: r.unchanged(name)}
		if ok {
			v.B = r.text(y)
			if v.A == v.B { // NaNs with other bits, or other types
				v.A, v.B = l.bits(x), r.bits(y)
			}
		}
		vs = append(vs, v)
	}
	for data := r.rec.Data; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		y := changeAt(data)
		if name := r.Registers[y.ref].Name; !seen[name] {
			vs = append(vs, Value{Name: name, A: l.unchanged(name), B: r.text(y)})
		}
	}
	return vs
}

// find is the record's change of a register.
func (s *side) find(name string) (change, bool) {
	for data := s.rec.Data; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		if c := changeAt(data); s.Registers[c.ref].Name == name {
			return c, true
		}
	}
	return change{}, false
}

// unchanged is what a register holds that the record says nothing of.
func (s *side) unchanged(name string) string {
	ref, ok := s.refs[name]
	if !ok {
		return "not there"
	}
	if !s.last[ref].known {
		return "never written"
	}
	return s.text(change{ref, s.last[ref].value, s.last[ref].quality}) + " (unchanged)"
}

// text is a value with its unit, and its quality unless that is good.
func (s *side) text(c change) string {
	b := c.value.Append(nil, s.types[c.ref])
	if u := s.Registers[c.ref].Unit; u != "" {
		b = append(append(b, ' '), u...)
	}
	if c.quality != protocol.Good {
		b = fmt.Appendf(b, " (%v)", c.quality)
	}
	return string(b)
}

// bits is a value in the form that tells all values apart.
func (s *side) bits(c change) string {
	return fmt.Sprintf("%s %s 0x%016x", s.text(c), s.types[c.ref], c.value.Uint())
}

// event is what the side's record says.
func (s *side) event() *Event {
	e := &Event{At: s.rec.At, Phase: s.rec.Phase.String(), Component: s.component(), Kind: kindName(s.rec.Kind)}
	if s.rec.Kind != device.Registers {
		e.What = shortened(s.rec.Data)
		return e
	}
	const most = 4
	n := 0
	for data := s.rec.Data; len(data) >= device.ChangeSize; data = data[device.ChangeSize:] {
		if n++; n > most {
			continue
		}
		if n > 1 {
			e.What += ", "
		}
		c := changeAt(data)
		e.What += s.Registers[c.ref].Name + " = " + s.text(c)
	}
	if n > most {
		e.What += fmt.Sprintf(" and %d more", n-most)
	}
	return e
}
