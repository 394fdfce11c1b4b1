package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

const (
	firstPause  = 100 * time.Millisecond
	longPause   = 5 * time.Second
	dialTimeout = 5 * time.Second
)

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, fmt.Errorf("no register server answers at %s: %w", c.addr, err)
	}
	if c.options.tls == nil {
		return conn, nil
	}
	config := c.options.tls.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(c.addr)
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("register server at %s: TLS: %w", c.addr, err)
	}
	return secure, nil
}

// run listens, and dials again when the connection is lost, if that is wanted.
func (c *Client) run(conn net.Conn) {
	for {
		err := c.listen(conn)
		if !c.options.reconnect || final(err) {
			c.end(err)
			return
		}
		c.lost()
		if conn = c.redial(); conn == nil {
			return
		}
	}
}

// final reports whether another connection would end like this one.
func final(err error) bool {
	for _, s := range [...]protocol.Status{protocol.MapDiffers, protocol.NotAuthorised, protocol.VersionMismatch, protocol.Malformed} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// lost tells the calls that wait, and readies the session for another connection.
func (c *Client) lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	select {
	case <-c.up:
		c.up = make(chan struct{})
	default: // it was lost before the hello
	}
	c.timed = 0
	for _, w := range c.watches {
		w.interrupt()
	}
	c.session.Reconnect(func(e *wire.Event) { c.dispatch(0, e) })
}

// redial dials until it has a connection, or the client is closed.
func (c *Client) redial() net.Conn {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		// Clients that a server lost together do not come back together.
		timer := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-timer.C:
		case <-c.done:
			timer.Stop()
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
		conn, err := c.dial(ctx)
		cancel()
		if err != nil {
			continue
		}
		c.mu.Lock()
		if c.err != nil {
			c.mu.Unlock()
			conn.Close()
			return nil
		}
		c.conn = conn
		c.mu.Unlock()
		c.flush()
		return conn
	}
}
