package clients

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/twin/device"
)

const (
	// pollsOpen is how many polls a client has open at a time.
	pollsOpen = 4
	// claimAgain is after how long a client asks again to be the source of registers that
	// somebody else still is, such as its own session before the loss of its connection.
	claimAgain = 500 * time.Millisecond
	// deafAfter is the longest time after a connect in which a deaf client still reads.
	deafAfter = 5 * time.Second
	// resumesWithin is how long a connection must stand for its watch to be missed.
	resumesWithin = 5 * time.Second
)

// member is one client of a group.
type member struct {
	g      *Group
	id     int // from 0
	rnd    *rand.Rand
	client *Client
	begun  bool
	deaf   bool

	// Its clock, and what it makes of the line's.
	offset time.Duration
	drift  float64
	clock  timesync.Estimator
	back   time.Duration

	requests map[uint16]*request
	polls    int // of them
	own      []protocol.Info
	claim    uint16
	source   bool
	watched  watched

	up     time.Duration // when the present connection began, if there is one
	isUp   bool
	lost   time.Duration // when the last one was lost
	wasUp  bool          // there was one
	asking int           // counts connections, so that what was planned for one is not done on another
}

// watched is what a client knows by its watch.
type watched struct {
	id    uint16
	seen  []time.Duration // time of the newest value of each register
	least []time.Duration // what it must be at least in the first push of a connection
	whole bool            // that push has come
}

// request that waits for its answer.
type request struct {
	at     time.Duration
	kind   requestKind
	least  []time.Duration // of a read: the times of the registers when it was made
	writes []wire.TypedChange
}

type requestKind uint8

const (
	polling requestKind = iota
	writing
	timing
)

func newMember(g *Group, id int) *member {
	m := &member{g: g, id: id, rnd: g.port.Component().Rand(fmt.Sprint("client ", id+1))}
	m.offset = time.Duration((2*m.rnd.Float64() - 1) * float64(g.spec.Clock.Offset))
	m.drift = (2*m.rnd.Float64() - 1) * float64(g.spec.Clock.Drift)
	m.deaf = id < int(math.Round(float64(g.spec.Deaf)*float64(g.spec.Count)))
	patience := g.spec.Patience.D()
	m.client = NewClient(g.net, g.at, g.port.Component().Rand(fmt.Sprint("network ", id+1)), m, ClientOptions{
		Wire:     wire.ClientConfig{Name: fmt.Sprintf("%s %d", g.name, id+1), Silence: patience, KeepAlive: max(patience, time.Second)},
		Patience: patience,
	})
	return m
}

// start plans the client's life.
func (m *member) start() {
	g := m.g
	for i := m.id; i < len(g.publish); i += g.spec.Count {
		m.own = append(m.own, g.publish[i])
	}
	m.watched.seen = make([]time.Duration, len(g.watch))
	m.watched.least = make([]time.Duration, len(g.watch))
	g.at(m.share(g.spec.Within.D()), func(now time.Duration) {
		m.begun = true
		if g.powerless == 0 {
			m.client.On(now)
		}
	})
	if len(g.read) > 0 {
		m.every(g.spec.Read.Every.D(), m.poll)
	}
	if len(m.own) > 0 {
		m.every(g.spec.Publish.Every.D(), m.publish)
	}
	if d := g.spec.Clock.Every.D(); d > 0 {
		m.every(d, m.compare)
	}
	if len(g.write) > 0 {
		g.at(m.pause(), m.write)
	}
}

// share draws a part of a time.
func (m *member) share(d time.Duration) time.Duration {
	return time.Duration(m.rnd.Float64() * float64(d))
}

// pause draws the time until the next write.
func (m *member) pause() time.Duration {
	return time.Duration(m.rnd.ExpFloat64() * float64(m.g.spec.Write.Every))
}

// every does f once a period, from some instant in the first one on.
func (m *member) every(period time.Duration, f func(now time.Duration, w *wire.Client)) {
	var again func(now time.Duration)
	again = func(now time.Duration) {
		m.client.Ask(now, func(w *wire.Client) { f(now, w) })
		m.g.at(now+period, again)
	}
	m.g.at(m.share(period), again)
}

// ask notes a request. One that cannot be made, since too many are open, is not.
func (m *member) ask(now time.Duration, kind requestKind, r request) func(id uint16, err error) {
	return func(id uint16, err error) {
		if err == nil {
			r.at, r.kind = now, kind
			m.requests[id] = &r
			if kind == polling {
				m.polls++
			}
		}
	}
}

// poll reads registers, all at one instant.
func (m *member) poll(now time.Duration, w *wire.Client) {
	if m.polls >= pollsOpen && !m.deaf {
		return
	}
	m.ask(now, polling, request{least: m.times(nil, m.g.read)})(w.List(refs(m.g.read), true))
}

// times of registers as they are now.
func (m *member) times(dst []time.Duration, of []protocol.Info) []time.Duration {
	dst = dst[:0]
	for _, r := range of {
		dst = append(dst, m.g.port.Site().Bank.At(r.Ref).Time())
	}
	return dst
}

// write changes registers, one or several together.
func (m *member) write(now time.Duration) {
	m.g.at(now+m.pause(), m.write)
	m.client.Ask(now, func(w *wire.Client) {
		first := m.rnd.IntN(len(m.g.write))
		var r request
		for i := range m.g.spec.Write.Together {
			info := m.g.write[(first+i)%len(m.g.write)]
			v := m.g.value(info, m.rnd.Float64)
			r.writes = append(r.writes, wire.TypedChange{Type: info.Type, Change: protocol.Change{Ref: info.Ref, Value: v}})
		}
		m.send(now, w, r)
	})
}

// publish writes the registers that the client is the source of.
func (m *member) publish(now time.Duration, w *wire.Client) {
	if !m.source {
		return
	}
	var r request
	for _, info := range m.own {
		v := m.g.value(info, m.rnd.Float64)
		r.writes = append(r.writes, wire.TypedChange{Type: info.Type, Change: protocol.Change{Ref: info.Ref, Value: v}})
	}
	m.send(now, w, r)
}

func (m *member) send(now time.Duration, w *wire.Client, r request) {
	if len(r.writes) == 1 {
		c := r.writes[0]
		m.ask(now, writing, r)(w.Write(c.Ref, c.Type, c.Value))
		return
	}
	m.ask(now, writing, r)(w.Transact(r.writes, nil, false))
}

// compare asks for the line's time.
func (m *member) compare(now time.Duration, w *wire.Client) {
	m.ask(now, timing, request{})(w.Clock(m.local(now), m.back))
}

// local is the time by the client's clock.
func (m *member) local(now time.Duration) time.Duration {
	return now + m.offset + time.Duration(m.drift*float64(now))
}

func refs(of []protocol.Info) []protocol.Ref {
	list := make([]protocol.Ref, len(of))
	for i, r := range of {
		list[i] = r.Ref
	}
	return list
}

// tell puts an event of this client into the log.
func (m *member) tell(now time.Duration, e device.ClientEvent) {
	e.Client = m.id + 1
	m.g.tell(now, e)
}
