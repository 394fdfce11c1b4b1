package network

import (
	"math/rand/v2"
	"slices"
	"time"
)

// conn is one connection: two ends, and the ways between them. Side 0 dialled.
type conn struct {
	n    *Network
	id   int
	rnd  *rand.Rand
	ends [2]End
	ways [2]way // ways[i] leads from ends[i] to the other one
}

func newConn(n *Network, id int, rnd *rand.Rand) *conn {
	c := &conn{n: n, id: id, rnd: rnd}
	for i := range c.ends {
		c.ends[i] = End{c: c, side: i}
		c.ways[i] = way{c: c, side: i, window: n.cond.Buffer}
	}
	return c
}

// plan draws when the connection fails.
func (c *conn) plan(now time.Duration) {
	cut, silent := c.rnd.ExpFloat64(), c.rnd.ExpFloat64()
	if mean := c.n.cond.Cut; mean > 0 {
		c.n.at(now+time.Duration(cut*float64(mean)), c.cut)
	}
	if mean := c.n.cond.HalfOpen; mean > 0 {
		c.n.at(now+time.Duration(silent*float64(mean)), c.fallSilent)
	}
}

// over tells whether both ends know that the connection is no more.
func (c *conn) over() bool { return c.ends[0].gone() && c.ends[1].gone() }

// forget lets a connection go that is over.
func (c *conn) forget() {
	if c.over() {
		if i := slices.Index(c.n.conns, c); i >= 0 {
			c.n.conns = slices.Delete(c.n.conns, i, i+1)
		}
	}
}

// reset is what a router does that has forgotten the connection: both ends are told.
func (c *conn) reset(now time.Duration) {
	if c.over() {
		return
	}
	c.n.tell(now, c.id, "reset", 0)
	for i := range c.ends {
		c.ends[i].fail(now, ErrReset)
	}
}

// cut ends the connection, by a reset, or in the middle of what one end sends next.
func (c *conn) cut(now time.Duration) {
	if c.over() {
		return
	}
	if c.rnd.IntN(2) == 0 {
		c.reset(now)
		return
	}
	c.ways[c.rnd.IntN(2)].snip = true
}

// fallSilent makes one direction or both lose everything from now on.
func (c *conn) fallSilent(now time.Duration) {
	which := c.rnd.IntN(3)
	if c.over() {
		return
	}
	for i := range c.ways {
		if which == i || which == 2 {
			c.n.tell(now, c.id, "silent", i)
			c.ways[i].die()
		}
	}
}
