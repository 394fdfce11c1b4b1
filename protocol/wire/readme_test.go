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
	s := NewServer(0, l.bank, ServerConfig{Apply: allow})
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
	must(t)(c.Ping())
	exchange()
	s.Close(protocol.Busy, "going")
	show("S:", s.Output())
}
