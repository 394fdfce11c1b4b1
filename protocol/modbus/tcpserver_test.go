package modbus

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/protocol"
)

const sec = time.Second

// frames cuts output into its replies.
func frames(t testing.TB, b []byte) (heads []Header, pdus [][]byte) {
	t.Helper()
	for len(b) > 0 {
		h, pdu, size, err := ParseTCP(b)
		if err != nil || size == 0 {
			t.Fatalf("%x is no reply: %v", b, err)
		}
		heads, pdus = append(heads, h), append(pdus, bytes.Clone(pdu))
		b = b[size:]
	}
	return heads, pdus
}

func TestTheCutsOfTheNetworkDoNotMatter(t *testing.T) {
	requests := []string{"03 0064 0015", "06 0064 0007", "10 0066 0002 04 0001 0002", "01 000a 0021", "07", "2b 0e 01 00", "11", "04 0064 0002"}
	rapid.Check(t, func(r *rapid.T) {
		var b []byte
		for i := range rapid.IntRange(1, 12).Draw(r, "requests") {
			b = AppendTCP(b, Header{uint16(i), uint8(rapid.IntRange(1, 2).Draw(r, "unit"))}, unhex(t, rapid.SampledFrom(requests).Draw(r, "request")))
		}
		session := func() *TCPServer {
			return newPlant(t, everyType()...).gateway(t, Settings{Grant: operate, Units: blocks()}).NewTCPServer(0)
		}
		whole, cut := session(), session()
		whole.Receive(0, b)
		for rest := b; len(rest) > 0; {
			n := min(rapid.IntRange(1, 20).Draw(r, "piece"), len(rest))
			cut.Receive(0, rest[:n])
			rest = rest[n:]
		}
		if !bytes.Equal(whole.Output(), cut.Output()) || whole.Err() != nil || cut.Err() != nil {
			r.Fatalf("answers differ:\n%x\n%x", whole.Output(), cut.Output())
		}
	})
}

func TestASlowWriteHoldsTheRepliesInOrder(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	p.slow = true
	s := g.NewTCPServer(0)
	var b []byte
	for i, pdu := range []string{"03 0064 0001", "06 0064 0007", "03 0064 0001", "06 0064 0008", "03 0064 0001"} {
		b = AppendTCP(b, Header{uint16(i), 1}, unhex(t, pdu))
	}
	s.Receive(0, b)
	if heads, _ := frames(t, s.Output()); len(heads) != 1 || !s.Waiting() || !s.Blocked() {
		t.Fatalf("%d replies before the write is done", len(heads))
	}
	for range 2 {
		s.Tick(sec / 2)
		if len(p.held) != 1 || !s.Waiting() {
			t.Fatalf("%d writes at the writer", len(p.held))
		}
		p.finish()
		select {
		case <-s.Ready():
		default:
			t.Fatal("the driver is not told that the write is done")
		}
		s.Tick(sec / 2)
	}
	heads, pdus := frames(t, s.Output())
	for i, want := range []string{"03020000", "0600640007", "03020007", "0600640008", "03020008"} {
		if i >= len(heads) || heads[i].Transaction != uint16(i) || tohex(pdus[i]) != want {
			t.Fatalf("reply %d: %+v %x, want %s", i, heads, pdus, want)
		}
	}
	if s.Waiting() || len(heads) != 5 {
		t.Errorf("%d replies", len(heads))
	}
}

func TestAWriterThatDoesNotAnswerIsAnsweredFor(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks(), Answer: 300 * time.Millisecond})
	p.slow = true
	s := g.NewTCPServer(0)
	s.Receive(sec, append(AppendTCP(nil, Header{1, 1}, unhex(t, "06 0064 0007")), AppendTCP(nil, Header{2, 1}, unhex(t, "03 0064 0001"))...))
	if d := s.Deadline(); d != sec+300*time.Millisecond {
		t.Errorf("the deadline is %v", d)
	}
	s.Tick(sec + 299*time.Millisecond)
	if len(s.Output()) > 0 {
		t.Fatalf("an answer before the time: %x", s.Output())
	}
	s.Tick(sec + 300*time.Millisecond)
	_, pdus := frames(t, s.Output())
	if len(pdus) != 2 || tohex(pdus[0]) != "860b" || tohex(pdus[1]) != "03020000" {
		t.Fatalf("answers %x", pdus)
	}
	s.Sent(2*sec, len(s.Output()))
	// The writer does it all the same, much later; other requests are not disturbed.
	p.slow = false
	s.Receive(2*sec, AppendTCP(nil, Header{3, 1}, unhex(t, "06 0065 0001")))
	p.finish()
	s.Tick(2 * sec)
	if _, pdus := frames(t, s.Output()); len(pdus) != 1 || tohex(pdus[0]) != "0600650001" || p.value(t, "set.u16").Uint() != 7 {
		t.Errorf("answers %x", pdus)
	}
}

