package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/console"
	"linetwin.dev/protocol/metrics"
	"linetwin.dev/protocol/server"
)

// fewClients is a register server with the clients that the scripts expect.
type fewClients struct {
	mu      sync.Mutex
	clients []server.ClientInfo
}

func (f *fewClients) Clients() []server.ClientInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.clients {
		f.clients[i].Requests += 5000
	}
	return slices.Clone(f.clients)
}

func (f *fewClients) Stats() server.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return server.Stats{Clients: len(f.clients), Accepted: 9, Ended: 7, Dropped: 2, Counts: server.Counts{
		Requests: 123456, Failed: 7, Pushes: 800, Values: 64000, Coalesced: 12, BytesIn: 617280, BytesOut: 5_300_000}}
}

func (f *fewClients) Health() server.Health {
	return server.Health{Loops: 2, BacklogLimit: 4096, Watching: 1, Late: 30 * time.Microsecond, Latest: 2 * time.Millisecond}
}

func (f *fewClients) find(id uint64) (int, error) {
	i := slices.IndexFunc(f.clients, func(c server.ClientInfo) bool { return c.ID == id })
	if i < 0 {
		return i, errors.New("there is no client 99")
	}
	return i, nil
}

func (f *fewClients) Kick(id uint64, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, err := f.find(id)
	if err == nil {
		f.clients = slices.Delete(f.clients, i, i+1)
	}
	return err
}

// Trace shows two messages of a client, which then leaves.
func (f *fewClients) Trace(id uint64, to func(server.Frame)) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, err := f.find(id)
	if err != nil {
		return nil, err
	}
	to(server.Frame{At: 1500 * time.Millisecond, In: true, Size: 5, Text: "read of register 0 as f64\x1b[2J"})
	to(server.Frame{At: 1500100 * time.Microsecond, Size: 11, Text: "value 12.5"})
	f.clients = slices.Delete(f.clients, i, i+1)
	return func() {}, nil
}

// consoleLine serves a small line with a console and metrics, and gives the address.
func consoleLine(t *testing.T, dir string) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "server.cue")
	must(os.WriteFile(file, []byte(`package server

import "linetwin.dev/protocol/config"

config.#Config
limits: idle: "30s"
clients: {
	eye: {token: "0123456789-look", role: "read-only"}
	panel: {token: "0123456789-run", role: "operator"}
	meier: {token: "0123456789-build", role: "engineer"}
}
`), 0o644))
	c, err := config.Load(file)
	must(err)
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "recipe", "line.cue:9:1", func() time.Duration { return 2 * time.Second })
	belt, err := bank.Writer("belt", "line.cue:4:1").Define(protocol.Def{Name: "belt.position", Type: protocol.F64, Unit: "mm", Doc: "how far the belt has moved"})
	must(err)
	for _, d := range []protocol.Def{
		{Name: "main.command", Type: protocol.U16, Access: protocol.Operator, Doc: "PackML command"},
		{Name: "servo.gain", Type: protocol.F64, Unit: "1/s", Access: protocol.Engineer},
	} {
		_, err := store.Define(d, protocol.Value{})
		must(err)
	}
	bank.Seal()
	belt.SetFloat(1500*time.Millisecond, 12.5)
	grants, err := c.Grants(bank)
	must(err)
	live := config.Follow(c, func(*config.Config) error { return nil }, func(config.Reload) {})
	t.Cleanup(live.Close)
	clients := &fewClients{clients: []server.ClientInfo{
		{ID: 3, Name: "logger", Addr: netip.MustParseAddrPort("10.0.0.9:40999"), Role: "read-only", Connected: 26 * time.Hour, Heard: 20 * time.Millisecond, Watched: 1200, Watches: 2},
		{ID: 7, Name: "hmi\x1b]0;evil\x07", Addr: netip.MustParseAddrPort("10.0.0.7:40112"), Role: "panel", Connected: 90 * time.Second, Heard: 4 * time.Second, Unsent: 65536},
	}}
	mux := http.NewServeMux()
	con, err := operate(mux, console.Options{Bank: bank, Server: clients, Apply: store.Apply, Authorise: grants.Authorise, Level: new(slog.LevelVar), Version: "1.2"},
		metrics.Options{Bank: bank, Server: clients, Authorise: grants.Authorise, Registers: []string{"belt.*"}}, live)
	must(err)
	web := httptest.NewServer(mux)
	t.Cleanup(func() {
		must(con.Close())
		web.Close()
	})
	return strings.TrimPrefix(web.URL, "http://")
}

// typed is what somebody types at the prompt.
const typed = "nonsense\rget m\t\rhealth\rquit\r"

// TestTheConsole runs the scripts of testdata/console. Each has a small line of its own,
// served at $ADDR, whose configuration is server.cue, and what is typed at a prompt.
func TestTheConsole(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "console"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Cmds:               scriptCommands,
		Setup: func(env *testscript.Env) error {
			env.Values[jobsKey{}] = map[string]*job{}
			env.Setenv("ADDR", consoleLine(t, env.WorkDir))
			return os.WriteFile(filepath.Join(env.WorkDir, "typed"), []byte(typed), 0o644)
		},
	})
}

func TestAmountsHaveFewDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 42: "42", 999: "999", 999.95: "1.0k", 1000: "1.0k", 1234: "1.2k", 5.3e6: "5.3M", 2e9: "2.0G"} {
		if got := amount(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestTabCompletesCommandsAndRegisters(t *testing.T) {
	names := []string{"belt.position", "belt.speed", "main.command"}
	for line, want := range map[string]string{
		"cl": "clients ", "": "", "h": "he", "get m": "get main.command ", "get b": "get belt.", "get belt.s": "get belt.speed ", "get x": "get x",
	} {
		if got := complete(line, names); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

func TestCtrlCEmptiesTheLineAtThePrompt(t *testing.T) {
	keys := newKeyboard(strings.NewReader("garbage\x03health\r"))
	line, err := term.NewTerminal(terminal{keys, io.Discard}, "> ").ReadLine()
	if err != nil || line != "health" {
		t.Errorf("%q, %v", line, err)
	}
}
