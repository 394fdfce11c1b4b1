package server

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

const (
	// A connection's read buffer begins small, for thousands of idle clients, and
	// grows for one that sends much.
	smallRead = 512
	largeRead = 16 << 10
	// After a goodbye the client has this time, and may send this much, before the
	// connection is closed: closing at once could destroy the goodbye on its way.
	linger      = 500 * time.Millisecond
	lingerBytes = 64 << 10
)

// conn is one client. The mutex guards the session and is held while its output
// is written, so that replies and pushes leave in order; only this client's
// goroutines wait for it.
type conn struct {
	server *Server
	tcp    *net.TCPConn

	mu      sync.Mutex
	session *wire.Server
	pushing bool // the goroutine push runs
	over    bool // the session has ended, and the client was told

	writing  atomic.Int64 // when the write in progress began; 0 when none is
	deadline atomic.Int64 // session.Deadline
	expiring atomic.Bool
}

// serve is the client's own goroutine.
func (c *conn) serve() {
	log := c.server.log.With("client", c.tcp.RemoteAddr())
	log.Info("client connected")
	buf := make([]byte, smallRead)
	for ignored := 0; ignored < lingerBytes; {
		n, err := c.tcp.Read(buf)
		if n > 0 && !c.receive(buf[:n]) {
			ignored += n
		}
		if err != nil {
			break
		}
		if n == len(buf) && n < largeRead {
			buf = make([]byte, 2*n)
		}
	}
	c.tcp.Close()
	c.mu.Lock()
	c.session.Close(protocol.OK, "the client closed the connection")
	reason := c.session.Err()
	c.over = true
	c.mu.Unlock()
	c.server.remove(c)
	log.Info("client gone", "reason", reason)
}

// receive takes bytes from the client and sends the replies. It reports false
// when the session is over.
func (c *conn) receive(b []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.session.Receive(c.server.now(), b)
	c.flush()
	if c.session.Watching() && !c.pushing {
		c.pushing = true
		c.server.work.Go(c.push)
	}
	return !c.over
}

// flush sends what the session has to say, until it has no more. c.mu is held.
func (c *conn) flush() {
	for !c.over {
		out := c.session.Output()
		if len(out) == 0 {
			break
		}
		now := c.server.now()
		c.writing.Store(int64(now) | 1)
		n, err := c.tcp.Write(out)
		c.writing.Store(0)
		c.session.Sent(now, n)
		if err != nil {
			c.over = true
			c.tcp.Close()
			return
		}
	}
	c.deadline.Store(int64(c.session.Deadline()))
	if c.session.Err() != nil && !c.over {
		c.over = true
		// The reader ends at the client's end of the stream, or at this deadline.
		_ = c.tcp.CloseWrite()
		_ = c.tcp.SetReadDeadline(time.Now().Add(linger))
	}
}

// push looks at the watched registers as long as there are any.
func (c *conn) push() {
	tick := time.NewTicker(c.server.poll)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-c.server.stop:
			return
		}
		if !c.tick() {
			return
		}
	}
}

func (c *conn) tick() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.session.Tick(c.server.now())
		c.flush()
	}
	c.pushing = !c.over && c.session.Watching()
	return c.pushing
}

// expire ends the session if its time is really up.
func (c *conn) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.session.Tick(c.server.now())
		c.flush()
	}
	c.expiring.Store(false)
}

func (c *conn) shutDown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.session.Close(protocol.Busy, "the register server shuts down")
		c.flush()
	}
}
