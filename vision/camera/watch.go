package camera

import "time"

// Shot is what a manager is told of a frame.
type Shot struct {
	Session uint32
	Trigger uint64 // that it answers; 0 for a free camera
	// Exposed is when, on the line's clock, and Stamp when on the camera's own; a stamp that
	// comes twice tells a stream that is frozen.
	Exposed, Stamp time.Duration
	Empty          bool // it has no data
	// Level of something that stays the same but for the camera's warming, in any unit: a
	// temperature, or the mean depth of what stands still. It is needed for WarmUp.Drift.
	Level float64
}

// Trigger tells that the camera was triggered. Numbers grow. It is true if a frame may come;
// else the trigger is counted as lost already.
func (m *Manager) Trigger(now time.Duration, n uint64) bool {
	m.Tick(now)
	m.count.Triggers++
	if m.state != Ready {
		m.count.Missed[NotReady]++
		return false
	}
	if m.triggers.n == len(m.triggers.ring) {
		m.triggers.pop()
		m.count.Missed[Unanswered]++
	}
	m.triggers.push(n, now+m.cfg.Answer)
	return true
}

// Dropped tells that the camera, which is well, has lost the frame of a trigger.
func (m *Manager) Dropped(now time.Duration, session uint32, trigger uint64) {
	m.Tick(now)
	if !m.on || session != m.session {
		m.count.Strays++
		return
	}
	m.heard, m.bad = now, 0
	if m.triggers.take(trigger) {
		m.count.Missed[Dropped]++
	}
}

// Frame tells that a frame has come, and is told what to do with it.
func (m *Manager) Frame(now time.Duration, s Shot) Outcome {
	m.Tick(now)
	o := m.judge(now, &s)
	m.count.Frames[o]++
	return o
}

func (m *Manager) judge(now time.Duration, s *Shot) Outcome {
	if !m.on || s.Session != m.session {
		return Stale
	}
	m.heard = now
	switch {
	case s.Empty:
		m.miss(s.Trigger)
		m.spoil(now, BadFrames)
		return Empty
	case m.stamped && s.Stamp == m.stamp:
		m.miss(s.Trigger)
		m.spoil(now, BadFrames)
		return Frozen
	case m.stamped && s.Stamp < m.stamp && !m.cfg.Triggered:
		return Stale
	}
	m.stamp, m.stamped = max(s.Stamp, m.stamp), true
	m.bad = 0
	switch m.state {
	case Warming:
		if m.warm.see(now, s.Level, &m.cfg.WarmUp) {
			m.awake(now)
			m.pursue(now)
		}
		return Early
	case Standby:
		m.warm.see(now, s.Level, &m.cfg.WarmUp)
		return Idle
	}
	switch {
	case s.Exposed < m.ready:
		m.miss(s.Trigger)
		return Stale
	case m.cfg.MaxAge > 0 && now-s.Exposed > m.cfg.MaxAge:
		m.miss(s.Trigger)
		return Late
	case !m.cfg.Triggered:
		return Fresh
	case !m.triggers.take(s.Trigger):
		return Unasked
	}
	m.count.Answered++
	return Fresh
}

// miss counts a trigger, if it waits, whose frame cannot be used.
func (m *Manager) miss(trigger uint64) {
	if m.triggers.take(trigger) {
		m.count.Missed[Spoilt]++
	}
}

// spoil counts what came to nothing. Too much of it in a row, and the camera is lost.
func (m *Manager) spoil(now time.Duration, why Cause) {
	if m.bad++; m.bad >= m.cfg.Patience {
		m.lose(now, why)
	}
}

// queue of triggers that wait for their frames, in the order in which they came.
type queue struct {
	ring [64]waiting
	head int
	n    int
}

type waiting struct {
	trigger uint64
	by      time.Duration // when it is lost
}

func (q *queue) at(i int) *waiting { return &q.ring[(q.head+i)%len(q.ring)] }

func (q *queue) push(trigger uint64, by time.Duration) {
	*q.at(q.n) = waiting{trigger, by}
	q.n++
}

func (q *queue) pop() {
	q.head = (q.head + 1) % len(q.ring)
	q.n--
}

// take removes a trigger, and tells whether it waited.
func (q *queue) take(trigger uint64) bool {
	for i := range q.n {
		if q.at(i).trigger != trigger {
			continue
		}
		for ; i > 0; i-- { // those before it move up
			*q.at(i) = *q.at(i - 1)
		}
		q.pop()
		return true
	}
	return false
}

// overdue removes the triggers whose time is over, and counts them.
func (q *queue) overdue(now time.Duration) (n int) {
	for q.n > 0 && now >= q.at(0).by {
		q.pop()
		n++
	}
	return n
}

// first is when the first of them is lost.
func (q *queue) first() time.Duration {
	if q.n == 0 {
		return never
	}
	return q.at(0).by
}

// clear removes all, and counts them.
func (q *queue) clear() (n int) {
	n, q.n = q.n, 0
	return n
}
