package server

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// streamBuffer bounds what a stream holds in each direction beside the session.
const streamBuffer = 16 << 10

// stream is the way to a client over a connection of package net, with TLS or where
// there is no poller. Two goroutines carry its bytes between the connection and the loop.
type stream struct {
	conn   net.Conn
	client *client

	mu      sync.Mutex
	changed sync.Cond // of what the goroutines wait for
	in      []byte    // has arrived, and was not taken by the loop
	inErr   error
	out     []byte // is to be sent
	outErr  error
	full    bool // the loop wants to know when there is room
	half    bool // nothing more is to be sent
	closed  bool
}

// acceptStream takes a connection, once TLS, if asked for, is agreed on.
func (s *Server) acceptStream(conn net.Conn) {
	addr := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	config := s.options.TLS
	if config == nil {
		s.arrived(newStream(conn), addr)
		return
	}
	if !s.invite() {
		s.journal.tell(slog.LevelWarn, "client turned away", addr, errTooMany)
		conn.Close()
		return
	}
	s.work.Go(func() {
		secure := tls.Server(conn, config)
		name, err := s.shakeHands(secure)
		if err != nil {
			s.clients.Add(-1)
			s.ended.Add(1)
			s.dropped.Add(1)
			conn.Close()
			s.journal.tell(slog.LevelWarn, "TLS handshake", addr, err)
			return
		}
		s.admit(&client{end: newStream(secure), addr: addr, certificate: name})
	})
}

// shakeHands agrees on TLS and returns the client's verified name.
func (s *Server) shakeHands(conn *tls.Conn) (name string, err error) {
	ctx, cancel := context.WithTimeout(s.running, s.config(s.settings.Load()).Half)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return "", err
	}
	if chains := conn.ConnectionState().VerifiedChains; len(chains) > 0 {
		name = chains[0][0].Subject.CommonName
	}
	return name, nil
}

func newStream(conn net.Conn) *stream {
	s := &stream{conn: conn}
	s.changed.L = &s.mu
	return s
}

func (s *stream) attach(c *client) error {
	s.client = c
	c.loop.server.work.Go(s.receive)
	c.loop.server.work.Go(s.send)
	return nil
}

// receive takes from the connection what the loop is ready for.
func (s *stream) receive() {
	buf := make([]byte, 4<<10)
	for {
		n, err := s.conn.Read(buf)
		s.mu.Lock()
		s.in, s.inErr = buf[:n], err
		s.client.notify(nil)
		for len(s.in) > 0 && !s.closed {
			s.changed.Wait()
		}
		over := s.closed || s.inErr != nil
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// send gives to the connection what the loop wants sent, and closes it in the end.
func (s *stream) send() {
	defer s.hangUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	var sending []byte
	for shut := false; ; {
		for len(s.out) == 0 && s.half == shut && !s.closed {
			s.changed.Wait()
		}
		if len(s.out) > 0 {
			sending, s.out = s.out, sending[:0]
			s.mu.Unlock()
			_, err := s.conn.Write(sending)
			s.mu.Lock()
			s.outErr = err
			if s.full || err != nil {
				s.full = false
				s.client.notify(nil)
			}
			if err != nil {
				return
			}
			continue
		}
		if s.closed {
			return
		}
		if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
			// Without it the client sees the connection close, a little later.
			_ = half.CloseWrite()
		}
		shut = true
	}
}

// hangUp closes the connection without a farewell, which could wait.
func (s *stream) hangUp() {
	conn := s.conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	conn.Close()
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.in) > 0:
		n := copy(b, s.in)
		if s.in = s.in[n:]; len(s.in) == 0 {
			s.changed.Broadcast()
			if s.inErr != nil {
				s.client.notify(nil) // the end comes as another event
			}
		}
		return n, nil
	case s.inErr != nil:
		return 0, s.inErr
	}
	return 0, errWait
}

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outErr != nil {
		return 0, s.outErr
	}
	n := min(len(b), streamBuffer-len(s.out))
	if n > 0 {
		s.out = append(s.out, b[:n]...)
		s.changed.Broadcast()
	}
	if n == len(b) {
		return n, nil
	}
	s.full = true
	return n, errWait
}

func (s *stream) closeWrite() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.half = true
	s.changed.Broadcast()
}

// close lets what waits be sent, for a while.
func (s *stream) close() {
	if s.client == nil {
		s.hangUp()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.conn.SetWriteDeadline(time.Now().Add(linger)) // without it, sending fails at once
	s.changed.Broadcast()
}
