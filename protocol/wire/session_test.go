package wire

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// line is a bank with some registers of each type and a writer.
type line struct {
	bank *protocol.Bank
	w    *protocol.Writer
	outs []*protocol.Out
}

// reporter is what a helper needs of a test, so that rapid's tests can use it too.
type reporter interface {
	Helper()
	Fatal(args ...any)
}

func newLine(t reporter, defs ...protocol.Def) *line {
	t.Helper()
	l := &line{bank: protocol.NewBank()}
	l.w = l.bank.Writer("w", "here:1:1")
	for _, d := range defs {
		o, err := l.w.Define(d)
		if err != nil {
			t.Fatal(err)
		}
		l.outs = append(l.outs, o)
	}
	l.bank.Seal()
	return l
}

func many(n int, t protocol.Type) []protocol.Def {
	defs := make([]protocol.Def, n)
	for i := range defs {
		defs[i] = protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: t}
	}
	return defs
}

// each takes every change of a transaction to f.
func each(f func(protocol.Ref, protocol.Value) protocol.Status) protocol.ApplyFunc {
	return func(tx *protocol.Transaction) bool {
		tx.Old, tx.Status = tx.Old[:0], protocol.OK
		for i, c := range tx.Changes {
			tx.Old = append(tx.Old, protocol.Sample{})
			if s := f(c.Ref, c.Value); s != protocol.OK {
				tx.Refuse(s, i)
			}
		}
		tx.Samples = make([]protocol.Sample, len(tx.Reads))
		return true
	}
}

// allow accepts every write and does nothing.
var allow = each(func(protocol.Ref, protocol.Value) protocol.Status { return protocol.OK })

// pair is a client and a server joined by memory.
type pair struct {
	t      testing.TB
	now    time.Duration
	client *Client
	server *Server
	events []Event
}

func newPair(t testing.TB, l *line, sc ServerConfig, cc ClientConfig) *pair {
	t.Helper()
	p := &pair{t: t, client: NewClient(cc), server: NewServer(0, l.bank, sc)}
	p.settle()
	return p
}

// settle moves bytes until nothing moves, and returns the new events.
func (p *pair) settle() []Event {
	p.events = nil
	for len(p.client.Output()) > 0 || len(p.server.Output()) > 0 {
		if out := p.client.Output(); len(out) > 0 && !p.server.Blocked() {
			p.server.Receive(p.now, out)
			p.client.Sent(len(out))
		}
		if out := p.server.Output(); len(out) > 0 {
			_ = p.client.Receive(out, func(e *Event) {
				kept := *e
				kept.Entries = append([]Entry(nil), e.Entries...)
				p.events = append(p.events, kept)
			})
			p.server.Sent(p.now, len(out))
		}
	}
	return p.events
}

func (p *pair) one() Event {
	p.t.Helper()
	events := p.settle()
	if len(events) != 1 {
		p.t.Fatalf("%d events, want 1: %+v (client: %v, server: %v)", len(events), events, p.client.Err(), p.server.Err())
	}
	return events[0]
}

func must(t testing.TB) func(id uint16, err error) uint16 {
	return func(id uint16, err error) uint16 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
}

func TestAReadOf16BitsTakesTenBytesAndSoDoesAWrite(t *testing.T) {
	l := newLine(t, protocol.Def{Name: "a", Type: protocol.U16, Access: protocol.Operator})
	l.outs[0].SetInt(1, 77)
	p := newPair(t, l, ServerConfig{Apply: allow}, ClientConfig{})
	for name, ask := range map[string]func() (uint16, error){
		"read":  func() (uint16, error) { return p.client.Read(0, protocol.U16, false) },
		"write": func() (uint16, error) { return p.client.Write(0, protocol.U16, protocol.IntValue(5)) },
	} {
		must(t)(ask())
		request := len(p.client.Output())
		p.server.Receive(0, p.client.Output())
		p.client.Sent(request)
		if total := request + len(p.server.Output()); total != 10 {
			t.Errorf("%s: %d bytes", name, total)
		}
		p.settle()
	}
}

func TestRequestsMayFollowTheHelloAtOnce(t *testing.T) {
	l := newLine(t, many(1, protocol.I64)...)
	l.outs[0].SetInt(5, -9)
	p := &pair{t: t, client: NewClient(ClientConfig{Digest: l.bank.Digest()}), server: NewServer(0, l.bank, ServerConfig{})}
	must(t)(p.client.Read(0, 0, true))
	events := p.settle()
	if len(events) != 2 || events[0].Kind != Greeted || events[1].Kind != Answered {
		t.Fatalf("%+v", events)
	}
	if h := events[0].Hello; h.Digest != l.bank.Digest() || h.Registers != 1 || h.Version != Version || h.Access != protocol.ReadOnly {
		t.Errorf("%+v", h)
	}
	if s := events[1].Entries[0].Sample; s.Value.Int() != -9 || s.Time != 5 || s.Quality != protocol.Good {
		t.Errorf("%+v", s)
	}
}

