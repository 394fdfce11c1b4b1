package clients

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/twin/device"
)

// Begin asks for what the client wants on every connection.
func (m *member) Begin(now time.Duration, w *wire.Client) {
	s := &m.g.spec
	m.requests, m.polls, m.clock, m.back = map[uint16]*request{}, 0, timesync.Estimator{}, 0
	m.watched.id, m.claim = 0, 0
	if len(m.g.watch) > 0 {
		set := wire.WatchSettings{Interval: s.Watch.Interval.D(), Heartbeat: s.Watch.Heartbeat.D(), Timed: true}
		if s.Watch.Deadband > 0 {
			set.Deadband, set.Limit = wire.Absolute, float32(s.Watch.Deadband)
		}
		m.watched.id, _ = w.WatchWith(refs(m.g.watch), set) // nothing is open yet: it can be asked for
	}
	m.take(w)
	m.expect()
}

// take asks to be the source of the client's own registers.
func (m *member) take(w *wire.Client) {
	if len(m.own) > 0 {
		m.claim, _ = w.Claim(refs(m.own), m.g.spec.Publish.Hold.D())
	}
}

// expect notes what the next connection must show at least.
func (m *member) expect() {
	m.watched.whole = false
	m.watched.least = m.times(m.watched.least, m.g.watch)
}

// Said takes what the server said.
func (m *member) Said(now time.Duration, w *wire.Client, e *wire.Event) {
	switch {
	case e.Kind == wire.Greeted:
		m.greeted(now)
	case e.ID == m.watched.id && m.watched.id != 0:
		m.pushed(now, e)
	case e.ID == m.claim && m.claim != 0:
		m.claimed(now, e)
	default:
		m.answered(now, e)
	}
}

func (m *member) greeted(now time.Duration) {
	e := device.ClientEvent{What: device.ClientConnected}
	if m.wasUp {
		e.Took = now - m.lost
	}
	m.up, m.isUp, m.wasUp = now, true, true
	m.g.count(now, 1)
	m.tell(now, e)
	if m.deaf {
		asking := m.asking
		m.g.at(now+m.share(deafAfter), func(time.Duration) {
			if m.asking == asking {
				m.client.Deafen()
			}
		})
	}
}

// Broken notes that the connection is no more, or that none came about.
func (m *member) Broken(now time.Duration, err error) {
	m.asking++
	m.source = false
	if !m.isUp {
		return
	}
	if len(m.g.watch) > 0 && !m.watched.whole && now-m.up >= resumesWithin {
		m.tell(now, device.ClientEvent{What: device.ClientNotResumed, Text: "nothing was pushed"})
	}
	m.isUp, m.lost = false, now
	m.g.count(now, -1)
	m.tell(now, device.ClientEvent{What: device.ClientBroken, Text: err.Error()})
	m.expect()
}

// pushed checks that a push shows nothing older than was shown, and times it.
func (m *member) pushed(now time.Duration, e *wire.Event) {
	switch e.Kind {
	case wire.Refused:
		m.tell(now, device.ClientEvent{What: device.ClientNotResumed, Text: e.Status.String()})
		return
	case wire.Pushed:
	default:
		return
	}
	s := &m.watched
	oldest := now
	for i := range e.Entries {
		x := &e.Entries[i]
		least := s.seen[x.Index]
		if !s.whole {
			least = max(least, s.least[x.Index])
		}
		if x.Sample.Time < least {
			m.tell(now, device.ClientEvent{What: device.ClientStalePush, Register: uint32(m.g.watch[x.Index].Ref)})
		}
		s.seen[x.Index] = x.Sample.Time
		oldest = min(oldest, x.Sample.Time)
	}
	switch {
	case s.whole && len(e.Entries) > 0:
		m.tell(now, device.ClientEvent{What: device.ClientPushed, Took: now - oldest, Count: e.Coalesced})
	case s.whole:
	case len(e.Entries) < len(m.g.watch):
		m.tell(now, device.ClientEvent{What: device.ClientNotResumed, Text: "the first push did not show all registers"})
	default:
		s.whole = true
		if m.lost > 0 {
			m.tell(now, device.ClientEvent{What: device.ClientResumed, Took: now - m.lost})
		}
	}
}

// claimed notes whether the client is the source of its registers. While another session
// is, it asks again.
func (m *member) claimed(now time.Duration, e *wire.Event) {
	m.source = e.Kind == wire.Done || e.Kind == wire.Resumed
	if m.source {
		return
	}
	m.claim = 0
	if e.Kind == wire.Refused && e.Status != protocol.Busy {
		m.tell(now, device.ClientEvent{What: device.ClientRefused, Text: e.Status.String()})
		return
	}
	m.g.at(now+claimAgain, m.retake)
}

// retake asks again, when there is a connection.
func (m *member) retake(now time.Duration) {
	if m.claim != 0 {
		return // another start has asked
	}
	asked := false
	m.client.Ask(now, func(w *wire.Client) {
		m.take(w)
		asked = true
	})
	if !asked {
		m.g.at(now+claimAgain, m.retake)
	}
}

// answered takes the end of a request.
func (m *member) answered(now time.Duration, e *wire.Event) {
	r := m.requests[e.ID]
	if r == nil {
		return // a ping
	}
	delete(m.requests, e.ID)
	if r.kind == polling {
		m.polls--
	}
	took := now - r.at
	switch e.Kind {
	case wire.Lost:
		m.tell(now, device.ClientEvent{What: device.ClientLost, Took: took})
		return
	case wire.Refused:
		m.tell(now, device.ClientEvent{What: device.ClientRefused, Text: e.Status.String()})
		return
	case wire.Timed:
		m.timed(now, e.Exchange)
	}
	m.tell(now, device.ClientEvent{What: device.ClientAnswered, Took: took})
	for i, least := range r.least {
		if e.Entries[i].Sample.Time < least {
			m.tell(now, device.ClientEvent{What: device.ClientStaleRead, Register: uint32(m.g.read[i].Ref)})
		}
	}
	for _, c := range r.writes {
		m.tell(now, device.ClientEvent{What: device.ClientWrote, Took: took, Register: uint32(c.Ref), Value: c.Value.Uint()})
	}
}

// timed holds the client's estimate of the line's clock against the truth.
func (m *member) timed(now time.Duration, x timesync.Exchange) {
	m.back = m.local(now)
	x.Returned = m.back
	m.clock.Add(x)
	if e, ok := m.clock.Estimate(m.back); ok {
		m.tell(now, device.ClientEvent{What: device.ClientClock,
			Error: (m.back + e.Offset - now).Seconds(), Uncertainty: e.Uncertainty.Seconds()})
	}
}

var _ Program = (*member)(nil)
