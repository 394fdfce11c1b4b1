package mes

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Status is the MES at one instant. It is a copy, and shares nothing.
type Status struct {
	Run        string
	Session    int64
	Now        time.Duration // newest line time
	State      string        // of the line
	Since      time.Duration
	Producing  bool          // whether that is the producing state
	Orders     []OrderStatus // in the order of the schedule
	Unassigned Counts
	Total      Counts
	States     []StateTime // of the line, over all sessions, longest first
	KPI        KPI         // of the line; without effectiveness and OEE
	Recent     []Record    // the newest 50 parts, newest first, with pictures and without steps
	History    HistoryStatus
	Pictures   PictureStatus
}

// Counts of parts.
type Counts struct {
	Good, Reject int64
	Reasons      []ReasonCount // of the rejects, most frequent first
}

// Parts that were counted.
func (c Counts) Parts() int64 { return c.Good + c.Reject }

// ReasonCount is how many parts were rejected for a reason.
type ReasonCount struct {
	Reason string
	Count  int64
}

// StateTime is how long the line was in a state.
type StateTime struct {
	State string
	Time  time.Duration
}

// OrderStatus is an order and how far it is.
type OrderStatus struct {
	Order
	State   OrderState
	Can     []Verb // the commands that would not be refused now
	Counts  Counts
	Started time.Duration // first Running; -1 before
	Ended   time.Duration // Completed or Aborted; -1 before
	States  []StateTime   // of the line, while the order ran
	KPI     KPI
}

// HistoryStatus says what the history holds.
type HistoryStatus struct {
	Registers []string
	Period    time.Duration
	Keep      int
	Samples   int
	Last      time.Duration // of the newest sample
}

// Snapshot gives the state of everything, from memory. It may be called at any
// time, also after Close. The line waits only while it copies.
func (m *MES) Snapshot() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Status{
		Run: m.run, Session: m.session, Now: m.now, State: m.state, Since: m.since,
		Orders:     make([]OrderStatus, len(m.orders)),
		Unassigned: m.unassigned.counts(),
		Total:      m.total.counts(),
		Recent:     m.recent.newestFirst(m.oldestPicture),
		Pictures:   m.pictureStatus(),
		History: HistoryStatus{Registers: slices.Clone(m.registers), Period: m.period, Keep: m.keep,
			Samples: m.kept(), Last: m.lastSample},
	}
	open := m.now - m.spanFrom
	for i, o := range m.orders {
		s.Orders[i] = m.orderStatus(o, i == m.running, open)
	}
	s.States = stateTimes(addState(slices.Clone(m.spent), m.state, open))
	s.KPI = kpi(s.States, m.producing, s.Total, 0)
	s.Producing = strings.EqualFold(s.State, m.producing)
	return s
}

// OrderStatus gives one order, or [ErrNotFound].
func (m *MES) OrderStatus(id string) (OrderStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.find(id)
	if i < 0 {
		return OrderStatus{}, notFound(id)
	}
	return m.orderStatus(m.orders[i], i == m.running, m.now-m.spanFrom), nil
}

func (m *MES) orderStatus(o *order, running bool, open time.Duration) OrderStatus {
	spent := slices.Clone(o.spent)
	if running {
		spent = addState(spent, m.state, open)
	}
	s := OrderStatus{
		Order: o.Order, State: o.state, Counts: o.tally.counts(),
		Started: o.started, Ended: o.ended, States: stateTimes(spent),
	}
	for _, v := range Verbs() {
		if v.Allows(o.state) && (rules[v].to != Running || m.running < 0) {
			s.Can = append(s.Can, v)
		}
	}
	s.KPI = kpi(s.States, m.producing, s.Counts, o.Cycle)
	return s
}

func (t *tally) counts() Counts {
	c := Counts{Good: t.good, Reject: t.reject, Reasons: make([]ReasonCount, len(t.reasons))}
	for i, r := range t.reasons {
		c.Reasons[i] = ReasonCount{r.reason, r.n}
	}
	slices.SortFunc(c.Reasons, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return c
}

func stateTimes(in []stateTime) []StateTime {
	out := make([]StateTime, 0, len(in))
	for _, s := range in {
		if s.d > 0 {
			out = append(out, StateTime{s.state, s.d})
		}
	}
	slices.SortFunc(out, func(a, b StateTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.State, b.State))
	})
	return out
}