func TestEachRefusalHasItsStatus(t *testing.T) {
	l := newLine(t,
		protocol.Def{Name: "a", Type: protocol.U16},
		protocol.Def{Name: "b", Type: protocol.I32, Access: protocol.Operator},
		protocol.Def{Name: "c", Type: protocol.Bool, Access: protocol.Operator})
	var answer protocol.Status
	config := ServerConfig{
		Apply:      each(func(protocol.Ref, protocol.Value) protocol.Status { return answer }),
		MaxWatched: 3,
		Authorise: func(c Credentials) (protocol.Grant, bool) {
			if c.Token == "operator" {
				return protocol.Grant{Access: protocol.Operator}, true
			}
			return protocol.Grant{}, true
		},
	}
	operator := newPair(t, l, config, ClientConfig{Token: "operator"})
	guest := newPair(t, l, config, ClientConfig{})
	write := func(ref protocol.Ref, typ protocol.Type) func(c *Client) (uint16, error) {
		return func(c *Client) (uint16, error) { return c.Write(ref, typ, protocol.IntValue(1)) }
	}
	for _, c := range []struct {
		name   string
		p      *pair
		ask    func(c *Client) (uint16, error)
		answer protocol.Status
		want   protocol.Status
	}{
		{"read beyond the bank", guest, func(c *Client) (uint16, error) { return c.Read(3, 0, false) }, 0, protocol.UnknownRegister},
		{"read of another type", guest, func(c *Client) (uint16, error) { return c.Read(0, protocol.I16, false) }, 0, protocol.WrongType},
		{"write beyond the bank", operator, write(9, protocol.U16), 0, protocol.UnknownRegister},
		{"write of a read-only register", operator, write(0, protocol.U16), 0, protocol.NotWritable},
		{"write by a guest", guest, write(1, protocol.I32), 0, protocol.NotAuthorised},
		{"write of another type", operator, write(1, protocol.U32), 0, protocol.WrongType},
		{"write that the writer refuses", operator, write(1, protocol.I32), protocol.OutOfRange, protocol.OutOfRange},
		{"write while the writer is busy", operator, write(1, protocol.I32), protocol.Busy, protocol.Busy},
		{"write to a failed device", operator, write(1, protocol.I32), protocol.DeviceFailed, protocol.DeviceFailed},
		{"write to a silent device", operator, write(1, protocol.I32), protocol.DeviceNotResponding, protocol.DeviceNotResponding},
		{"block beyond the bank", guest, func(c *Client) (uint16, error) { return c.Block(2, 2, 0) }, 0, protocol.UnknownRegister},
		{"block of another type", guest, func(c *Client) (uint16, error) { return c.Block(0, 2, protocol.U16) }, 0, protocol.WrongType},
		{"map beyond the bank", guest, func(c *Client) (uint16, error) { return c.Map(4) }, 0, protocol.UnknownRegister},
		{"watch beyond the bank", guest, func(c *Client) (uint16, error) { return c.Watch([]protocol.Ref{7}, 0, false) }, 0, protocol.UnknownRegister},
		{"watch of too many", guest, func(c *Client) (uint16, error) { return c.Watch([]protocol.Ref{0, 0, 0, 0}, 0, false) }, 0, protocol.Limit},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer = c.answer
			id := must(t)(c.ask(c.p.client))
			if e := c.p.one(); e.Kind != Refused || e.Status != c.want || e.ID != id {
				t.Errorf("got %+v, want %v", e, c.want)
			}
			if c.p.server.Err() != nil || c.p.client.Err() != nil {
				t.Errorf("the session ended: %v, %v", c.p.server.Err(), c.p.client.Err())
			}
		})
	}
}

func TestAWriteReachesTheWriterWithItsValue(t *testing.T) {
	l := newLine(t, protocol.Def{Name: "a", Type: protocol.F32, Access: protocol.Operator})
	var got float64
	p := newPair(t, l, ServerConfig{Apply: each(func(_ protocol.Ref, v protocol.Value) protocol.Status {
		got = v.Float()
		return protocol.OK
	})}, ClientConfig{})
	must(t)(p.client.Write(0, protocol.F32, protocol.FloatValue(-2.5)))
	if e := p.one(); e.Kind != Done || got != -2.5 {
		t.Errorf("%+v, %v", e, got)
	}
	if _, err := p.client.Write(0, protocol.F32, protocol.FloatValue(1e200)); !errors.Is(err, protocol.OutOfRange) {
		t.Errorf("a value that the type cannot hold: %v", err)
	}
}

