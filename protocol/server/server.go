package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// Options of a server. Zero fields take the defaults named.
type Options struct {
	// Apply takes clients' writes to the registers' writer. Without it all registers
	// are read only.
	Apply protocol.ApplyFunc
	// Authorise says what a client may do, or false to turn it away. It is called from
	// many goroutines and must return at once. Without it every client has the access
	// Engineer.
	Authorise func(wire.Credentials) (protocol.Grant, bool)
	// Idle, Half and Stall bound how long a client may say nothing (60 s), take for
	// one request (5 s), and leave its replies unread (5 s).
	Idle, Half, Stall time.Duration
	// Poll is how often watched registers are looked at (10 ms).
	Poll time.Duration
	// MaxClients at one time; more are told that the server is busy (10,000).
	MaxClients int
	// Log gets one line for each client that comes or goes; nil for none.
	Log *slog.Logger
}

// The kernel's send buffer per client, fixed so that a client that does not read
// cannot make it grow.
const sendBuffer = 256 << 10

// Server is a running register server. Its methods may be called concurrently.
type Server struct {
	bank     *protocol.Bank
	listener net.Listener
	config   wire.ServerConfig
	poll     time.Duration
	most     int
	log      *slog.Logger
	start    time.Time

	mu      sync.Mutex
	clients map[*conn]struct{}
	closed  bool
	stop    chan struct{}
	work    sync.WaitGroup
}

// Listen opens the address ("host:port", port 0 for any free one) and serves the
// bank, which must be sealed, until Close.
func Listen(addr string, bank *protocol.Bank, o Options) (*Server, error) {
	if !bank.Sealed() {
		return nil, errors.New("register server: the bank is not sealed; clients must see a map that stays")
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("register server: %w", err)
	}
	s := &Server{
		bank: bank, listener: listener, poll: o.Poll, most: o.MaxClients, log: o.Log, start: time.Now(),
		config:  wire.ServerConfig{Apply: o.Apply, Authorise: o.Authorise, Idle: o.Idle, Half: o.Half, Stall: o.Stall}.WithDefaults(),
		clients: make(map[*conn]struct{}), stop: make(chan struct{}),
	}
	if s.poll <= 0 {
		s.poll = 10 * time.Millisecond
	}
	if s.most <= 0 {
		s.most = 10_000
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.work.Go(s.accept)
	s.work.Go(s.watchOver)
	return s, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Clients is the number of connections that are open.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// Close tells all clients that the server shuts down, closes their connections,
// and waits for its goroutines. A client that does not read delays it by at most
// a second.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.stop)
	err := s.listener.Close()
	for c := range s.clients {
		s.work.Go(c.shutDown)
	}
	s.mu.Unlock()
	hard := time.AfterFunc(time.Second, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.clients {
			c.tcp.Close()
		}
	})
	s.work.Wait()
	hard.Stop()
	return err
}

func (s *Server) now() time.Duration { return time.Since(s.start) }

func (s *Server) accept() {
	for {
		tcp, err := s.listener.Accept()
		if err != nil {
			select {
			case <-s.stop:
				return
			// Out of descriptors, or the client was gone already: go on, but let others run.
			case <-time.After(5 * time.Millisecond):
				s.log.Warn("accept", "error", err)
				continue
			}
		}
		s.admit(tcp.(*net.TCPConn))
	}
}

func (s *Server) admit(tcp *net.TCPConn) {
	// Without this setting the client is served all the same.
	_ = tcp.SetWriteBuffer(sendBuffer)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		tcp.Close()
	case len(s.clients) >= s.most:
		s.log.Warn("client turned away", "client", tcp.RemoteAddr(), "clients", len(s.clients))
		s.work.Go(func() { turnAway(tcp, s.bank.Digest()) })
	default:
		c := &conn{server: s, tcp: tcp, session: wire.NewServer(s.now(), s.bank, s.config)}
		c.deadline.Store(int64(c.session.Deadline()))
		s.clients[c] = struct{}{}
		s.work.Go(c.serve)
	}
}

func turnAway(tcp *net.TCPConn, digest [32]byte) {
	h := wire.ServerHello{Version: wire.Version, Oldest: wire.OldestVersion, Digest: digest, Status: protocol.Busy}
	// If the client cannot be told, it sees the connection close.
	_, _ = tcp.Write(h.Append(nil))
	_ = tcp.CloseWrite()
	_ = tcp.SetReadDeadline(time.Now().Add(linger))
	_, _ = tcp.Read(make([]byte, 512))
	tcp.Close()
}

// watchOver ends the connections of clients whose time is up. It waits for none.
func (s *Server) watchOver() {
	tick := time.NewTicker(min(250*time.Millisecond, s.config.Stall/4, s.config.Half/4))
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		now := s.now()
		s.mu.Lock()
		for c := range s.clients {
			if since := c.writing.Load(); since != 0 {
				if now >= time.Duration(since)+s.config.Stall {
					s.log.Warn("client does not read", "client", c.tcp.RemoteAddr())
					c.tcp.Close()
				}
			} else if now >= time.Duration(c.deadline.Load()) && c.expiring.CompareAndSwap(false, true) {
				s.work.Go(c.expire)
			}
		}
		s.mu.Unlock()
	}
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.clients, c)
	s.mu.Unlock()
}
