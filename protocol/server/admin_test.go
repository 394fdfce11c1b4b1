package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

// hello is that of a client with a token and a name.
func hello(token, name string) []byte {
	return (&wire.ClientHello{Newest: wire.Version, Oldest: wire.OldestVersion, Token: token, Name: name}).Append(nil)
}

// byToken grants what a token stands for.
func byToken(grants map[string]protocol.Grant) func(wire.Credentials) (protocol.Grant, bool) {
	return func(c wire.Credentials) (protocol.Grant, bool) {
		g, ok := grants[c.Token]
		return g, ok
	}
}

func TestTheClientsAreListedWithWhatTheyDid(t *testing.T) {
	b, outs := testBank(t, 10)
	outs[0].SetUint(1, 7)
	s := serve(t, b, Options{Authorise: byToken(map[string]protocol.Grant{"secret": {Name: "panel", Access: protocol.Operator}})})
	first := dial(t, s)
	send(t, first, hello("secret", "panel 3"))
	_, _ = io.ReadFull(first, make([]byte, 48))
	send(t, first, watchAll(10))
	expect(t, first, 0x01, 9, 0)
	push := make([]byte, 5)
	if _, err := io.ReadFull(first, push); err != nil || push[0] != 0x83 {
		t.Fatalf("% x, %v", push, err)
	}
	_, _ = io.ReadFull(first, make([]byte, int(push[3])))
	second := dial(t, s)
	send(t, second, hello("secret", ""))
	_, _ = io.ReadFull(second, make([]byte, 48))
	send(t, second, []byte{0x12, 1, 0, 0, 0, 0x12, 2, 0, 99, 0})
	expect(t, second, 0x12, 1, 0, 7, 0, 0x02, 2, 0, byte(protocol.UnknownRegister))

	list := s.Clients()
	if len(list) != 2 || list[0].ID >= list[1].ID {
		t.Fatalf("%+v", list)
	}
	one, two := list[0], list[1]
	if one.Addr.String() != first.LocalAddr().String() || one.Name != "panel 3" || one.Role != "panel" || one.Watches != 1 || one.Watched != 10 || one.Pushes != 1 || one.Values != 10 {
		t.Errorf("%+v", one)
	}
	if two.Requests != 2 || two.Failed != 1 || two.BytesOut != 48+5+4 || two.BytesIn != uint64(len(hello("secret", "")))+10 || two.Unsent != 0 {
		t.Errorf("%+v", two)
	}
	if two.Connected < two.Heard || one.Connected < two.Connected {
		t.Errorf("connected %v and %v ago, heard %v ago", one.Connected, two.Connected, two.Heard)
	}
	before := s.Stats()
	second.Close()
	for len(s.Clients()) > 1 {
		send(t, first, ping)
		expect(t, first, ping...)
	}
	after := s.Stats()
	if after.Accepted != 2 || after.Ended != 1 || after.Dropped != 0 || after.Clients != 1 || after.Requests < before.Requests || after.Failed != 1 {
		t.Errorf("%+v, then %+v", before, after)
	}
}

func TestAnOperatorEndsAConnectionAndTheClientIsToldWhy(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	kicked, stays := dial(t, s), dial(t, s)
	session := greet(t, kicked)
	greet(t, stays)
	id := s.Clients()[0].ID
	if err := s.Kick(id, "maintenance of panel 3"); err != nil {
		t.Fatal(err)
	}
	if err := ended(t, kicked, session); err == nil || !strings.Contains(err.Error(), "maintenance of panel 3") {
		t.Errorf("it is told %v", err)
	}
	kicked.Close()
	for len(s.Clients()) > 1 {
		expectPing(t, stays)
	}
	if err := s.Kick(id, "again"); err == nil || !strings.Contains(err.Error(), fmt.Sprint("no client ", id)) {
		t.Errorf("got %v", err)
	}
	expectPing(t, stays)
}

func TestATraceShowsTheMessagesOfOneClientInWords(t *testing.T) {
	b, outs := testBank(t, 3)
	outs[1].SetUint(1, 42)
	s := serve(t, b, Options{Poll: time.Millisecond})
	c := dial(t, s)
	greet(t, c)
	frames := make(chan Frame, 100)
	stop, err := s.Trace(s.Clients()[0].ID, func(f Frame) { frames <- f })
	if err != nil {
		t.Fatal(err)
	}
	also, err := s.Trace(s.Clients()[0].ID, func(Frame) {})
	if err != nil {
		t.Fatal(err)
	}
	also()
	send(t, c, []byte{0x12, 1, 0, 1, 0})
	expect(t, c, 0x12, 1, 0, 42, 0)
	for _, want := range []Frame{{In: true, Size: 5, Text: "#1 read r.1"}, {Size: 5, Text: "#1 42"}} {
		f := <-frames
		if f.At <= 0 {
			t.Error("a frame without a time")
		}
		if f.At = 0; f != want {
			t.Errorf("got %+v, want %+v", f, want)
		}
	}
	send(t, c, watchAll(3))
	for f := range frames {
		if strings.Contains(f.Text, "push") {
			if !strings.Contains(f.Text, "r.1 = 42") {
				t.Errorf("the push is %q", f.Text)
			}
			break
		}
	}
	stop()
	stop()
	if _, err := s.Trace(12345, func(Frame) {}); err == nil || !strings.Contains(err.Error(), "no client 12345") {
		t.Errorf("got %v", err)
	}
}