func TestAListTellsWhichRegistersAreUnknown(t *testing.T) {
	l := newLine(t, many(3, protocol.I16)...)
	for i, o := range l.outs {
		o.SetInt(time.Duration(i+1), int64(-i))
	}
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	must(t)(p.client.List([]protocol.Ref{2, 9, 0}, true))
	e := p.one()
	if len(e.Entries) != 3 || e.Entries[1].Status != protocol.UnknownRegister {
		t.Fatalf("%+v", e)
	}
	if s := e.Entries[0].Sample; s.Value.Int() != -2 || s.Time != 3 {
		t.Errorf("%+v", s)
	}
	if s := e.Entries[2].Sample; s.Value.Int() != 0 || s.Time != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTheMapComesInParts(t *testing.T) {
	defs := many(300, protocol.F64)
	for i := range defs {
		defs[i].Doc, defs[i].Unit = strings.Repeat("x", 200), "mm"
		if i%2 == 0 {
			defs[i].Access = protocol.Operator
		}
	}
	l := newLine(t, defs...)
	p := newPair(t, l, ServerConfig{}, ClientConfig{})
	var got []protocol.Info
	parts := 0
	for {
		must(t)(p.client.Map(protocol.Ref(len(got))))
		e := p.one()
		if len(e.Infos) == 0 {
			break
		}
		got = append(got, e.Infos...)
		parts++
	}
	want := l.bank.Registers()
	if len(got) != len(want) || parts < 2 {
		t.Fatalf("%d registers in %d parts, want %d", len(got), parts, len(want))
	}
	for i := range got {
		if got[i].Def != want[i].Def || got[i].Ref != want[i].Ref {
			t.Fatalf("%+v, want %+v", got[i], want[i])
		}
	}
}

func TestAHelloThatDoesNotFitIsAnsweredWithTheReason(t *testing.T) {
	l := newLine(t, many(1, protocol.I16)...)
	hello := ClientHello{Newest: Version, Oldest: OldestVersion}
	other := hello
	other.Digest[3] = 1
	for _, c := range []struct {
		name   string
		bytes  []byte
		status protocol.Status
		want   string
	}{
		{"a newer client", (&ClientHello{Newest: 9, Oldest: 7}).Append(nil), protocol.VersionMismatch, "the client speaks versions 7 to 9 of the format, the server 1 to 1"},
		{"a reversed range", (&ClientHello{Newest: 1, Oldest: 2}).Append(nil), protocol.VersionMismatch, "versions 2 to 1"},
		{"another map", other.Append(nil), protocol.MapDiffers, "read the map anew"},
		{"a web browser", []byte("GET / HTTP/1.1\r\n\r\n"), protocol.Malformed, `the first bytes are "GET "`},
		{"a bad token", hello.Append(nil), protocol.NotAuthorised, "token is not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewServer(0, l.bank, ServerConfig{Authorise: func(Credentials) (protocol.Grant, bool) { return protocol.Grant{}, false }})
			s.Receive(0, c.bytes)
			if !errors.Is(s.Err(), c.status) || !strings.Contains(s.Err().Error(), c.want) {
				t.Errorf("got %v, want %q", s.Err(), c.want)
			}
			h, n, err := parseServerHello(s.Output())
			if err != nil || n != len(s.Output()) || h.Status != c.status {
				t.Errorf("the client is told %+v, %v", h, err)
			}
			client := NewClient(ClientConfig{})
			if err := client.Receive(s.Output(), func(*Event) {}); !errors.Is(err, c.status) {
				t.Errorf("the client says %v", err)
			}
		})
	}
}

