package server

import (
	"crypto/tls"
	"log/slog"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
	"linetwin.dev/protocol/timesync"
	"linetwin.dev/protocol/wire"
)

// Options of a server. Zero fields take the defaults named.
type Options struct {
	// Apply takes clients' writes to the registers' writer. It must return at once; the
	// transaction may be finished later, from any goroutine. Without it all registers
	// are read only.
	Apply protocol.ApplyFunc
	// Authorise says what a client may do, or false to turn it away. It is called from
	// many goroutines and must return at once. Without it every client has the access
	// Engineer.
	Authorise func(wire.Credentials) (protocol.Grant, bool)
	// LineTime, Synchronised and Sources are those of wire.ServerConfig. Without Sources
	// the server has its own.
	LineTime     func() time.Duration
	Synchronised func(client string, e timesync.Estimate)
	Sources      *wire.Sources
	// Guard slows down who shows wrong tokens, one after the other, from one address: for a
	// while tokens from there are not looked at, and who shows one is told that the server
	// is busy. It may be shared with others who judge the same tokens. Without it the
	// server has its own.
	Guard *guard.Guard
	// TLS, if not nil, has every connection encrypted. The common name of the
	// certificate of a client, where the configuration asks for one and verifies it, is
	// in the Credentials that Authorise gets.
	TLS *tls.Config
	// Idle, Half and Stall bound how long a client may say nothing (60 s), take for
	// one request or the handshake (5 s), and leave its replies unread (5 s).
	Idle, Half, Stall time.Duration
	// Poll is how often watched registers are looked at (10 ms; at least 1 ms).
	Poll time.Duration
	// MaxClients at one time; more are told that the server is busy (10,000).
	MaxClients int
	// MaxOutput is how many bytes of replies may wait for a client, MaxWatched how many
	// registers it may watch, MaxPending how many of its writes may wait for the
	// registers' writer: see wire.ServerConfig.
	MaxOutput, MaxWatched, MaxPending int
	// Log gets one line for each client that comes or goes; nil for none. A log that is
	// slow holds up nobody: lines are lost, and it is told how many.
	Log *slog.Logger
}

// Settings are those of the Options that can change while the server runs, with the
// same meaning and the same defaults.
type Settings struct {
	Authorise                         func(wire.Credentials) (protocol.Grant, bool)
	Idle, Half, Stall, Poll           time.Duration
	MaxClients                        int
	MaxOutput, MaxWatched, MaxPending int
}

func (o Options) settings() Settings {
	return Settings{o.Authorise, o.Idle, o.Half, o.Stall, o.Poll, o.MaxClients, o.MaxOutput, o.MaxWatched, o.MaxPending}
}

// config is what a session is told with these settings.
func (s *Server) config(now *Settings) wire.ServerConfig {
	o := &s.options
	return wire.ServerConfig{
		Apply: o.Apply, LineTime: o.LineTime, Synchronised: o.Synchronised, Sources: o.Sources,
		Authorise: now.Authorise, Idle: now.Idle, Half: now.Half, Stall: now.Stall,
		MaxOutput: now.MaxOutput, MaxWatched: now.MaxWatched, MaxPending: now.MaxPending,
	}.WithDefaults()
}

func (s Settings) poll() time.Duration {
	if s.Poll <= 0 {
		return 10 * time.Millisecond
	}
	return max(s.Poll, time.Millisecond)
}

func (s Settings) maxClients() int {
	if s.MaxClients <= 0 {
		return 10_000
	}
	return s.MaxClients
}

// Reconfigure puts other settings in force, for new clients and for those that are
// connected: what each may do is asked anew. A client that is no longer known, or that
// may no longer read what it watches, is told goodbye. All others keep their connections,
// and no request is lost.
func (s *Server) Reconfigure(to Settings) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.settings.Store(&to)
	config := s.config(&to)
	for _, l := range s.loops {
		l.mu.Lock()
		l.config, l.poll = config, to.poll()
		l.pushing.due = min(l.pushing.due, s.now()+l.poll)
		l.mu.Unlock()
	}
	s.each(func(c *client) {
		c.session.Configure(config)
		c.serve()
	})
	for _, l := range s.loops {
		l.poller.wake()
	}
}
