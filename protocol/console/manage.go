package console

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
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

func (s caller) health(ctx context.Context, _ None) (Health, error) {
	h, _, err := s.con.health.get(ctx, s.con)
	return h, err
}

// askHealth looks at all that may be wrong.
func (c *Console) askHealth() Health {
	h := Health{OK: true, Checks: []Check{}, Uptime: c.now().Seconds(), Version: c.o.Version,
		Registers: c.qualities(), Consoles: c.Stats().Now, Goroutines: runtime.NumGoroutine()}
	if c.o.Server != nil {
		h.serving(c.o.Server.Health())
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

// tooLong is when something that takes microseconds is stuck.
const tooLong = time.Second

// serving adds how the register server does.
func (h *Health) serving(n server.Health) {
	h.Serving = &Serving{
		Loops: n.Loops, Busy: n.Busy.Seconds(), Backlog: n.Backlog, BacklogLimit: n.BacklogLimit, Waiting: n.Waiting,
		Watching: n.Watching, Late: n.Late.Seconds(), Latest: n.Latest.Seconds(), Missed: n.Missed, LinesLost: n.LinesLost,
	}
	ms := func(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
	serving := fmt.Sprintf("all of %d loops keep up", n.Loops)
	if n.Busy >= time.Millisecond {
		serving = fmt.Sprintf("the slowest of %d loops has been at one thing for %s", n.Loops, ms(n.Busy))
	}
	h.Checks = append(h.Checks,
		Check{"serving", n.Busy < tooLong, serving},
		Check{"accepting", n.BacklogLimit == 0 || n.Backlog < n.BacklogLimit, fmt.Sprintf("%d connections wait, of at most %d", n.Backlog, n.BacklogLimit)},
		Check{"pushing", n.Late < tooLong, fmt.Sprintf("%d watching; the last look was %s late, the worst %s", n.Watching, ms(n.Late), ms(n.Latest))},
	)
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
