package server

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"linetwin.dev/protocol"
)

// page is how many clients are looked at before the loop serves them again.
const page = 128

// ClientInfo is what the server knows of one of its clients.
type ClientInfo struct {
	// ID of the connection, never used again by this server.
	ID   uint64
	Addr netip.AddrPort
	// Name that the client gave itself, Certificate that it proved, Role that it got.
	Name, Certificate, Role string
	Access                  protocol.Access
	// Connected and Heard are how long ago it came, and its last byte.
	Connected, Heard time.Duration
	Counts
	// Watches that are open, and the registers in them; Sources is the number of
	// registers that it is the source of, Pending of its writes that wait for the
	// registers' writer, Unsent of bytes that wait for it to read.
	Watches, Watched, Sources, Pending, Unsent int
}

// Counts are totals since a client connected, or since the server began.
type Counts struct {
	Requests, Failed uint64
	Pushes, Values   uint64 // Values pushed
	Coalesced        uint64 // values that were never pushed since newer ones took their place
	BytesIn          uint64
	BytesOut         uint64
}

func (n *Counts) add(c *client) {
	s := c.session.Counts()
	n.Requests += s.Requests
	n.Failed += s.Failed
	n.Pushes += s.Pushes
	n.Values += s.Values
	n.Coalesced += s.Coalesced
	n.BytesIn += c.in
	n.BytesOut += c.out
}

func (n *Counts) plus(m *Counts) {
	n.Requests += m.Requests
	n.Failed += m.Failed
	n.Pushes += m.Pushes
	n.Values += m.Values
	n.Coalesced += m.Coalesced
	n.BytesIn += m.BytesIn
	n.BytesOut += m.BytesOut
}

// Stats of the server.
type Stats struct {
	Counts // of all clients, also of those that are gone
	// Clients now, and Accepted, TurnedAway and Ended since the server began.
	Clients                     int
	Accepted, TurnedAway, Ended uint64
	// Dropped are the clients that the server ended: silent, slow, not reading, broken.
	Dropped uint64
}

// Clients are those that are connected, in the order in which they came. Serving goes
// on meanwhile: those that come or go during the call are in the result or not.
func (s *Server) Clients() []ClientInfo {
	list := make([]ClientInfo, 0, s.clients.Load())
	s.each(func(c *client) {
		if !c.refused {
			list = append(list, c.info())
		}
	})
	slices.SortFunc(list, func(a, b ClientInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (c *client) info() ClientInfo {
	shown, grant, now := c.session.Credentials(), c.session.Grant(), c.loop.server.now()
	i := ClientInfo{ID: c.id, Addr: c.addr, Name: shown.Name, Certificate: shown.Certificate,
		Role: grant.Name, Access: grant.Access, Connected: now - c.since, Heard: now - c.heard,
		Sources: c.session.Claimed(), Pending: c.session.Pending(), Unsent: len(c.session.Output())}
	i.Watches, i.Watched = c.session.Watches()
	i.Counts.add(c)
	return i
}

// Stats of the server since it began.
func (s *Server) Stats() Stats {
	st := Stats{Clients: int(s.clients.Load()), Accepted: s.accepted.Load(), TurnedAway: s.away.Load(),
		Ended: s.ended.Load(), Dropped: s.dropped.Load()}
	for _, l := range s.loops {
		l.total(&st.Counts)
	}
	return st
}

// Kick ends a client's connection and tells it the reason. The error says that there is
// no such client.
func (s *Server) Kick(id uint64, reason string) error {
	return s.with(id, func(c *client) {
		c.part(protocol.Busy, "an operator ended the connection: "+reason)
	})
}

// with calls f for one client.
func (s *Server) with(id uint64, f func(*client)) error {
	for _, l := range s.loops {
		if l.with(id, f) {
			return nil
		}
	}
	return fmt.Errorf("register server: there is no client %d; those that are connected have other numbers", id)
}

// each calls f for all clients, a page at a time.
func (s *Server) each(f func(*client)) {
	for _, l := range s.loops {
		for first := 0; l.page(first, f); first += page {
		}
	}
}

// page calls f for the clients of some slots, and reports whether there are more.
func (l *loop) page(first int, f func(*client)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.server.now()
	for slot := first; slot < min(first+page, len(l.clients)); slot++ {
		if c := l.clients[slot]; c != nil {
			f(c)
		}
	}
	return first+page < len(l.clients)
}

// with calls f for one client, if it is here.
func (l *loop) with(id uint64, f func(*client)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.clients, func(c *client) bool { return c != nil && c.id == id })
	if i < 0 {
		return false
	}
	l.now = l.server.now()
	f(l.clients[i])
	l.poller.wake() // f may have left something to do
	return true
}

// total adds what the clients of the loop have done, also those that are gone.
func (l *loop) total(n *Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.plus(&l.past)
	for _, c := range l.clients {
		if c != nil {
			n.add(c)
		}
	}
}