func TestMalformedRequestsEndTheSessionWithAGoodbye(t *testing.T) {
	l := newLine(t, many(1, protocol.I16)...)
	for _, c := range []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"an unknown operation", []byte{0x7f}, "no request begins with 0x7f"},
		{"an unknown type", []byte{0x1c}, "no request begins with 0x1c"},
		{"a write without a type", []byte{0x30}, "no request begins with 0x30"},
		{"a payload too long", []byte{0x80, 1, 0, 0xff, 0xff}, "a payload of 65535 bytes; at most 4109"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, l, ServerConfig{}, ClientConfig{})
			p.server.Receive(0, c.bytes)
			p.settle()
			if err := p.server.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("server: %v, want %q", err, c.want)
			}
			if err := p.client.Err(); err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, protocol.Malformed) {
				t.Errorf("client: %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheServerEndsSessionsThatIdleOrDoNotFinish(t *testing.T) {
	l := newLine(t, many(1, protocol.I16)...)
	hello := NewClient(ClientConfig{}).Output()
	sec := time.Second
	for _, c := range []struct {
		name   string
		arrive map[time.Duration][]byte
		end    time.Duration
		want   string
	}{
		{"nothing at all", nil, 5 * sec, "within 5s"},
		{"half a hello", map[time.Duration][]byte{0: hello[:9], 4 * sec: hello[9:12]}, 5 * sec, "within 5s"},
		{"a hello and silence", map[time.Duration][]byte{2 * sec: hello}, 62 * sec, "nothing arrived for 1m0s"},
		{"half a request", map[time.Duration][]byte{0: hello, 10 * sec: {0x12, 1}, 13 * sec: {0}}, 15 * sec, "within 5s"},
		{"a ping, then silence", map[time.Duration][]byte{0: hello, 50 * sec: {0x01, 1, 0}}, 110 * sec, "nothing arrived"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewServer(0, l.bank, ServerConfig{})
			for now := time.Duration(0); now <= c.end; now += sec {
				if b := c.arrive[now]; b != nil {
					s.Receive(now, b)
				}
				if now == c.end && s.Deadline() != now {
					t.Errorf("the deadline is %v, want %v", s.Deadline(), now)
				}
				s.Tick(now)
				s.Sent(now, len(s.Output()))
				if (s.Err() != nil) != (now == c.end) {
					t.Fatalf("at %v: %v", now, s.Err())
				}
			}
			if !strings.Contains(s.Err().Error(), c.want) {
				t.Errorf("%v, want %q", s.Err(), c.want)
			}
		})
	}
}

func TestAClientThatDoesNotReadCostsBoundedMemoryAndIsClosed(t *testing.T) {
	l := newLine(t, many(2000, protocol.F64)...)
	s := NewServer(0, l.bank, ServerConfig{MaxOutput: 1 << 10})
	c := NewClient(ClientConfig{MaxInFlight: 1 << 16})
	for range 100 {
		must(t)(c.Block(0, 2000, 0))
	}
	s.Receive(0, c.Output())
	if !s.Blocked() {
		t.Fatal("the session takes more")
	}
	if n := len(s.Output()); n > 1<<10+maxReply {
		t.Errorf("%d bytes of output are held", n)
	}
	s.Tick(4 * time.Second)
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	s.Tick(5 * time.Second)
	if s.Err() == nil || !strings.Contains(s.Err().Error(), "has not read its replies for 5s") {
		t.Errorf("got %v", s.Err())
	}
}

func TestAClientThatReadsSlowlyGetsAllItsReplies(t *testing.T) {
	l := newLine(t, many(500, protocol.F64)...)
	p := &pair{t: t, client: NewClient(ClientConfig{}), server: NewServer(0, l.bank, ServerConfig{MaxOutput: 1 << 10})}
	for range 50 {
		must(t)(p.client.Block(0, 500, 0))
	}
	p.server.Receive(0, p.client.Output())
	p.client.Sent(len(p.client.Output()))
	answers := 0
	for len(p.server.Output()) > 0 {
		n := min(100, len(p.server.Output()))
		if err := p.client.Receive(p.server.Output()[:n], func(e *Event) {
			if e.Kind == Answered {
				answers++
			}
		}); err != nil {
			t.Fatal(err)
		}
		p.server.Sent(0, n)
	}
	if answers != 50 {
		t.Errorf("%d answers", answers)
	}
}

// A part of the map costs what it holds, however many registers there are.
func TestAPartOfALargeMapAllocatesNothing(t *testing.T) {
	l := newLine(t, many(20_000, protocol.F64)...)
	s := NewServer(0, l.bank, ServerConfig{})
	s.Receive(0, NewClient(ClientConfig{}).Output())
	s.Sent(0, len(s.Output()))
	if n := testing.AllocsPerRun(20, func() {
		s.Receive(0, []byte{opMap, 1, 0, 0, 40})
		s.Sent(0, len(s.Output()))
	}); n > 1 { // the output's pool may be emptied meanwhile
		t.Errorf("%v allocations", n)
	}
}

// A client that takes all the time to read, but does read, is not one that does not read.
func TestAClientThatReadsSlowlyButSteadilyIsNotGivenUp(t *testing.T) {
	l := newLine(t, many(500, protocol.F64)...)
	s := NewServer(0, l.bank, ServerConfig{MaxOutput: 1 << 10, Stall: 5 * time.Second})
	c := NewClient(ClientConfig{})
	for range 20 {
		must(t)(c.Block(0, 500, 0))
	}
	s.Receive(0, c.Output())
	for now := time.Duration(0); len(s.Output()) > 0; now += 2 * time.Second {
		s.Tick(now)
		if s.Err() != nil {
			t.Fatalf("after %v: %v", now, s.Err())
		}
		s.Sent(now, min(len(s.Output()), 4000))
	}
}
