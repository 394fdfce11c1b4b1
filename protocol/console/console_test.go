package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
)

func TestAConsoleReadsRegisters(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("look")
	rs, err := c.Get(t.Context(), "belt.position", "eye.blocked", "main.command")
	l.must(err)
	want := []Reading{
		{"belt.position", 12.5, "mm", "good", 1.5},
		{"eye.blocked", false, "", "bad", 0},
		{"main.command", 0.0, "", "good", 2},
	}
	if d := cmp.Diff(want, rs); d != "" {
		t.Error(d)
	}
	if _, err := c.Get(t.Context(), "belt.positon"); !errors.Is(err, protocol.UnknownRegister) || err.Error() != `register "belt.positon" is unknown; did you mean "belt.position"?` {
		t.Error(err)
	}
}

func TestValuesThatJSONNumbersCannotCarryAreStrings(t *testing.T) {
	for _, c := range []struct {
		typ  protocol.Type
		v    protocol.Value
		want string
	}{
		{protocol.U64, protocol.UintValue(math.MaxUint64), "string 18446744073709551615"},
		{protocol.U64, protocol.UintValue(exact), "json.Number 9007199254740991"},
		{protocol.I64, protocol.IntValue(-exact - 1), "string -9007199254740992"},
		{protocol.F64, protocol.FloatValue(math.NaN()), "string NaN"},
		{protocol.F32, protocol.FloatValue(math.Inf(-1)), "string -Inf"},
		{protocol.F64, protocol.FloatValue(1e300), "json.Number 1e+300"},
		{protocol.Bool, protocol.BoolValue(true), "bool true"},
	} {
		v := jsonValue(c.typ, c.v)
		if got := fmt.Sprintf("%T %v", v, v); got != c.want {
			t.Errorf("%v: %s, want %s", c.typ, got, c.want)
		}
		text := fmt.Sprint(v)
		if s, ok := v.(string); ok {
			text = fmt.Sprintf("%q", s)
		}
		if back, err := parseValue(c.typ, []byte(text)); err != nil || back.Format(c.typ) != c.v.Format(c.typ) {
			t.Errorf("%s is read as %v, %v", text, back.Format(c.typ), err)
		}
	}
}

func TestAConsoleWritesAllRegistersOrNone(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("build")
	rs, err := c.Set(t.Context(), map[string]string{"servo.gain": "0.75", "servo.damping": "2"})
	l.must(err)
	want := []Reading{{"servo.damping", 2.0, "", "good", 2}, {"servo.gain", 0.75, "1/s", "good", 2}}
	if d := cmp.Diff(want, rs); d != "" {
		t.Error(d)
	}
	for _, k := range []struct {
		values map[string]string
		status protocol.Status
		text   string
	}{
		{map[string]string{"servo.gain": "1", "main.command": "70000"}, protocol.OutOfRange, `register "main.command": value "70000" is not a u16; write a whole number from 0 to 65535`},
		{map[string]string{"servo.gain": "1", "belt.position": "0"}, protocol.NotWritable, `register "belt.position": only the line writes it; the map shows which registers are writable`},
		{map[string]string{"servo.gain": "1", "main.comand": "0"}, protocol.UnknownRegister, `register "main.comand" is unknown; did you mean "main.command"?`},
		{map[string]string{"servo.gain": "1", "servo.damping": "5"}, protocol.OutOfRange, `register "servo.damping": value out of range; it takes 0 to 4; nothing was written`},
		{nil, 0, "name one register or more"},
	} {
		_, err := c.Set(t.Context(), k.values)
		if err == nil || err.Error() != k.text || k.status != 0 && !errors.Is(err, k.status) {
			t.Errorf("%v: %v, want %s", k.values, err, k.text)
		}
	}
	if rs, err := c.Get(t.Context(), "servo.gain"); err != nil || rs[0].Value != 0.75 {
		t.Errorf("after writes that failed: %v, %v", rs, err)
	}
}

func TestAWriteWaitsForTheLine(t *testing.T) {
	l := newLine(t, func(l *line) {
		l.o.Patience = time.Hour
		l.o.Apply = func(tx *protocol.Transaction) bool {
			go func() {
				l.store.Apply(tx)
				tx.Finish()
			}()
			return false
		}
	})
	if rs, err := l.dial("run").Set(t.Context(), map[string]string{"main.command": "5"}); err != nil || rs[0].Value != 5.0 {
		t.Error(rs, err)
	}
}

