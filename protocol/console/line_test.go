package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// line is a bank with a console in front of it.
type line struct {
	t      testing.TB
	bank   *protocol.Bank
	belt   *protocol.Out
	count  *protocol.Out
	store  *protocol.Store
	server *fakeServer
	level  *slog.LevelVar
	o      Options
	con    *Console
	http   *httptest.Server

	mu     sync.Mutex
	grants map[string]protocol.Grant
}

// newLine makes one; change may change the options first. It knows the tokens look, run
// and build, one for each role, and lets nobody in without.
func newLine(t testing.TB, change func(*line)) *line {
	l := &line{t: t, bank: protocol.NewBank(), server: newFakeServer(), level: new(slog.LevelVar), grants: map[string]protocol.Grant{
		"look":  {Name: "visitor", Access: protocol.ReadOnly},
		"run":   {Name: "panel 3", Access: protocol.Operator},
		"build": {Name: "meier", Access: protocol.Engineer},
	}}
	belt := l.bank.Writer("belt", "line.cue:4:1")
	define := func(w *protocol.Writer, d protocol.Def) *protocol.Out {
		o, err := w.Define(d)
		l.must(err)
		return o
	}
	l.belt = define(belt, protocol.Def{Name: "belt.position", Type: protocol.F64, Unit: "mm", Doc: "how far the belt has moved"})
	l.count = define(belt, protocol.Def{Name: "belt.count", Type: protocol.U64})
	define(belt, protocol.Def{Name: "eye.blocked", Type: protocol.Bool})
	l.store = protocol.NewStore(l.bank, "console", "line.cue:9:1", func() time.Duration { return 2 * time.Second })
	for _, d := range []struct {
		protocol.Def
		v protocol.Value
	}{
		{protocol.Def{Name: "main.command", Type: protocol.U16, Access: protocol.Operator, Doc: "PackML command"}, protocol.UintValue(0)},
		{protocol.Def{Name: "servo.gain", Type: protocol.F64, Access: protocol.Engineer, Unit: "1/s"}, protocol.FloatValue(0.5)},
		{protocol.Def{Name: "servo.damping", Type: protocol.F64, Access: protocol.Engineer}, protocol.FloatValue(1)},
	} {
		o, err := l.store.Define(d.Def, d.v)
		l.must(err)
		if d.Name == "servo.damping" {
			o.Limit(protocol.Limits{Low: protocol.FloatValue(0), High: protocol.FloatValue(4)})
		}
	}
	l.bank.Seal()
	l.belt.SetFloat(1500*time.Millisecond, 12.5)
	l.o = Options{
		Bank: l.bank, Server: l.server, Apply: l.store.Apply, Level: l.level, Version: "1.2",
		Authorise: func(c wire.Credentials) (protocol.Grant, bool) {
			l.mu.Lock()
			defer l.mu.Unlock()
			g, ok := l.grants[c.Token]
			return g, ok
		},
		Config: func(path string) ([]Setting, error) {
			if path != "limits.idle" {
				return nil, fmt.Errorf("there is no setting %q", path)
			}
			return []Setting{{path, "60s", "server.cue:3:8", "for new connections"}}, nil
		},
		Reload: func(context.Context) (Reloaded, error) {
			return Reloaded{Changes: []Change{{"limits.idle", "60s", "30s", "server.cue:3:8", "for new connections"}}}, nil
		},
	}
	if change != nil {
		change(l)
	}
	l.con = New(l.o)
	l.http = httptest.NewServer(l.con)
	t.Cleanup(func() {
		if err := l.con.Close(); err != nil {
			t.Error(err)
		}
		l.http.Close()
	})
	return l
}

func (l *line) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) grant(token string, g protocol.Grant, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.grants, token)
	if known {
		l.grants[token] = g
	}
}

// dial makes a console with a token.
func (l *line) dial(token string) *Client {
	l.t.Helper()
	c, err := Dial(l.t.Context(), l.http.URL, DialOptions{Token: token})
	l.must(err)
	l.t.Cleanup(func() { c.Close() })
	return c
}

// fakeServer has the clients that a test gives it.
type fakeServer struct {
	mu      sync.Mutex
	clients []server.ClientInfo
	kicked  map[uint64]string
	traced  map[uint64]func(server.Frame)
	asked   int
	fall    bool
	begun   chan struct{} // gets an element for each trace
	hang    chan struct{} // if there is one, all but Health wait until it is closed
	health  server.Health
}

// wait is where a server hangs.
func (f *fakeServer) wait() {
	f.mu.Lock()
	hang := f.hang
	f.mu.Unlock()
	if hang != nil {
		<-hang
	}
}

func (f *fakeServer) Health() server.Health {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.health
}

var errNoClient = errors.New("the server has no client 99")

func newFakeServer() *fakeServer {
	return &fakeServer{begun: make(chan struct{}, 100), health: server.Health{Loops: 2, BacklogLimit: 4096, Watching: 1, Late: 30 * time.Microsecond, Latest: 2 * time.Millisecond}, kicked: map[uint64]string{}, traced: map[uint64]func(server.Frame){}, clients: []server.ClientInfo{
		{ID: 7, Name: "hmi", Role: "panel", Access: protocol.Operator, Connected: 90 * time.Second, Counts: server.Counts{Requests: 12, BytesIn: 60}},
		{ID: 3, Name: "logger", Connected: time.Hour, Watches: 1, Watched: 4},
	}}
}

func (f *fakeServer) has(id uint64) bool {
	return slices.ContainsFunc(f.clients, func(c server.ClientInfo) bool { return c.ID == id })
}

func (f *fakeServer) Clients() []server.ClientInfo {
	f.wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fall {
		panic("no clients today")
	}
	f.asked++
	return slices.Clone(f.clients)
}

func (f *fakeServer) Stats() server.Stats {
	f.wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return server.Stats{Clients: len(f.clients), Accepted: 5, Ended: 3, Counts: server.Counts{Requests: 100}}
}

func (f *fakeServer) Kick(id uint64, reason string) error {
	f.wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.has(id) {
		return errNoClient
	}
	f.kicked[id] = reason
	f.clients = slices.DeleteFunc(f.clients, func(c server.ClientInfo) bool { return c.ID == id })
	return nil
}

func (f *fakeServer) Trace(id uint64, to func(server.Frame)) (func(), error) {
	f.wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.has(id) {
		return nil, errNoClient
	}
	f.traced[id] = to
	f.begun <- struct{}{}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.traced, id)
	}, nil
}

// say lets a client have a frame, and tells whether anybody traces it.
func (f *fakeServer) say(id uint64, frame server.Frame) bool {
	f.mu.Lock()
	to := f.traced[id]
	f.mu.Unlock()
	if to != nil {
		to(frame)
	}
	return to != nil
}