func TestFunction23WaitsForItsWriterToo(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	p.slow = true
	s := g.NewTCPServer(0)
	s.Receive(0, AppendTCP(nil, Header{1, 1}, unhex(t, "17 0064 0002 0065 0001 02 0009")))
	if err := g.Reconfigure(Settings{}); err != nil { // the reply is of the addresses that were
		t.Fatal(err)
	}
	p.finish()
	s.Tick(0)
	if _, pdus := frames(t, s.Output()); len(pdus) != 1 || tohex(pdus[0]) != "170400000009" {
		t.Errorf("answers %x", pdus)
	}
}

func TestSessionsEndWithTheReason(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Units: blocks(), Idle: 60 * sec, Half: 5 * sec})
	request := AppendTCP(nil, Header{1, 1}, unhex(t, "03 0064 0001"))
	for _, c := range []struct {
		name string
		feed func(s *TCPServer)
		at   time.Duration
		want string
	}{
		{"silence", func(*TCPServer) {}, 60 * sec, "no request came within 1m0s"},
		{"silence after a request", func(s *TCPServer) { s.Receive(10*sec, request); s.Sent(10*sec, len(s.Output())) }, 70 * sec, "no request came within"},
		{"half a request", func(s *TCPServer) { s.Receive(10*sec, request[:11]) }, 15 * sec, "half a request came, and not the rest within 5s"},
		{"one byte after another", func(s *TCPServer) {
			for i := range 11 {
				s.Receive(10*sec+time.Duration(i)*400*time.Millisecond, request[i:i+1])
			}
		}, 15 * sec, "half a request"},
		{"half a request after a whole one", func(s *TCPServer) {
			s.Receive(10*sec, append(bytes.Clone(request), request[:3]...))
			s.Sent(10*sec, len(s.Output()))
		}, 15 * sec, "half a request"},
	} {
		s := g.NewTCPServer(0)
		c.feed(s)
		if d := s.Deadline(); d != c.at {
			t.Errorf("%s: the deadline is %v, want %v", c.name, d, c.at)
		}
		s.Tick(c.at - 1)
		if s.Err() != nil {
			t.Errorf("%s: over too early: %v", c.name, s.Err())
		}
		s.Tick(c.at)
		if s.Err() == nil || !strings.Contains(s.Err().Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, s.Err(), c.want)
		}
	}
	s := g.NewTCPServer(0)
	s.Receive(0, append(bytes.Clone(request), "GET / HTTP/1.1\r\n\r\n"...))
	if heads, _ := frames(t, s.Output()); len(heads) != 1 || s.Err() == nil || !strings.Contains(s.Err().Error(), "not Modbus: protocol identifier") {
		t.Errorf("garbage after a request: %d replies, %v", len(heads), s.Err())
	}
}

func TestAFullOutputHoldsTheRequestsBack(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	s := g.NewTCPServer(0)
	one := AppendTCP(nil, Header{9, 1}, unhex(t, "03 0064 0015"))
	const requests = 2000
	s.Receive(0, bytes.Repeat(one, requests))
	if !s.Blocked() || len(s.Output()) > maxOutput+MaxTCP {
		t.Fatalf("%d bytes wait", len(s.Output()))
	}
	replies := 0
	for len(s.Output()) > 0 {
		heads, _ := frames(t, s.Output())
		replies += len(heads)
		s.Sent(0, len(s.Output()))
	}
	if replies != requests || s.Blocked() {
		t.Errorf("%d replies to %d requests", replies, requests)
	}
}

func TestUnitIdentifiersMeetTheirUnit(t *testing.T) {
	p := newPlant(t, everyType()...)
	p.set("set.u16", protocol.UintValue(1))
	p.set("set.i16", protocol.UintValue(2))
	at := func(name string) []Block { return []Block{{Registers: []string{name}}} }
	g := p.gateway(t, Settings{Units: []Unit{{IDs: []int{5, 6}, HoldingRegisters: at("set.u16")}, {HoldingRegisters: at("set.i16")}}})
	for unit, want := range map[uint8]string{5: "03020001", 6: "03020001", 0: "03020002", 7: "03020002", 255: "03020002"} {
		if got := ask(t, g, unit, unhex(t, "03 0000 0001")); tohex(got) != want {
			t.Errorf("unit %d answers %x, want %s", unit, got, want)
		}
	}
}
