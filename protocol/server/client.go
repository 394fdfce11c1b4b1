package server

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// After a goodbye the client has this time, and may send this much, before the
// connection is closed: closing at once could destroy the goodbye on its way.
const (
	linger      = 500 * time.Millisecond
	lingerBytes = 64 << 10
)

// client is one connection: its session and the way to it. The lock of its loop guards
// it. There may be very many, so that it is kept small.
type client struct {
	loop    *loop
	session *wire.Server
	end     endpoint
	id      uint64
	addr    netip.AddrPort
	since   time.Duration // when it came
	heard   time.Duration // when its last byte came
	in, out uint64        // bytes
	// certificate is the name in it, verified; "" without one.
	certificate string
	slot        int32
	ignored     int32 // bytes that came after the session's end

	readable  bool // there may be something to read
	room      bool // there may be room to write
	ending    bool // the stream is known to end after what can be read
	dead      bool // the connection is broken
	ended     bool // the client sends no more
	parting   bool // the session is over, and the client is being told
	told      bool // all of it
	gone      bool // no more in the loop
	watching  bool // among those that the loop looks at for changes
	queued    bool // among those that want another turn
	dismissed bool // by an operator, or since the server shuts down
	refused   bool // one too many
	unheard   bool // too many wrong tokens came from where it is
}

// notify tells the loop of something that happened to the client: a transaction is
// finished, or, without one, its endpoint can be read or written. Any goroutine may call
// it, also one with deadlines of its own: it never waits.
func (c *client) notify(tx *protocol.Transaction) {
	if c.loop.inbox.post(c, tx) {
		c.loop.poller.wake()
	}
}

// serve is the client's turn: it sends what waits, takes one bufferful of requests, and
// sends the replies. If there is more to do, the next turn comes after the others'.
func (c *client) serve() {
	if c.dead {
		c.loop.remove(c, "the connection broke, or the client ended without reading its replies")
		return
	}
	c.flush()
	if c.gone || !c.readable || !c.parting && c.session.Blocked() {
		return
	}
	n, err := c.end.read(c.loop.buffer[:])
	switch {
	case err == errWait:
		c.readable = false
	case err == io.EOF:
		c.hungUp()
	case err != nil:
		c.loop.remove(c, broke(err))
	default:
		// The loop learns of what comes after a short read, except of the end of the
		// stream if it knows of that already.
		c.readable = n == len(c.loop.buffer) || c.ending
		c.receive(c.loop.buffer[:n])
		if c.readable && !c.gone && !c.session.Blocked() {
			c.loop.later(c)
		}
	}
}

func (c *client) receive(b []byte) {
	c.heard = c.loop.now
	c.in += uint64(len(b))
	if c.parting {
		if c.ignored += int32(len(b)); c.ignored > lingerBytes {
			c.loop.remove(c, "the client goes on after the goodbye")
		}
		return
	}
	if c.session.Greeted() {
		c.session.Receive(c.loop.now, b)
	} else {
		c.greet(b)
	}
	c.flush()
}

// greet takes what comes before and with the client's hello. Where too many wrong tokens
// came from its address, one in the hello is not looked at for a while.
func (c *client) greet(b []byte) {
	s := c.loop.server
	from, now := c.addr.Addr(), s.began.Add(c.loop.now)
	c.unheard = s.guard.Wait(from, now) > 0
	c.session.Unheard(c.unheard)
	c.session.Receive(c.loop.now, b)
	if token := c.session.Credentials().Token; token != "" && !c.session.Greeted() && errors.Is(c.session.Err(), protocol.NotAuthorised) {
		s.guard.Wrong(from, token, now)
	}
}

// hungUp is called when the client sends no more. What it asked before is answered.
func (c *client) hungUp() {
	c.readable, c.ended = false, true
	c.loop.deadline[c.slot] = c.loop.now + c.loop.patience()
	c.settle()
}

// broke is the reason for the end of a connection that failed.
func broke(err error) string { return "the connection broke: " + err.Error() }

// flush sends what the session has to say as far as there is room, though not much more
// than one full output at a time.
func (c *client) flush() {
	if c.gone {
		return
	}
	for sent := 0; c.room; {
		out := c.session.Output()
		if len(out) == 0 {
			break
		}
		if sent >= c.loop.config.MaxOutput {
			c.loop.later(c)
			break
		}
		n, err := c.end.write(out)
		if err != nil && err != errWait {
			c.loop.remove(c, broke(err))
			return
		}
		c.room = n == len(out)
		c.session.Sent(c.loop.now, n)
		c.out += uint64(n)
		sent += n
	}
	c.settle()
}

// settle looks whether the session is over, and until when something must happen.
func (c *client) settle() {
	l, sent := c.loop, len(c.session.Output()) == 0
	switch {
	case c.ended:
		if sent && c.session.Pending() == 0 {
			l.remove(c, "the client closed the connection")
		}
		return
	case c.session.Err() == nil:
		l.deadline[c.slot] = c.session.Deadline()
		l.watch(c)
		return
	case !c.parting:
		c.parting = true
		l.deadline[c.slot] = l.now + l.patience()
		l.later(c) // what still comes is read, and ignored
	}
	if sent && !c.told {
		c.told = true
		l.deadline[c.slot] = l.now + linger
		c.end.closeWrite()
	}
}

// tick is called when the client's time may be up, and to look at what it watches.
func (c *client) tick() {
	if c.gone || c.parting || c.ended {
		return
	}
	c.session.Tick(c.loop.now)
	c.flush()
}

// part tells the client that the server ends the connection, and why.
func (c *client) part(status protocol.Status, text string) {
	c.dismissed = c.dismissed || c.session.Err() == nil
	c.session.Close(status, text)
	c.flush()
}

// refuse tells the client that there are too many.
func (c *client) refuse() {
	h := wire.ServerHello{Version: wire.Version, Oldest: wire.OldestVersion, Digest: c.loop.server.bank.Digest(), Status: protocol.Busy}
	// If it cannot be told, it sees the connection close.
	_, _ = c.end.write(h.Append(nil))
	c.part(protocol.Busy, "there are too many clients")
}
