package modbus

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

const (
	// A connection's read buffer begins small, for thousands of idle clients, and grows
	// for one that sends much.
	smallRead = 512
	largeRead = 8 << 10
	// The kernel's send buffer per client, fixed so that a client that does not read
	// cannot make it grow.
	sendBuffer = 128 << 10
	// After an accept that failed, for want of descriptors or since the client was gone
	// already, others run first.
	acceptPause = 5 * time.Millisecond
)

// serve accepts connections until the listener is closed. g.mu is held.
func (g *Gateway) serve(l net.Listener) {
	if g.closed {
		l.Close()
		return
	}
	g.listeners[l] = struct{}{}
	g.work.Go(func() {
		for {
			c, err := l.Accept()
			switch {
			case err == nil:
				g.admit(c)
			case errors.Is(err, net.ErrClosed):
				return
			default:
				g.log.Warn("modbus accept", "error", err)
				select {
				case <-g.stop:
					return
				case <-time.After(acceptPause):
				}
			}
		}
	})
}

func (g *Gateway) admit(nc net.Conn) {
	if tcp, ok := nc.(interface{ SetWriteBuffer(int) error }); ok {
		// Without this setting the client is served all the same.
		_ = tcp.SetWriteBuffer(sendBuffer)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		nc.Close()
	case len(g.conns) >= g.image.Load().settings.MaxClients:
		g.total.turnedAway.Add(1)
		g.log.Warn("modbus client turned away", "client", nc.RemoteAddr(), "clients", len(g.conns))
		nc.Close()
	default:
		g.total.accepted.Add(1)
		c := &conn{g: g, net: nc, session: g.NewTCPServer(g.now())}
		g.conns[c] = struct{}{}
		g.work.Go(c.serve)
	}
}

// conn is one client, which has one goroutine.
type conn struct {
	g       *Gateway
	net     net.Conn
	session *TCPServer

	// Deadlines are set as seldom as can be: one that is too early does no harm, as what
	// is then looked at is the session's.
	readBy, writeBy time.Duration
}

func (c *conn) serve() {
	log := c.g.log.With("client", c.net.RemoteAddr())
	log.Info("modbus client connected")
	err := c.run()
	c.session.Close()
	if err != nil {
		c.g.total.dropped.Add(1)
	}
	c.g.mu.Lock()
	delete(c.g.conns, c)
	c.g.mu.Unlock()
	c.net.Close()
	if err != nil {
		log.Warn("modbus client dropped", "reason", err)
		return
	}
	log.Info("modbus client gone")
}

// run serves the client until it is gone, or the gateway closes, or the error says why
// no longer.
func (c *conn) run() error {
	buf := make([]byte, smallRead)
	for {
		if err := c.armRead(); err != nil {
			return nil
		}
		n, err := c.net.Read(buf)
		now := c.g.now()
		switch {
		case n > 0:
			c.session.Receive(now, buf[:n])
			if n == len(buf) && n < largeRead {
				buf = make([]byte, 2*n)
			}
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.readBy = 0
			c.session.Tick(now)
		case err != nil:
			return nil
		}
		if err := c.settle(); err != nil {
			return err
		}
		if c.session.Waiting() {
			return nil // the gateway closes
		}
	}
}

// armRead sees to it that the next read ends at the session's deadline, or before.
func (c *conn) armRead() error {
	if at := c.session.Deadline(); c.readBy == 0 || at < c.readBy {
		c.readBy = at
		return c.net.SetReadDeadline(c.g.start.Add(at))
	}
	return nil
}

// settle sends what there is to be sent and waits for the write that the session waits
// for, until neither is left or the gateway closes.
func (c *conn) settle() error {
	s := c.session
	for {
		c.g.total.take(&s.counts)
		if out := s.Output(); len(out) > 0 {
			n, err := c.send(out)
			if err != nil {
				return err
			}
			s.Sent(c.g.now(), n)
			continue
		}
		if s.Err() != nil || !s.Waiting() {
			return s.Err()
		}
		timer := time.NewTimer(s.Deadline() - c.g.now())
		select {
		case <-s.Ready():
		case <-timer.C:
		case <-c.g.stop:
			timer.Stop()
			return nil
		}
		timer.Stop()
		s.Tick(c.g.now())
	}
}

// errGone is for a client that left before it read its replies.
var errGone = errors.New("the client closed the connection before it read its replies")

// send writes all of b, unless the client does not read for too long.
func (c *conn) send(b []byte) (sent int, err error) {
	stall, began := c.g.image.Load().settings.Stall, c.g.now()
	for {
		if now := c.g.now(); c.writeBy < now+stall/2 {
			c.writeBy = now + stall
			if c.net.SetWriteDeadline(c.g.start.Add(c.writeBy)) != nil {
				return sent, errGone
			}
		}
		n, err := c.net.Write(b[sent:])
		if sent += n; n > 0 {
			began = c.g.now()
		}
		switch {
		case err == nil:
			return sent, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return sent, errGone
		case c.g.now() >= began+stall:
			return sent, fmt.Errorf("the client has not read its replies for %v", stall)
		}
		c.writeBy = 0
	}
}