func TestATraceThatIsNotLookedAtHoldsUpNothingAndCountsWhatItLost(t *testing.T) {
	b, _ := testBank(t, 2000)
	s := serve(t, b, Options{})
	c := dial(t, s)
	greet(t, c)
	goOn := make(chan struct{})
	var mu sync.Mutex
	var shown, dropped int
	stop, err := s.Trace(s.Clients()[0].ID, func(f Frame) {
		<-goOn
		mu.Lock()
		defer mu.Unlock()
		shown++
		dropped += f.Dropped
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	const requests = 5000
	for range requests {
		expectPing(t, c) // each comes at once
	}
	close(goOn)
	for seen := 0; seen < 2*requests+2; {
		expectPing(t, c)
		mu.Lock()
		if seen = shown + dropped; shown > 2*traceFrames && dropped == 0 {
			t.Fatal("nothing was dropped")
		}
		mu.Unlock()
	}
}

func TestTheTraceOfAClientThatIsGoneEnds(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	c, other := dial(t, s), dial(t, s)
	greet(t, c)
	greet(t, other)
	stop, err := s.Trace(s.Clients()[0].ID, func(Frame) {})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for len(s.Clients()) > 1 {
		expectPing(t, other)
	}
	stop()
}

func TestSettingsChangeForTheClientsThatAreConnected(t *testing.T) {
	b, l := newLine(t, 2)
	grants := map[string]protocol.Grant{"a": {Access: protocol.Operator}, "b": {Access: protocol.Operator}, "c": {Access: protocol.Operator}}
	s := serve(t, b, Options{Apply: l.apply, Authorise: byToken(grants)})
	connect := func(token string) (c io.ReadWriter) {
		conn := dial(t, s)
		send(t, conn, hello(token, token))
		_, _ = io.ReadFull(conn, make([]byte, 48))
		return conn
	}
	stays, goes, falls := dial(t, s), connect("b"), connect("c")
	send(t, stays, hello("a", "a"))
	_, _ = io.ReadFull(stays, make([]byte, 48))
	send(t, stays, writeRequest(1, 0, 5))
	l.await(1)

	s.Reconfigure(Settings{MaxPending: 1, Poll: 2 * time.Millisecond, Authorise: byToken(map[string]protocol.Grant{
		"a": {Access: protocol.Operator}, "c": {Access: protocol.ReadOnly}})})

	told, err := io.ReadAll(goes)
	if err != nil || !bytes.Contains(told, []byte("no longer known")) {
		t.Errorf("the client without a token is told %q, %v", told, err)
	}
	send(t, stays, writeRequest(2, 0, 6))
	expect(t, stays, 0x02, 2, 0, byte(protocol.Busy))
	l.cycle()
	expect(t, stays, 0x01, 1, 0) // what was under way is not lost
	if _, err := falls.Write(writeRequest(3, 0, 7)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(falls, got); err != nil || protocol.Status(got[3]) != protocol.NotAuthorised {
		t.Errorf("got % x, %v", got, err)
	}
}

func TestFewerClientsAreLetInOnceTheSettingsSaySo(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	first := dial(t, s)
	greet(t, first)
	s.Reconfigure(Settings{MaxClients: 1})
	if err := ended(t, dial(t, s), wire.NewClient(wire.ClientConfig{})); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("got %v", err)
	}
	expectPing(t, first)
	s.Reconfigure(Settings{MaxClients: 2})
	greet(t, dial(t, s))
	if st := s.Stats(); st.TurnedAway != 1 || st.Accepted != 3 {
		t.Errorf("%+v", st)
	}
}

func TestHealthTellsWhetherTheServerKeepsUp(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	h := s.Health()
	if h.Goroutines < h.Loops || h.Loops == 0 || h.Backlog != 0 || h.Busy > time.Minute {
		t.Errorf("%+v", h)
	}
	if h.BacklogLimit < 128 {
		t.Errorf("the kernel holds at most %d connections that wait", h.BacklogLimit)
	}
}

func TestAFunctionThatDoesNotReturnIsSeenInTheHealth(t *testing.T) {
	b, l := newLine(t, 1)
	stuck, goOn := make(chan struct{}), make(chan struct{})
	s := serve(t, b, Options{Apply: func(tx *protocol.Transaction) bool {
		close(stuck)
		<-goOn
		return l.apply(tx)
	}})
	c := dial(t, s)
	greet(t, c)
	send(t, c, writeRequest(1, 0, 1))
	<-stuck
	for s.Health().Busy < time.Millisecond {
	}
	close(goOn)
	l.await(1)
	l.cycle()
	expect(t, c, 0x01, 1, 0)
}

// slowLog is a log that stands still until it may go on.
type slowLog struct {
	goOn chan struct{}
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *slowLog) Write(b []byte) (int, error) {
	<-l.goOn
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func TestALogThatStandsStillHoldsUpNobody(t *testing.T) {
	b, _ := testBank(t, 1)
	log := &slowLog{goOn: make(chan struct{})}
	s := serve(t, b, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	for range 1500 {
		c := dial(t, s)
		greet(t, c)
		c.Close()
	}
	if s.Health().LinesLost == 0 {
		t.Error("2,500 lines wait")
	}
	close(log.goOn)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"client connected", "client gone", "the log did not keep up"} {
		if !strings.Contains(log.text.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

func TestWhoGuessesTokensIsCountedAndTold(t *testing.T) {
	bank := protocol.NewBank()
	bank.Seal()
	var told strings.Builder
	s, err := Listen("127.0.0.1:0", bank, Options{
		Authorise: func(wire.Credentials) (protocol.Grant, bool) { return protocol.Grant{}, false },
		Log:       slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(wire.NewClient(wire.ClientConfig{Token: "a guess"}).Output()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(c); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	for s.Stats().TurnedAway < 3 {
		runtime.Gosched()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.TurnedAway != 3 || st.Dropped != 0 {
		t.Errorf("%+v", st)
	}
	if n := strings.Count(told.String(), "client turned away"); n < 1 {
		t.Errorf("the log has %d lines of it:\n%s", n, told.String())
	}
}
