package console

import (
	"context"
	"log/slog"
	"runtime"
	"runtime/metrics"
	"strings"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

// level shows the level of the log, and changes it.
func (s caller) level(_ context.Context, p LevelParams) (Level, error) {
	v := s.con.o.Level
	if v == nil {
		return Level{}, unavailable("level of the log")
	}
	was := v.Level()
	if p.Level == "" {
		return Level{levelName(was), levelName(was)}, nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(p.Level)); err != nil || len(p.Level) > mostText {
		return Level{}, jrpc2.Errorf(jrpc2.InvalidParams, "%.40q is no level of the log; it is debug, info, warn or error", p.Level)
	}
	v.Set(l)
	// At a level that is always shown, so that the log says why it becomes silent.
	s.log.Log(context.Background(), max(was, l, slog.LevelInfo), "console changed the level of the log", "who", s.who(), "from", levelName(was), "to", levelName(l))
	return Level{levelName(l), levelName(was)}, nil
}

func levelName(l slog.Level) string { return strings.ToLower(l.String()) }

func (s caller) config(_ context.Context, p ConfigParams) (Settings, error) {
	if s.con.o.Config == nil {
		return Settings{}, unavailable("configuration")
	}
	if err := shortText("path", p.Path); err != nil {
		return Settings{}, err
	}
	found, err := s.con.o.Config(p.Path)
	if err != nil {
		return Settings{}, jrpc2.Errorf(CodeUnknownSetting, "%v", err)
	}
	return Settings{append([]Setting{}, found...)}, nil
}

func (s caller) reload(ctx context.Context, _ None) (Reloaded, error) {
	if s.con.o.Reload == nil {
		return Reloaded{}, unavailable("configuration to reload")
	}
	if !s.con.reloading.TryLock() {
		return Reloaded{}, fail(protocol.Busy, "another console is reloading the configuration right now")
	}
	defer s.con.reloading.Unlock()
	r, err := s.con.o.Reload(ctx)
	if err != nil {
		s.log.Warn("console could not reload the configuration", "who", s.who(), "error", err)
		return Reloaded{}, jrpc2.Errorf(CodeRefused, "%v", err)
	}
	s.log.Info("console reloaded the configuration", "who", s.who(), "changes", len(r.Changes), "pending", len(r.Pending))
	return Reloaded{append([]Change{}, r.Changes...), append([]Change{}, r.Pending...)}, nil
}

func (s caller) health(context.Context, None) (Health, error) {
	h, _ := s.con.health.get(s.con, s.con.askHealth)
	return h, nil
}

// askHealth looks at all that may be wrong.
func (c *Console) askHealth() Health {
	h := Health{OK: true, Checks: []Check{}, Uptime: c.now().Seconds(), Version: c.o.Version,
		Registers: c.qualities(), Consoles: c.Stats().Now, Goroutines: runtime.NumGoroutine()}
	if c.o.Server != nil {
		n, _ := c.stats.get(c, c.o.Server.Stats)
		h.Clients = n.Clients
	}
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	h.Heap = heap[0].Value.Uint64()
	if c.o.Checks != nil {
		h.Checks = append(h.Checks, c.o.Checks()...)
	}
	for _, k := range h.Checks {
		h.OK = h.OK && k.OK
	}
	return h
}

func (c *Console) qualities() Qualities {
	q := Qualities{Total: len(c.infos)}
	for i := range c.infos {
		switch c.o.Bank.At(c.infos[i].Ref).Quality() {
		case protocol.Good:
			q.Good++
		case protocol.Uncertain:
			q.Uncertain++
		default:
			q.Bad++
		}
	}
	return q
}
