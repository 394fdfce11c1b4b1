package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
	"linetwin.dev/protocol/wire"
)

// mostRefused is how many clients too many are told so at one time; more are only closed.
const mostRefused = 256

var errTooMany = errors.New("there are too many clients")

// Server is a running register server. Its methods may be called concurrently.
type Server struct {
	bank     *protocol.Bank
	options  Options
	listener *net.TCPListener
	door     *door // nil when connections are streams
	loops    []*loop
	journal  *journal
	guard    *guard.Guard
	start    time.Time
	began    time.Time // start, for the guard

	settings atomic.Pointer[Settings]
	clients  atomic.Int64
	refused  atomic.Int64 // clients that are being turned away
	lastID   atomic.Uint64
	accepted atomic.Uint64 // the totals of Stats
	away     atomic.Uint64
	ended    atomic.Uint64
	dropped  atomic.Uint64
	alarmed  atomic.Int64 // when the log was last told of somebody turned away, at warn

	changing sync.Mutex // held by Reconfigure
	running  context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup
}

// Listen opens the address ("host:port", port 0 for any free one) and serves the
// bank, which must be sealed, until Close.
func Listen(addr string, bank *protocol.Bank, o Options) (*Server, error) {
	if !bank.Sealed() {
		return nil, errors.New("register server: the bank is not sealed; clients must see a map that stays")
	}
	if o.Sources == nil {
		o.Sources = new(wire.Sources)
	}
	if o.Guard == nil {
		o.Guard = new(guard.Guard)
	}
	s := &Server{bank: bank, options: o, guard: o.Guard, start: time.Now()}
	s.began = s.start
	s.running, s.stop = context.WithCancel(context.Background())
	settings := o.settings()
	s.settings.Store(&settings)
	if err := s.open(addr); err != nil {
		return nil, err
	}
	s.journal = newJournal(o.Log)
	if s.door == nil {
		s.work.Go(s.accept)
	}
	for _, l := range s.loops {
		s.work.Go(l.run)
	}
	return s, nil
}

// open opens the loops and then the listener, so that no connection comes too soon.
func (s *Server) open(addr string) error {
	for range runtime.GOMAXPROCS(0) {
		l, err := newLoop(s)
		if err != nil {
			s.discard()
			return err
		}
		s.loops = append(s.loops, l)
	}
	// An address in use by connections that end is free; see setsockopt's SO_REUSEADDR,
	// which package net sets.
	listener, err := (&net.ListenConfig{Control: listenerOptions}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		s.discard()
		return fmt.Errorf("register server: %w", err)
	}
	s.listener = listener.(*net.TCPListener)
	if s.options.TLS == nil {
		if s.door, err = newDoor(s.listener, s.loops[0].poller); err != nil {
			s.discard()
			return errors.Join(fmt.Errorf("register server: %w", err), listener.Close())
		}
		s.loops[0].door = s.door != nil
	}
	return nil
}

// discard gives up loops that never ran.
func (s *Server) discard() {
	for _, l := range s.loops {
		l.poller.close()
	}
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close tells all clients that the server shuts down, closes their connections,
// and waits for its goroutines. A client that does not read delays it by at most
// a second.
func (s *Server) Close() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.running.Err() != nil {
		return nil
	}
	s.stop()
	err := s.listener.Close()
	if s.door != nil {
		err = errors.Join(err, s.door.close())
	}
	for _, l := range s.loops {
		l.halt()
	}
	s.work.Wait()
	s.journal.close()
	return err
}

func (s *Server) now() time.Duration { return time.Since(s.start) }

const (
	// cannotAccept is what the log is told once, and not again before one succeeds.
	cannotAccept = "connections cannot be accepted"
	// acceptPause is waited after a failure: the process may be out of descriptors.
	acceptPause = 5 * time.Millisecond
)

// accept takes connections as streams until the listener is closed.
func (s *Server) accept() {
	for failed := false; ; {
		conn, err := s.listener.Accept()
		if err == nil {
			failed = false
			s.acceptStream(conn)
			continue
		}
		if !failed {
			failed = true
			s.journal.tell(slog.LevelWarn, cannotAccept, netip.AddrPort{}, err)
		}
		select {
		case <-s.running.Done():
			return
		case <-time.After(acceptPause):
		}
	}
}

// invite counts one more client, or reports false when there are enough.
func (s *Server) invite() bool {
	s.accepted.Add(1)
	if s.clients.Add(1) <= int64(s.settings.Load().maxClients()) {
		return true
	}
	s.clients.Add(-1)
	s.away.Add(1)
	return false
}

// arrived takes a new connection, and turns it away if there are too many clients.
func (s *Server) arrived(end endpoint, addr netip.AddrPort) {
	c := &client{end: end, addr: addr}
	if !s.invite() {
		s.journal.tell(slog.LevelWarn, "client turned away", addr, errTooMany)
		if s.refused.Add(1) > mostRefused {
			s.refused.Add(-1)
			end.close()
			return
		}
		c.refused = true
	}
	s.admit(c)
}

// admit gives a client to the loop that has the fewest.
func (s *Server) admit(c *client) {
	c.id = s.lastID.Add(1)
	l := s.loops[0]
	for _, other := range s.loops[1:] {
		if other.size.Load() < l.size.Load() {
			l = other
		}
	}
	if err := l.admit(c); err != nil {
		s.journal.tell(slog.LevelWarn, "client not served", c.addr, err)
	}
}

// left is told of each client that is gone, by its loop.
func (s *Server) left(c *client) {
	if c.refused {
		s.refused.Add(-1)
		return
	}
	s.clients.Add(-1)
	s.ended.Add(1)
	reason := c.session.Err()
	switch {
	case !c.session.Greeted() && (errors.Is(reason, protocol.NotAuthorised) || c.unheard && !c.dismissed && errors.Is(reason, protocol.Busy)):
		s.away.Add(1)
		s.journal.tell(s.alarm(), "client turned away", c.addr, reason)
		return
	case c.parting && !c.dismissed:
		s.dropped.Add(1)
	}
	s.journal.tell(slog.LevelInfo, "client gone", c.addr, reason)
}

// alarm is how loud the log is of somebody who guesses: once a second so that it is
// noticed, and no more so that it does not fill the log.
func (s *Server) alarm() slog.Level {
	now, last := int64(s.now()), s.alarmed.Load()
	if (last == 0 || now-last >= int64(time.Second)) && s.alarmed.CompareAndSwap(last, now) {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
