package clients

import (
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/network"
)

// poll is how often a session with watches looks at their registers, as the TCP server
// does unless it is told otherwise.
const poll = 10 * time.Millisecond

// linger is how long a session that has ended waits for room for its goodbye.
const linger = 500 * time.Millisecond

// Server serves a bank to connections of a simulated network: it does to each session
// what protocol/server does with sockets, goroutines and the clock of the machine.
type Server struct {
	// Ended is told of each session that has ended, and why; nil: nobody is. It is set
	// before the first connection comes.
	Ended func(now time.Duration, reason error)

	bank     *protocol.Bank
	config   wire.ServerConfig
	at       network.Schedule
	sessions []*session
	past     wire.Counts // of sessions that have ended
}

// NewServer makes a server of a sealed bank. The config's ApplyFunc may answer at once or
// later; at is the schedule of the network whose connections it accepts.
func NewServer(bank *protocol.Bank, config wire.ServerConfig, at network.Schedule) *Server {
	return &Server{bank: bank, config: config, at: at}
}

// Accept begins a session; it is what network.Network.Listen wants.
func (s *Server) Accept(now time.Duration, e *network.End) {
	c := &session{server: s, end: e, wire: wire.NewServer(now, s.bank, s.config)}
	c.wire.OnFinished(func(tx *protocol.Transaction) {
		s.at(0, func(now time.Duration) { // 0 has passed: in this instant
			c.wire.Complete(now, tx)
			c.work(now)
		})
	})
	s.sessions = append(s.sessions, c)
	e.Notify(c.work)
	c.work(now)
}

// Stop ends all sessions in good order, with a goodbye.
func (s *Server) Stop(now time.Duration) {
	for _, c := range slices.Clone(s.sessions) {
		c.wire.Close(protocol.Busy, "the register server shuts down")
		c.work(now)
	}
}

// Kill ends all sessions as the system does for a process that is no more: the
// connections are reset.
func (s *Server) Kill(now time.Duration) {
	for _, c := range slices.Clone(s.sessions) {
		c.end.Abort(now)
		c.leave(now)
	}
}

// Sessions that are open.
func (s *Server) Sessions() int { return len(s.sessions) }

// Counts of all sessions, also of those that have ended.
func (s *Server) Counts() wire.Counts {
	sum := s.past
	for _, c := range s.sessions {
		sum = add(sum, c.wire.Counts())
	}
	return sum
}

func add(a, b wire.Counts) wire.Counts {
	return wire.Counts{
		Requests: a.Requests + b.Requests, Failed: a.Failed + b.Failed,
		Pushes: a.Pushes + b.Pushes, Values: a.Values + b.Values, Coalesced: a.Coalesced + b.Coalesced,
	}
}

// session is one connection of a client.
type session struct {
	server  *Server
	end     *network.End
	wire    *wire.Server
	over    bool
	polling bool
	ended   bool          // the state machine has, and a goodbye may be on its way
	armed   time.Duration // the next look at the deadline, if it is not over
}

// work moves what can be moved, until nothing can.
func (c *session) work(now time.Duration) {
	for !c.over && c.move(now) {
	}
	if c.over {
		return
	}
	if c.wire.Watching() && !c.polling {
		c.polling = true
		c.server.at(now+poll, c.look)
	}
	if c.wire.Err() != nil && !c.ended {
		c.ended = true
		c.server.at(now+linger, c.shut)
	}
	if d := c.wire.Deadline(); !c.ended && (d < c.armed || c.armed <= now) {
		c.armed = d
		c.server.at(d, c.expire)
	}
}

// move reports whether it got anything done.
func (c *session) move(now time.Duration) (moved bool) {
	if out := c.wire.Output(); len(out) > 0 {
		if n := c.end.Write(now, out); n > 0 {
			c.wire.Sent(now, n)
			moved = true
		}
	}
	in := c.end.Received()
	switch {
	case c.wire.Err() != nil:
		c.end.Consume(now, len(in))
		if len(c.wire.Output()) == 0 || c.end.Err() != nil {
			c.shut(now)
		}
	case len(in) > 0 && !c.wire.Blocked():
		c.wire.Receive(now, in)
		c.end.Consume(now, len(in))
		return true
	case c.end.Err() != nil:
		c.shut(now)
	}
	return moved
}

// shut closes the connection.
func (c *session) shut(now time.Duration) {
	if !c.over {
		c.end.Close(now)
		c.leave(now)
	}
}

// leave ends the session, if the state machine has not.
func (c *session) leave(now time.Duration) {
	c.wire.Close(protocol.OK, "the connection is gone")
	c.over = true
	s := c.server
	if s.Ended != nil {
		s.Ended(now, c.wire.Err())
	}
	s.past = add(s.past, c.wire.Counts())
	s.sessions = slices.DeleteFunc(s.sessions, func(x *session) bool { return x == c })
}

// look looks at the watched registers.
func (c *session) look(now time.Duration) {
	c.polling = false
	if !c.over {
		c.wire.Tick(now)
		c.work(now)
	}
}

// expire ends the session if its time is really up.
func (c *session) expire(now time.Duration) {
	if c.over || c.ended {
		return
	}
	if now >= c.wire.Deadline() {
		c.wire.Tick(now)
	}
	c.work(now)
}
