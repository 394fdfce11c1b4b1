package mes

import (
	"errors"
	"time"
)

// Unreported is the state of the line before it was first told in a session.
const Unreported = "Unreported"

// State tells the state in which the line is from line time now on, by its
// PackML name. Telling the same state again costs nothing but the look at the
// clock, and allocates nothing, so it may be called at every scan.
func (m *MES) State(now time.Duration, state string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.at(now)
	if err != nil {
		return err
	}
	if state == "" {
		return errors.New("mes: the line's state has no name; a PackML state such as Execute or Held is needed")
	}
	m.now = t
	if state == m.state {
		return nil
	}
	m.cutSpan()
	m.state, m.since = state, t
	return m.committed()
}

// span is a stretch of line time in one state and for one running order. Spans
// of a session follow each other without a gap: together they are its length.
type span struct {
	n        int64
	from, to time.Duration
	state    string
	order    string
}

type stateTime struct {
	state string
	d     time.Duration
}

func addState(s []stateTime, state string, d time.Duration) []stateTime {
	for i := range s {
		if s[i].state == state {
			s[i].d += d
			return s
		}
	}
	return append(s, stateTime{state, d})
}

// cutSpan ends the stretch that runs, before the state or the order changes.
func (m *MES) cutSpan() {
	d := m.now - m.spanFrom
	if d == 0 {
		return
	}
	m.pend.spans = append(m.pend.spans, m.openSpan())
	m.account(d, m.state, m.running)
	m.nSpans++
	m.spanFrom = m.now
}

// openSpan is the stretch that runs, as far as it got. Each commit writes it
// again under the same number, so that a crash loses no time before the commit.
func (m *MES) openSpan() span {
	s := span{n: m.nSpans + 1, from: m.spanFrom, to: m.now, state: m.state}
	if m.running >= 0 {
		s.order = m.orders[m.running].ID
	}
	return s
}

// account adds time to the totals of the line and of the order.
func (m *MES) account(d time.Duration, state string, order int) {
	m.spent = addState(m.spent, state, d)
	if order >= 0 {
		o := m.orders[order]
		o.spent = addState(o.spent, state, d)
	}
}
