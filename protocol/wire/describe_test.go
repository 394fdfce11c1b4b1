package wire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// script is a session with every message; each step's lines are what its trace says.
func script(t testing.TB) (steps []func(), l *line, s *Server, c *Client) {
	l = newLine(t,
		protocol.Def{Name: "belt.count", Type: protocol.U16, Doc: "bottles seen"},
		protocol.Def{Name: "plc.speed", Type: protocol.I16, Unit: "mm/s", Access: protocol.Operator},
		protocol.Def{Name: "eye.blocked", Type: protocol.Bool})
	l.outs[0].SetInt(2*time.Second, 1234)
	l.outs[1].SetInt(time.Second, 500)
	s = NewServer(0, l.bank, ServerConfig{
		Apply: func(tx *protocol.Transaction) bool {
			l.w.Apply(4*time.Second, tx)
			return true
		},
		Sources:  new(Sources),
		LineTime: func() time.Duration { return 5 * time.Second },
	})
	c = NewClient(ClientConfig{Name: "bench"})
	speed := func(a protocol.Action, q protocol.Quality, v, operand int64) protocol.Change {
		return protocol.Change{Ref: 1, Action: a, Quality: q, Value: protocol.IntValue(v), Operand: protocol.IntValue(operand)}
	}
	ask := func(f func() (uint16, error)) { steps = append(steps, func() { must(t)(f()) }) }
	ask(func() (uint16, error) { return c.Ping() })
	ask(func() (uint16, error) { return c.Read(0, protocol.U16, false) })
	ask(func() (uint16, error) { return c.Read(0, 0, true) })
	ask(func() (uint16, error) { return c.Read(9, 0, false) })
	ask(func() (uint16, error) { return c.Write(1, protocol.I16, protocol.IntValue(-2)) })
	ask(func() (uint16, error) { return c.Block(0, 1, protocol.U16) })
	ask(func() (uint16, error) { return c.BlockTimed(0, 3) })
	ask(func() (uint16, error) { return c.List([]protocol.Ref{2, 9, 0}, false) })
	ask(func() (uint16, error) {
		return c.List([]protocol.Ref{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, true)
	})
	ask(func() (uint16, error) { return c.Map(0) })
	ask(func() (uint16, error) { return c.Change(protocol.I16, speed(protocol.Add, protocol.Uncertain, 100, 0)) })
	ask(func() (uint16, error) { return c.Change(protocol.I16, speed(protocol.CompareSet, 0, 7, 500)) })
	ask(func() (uint16, error) {
		return c.Transact([]TypedChange{{speed(protocol.Set, 0, 250, 0), protocol.I16}, {speed(protocol.Mask, 0, 1, 2), protocol.I16}}, []protocol.Ref{1, 0}, true)
	})
	ask(func() (uint16, error) {
		return c.Transact([]TypedChange{{speed(protocol.Set, 0, 250, 0), protocol.I16}, {speed(protocol.CompareSet, 0, 1, 2), protocol.I16}}, nil, false)
	})
	ask(func() (uint16, error) { return c.Watch([]protocol.Ref{2, 0}, 50*time.Millisecond, true) })
	ask(func() (uint16, error) {
		return c.WatchWith([]protocol.Ref{1}, WatchSettings{Interval: time.Millisecond, Heartbeat: time.Second, Deadband: Percent, Limit: 5})
	})
	steps = append(steps, func() { s.Tick(2 * time.Second) })
	ask(func() (uint16, error) { return c.Claim([]protocol.Ref{1}, 2*time.Second) })
	ask(func() (uint16, error) { return c.Clock(time.Second, 500*time.Millisecond) })
	ask(func() (uint16, error) { return c.Release() })
	ask(func() (uint16, error) { return c.Unwatch(15) })
	ask(func() (uint16, error) { return c.Limits(1) })
	ask(func() (uint16, error) { return c.Limits(999) })
	steps = append(steps, func() { s.Close(protocol.Busy, "going\n") })
	return steps, l, s, c
}

func TestATraceSaysWhatEachMessageMeans(t *testing.T) {
	steps, l, s, c := script(t)
	infos := l.bank.Registers()
	d := Describer{
		Name: func(ref protocol.Ref) string {
			if int(ref) < len(infos) {
				return infos[ref].Name
			}
			return ""
		},
		Refs: s.WatchRefs,
	}
	var trace []string
	s.Trace(func(in bool, b []byte) {
		trace = append(trace, map[bool]string{true: "> ", false: "< "}[in]+d.Describe(in, b))
	})
	for _, step := range steps {
		step()
		if out := c.Output(); len(out) > 0 {
			s.Receive(0, out)
			c.Sent(len(out))
		}
		if err := c.Receive(s.Output(), func(*Event) {}); err != nil && s.Err() == nil {
			t.Fatal(err)
		}
		s.Sent(0, len(s.Output()))
	}
	want := `> #1 ping
< #1 done
> #2 read belt.count
< #2 1234
> #3 read belt.count, with times
< #3 1234 at 2s
> #4 read register 9
< #4 refused: unknown register
> #5 write plc.speed = -2
< #5 done
> #6 read 1 registers from belt.count on
< #6 block of u16, 3 bytes, worst quality good
> #7 read 3 registers from belt.count on, with times
< #7 1234 at 2s, -2 at 4s, false (bad)
> #8 read eye.blocked register 9 belt.count
< #8 false (bad), unknown register, 1234
> #9 read belt.count belt.count belt.count belt.count belt.count belt.count belt.count belt.count ... (10 registers), with times
< #9 1234 at 2s, 1234 at 2s, 1234 at 2s, 1234 at 2s, 1234 at 2s, 1234 at 2s, 1234 at 2s, 1234 at 2s, ... (10 values)
> #10 map from register 0
< #10 map, 64 bytes
> #11 add 100 to plc.speed (uncertain)
< #11 -2
> #12 compare-set plc.speed = 7, operand 500
< #12 refused: the register holds another value
> #13 at once: set plc.speed = 250; mask plc.speed = 1, operand 2; then read plc.speed belt.count, with times
< #13 3 at 4s, 1234 at 2s
> #14 at once: set plc.speed = 250; compare-set plc.speed = 1, operand 2
< #14 refused: the register holds another value, at part 1
> #15 watch every 50ms eye.blocked belt.count, with times
< #15 done
< #15 push: eye.blocked = false (bad), belt.count = 1234 at 2s
> #16 watch every 1ms plc.speed, deadband 5 %, heartbeat 1s
< #16 done
< #16 push: plc.speed = 3
< #16 push: heartbeat
> #17 claim plc.speed, held for 2s
< #17 done
> #18 clock: sent 1s, last answer arrived 500ms
< #18 clock: received 5s, answered 5s
> #19 release all claims
< #19 done
> #20 end watch #15
< #20 done
> #21 limits of plc.speed
< #21 -32768, 32767
> #22 limits of register 999
< #22 refused: unknown register
< #0 goodbye: busy, try again: "going\n"`
	got := strings.Join(trace, "\n")
	if got != want {
		lines := strings.Split(want, "\n")
		for i, line := range trace {
			if i >= len(lines) || line != lines[i] {
				t.Fatalf("line %d: %q, want %q\n\n%s", i, line, lines[min(i, len(lines)-1)], got)
			}
		}
		t.Fatalf("it ends after\n%s", got)
	}
}

func TestWhatIsNoMessageIsShownAsBytes(t *testing.T) {
	var d Describer
	for _, b := range [][]byte{nil, {0x01}, {0x01, 1, 0, 9}, {0xfe, 1, 0, 0, 0}, {0x80, 1, 0, 9, 0}} {
		for _, in := range []bool{true, false} {
			if got := d.Describe(in, b); !strings.HasPrefix(got, "not a message") {
				t.Errorf("% x: %s", b, got)
			}
		}
	}
}

// Any bytes: a line of text that is not too long.
func FuzzDescribe(f *testing.F) {
	steps, _, s, c := script(f)
	s.Trace(func(in bool, b []byte) { f.Add(in, append([]byte(nil), b...)) })
	for _, step := range steps {
		step()
		s.Receive(0, c.Output())
		c.Sent(len(c.Output()))
		s.Sent(0, len(s.Output()))
	}
	d := Describer{Name: func(ref protocol.Ref) string { return fmt.Sprint("r", ref) }, Refs: func(uint16) []protocol.Ref { return []protocol.Ref{5, 6} }}
	f.Fuzz(func(t *testing.T, in bool, b []byte) {
		if text := d.Describe(in, b); text == "" || len(text) > 6000 || strings.ContainsAny(text, "\r\n") {
			t.Errorf("% x: %d characters: %q", b, len(text), text)
		}
	})
}
