package mes

import (
	"fmt"
	"time"
)

// Do applies a command at line time now. A command that does not apply is
// refused with a [*TransitionError], an order that is not there with
// [ErrNotFound]; then nothing has changed.
//
// After it the schedule goes on: where no order is running or held, the first
// released one starts, else the first planned one (unless Config.Manual). So
// aborting the running order starts the next; holding it keeps the line free
// for an order that is started by hand.
func (m *MES) Do(now time.Duration, c Command) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.at(now)
	if err != nil {
		return err
	}
	i := m.find(c.Order)
	if i < 0 {
		return notFound(c.Order)
	}
	if _, ok := rules[c.Verb]; !ok {
		_, err := ParseVerb(string(c.Verb))
		return err
	}
	o := m.orders[i]
	if !c.Verb.Allows(o.state) {
		return refusal(o, c.Verb)
	}
	if to := rules[c.Verb].to; to == Running && m.running >= 0 {
		return &TransitionError{Order: o.ID, Verb: c.Verb, From: o.state, To: to,
			Hint: fmt.Sprintf("order %s is running, and one order runs at a time; hold or abort it first", m.orders[m.running].ID)}
	}
	m.now = t
	if c.Verb == Start && o.state == Planned {
		m.transition(i, Released, "command")
	}
	m.transition(i, rules[c.Verb].to, "command")
	m.dispatch()
	return m.committed()
}

// dispatch starts the next order where none is running or held.
func (m *MES) dispatch() {
	if m.manual {
		return
	}
	next := -1
	for i, o := range m.orders {
		switch o.state {
		case Running, Held:
			return
		case Released:
			if next < 0 || m.orders[next].state == Planned {
				next = i
			}
		case Planned:
			if next < 0 {
				next = i
			}
		}
	}
	if next < 0 {
		return
	}
	if m.orders[next].state == Planned {
		m.transition(next, Released, "schedule")
	}
	m.transition(next, Running, "schedule")
}

// transition moves an order and writes the audit row. Its callers have checked
// that it is legal; a wrong one would be a fault of this package.
func (m *MES) transition(i int, to OrderState, cause string) {
	o := m.orders[i]
	from := o.state
	if from != "" && !legal(from, to) {
		panic(fmt.Sprintf("mes: order %s: %s -> %s is no transition", o.ID, from, to))
	}
	if from == Running {
		m.cutSpan()
		m.running = -1
	}
	if to == Running {
		m.cutSpan()
		m.running = i
		if o.started < 0 {
			o.started = m.now
		}
	}
	if to.Final() {
		o.ended = m.now
	}
	o.state = to
	o.dirty = true
	m.nTransitions++
	m.pend.transitions = append(m.pend.transitions, transitionRow{
		n: m.nTransitions, order: o.ID, at: m.now, from: from, to: to, cause: cause,
	})
}

func notFound(order string) error {
	return fmt.Errorf("mes: order %q: %w; name one of the schedule", order, ErrNotFound)
}

// find gives the index of an order, -1 where there is none.
func (m *MES) find(id string) int {
	if i, ok := m.byID[id]; ok {
		return i
	}
	return -1
}