func TestAWriteDoesNotWaitForEver(t *testing.T) {
	taken := make(chan *protocol.Transaction, 1)
	l := newLine(t, func(l *line) {
		l.o.Patience = 10 * time.Millisecond
		l.o.Apply = func(tx *protocol.Transaction) bool { taken <- tx; return false }
	})
	c := l.dial("run")
	if _, err := c.Set(t.Context(), map[string]string{"main.command": "4"}); !errors.Is(err, protocol.DeviceNotResponding) {
		t.Error(err)
	}
	late := <-taken
	l.store.Apply(late)
	late.Finish()
	if rs, err := c.Get(t.Context(), "main.command"); err != nil || rs[0].Value != 4.0 {
		t.Error(rs, err)
	}
}

func TestTheMapIsReadInPagesAndByPattern(t *testing.T) {
	l := newLine(t, func(l *line) {
		bank := protocol.NewBank()
		w := bank.Writer("many", "line.cue:1:1")
		for i := range 2*page + 50 {
			_, err := w.Define(protocol.Def{Name: fmt.Sprintf("r%d.x%d", i%2, i), Type: protocol.Bool})
			l.must(err)
		}
		bank.Seal()
		l.o.Bank = bank
	})
	c := l.dial("look")
	for match, want := range map[string]int{"": 2*page + 50, "r1": page + 25, "r1.*": page + 25, "*.x44?": 10, "nothing": 0} {
		rs, err := c.Map(t.Context(), match)
		if err != nil || len(rs) != want {
			t.Errorf("%q: %d registers, %v; want %d", match, len(rs), err, want)
		}
	}
	if _, err := c.Map(t.Context(), "[a"); err == nil || !strings.Contains(err.Error(), "write * for anything") {
		t.Error(err)
	}
}

func TestTheMapSaysWhatThisConsoleMayWrite(t *testing.T) {
	l := newLine(t, nil)
	for token, want := range map[string][]string{
		"look": nil, "run": {"main.command"}, "build": {"main.command", "servo.gain", "servo.damping"},
	} {
		rs, err := l.dial(token).Map(t.Context(), "")
		l.must(err)
		var writable []string
		for _, r := range rs {
			if r.Writable {
				writable = append(writable, r.Name)
			}
		}
		if !slices.Equal(writable, want) {
			t.Errorf("%s may write %v, want %v", token, writable, want)
		}
	}
	rs, err := l.dial("look").Map(t.Context(), "belt.pos")
	l.must(err)
	want := []Register{{0, "belt.position", "f64", "mm", "read-only", false, "how far the belt has moved", "belt", "line.cue:4:1"}}
	if d := cmp.Diff(want, rs); d != "" {
		t.Error(d)
	}
}

func TestAWatchTellsAllAtFirstAndThenWhatChanged(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("look")
	ctx, stop := context.WithCancel(t.Context())
	var seen []string
	err := c.Watch(ctx, []string{"belt.position", "belt.count"}, leastInterval*time.Millisecond, func(rs []Reading) {
		for _, r := range rs {
			seen = append(seen, fmt.Sprint(r.Name, " ", r.Value, " ", r.Quality))
		}
		switch len(seen) {
		case 2:
			l.count.SetUint(3*time.Second, 1)
		case 3:
			l.belt.SetFloat(3*time.Second, 13)
		case 4:
			stop()
		}
	})
	want := []string{"belt.position 12.5 good", "belt.count 0 bad", "belt.count 1 good", "belt.position 13 good"}
	if !errors.Is(err, context.Canceled) || !slices.Equal(seen, want) {
		t.Errorf("%v, %v; want %v", seen, err, want)
	}
	if err := c.Watch(t.Context(), []string{"no.such"}, 0, nil); !errors.Is(err, protocol.UnknownRegister) {
		t.Error(err)
	}
	if err := c.Watch(t.Context(), []string{"belt.count"}, time.Millisecond, nil); err == nil || err.Error() != "interval_ms is 1; it is from 20 to 3600000" {
		t.Error(err)
	}
}

