package console

import (
	"context"
	"log/slog"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// Path is where the console is on a server's HTTP address.
const Path = "/console"

// Protocol is the WebSocket subprotocol that both sides name.
const Protocol = "linetwin.console.1"

// TokenProtocol begins a second subprotocol, with which a page in a browser, which can
// set no header, shows its token: the rest is the token in base64url without padding.
const TokenProtocol = "linetwin.token."

// Server is what the console needs of the register server; a *server.Server is one. The
// methods may be called concurrently, and except for Health they may hang while the
// server does.
type Server interface {
	// Clients that are connected, and what each has done so far.
	Clients() []server.ClientInfo
	Stats() server.Stats
	// Health does not wait for what could be stuck.
	Health() server.Health
	// Kick ends a client's connection and tells it the reason. The error says that there
	// is no such client.
	Kick(id uint64, reason string) error
	// Trace calls to with each frame of a client until stop is called or the client is
	// gone. The error says that there is no such client.
	Trace(id uint64, to func(server.Frame)) (stop func(), err error)
}

var _ Server = (*server.Server)(nil)

// Check is one part of a system's health.
type Check struct {
	// Name of the part, as "gateway modbus".
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail says what is wrong, or what is right, in a few words.
	Detail string `json:"detail,omitempty"`
}

// Options of a console. Zero fields take the defaults named.
type Options struct {
	// Bank is the sealed bank that the server serves.
	Bank *protocol.Bank
	// Server whose clients the console shows; without it those methods are unavailable.
	Server Server
	// Apply takes writes to the registers' writer. Without it all registers are read only.
	Apply protocol.ApplyFunc
	// Authorise says what who connects may do, or false to turn it away: the function of
	// the register server. It is called from many goroutines, at each call, and returns at
	// once. Without it everybody has the access Engineer.
	Authorise func(wire.Credentials) (protocol.Grant, bool)
	// Guard slows down who shows wrong tokens: the one of the register server, since they
	// are the same tokens. Without it nobody is slowed down.
	Guard *guard.Guard
	// Level of the log, to look at and change; without it those are unavailable.
	Level *slog.LevelVar
	// Config looks up a setting by its dotted path ("limits.idle"), or all below one
	// ("limits", ""), and keeps secrets to itself. Reload reads the configuration again.
	// Without them those methods are unavailable.
	Config func(path string) ([]Setting, error)
	Reload func(context.Context) (Reloaded, error)
	// Checks are the parts of health beside those that the console sees itself. It is
	// called at most every 100 ms and returns soon.
	Checks func() []Check
	// Version of the program, for people.
	Version string
	// Hosts are the names by which a browser may call this server, beside localhost and
	// plain IP addresses. Others are refused to pages: a name that a stranger owns can be
	// made to lead here.
	Hosts []string
	// MaxConsoles at one time (16). Engineers are let in up to twice as many.
	MaxConsoles int
	// Stall is how long a console may leave what is sent to it unread (10 s).
	Stall time.Duration
	// Ping is how often a console must show that it lives (20 s).
	Ping time.Duration
	// Patience is how long a write waits for the registers' writer, any other call for the
	// register server, and a new console for its token (5 s).
	Patience time.Duration
	// Log gets a line for each console that comes or goes, and for each thing that one
	// changes; nil for none.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&o.Stall, 10*time.Second)
	set(&o.Ping, 20*time.Second)
	set(&o.Patience, 5*time.Second)
	if o.MaxConsoles <= 0 {
		o.MaxConsoles = 16
	}
	if o.Authorise == nil {
		o.Authorise = func(wire.Credentials) (protocol.Grant, bool) {
			return protocol.Grant{Name: "engineer", Access: protocol.Engineer}, true
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// What one console can make the server do or keep. With them all it can keep is about
// 5 MB, and only by being let in and then not reading.
const (
	// mostMessage is the size of a message to the server, and of one before the console
	// has been let in.
	mostMessage, firstMessage = 64 << 10, 4 << 10
	// bytesPerSecond and burst that are read; a message counts for at least leastCost, so
	// that there are at most 128 calls a second.
	bytesPerSecond, burst, leastCost = 128 << 10, 128 << 10, 1 << 10
	// mostCalls are the messages that are worked on or whose answers wait to be read.
	mostCalls = 4
	// mostBatch is the number of calls in one message.
	mostBatch = 8
	// mostNames are the registers of one call, and mostWatched those of all watches.
	mostNames, mostWatched = 256, 1024
	// mostWatches and mostTraces at one time.
	mostWatches, mostTraces = 32, 4
	// mostFrames of traced clients that wait to be sent, and the bytes of one in words.
	mostFrames, mostFrameText = 512, 500
	// page is the number of registers or clients in one answer.
	page = 200
	// mostText is the size of a reason or a pattern.
	mostText = 128
)
