package wire

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// The examples of the README, in its order, made by the sessions themselves.
func TestTheExamplesInTheReadmeAreTrue(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	l := newLine(t,
		protocol.Def{Name: "belt.count", Type: protocol.U16, Doc: "bottles seen"},
		protocol.Def{Name: "plc.speed", Type: protocol.I16, Unit: "mm/s", Access: protocol.Operator},
		protocol.Def{Name: "eye.blocked", Type: protocol.Bool})
	l.outs[0].SetInt(2*time.Second, 1234)
	l.outs[1].SetInt(time.Second, 500)
	apply := func(tx *protocol.Transaction) bool {
		l.w.Apply(4*time.Second, tx)
		return true
	}
	s := NewServer(0, l.bank, ServerConfig{Apply: apply, Sources: new(Sources), LineTime: func() time.Duration { return 5 * time.Second }})
	c := NewClient(ClientConfig{})
	show := func(who string, b []byte) {
		t.Helper()
		for len(b) > 0 {
			n := min(16, len(b))
			line := fmt.Sprintf("%s % x\n", who, b[:n])
			at := strings.Index(readme, line)
			if at < 0 {
				t.Errorf("the README lacks, from here on: %s", line)
				return
			}
			readme, b, who = readme[at+len(line):], b[n:], "  "
		}
	}
	exchange := func() {
		t.Helper()
		show("C:", c.Output())
		s.Receive(0, c.Output())
		c.Sent(len(c.Output()))
		show("S:", s.Output())
		if err := c.Receive(s.Output(), func(*Event) {}); err != nil {
			t.Error(err)
		}
		s.Sent(0, len(s.Output()))
	}
	exchange()
	for _, ask := range []func() (uint16, error){
		func() (uint16, error) { return c.Read(0, protocol.U16, false) },
		func() (uint16, error) { return c.Read(0, protocol.U16, true) },
		func() (uint16, error) { return c.Write(1, protocol.I16, protocol.IntValue(-2)) },
		func() (uint16, error) { return c.Write(0, protocol.U16, protocol.IntValue(1)) },
		func() (uint16, error) { return c.Block(0, 1, protocol.U16) },
		func() (uint16, error) { return c.Block(0, 3, 0) },
		func() (uint16, error) { return c.List([]protocol.Ref{2, 9, 0}, false) },
		func() (uint16, error) { return c.Map(0) },
		func() (uint16, error) { return c.Watch([]protocol.Ref{0, 1, 2}, 50*time.Millisecond, false) },
	} {
		must(t)(ask())
		exchange()
	}
	l.outs[0].SetInt(3*time.Second, 1235)
	l.outs[2].SetBool(3*time.Second, true)
	s.Tick(time.Second)
	exchange()
	must(t)(c.Unwatch(9))
	exchange()
	speed := func(a protocol.Action, v, operand int64) protocol.Change {
		return protocol.Change{Ref: 1, Action: a, Value: protocol.IntValue(v), Operand: protocol.IntValue(operand)}
	}
	for _, ask := range []func() (uint16, error){
		func() (uint16, error) { return c.Change(protocol.I16, speed(protocol.Add, 100, 0)) },
		func() (uint16, error) { return c.Change(protocol.I16, speed(protocol.CompareSet, 7, 500)) },
		func() (uint16, error) {
			return c.Transact([]TypedChange{{speed(protocol.Set, 250, 0), protocol.I16}}, []protocol.Ref{1, 0}, false)
		},
		func() (uint16, error) {
			return c.Transact([]TypedChange{{speed(protocol.Set, 300, 0), protocol.I16}, {speed(protocol.CompareSet, 7, 0), protocol.I16}}, nil, false)
		},
		func() (uint16, error) {
			return c.WatchWith([]protocol.Ref{1}, WatchSettings{Interval: 50 * time.Millisecond, Heartbeat: time.Second, Deadband: Percent, Limit: 5})
		},
		func() (uint16, error) { return c.Claim([]protocol.Ref{1}, 2*time.Second) },
		func() (uint16, error) { return c.Clock(time.Second, 0) },
		func() (uint16, error) { return c.Release() },
	} {
		must(t)(ask())
		exchange()
	}
	s.Tick(3 * time.Second)
	exchange()
	s.Tick(5 * time.Second)
	exchange()
	l.outs[1].Limit(protocol.Limits{Low: protocol.IntValue(-1000), High: protocol.IntValue(1000)})
	must(t)(c.Limits(1))
	exchange()
	must(t)(c.Ping())
	exchange()
	s.Close(protocol.Busy, "going")
	show("S:", s.Output())
}