func TestWatchesOfOneConsoleAreBounded(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("look")
	watch := func(id, registers int) error {
		return c.Call(t.Context(), MethodWatch, WatchParams{Watch: id, Names: slices.Repeat([]string{"belt.count"}, registers)}, nil)
	}
	l.must(watch(1, 1))
	if err := watch(1, 1); err == nil || err.Error() != "this console has a watch 1 already; choose another number" {
		t.Error(err)
	}
	if err := watch(2, mostNames+1); !errors.Is(err, protocol.Limit) {
		t.Error(err)
	}
	for id := 2; id <= mostWatched/mostNames; id++ {
		l.must(watch(id, mostNames))
	}
	if err := watch(99, mostNames); !errors.Is(err, protocol.Limit) {
		t.Error(err)
	}
	for id := 100; ; id++ {
		if err := watch(id, 1); err != nil {
			if !errors.Is(err, protocol.Limit) || id != 100+mostWatches-mostWatched/mostNames {
				t.Error(id, err)
			}
			break
		}
	}
	l.must(c.Call(t.Context(), MethodUnwatch, UnwatchParams{1}, nil))
	l.must(watch(1, 1))
	if err := c.Call(t.Context(), MethodUnwatch, UnwatchParams{98}, nil); err == nil || err.Error() != "this console has no watch 98" {
		t.Error(err)
	}
}

func TestClientsAreListedInOrderAndSentAway(t *testing.T) {
	l := newLine(t, func(l *line) {
		for id := uint64(1000); id < 1000+2*page; id++ {
			l.server.clients = append(l.server.clients, server.ClientInfo{ID: id})
		}
	})
	c := l.dial("build")
	all, at, err := c.Clients(t.Context())
	l.must(err)
	if len(all) != 2*page+2 || !slices.IsSortedFunc(all, func(a, b ClientInfo) int { return int(a.ID) - int(b.ID) }) || at <= 0 {
		t.Fatalf("%d clients at %v", len(all), at)
	}
	want := ClientInfo{ID: 7, Addr: "invalid AddrPort", Name: "hmi", Role: "panel", Access: "operator", Connected: 90, Counts: Counts{Requests: 12, BytesIn: 60}}
	if d := cmp.Diff(want, all[1]); d != "" {
		t.Error(d)
	}
	l.must(c.Kick(t.Context(), 7, "pump test"))
	if got := l.server.kicked[7]; got != "pump test" {
		t.Errorf("the client was told %q", got)
	}
	if all, _, err := c.Clients(t.Context()); err != nil || all[1].ID == 7 {
		t.Errorf("after the kick: %v, %v", all[1], err)
	}
	var said *Error
	if err := c.Kick(t.Context(), 99, ""); !errors.As(err, &said) || said.Code != int(CodeUnknownClient) || said.Message != errNoClient.Error() {
		t.Error(err)
	}
}

