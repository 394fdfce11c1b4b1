package wire

import (
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// ServerConfig is what the sessions of one server share. Zero fields take the
// defaults named.
type ServerConfig struct {
	// Apply takes a client's writes to the registers' writer. It is called within
	// Receive and Sent. Without it all registers are read only.
	Apply protocol.ApplyFunc
	// Authorise says what a client may do, or false to turn it away. Without it every
	// client has the access Engineer.
	Authorise func(Credentials) (protocol.Grant, bool)
	// LineTime is the line's clock, for clients that place their timestamps on it.
	// Without it the server does not offer that.
	LineTime func() time.Duration
	// Synchronised is told how a client's clock stands to the line's, after each
	// exchange of timestamps with it; and with an Estimate of no exchanges, that the
	// client is gone. nil for nobody.
	Synchronised func(client string, e timesync.Estimate)
	// Sources keeps which client is the source of which register; clients of servers
	// with one bank share it. Without it no client can be one.
	Sources *Sources
	// Idle is how long a client may send nothing (60 s).
	Idle time.Duration
	// Half is how long a request may take to arrive, and also the hello (5 s).
	Half time.Duration
	// Stall is how long a client may leave a full output unread (5 s).
	Stall time.Duration
	// MaxOutput is the number of bytes of output from which on no more requests are
	// carried out and nothing is pushed, until some have been sent (64 KiB).
	MaxOutput int
	// MaxWatched is how many registers one client may watch, in all its watches
	// together (8192).
	MaxWatched int
	// MaxPending is how many writes of one client may wait for the registers' writer;
	// the next one is answered with busy (256).
	MaxPending int
}

// Credentials are what a client shows to prove who it is.
type Credentials struct {
	// Token and Name are from its hello, "" if it gave none. The name proves nothing.
	Token, Name string
	// Certificate is the subject's common name in its certificate, which has been
	// verified; "" without one.
	Certificate string
}

// WithDefaults is c with the defaults in its zero fields.
func (c ServerConfig) WithDefaults() ServerConfig {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&c.Idle, 60*time.Second)
	set(&c.Half, 5*time.Second)
	set(&c.Stall, 5*time.Second)
	if c.MaxOutput <= 0 {
		c.MaxOutput = 64 << 10
	}
	if c.MaxWatched <= 0 {
		c.MaxWatched = 8192
	}
	if c.MaxPending <= 0 {
		c.MaxPending = 256
	}
	return c
}

// Server is the server's side of one connection, without the connection: bytes in,
// bytes out, and the time given by whoever drives it. now is any clock that does
// not go back; it has nothing to do with the line's time. A Server is used by one
// goroutine at a time.
//
// The driver calls Receive with what arrived, sends Output, reports it with Sent,
// calls Tick at Deadline and as often as watches are to be looked at, stops
// receiving while Blocked, and closes the connection when Err is not nil and the
// output is sent.
type Server struct {
	bank   *protocol.Bank
	config ServerConfig

	in, out []byte
	pooled  *[]byte // where out came from, if from the pool; small was there before
	small   []byte
	greeted bool
	unheard bool // a token is not looked at
	shown   Credentials
	grant   protocol.Grant
	err     error
	counts  Counts
	again   again

	heard   time.Duration // when the last byte arrived
	half    time.Duration // when the incomplete request began to arrive
	stalled time.Duration // when the output became full, if full
	full    bool

	watches []*watch
	watched int

	pending  []*order
	finished func(*protocol.Transaction)
	check    func(protocol.Ref) protocol.Status // whether another client is the source of a register
	claimed  []protocol.Ref
	hold     time.Duration // how long the source of registers may be silent, 0 as others
	clocks   *clocks
	trace    func(in bool, message []byte)
}

// Counts of one session.
type Counts struct {
	// Requests, and those that were refused.
	Requests, Failed uint64
	// Pushes, the values in them, and those that were never pushed since newer ones
	// took their place.
	Pushes, Values, Coalesced uint64
}

// NewServer makes a session on a sealed bank.
func NewServer(now time.Duration, bank *protocol.Bank, config ServerConfig) *Server {
	if !bank.Sealed() {
		panic("wire: the bank is not sealed; clients must see a map that stays")
	}
	s := &Server{bank: bank, config: config.WithDefaults(), heard: now, half: now}
	if config.Sources != nil {
		s.check = config.Sources.check(s)
	}
	return s
}

