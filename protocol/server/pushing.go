package server

import (
	"sync/atomic"
	"time"
)

// pushing is the loop's work for clients that watch registers: it looks at all of them
// once per poll interval, in slices between which it serves requests.
type pushing struct {
	clients []*client
	round   bool // one is under way
	next    int  // of clients
	due     time.Duration
	// What Health says of it.
	watching, late, latest atomic.Int64
	missed                 atomic.Uint64
}

// watch makes the loop look at what a client watches, if it does.
func (l *loop) watch(c *client) {
	if c.watching || c.gone || !c.session.Watching() {
		return
	}
	c.watching = true
	p := &l.pushing
	if len(p.clients) == 0 {
		p.due = l.now + l.poll
		l.poller.every(l.poll)
		l.period = l.poll
	}
	p.clients = append(p.clients, c)
}

// push begins the round that is due, or goes on with it for a slice of time.
func (l *loop) push() {
	p := &l.pushing
	if !p.round {
		if len(p.clients) == 0 || l.now < p.due {
			return
		}
		p.round, p.next = true, 0
	}
	for begin, n := l.now, 1; p.next < len(p.clients); n++ {
		c := p.clients[p.next]
		if c.gone || !c.session.Watching() {
			c.watching = false
			last := len(p.clients) - 1
			p.clients[p.next], p.clients[last] = p.clients[last], nil
			p.clients = p.clients[:last]
			continue
		}
		c.tick()
		p.next++
		if n%8 == 0 {
			if l.now = l.server.now(); l.now-begin > slice {
				return
			}
		}
	}
	l.now = l.server.now()
	p.round = false
	late := l.now - p.due
	rounds := 1 + late/l.poll
	p.due += rounds * l.poll
	p.watching.Store(int64(len(p.clients)))
	p.late.Store(int64(late))
	p.latest.Store(max(p.latest.Load(), int64(late)))
	p.missed.Add(uint64(rounds - 1))
}