func TestATraceShowsFramesUntilTheClientIsGone(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("build")
	done := make(chan error, 1)
	var seen []Frame
	dropped := 0
	go func() {
		done <- c.Trace(t.Context(), 7, func(f Frames) {
			seen = append(seen, f.Frames...)
			dropped += f.Dropped
			if len(seen) > 0 { // the rest is said; now it leaves
				if err := l.server.Kick(7, ""); err == nil {
					l.con.clients.forget(l.con)
				}
			}
		})
	}()
	const many = mostFrames + 10
	<-l.server.begun
	l.server.say(7, server.Frame{At: time.Second, In: true, Size: 5, Text: "read 0 as u16"})
	for range many - 1 {
		l.server.say(7, server.Frame{At: 2 * time.Second, Size: 1000, Text: strings.Repeat("x", mostFrameText+1)})
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if len(seen)+dropped != many {
		t.Errorf("%d frames and %d dropped, of %d", len(seen), dropped, many)
	}
	if d := cmp.Diff(Frame{1, "client", 5, "read 0 as u16"}, seen[0]); d != "" {
		t.Error(d)
	}
	if len(seen) > 1 && len(seen[1].Text) != mostFrameText+len("...") {
		t.Errorf("a long frame has %d bytes", len(seen[1].Text))
	}
	if l.server.say(7, server.Frame{}) {
		t.Error("the trace goes on although its client is gone")
	}
	if err := c.Trace(t.Context(), 99, nil); err == nil || err.Error() != errNoClient.Error() {
		t.Error(err)
	}
}

func TestATraceEndsWithItsConsole(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("build")
	l.must(c.Call(t.Context(), MethodTrace, TraceParams{7}, nil))
	if err := c.Call(t.Context(), MethodTrace, TraceParams{7}, nil); err == nil || err.Error() != "this console traces client 7 already" {
		t.Error(err)
	}
	if !l.server.say(7, server.Frame{}) {
		t.Fatal("nobody traces")
	}
	c.Close()
	l.must(l.con.Close())
	if l.server.say(7, server.Frame{}) {
		t.Error("the trace goes on although its console is gone")
	}
}

func TestTheLevelOfTheLogCanBeChanged(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("build")
	for _, k := range []struct {
		ask       string
		want      Level
		levelThen slog.Level
	}{
		{"", Level{"info", "info"}, slog.LevelInfo},
		{"debug", Level{"debug", "info"}, slog.LevelDebug},
		{"WARN", Level{"warn", "debug"}, slog.LevelWarn},
	} {
		got, err := c.LogLevel(t.Context(), k.ask)
		if err != nil || got != k.want || l.level.Level() != k.levelThen {
			t.Errorf("%q: %v, %v, %v", k.ask, got, err, l.level)
		}
	}
	if _, err := c.LogLevel(t.Context(), "loud"); err == nil || err.Error() != `"loud" is no level of the log; it is debug, info, warn or error` {
		t.Error(err)
	}
}

func TestTheConfigurationIsLookedUpAndReloaded(t *testing.T) {
	l := newLine(t, nil)
	c := l.dial("build")
	if s, err := c.Config(t.Context(), "limits.idle"); err != nil || len(s) != 1 || s[0].Value != "60s" {
		t.Error(s, err)
	}
	if _, err := c.Config(t.Context(), "limits.idl"); err == nil || err.Error() != `there is no setting "limits.idl"` {
		t.Error(err)
	}
	r, err := c.Reload(t.Context())
	l.must(err)
	if d := cmp.Diff(Reloaded{[]Change{{"limits.idle", "60s", "30s", "server.cue:3:8", "for new connections"}}, []Change{}}, r); d != "" {
		t.Error(d)
	}
	l = newLine(t, func(l *line) {
		l.o.Reload = func(context.Context) (Reloaded, error) {
			return Reloaded{}, errors.New("server.cue:3:7: idle is 1; write 1s")
		}
	})
	var said *Error
	if _, err := l.dial("build").Reload(t.Context()); !errors.As(err, &said) || said.Code != int(CodeRefused) || said.Message != "server.cue:3:7: idle is 1; write 1s" {
		t.Error(err)
	}
}

func TestHealthAddsUpWhatIsWrong(t *testing.T) {
	l := newLine(t, func(l *line) {
		l.o.Checks = func() []Check { return []Check{{"modbus", true, "502"}, {"opcua", false, "certificate expired"}} }
	})
	h, err := l.dial("look").Health(t.Context())
	l.must(err)
	if h.OK || len(h.Checks) != 5 || h.Registers != (Qualities{6, 4, 0, 2}) || h.Serving.Loops != 2 || h.Consoles != 1 || h.Version != "1.2" || h.Heap == 0 {
		t.Errorf("%+v", h)
	}
}

func TestStatsAreTotals(t *testing.T) {
	l := newLine(t, nil)
	s, err := l.dial("look").Stats(t.Context())
	l.must(err)
	if s.Clients != 2 || s.Accepted != 5 || s.Ended != 3 || s.Requests != 100 || s.Consoles != (ConsoleStats{Now: 1, Accepted: 1}) {
		t.Errorf("%+v", s)
	}
}

func TestWhatAServerDoesNotHaveIsSaid(t *testing.T) {
	l := newLine(t, func(l *line) {
		l.o = Options{Bank: l.bank, Version: "1.2"}
	})
	c := l.dial("")
	calls := map[string]any{
		MethodClients: nil, MethodKick: KickParams{ID: 1}, MethodTrace: TraceParams{1}, MethodLogLevel: nil,
		MethodConfig: nil, MethodReload: nil,
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		var said *Error
		if err := c.Call(t.Context(), name, calls[name], nil); !errors.As(err, &said) || said.Code != int(CodeUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Set(t.Context(), map[string]string{"main.command": "4"}); !errors.Is(err, protocol.NotWritable) || err.Error() != `register "main.command": this server takes no writes` {
		t.Error(err)
	}
	if h, err := c.Hello(t.Context()); err != nil || h.Access != "engineer" || h.Registers != 6 {
		t.Error(h, err)
	}
}