// Err is why the session is over, or nil while it lives.
func (s *Server) Err() error { return s.err }

// Output is what waits to be sent. It is valid until the next call of a method.
func (s *Server) Output() []byte { return s.out }

// Blocked reports whether so much output waits that nothing must be received.
func (s *Server) Blocked() bool { return len(s.out) >= s.config.MaxOutput }

// Watching reports whether the client has a watch, so that Tick must be called often.
func (s *Server) Watching() bool { return len(s.watches) > 0 }

// Deadline is when Tick must be called at the latest, to end a session that idles,
// stalls, or does not finish its request.
func (s *Server) Deadline() time.Duration {
	d := s.heard + s.idle()
	if s.incomplete() {
		d = min(d, s.half+s.config.Half)
	}
	if s.full {
		d = min(d, s.stalled+s.config.Stall)
	}
	return d
}

// idle is how long this client may say nothing.
func (s *Server) idle() time.Duration {
	if s.hold > 0 {
		return min(s.hold, s.config.Idle)
	}
	return s.config.Idle
}

func (s *Server) incomplete() bool {
	return !s.greeted || (len(s.in) > 0 && !s.Blocked())
}

// Receive takes bytes from the client. It does not keep b. It panics when called
// while Blocked, since nothing would then bound what the session holds.
func (s *Server) Receive(now time.Duration, b []byte) {
	if s.err != nil || len(b) == 0 {
		return
	}
	if s.Blocked() {
		panic("wire: Receive while Blocked")
	}
	s.heard = now
	if len(s.in) == 0 {
		if s.greeted {
			s.half = now
		}
		s.in = append(s.in, b[s.process(now, b):]...)
	} else {
		s.in = append(s.in, b...)
		s.consume(now)
	}
	s.settle(now)
}

// Sent reports that the first n bytes of Output were sent.
func (s *Server) Sent(now time.Duration, n int) {
	s.out = s.out[:copy(s.out, s.out[n:])]
	if s.full && s.err == nil && !s.Blocked() {
		s.full = false // if it fills up again at once, that is another time
		s.half = now
		s.consume(now)
	}
	s.settle(now)
}

// Tick ends the session when a time-out has passed, and otherwise pushes what has
// changed of the watched registers.
func (s *Server) Tick(now time.Duration) {
	switch {
	case s.err != nil:
	case s.incomplete() && now >= s.half+s.config.Half:
		s.fail(protocol.DeviceNotResponding, fmt.Sprintf("a request must arrive within %v of its first byte", s.config.Half))
	case now >= s.heard+s.idle():
		s.fail(protocol.DeviceNotResponding, fmt.Sprintf("nothing arrived for %v; a client pings when it has nothing else to say", s.idle()))
	case s.full && now >= s.stalled+s.config.Stall:
		s.fail(protocol.DeviceNotResponding, fmt.Sprintf("the client has not read its replies for %v", s.config.Stall))
	default:
		start := len(s.out)
		s.push(now)
		s.traceOut(start)
		s.settle(now)
	}
}

// consume processes what is stored of the input.
func (s *Server) consume(now time.Duration) {
	n := s.process(now, s.in)
	s.in = s.in[:copy(s.in, s.in[n:])]
}

// settle notes since when the output is full, and gives up the large buffers of a
// client that waits for nothing.
func (s *Server) settle(now time.Duration) {
	if s.Blocked() && !s.full {
		s.stalled = now
	}
	s.full = s.Blocked()
	if len(s.out) == 0 {
		s.release()
	}
	if (len(s.in) == 0 && cap(s.in) > smallBuffer) || s.err != nil {
		s.in = nil
	}
}

// process carries out the whole requests at the start of b and returns how many
// bytes they were.
func (s *Server) process(now time.Duration, b []byte) (used int) {
	s.reserve(min(2*len(b), s.config.MaxOutput))
	for used < len(b) && s.err == nil && !s.Blocked() {
		rest := b[used:]
		if len(rest) >= readSize && s.quick(rest) {
			used += readSize
			continue
		}
		if !s.greeted {
			n := s.greet(rest)
			if n == 0 {
				break
			}
			used += n
			continue
		}
		n, ok := requestSize(rest)
		if !ok {
			s.fail(protocol.Malformed, badRequest(rest))
			break
		}
		if n == 0 || n > len(rest) {
			break
		}
		s.request(now, rest[:n])
		used += n
	}
	if used > 0 {
		s.half = now // when what is left began to arrive
	}
	return used
}

