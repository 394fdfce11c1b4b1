package opcua

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// Server is a running OPC UA server. Its methods may be called concurrently.
type Server struct {
	o        Options
	limits   Limits
	log      *slog.Logger
	bank     *protocol.Bank
	pki      *certificates
	space    *space
	listener *net.TCPListener
	url      string
	started  time.Time
	// anonymous: clients are let in that say nothing about who they are.
	anonymous atomic.Bool

	mu       sync.Mutex
	conns    map[*conn]struct{}
	sessions map[string]*session // by the token that only the client knows
	subs     map[uint32]*subscription
	lastSub  uint32
	closed   bool

	stop chan struct{}
	work sync.WaitGroup
}

// Listen opens the address and serves the bank until Close. At the first start it makes
// the server's certificate.
func Listen(o Options) (*Server, error) {
	now := time.Now()
	s, err := newServer(o, now)
	if err != nil {
		return nil, fmt.Errorf("OPC UA server: %w", err)
	}
	listener, err := net.Listen("tcp", s.o.Addr)
	if err != nil {
		return nil, fmt.Errorf("OPC UA server: %w", err)
	}
	s.listener = listener.(*net.TCPListener)
	addr := s.listener.Addr().(*net.TCPAddr)
	s.url = "opc.tcp://" + net.JoinHostPort(s.o.Hostname, strconv.Itoa(addr.Port))
	s.log.Info("OPC UA server", "url", s.url, "application", s.pki.uri, "certificate", Thumbprint(s.pki.own), "anonymous", s.o.AllowAnonymous)
	if s.o.AllowNone && !addr.IP.IsLoopback() {
		s.log.Warn("clients may connect without signature and encryption from other machines; what they read and write can be seen and changed on the way", "address", addr)
	}
	s.work.Go(s.accept)
	s.work.Go(s.run)
	return s, nil
}

// newServer is a server that does not listen yet.
func newServer(o Options, now time.Time) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, err
	}
	if o.Hostname == "" {
		o.Hostname = host
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			if o.Hostname, err = os.Hostname(); err != nil {
				return nil, fmt.Errorf("give Hostname; this machine's is unknown: %w", err)
			}
		}
	}
	s := &Server{
		o: o, limits: o.Limits, log: o.Log, bank: o.Bank, started: now,
		conns: make(map[*conn]struct{}), sessions: make(map[string]*session), subs: make(map[uint32]*subscription),
		// Not those of the server before it, which clients may ask for after a restart.
		lastSub: randomUint32(),
		stop:    make(chan struct{}),
	}
	s.anonymous.Store(o.AllowAnonymous)
	if s.pki, err = openCertificates(o.Folder, o.ApplicationURI, o.Name, o.Hostname, now); err != nil {
		return nil, err
	}
	s.space = newSpace(s)
	return s, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL of the endpoint.
func (s *Server) URL() string { return s.url }

// Certificate of the server, which clients must trust.
func (s *Server) Certificate() []byte { return s.pki.own.Raw }

// Clients is the number of connections that are open.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Sessions is the number of sessions of users who logged in.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ss := range s.sessions {
		if ss.active {
			n++
		}
	}
	return n
}

// Close tells all clients that the server shuts down, closes their connections, and waits
// for its goroutines. A client that does not go by itself delays it by a second.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.stop)
	err := s.listener.Close()
	for c := range s.conns {
		c.stop(ua.StatusBadShutdown, "the server shuts down")
	}
	s.mu.Unlock()
	s.work.Wait()
	return err
}

func (s *Server) accept() {
	for {
		tcp, err := s.listener.AcceptTCP()
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
		s.admit(tcp, time.Now())
	}
}

func (s *Server) admit(tcp *net.TCPConn, now time.Time) {
	// Without this setting the client is served all the same.
	_ = tcp.SetWriteBuffer(sendBuffer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= s.limits.Clients && !s.makeRoom() {
		s.log.Warn("client turned away: too many are connected", "client", tcp.RemoteAddr())
		tcp.Close()
		return
	}
	c := &conn{server: s, tcp: tcp, in: bufio.NewReader(tcp), out: newOutbox(), since: now, lonely: now}
	s.conns[c] = struct{}{}
	s.work.Go(c.serve)
}

// makeRoom closes the connection that has been longest without a session, so that those
// who only hold connections keep nobody out.
func (s *Server) makeRoom() bool {
	var victim *conn
	for c := range s.conns {
		if c.sessions == 0 && (victim == nil || c.lonely.Before(victim.lonely)) {
			victim = c
		}
	}
	if victim == nil {
		return false
	}
	s.log.Warn("client without a session makes room for another", "client", victim.tcp.RemoteAddr())
	victim.tcp.Close()
	delete(s.conns, victim)
	return true
}

// forget takes a connection that has ended out. Its sessions wait for their clients to
// come back.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	for _, ss := range s.sessions {
		switch {
		case ss.conn != c:
		case ss.active:
			s.unbind(ss, time.Now())
		default:
			s.closeSession(ss, true, time.Now())
		}
	}
	s.log.Info("client disconnected", "client", c.tcp.RemoteAddr())
}

// run samples, publishes, and ends what is over.
func (s *Server) run() {
	tick := time.NewTicker(s.limits.Sampling)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			s.tick(now)
		}
	}
}

func (s *Server) tick(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.sessions == 0 && now.Sub(c.lonely) > loneliness {
			c.lonely = now
			c.stop(ua.StatusBadTimeout, "no session was made")
		}
	}
	for _, ss := range s.sessions {
		if now.Sub(ss.seen) > ss.timeout {
			s.log.Info("session timed out", "session", ss.name, "user", ss.who.user())
			s.closeSession(ss, false, now)
		}
	}
	for _, sub := range s.subs {
		sub.tick(now)
	}
	for _, ss := range s.sessions {
		ss.expire(now)
	}
}

// responseHeader answers a request.
func responseHeader(req *ua.RequestHeader, status ua.StatusCode, now time.Time) *ua.ResponseHeader {
	return &ua.ResponseHeader{
		Timestamp: now, RequestHandle: req.RequestHandle, ServiceResult: status,
		ServiceDiagnostics: new(ua.DiagnosticInfo), StringTable: []string{}, AdditionalHeader: ua.NewExtensionObject(nil),
	}
}

// wall is the time at which a register changed.
func (s *Server) wall(line time.Duration) time.Time { return s.o.Start.Add(line) }