func badRequest(b []byte) string {
	if b[0]&sized != 0 && b[0] <= lastSizedRequest {
		return fmt.Sprintf("request 0x%02x has a payload of %d bytes; at most %d are allowed", b[0], le.Uint16(b[3:]), MaxRequest)
	}
	if b[0] == opChange {
		return fmt.Sprintf("a change has type %d and quality %d in 0x%02x", b[5]&0x0f, b[5]>>changeQuality&3, b[5])
	}
	return fmt.Sprintf("no request begins with 0x%02x in version %d of the format", b[0], Version)
}

// greet answers the client's hello, and returns its size, or 0 while it is
// incomplete or wrong.
func (s *Server) greet(b []byte) int {
	h, n, err := parseClientHello(b)
	answer := ServerHello{Version: Version, Oldest: OldestVersion, Features: h.Features & s.features(), Digest: s.bank.Digest(),
		Registers: uint32(s.bank.Len()), Idle: uint16(min(s.config.Idle/time.Second, 1<<16-1))}
	switch {
	case err != nil:
		answer.Status = protocol.Malformed
	case n == 0:
		return 0
	case h.Newest < OldestVersion || h.Oldest > Version || h.Oldest > h.Newest:
		answer.Status = protocol.VersionMismatch
		err = &Error{answer.Status, fmt.Sprintf("the client speaks versions %d to %d of the format, the server %d to %d", h.Oldest, h.Newest, OldestVersion, Version)}
	case h.Digest != [32]byte{} && h.Digest != answer.Digest:
		answer.Status = protocol.MapDiffers
		err = &Error{answer.Status, "the client's register map is of another line or version; it must read the map anew"}
	case s.unheard && h.Token != "":
		answer.Status = protocol.Busy
		err = &Error{answer.Status, "too many wrong tokens came from the client's address"}
	default:
		answer.Version = min(h.Newest, Version)
		var ok bool
		s.shown.Token, s.shown.Name = h.Token, h.Name
		ok = s.authorise()
		answer.Access = s.grant.Access
		if !ok {
			answer.Status, answer.Access = protocol.NotAuthorised, protocol.ReadOnly
			err = &Error{answer.Status, "the client's token is not known"}
		}
	}
	s.out = answer.Append(s.out)
	s.greeted = err == nil
	if err != nil {
		s.err = err
		return 0
	}
	return n
}

func (s *Server) features() uint16 {
	f := Limits
	if s.config.Apply != nil {
		f |= Transactions
		if s.config.Sources != nil {
			f |= Claims
		}
	}
	if s.config.LineTime != nil {
		f |= Clock
	}
	return f
}

// authorise decides what the client may do.
func (s *Server) authorise() (ok bool) {
	s.grant, ok = protocol.Grant{Access: protocol.Engineer}, true
	if s.config.Authorise != nil {
		s.grant, ok = s.config.Authorise(s.shown)
	}
	if s.config.Apply == nil {
		s.grant.Access = protocol.ReadOnly
	}
	s.again = again{}
	return ok
}

// fail ends the session with a goodbye that says why.
func (s *Server) fail(status protocol.Status, text string) {
	s.err = &Error{status, text}
	if s.greeted {
		start := len(s.out)
		s.out = appendGoodbye(s.out, status, text)
		s.traceOut(start)
	}
	s.watches, s.watched, s.pending = nil, 0, nil
	s.abandon()
	if s.clocks != nil && s.config.Synchronised != nil {
		s.config.Synchronised(s.Name(), timesync.Estimate{})
	}
}

// Close ends the session from the server's side: it shuts down, or has too many
// clients.
func (s *Server) Close(status protocol.Status, text string) {
	if s.err == nil {
		s.fail(status, text)
	}
}

func appendGoodbye(dst []byte, status protocol.Status, text string) []byte {
	start := len(dst)
	dst = beginSized(dst, opGoodbye, 0)
	dst = append(dst, byte(status))
	dst = append(dst, text[:min(len(text), 500)]...)
	return endSized(dst, start)
}
