package server

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// desk is a loop whose turns a test calls itself, at times that it says.
type desk struct {
	*loop
	t testing.TB
}

func newDesk(t testing.TB, bank *protocol.Bank, o Options) *desk {
	t.Helper()
	s := &Server{bank: bank, options: o, start: time.Now(), journal: newJournal(o.Log)}
	s.running, s.stop = context.WithCancel(context.Background())
	settings := o.settings()
	s.settings.Store(&settings)
	l, err := newLoop(s)
	if err != nil {
		t.Fatal(err)
	}
	s.loops = []*loop{l}
	t.Cleanup(func() {
		s.stop()
		l.poller.close()
		s.journal.close()
	})
	return &desk{l, t}
}

// client lets a client in that has greeted already.
func (d *desk) client(e *memory) *client {
	d.t.Helper()
	c := &client{end: e, addr: netip.MustParseAddrPort("192.0.2.1:1000")}
	c.id = d.server.lastID.Add(1)
	d.server.clients.Add(1)
	if err := d.admit(c); err != nil {
		d.t.Fatal(err)
	}
	e.in = hello("", "")
	d.readable(c)
	d.settled()
	if len(e.sent) == 0 || !c.session.Greeted() {
		d.t.Fatal("the client is not greeted")
	}
	e.sent = e.sent[:0]
	return c
}

// readable has a turn in which the poller says that there is something to read.
func (d *desk) readable(clients ...*client) verdict {
	var ready []readiness
	for _, c := range clients {
		ready = append(ready, readiness{slot: c.slot, in: true})
	}
	return d.turn(ready)
}

// settled has turns until the loop would rest.
func (d *desk) settled() {
	for range 10_000 {
		if d.turn(nil) != more {
			return
		}
	}
	d.t.Fatal("the loop does not come to rest")
}

// after lets time pass, and has turns for what is due then.
func (d *desk) after(time time.Duration) {
	d.server.start = d.server.start.Add(-time)
	d.settled()
}

// memory is a way to a client that ends in memory.
type memory struct {
	in      []byte
	endless bool // what is in it comes again and again
	err     error
	sent    []byte
	room    int // bytes that it takes; -1 for any number
	discard bool
	reads   int
	shut    bool
	closed  bool
}

func (m *memory) attach(*client) error { return nil }

func (m *memory) read(b []byte) (int, error) {
	m.reads++
	if m.endless {
		n := 0
		for n+len(m.in) <= len(b) {
			n += copy(b[n:], m.in)
		}
		// A whole bufferful, so that the loop believes that there is more.
		for n < len(b) {
			n += copy(b[n:], m.in)
		}
		return n, nil
	}
	if len(m.in) == 0 {
		if m.err != nil {
			return 0, m.err
		}
		return 0, errWait
	}
	n := copy(b, m.in)
	m.in = m.in[n:]
	return n, nil
}

func (m *memory) write(b []byte) (int, error) {
	n := len(b)
	if m.room >= 0 {
		n = min(n, m.room)
		m.room -= n
	}
	if !m.discard {
		m.sent = append(m.sent, b[:n]...)
	}
	if n == 0 {
		return 0, errWait
	}
	return n, nil
}

func (m *memory) closeWrite() { m.shut = true }
func (m *memory) close()      { m.closed = true }

var ping = []byte{0x01, 7, 0}

func TestAClientThatSendsWithoutEndDoesNotKeepOthersWaiting(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{})
	flood, quiet := &memory{room: -1, discard: true}, &memory{room: -1}
	flooding, other := d.client(&memory{room: -1}), d.client(quiet)
	flooding.end = flood
	flood.in, flood.endless = []byte{0x01}, true // pings with id 0x0101
	for turn := range 100 {
		quiet.in, quiet.sent = ping, quiet.sent[:0]
		before := flood.reads
		if v := d.readable(flooding, other); v != more {
			t.Fatal("there is more of the flood, but the loop rests")
		}
		if len(quiet.sent) == 0 {
			t.Fatalf("no reply in turn %d", turn)
		}
		if n := flood.reads - before; n > 1 {
			t.Fatalf("%d bufferfuls of one client in one turn", n)
		}
	}
}

// blocks are n requests for a block of all registers.
func blocks(n, registers int) []byte {
	var b []byte
	for i := range n {
		b = append(b, 0x42, byte(i+1), byte((i+1)>>8), 0, 0, byte(registers), byte(registers>>8))
	}
	return b
}

func TestAClientThatIsThereGoesBeforeACrowdThatKnocks(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{MaxClients: 5000})
	e := &memory{room: -1}
	c := d.client(e)
	var crowd []*client
	for range 2000 {
		m := &memory{room: -1, in: bytes.Repeat([]byte("GET / "), 100)}
		k := &client{end: m}
		d.server.clients.Add(1)
		if err := d.admit(k); err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, k)
	}
	e.in = ping
	if d.readable(append(crowd, c)...); len(e.sent) == 0 {
		t.Fatal("it waits for the crowd")
	}
	turns := 1
	for v := more; v == more; turns++ {
		e.in, e.sent = ping, nil
		if v = d.readable(c); len(e.sent) == 0 {
			t.Fatal("it waits for the crowd")
		}
	}
	if turns < 3 {
		t.Errorf("all 2000 were served in %d turns", turns)
	}
	for _, k := range crowd {
		if k.session.Err() == nil {
			t.Fatal("somebody was forgotten")
		}
	}
}

func TestOneTurnOfAClientIsAboutOneFullOutput(t *testing.T) {
	bank, _ := testBank(t, 2000)
	d := newDesk(t, bank, Options{MaxOutput: 16 << 10})
	e := &memory{room: -1}
	c := d.client(e)
	e.in = blocks(300, 2000)
	d.readable(c)
	if n := len(e.sent); n == 0 || n > 3*16<<10 {
		t.Fatalf("%d bytes left in one turn", n)
	}
	d.settled()
	if n := len(e.sent); n < 300*4000 {
		t.Fatalf("%d bytes of replies to 300 requests", n)
	}
}

func TestAClientWithoutRoomIsServedOnWhenItHasReadSome(t *testing.T) {
	bank, _ := testBank(t, 2000)
	d := newDesk(t, bank, Options{MaxOutput: 16 << 10, Stall: time.Minute})
	e := &memory{room: 0}
	c := d.client(&memory{room: -1})
	c.end = e
	e.in = blocks(100, 2000)
	d.readable(c)
	d.settled()
	if len(e.sent) != 0 || c.session.Pending() != 0 {
		t.Fatal("sent without room")
	}
	for len(e.sent) < 100*4000 {
		before := len(e.sent)
		e.room = 5000
		d.turn([]readiness{{slot: c.slot, out: true}})
		d.settled()
		if len(e.sent) != before+5000 && len(e.sent) < 100*4000 {
			t.Fatalf("after %d bytes nothing more comes", len(e.sent))
		}
		e.room = 0
	}
	if c.gone || c.parting {
		t.Error(c.session.Err())
	}
}

func TestAClientWithoutRoomIsGivenUpAfterAWhile(t *testing.T) {
	bank, _ := testBank(t, 2000)
	d := newDesk(t, bank, Options{MaxOutput: 16 << 10, Stall: time.Second})
	e := &memory{room: -1}
	c := d.client(e)
	e.room, e.in = 0, blocks(100, 2000)
	d.readable(c)
	d.after(900 * time.Millisecond)
	if c.session.Err() != nil {
		t.Fatal("too soon")
	}
	d.after(500 * time.Millisecond)
	if c.session.Err() == nil || !strings.Contains(c.session.Err().Error(), "has not read its replies") {
		t.Fatalf("the session goes on: %v", c.session.Err())
	}
	d.after(time.Second + 2*patrol)
	if !c.gone || !e.closed {
		t.Error("the connection is still open")
	}
	if st := d.server.Stats(); st.Dropped != 1 || st.Ended != 1 || st.Clients != 0 {
		t.Errorf("%+v", st)
	}
}

func TestWhatAClientAskedBeforeItsEndIsAnswered(t *testing.T) {
	bank, _ := testBank(t, 2000)
	for _, together := range []bool{false, true} {
		d := newDesk(t, bank, Options{MaxOutput: 16 << 10})
		e := &memory{room: -1}
		c := d.client(e)
		e.in, e.err = blocks(50, 2000), io.EOF
		// The end may be told with the data or after it.
		d.turn([]readiness{{slot: c.slot, in: true, end: together}})
		d.settled()
		if !together {
			d.turn([]readiness{{slot: c.slot, in: true, end: true}})
			d.settled()
		}
		if len(e.sent) < 50*4000 {
			t.Errorf("%d bytes of replies", len(e.sent))
		}
		if !c.gone || !e.closed {
			t.Error("the connection is still open")
		}
	}
}

func TestAGoodbyeIsSentBeforeTheConnectionIsClosed(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{})
	e := &memory{room: -1}
	c := d.client(e)
	e.in = []byte{0x7e, 0, 0}
	d.readable(c)
	if !bytes.Contains(e.sent, []byte("no request begins with 0x7e")) || !e.shut {
		t.Fatalf("it is told %q", e.sent)
	}
	e.in = bytes.Repeat([]byte{1}, 1000) // it was on its way
	d.readable(c)
	if e.closed {
		t.Fatal("closed while the goodbye may be on its way")
	}
	d.after(linger + 2*patrol)
	if !e.closed {
		t.Error("the connection is still open")
	}
}

func TestAClientThatIgnoresTheGoodbyeIsClosed(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{})
	e := &memory{room: -1}
	c := d.client(e)
	e.in, e.endless = []byte{0x7e}, true
	d.readable(c)
	d.settled()
	if !e.closed || e.reads > 10 {
		t.Errorf("closed: %v, after %d bufferfuls", e.closed, e.reads)
	}
}

// watchAll is the request of a watch of the first n registers.
func watchAll(n int) []byte {
	size := 4 + 2*n
	b := []byte{0x82, 9, 0, byte(size), byte(size >> 8), 0, 0, 0, 0}
	for i := range n {
		b = append(b, byte(i), byte(i>>8))
	}
	return b
}

func TestPushesDoNotAllocateWhileTheyAreRead(t *testing.T) {
	if underRace {
		t.Skip("the race detector has pools forget what is in them")
	}
	bank, outs := testBank(t, 100)
	d := newDesk(t, bank, Options{Poll: time.Millisecond})
	for range 50 {
		e := &memory{room: -1}
		c := d.client(e)
		e.in = watchAll(100)
		d.readable(c)
		e.discard = true
	}
	v := uint64(0)
	allocs := testing.AllocsPerRun(100, func() {
		v++
		for _, o := range outs {
			o.SetUint(time.Duration(v), v)
		}
		d.server.start = d.server.start.Add(-time.Millisecond)
		for d.turn(nil) == more {
		}
	})
	if allocs > 0.5 {
		t.Errorf("%.1f allocations in a round of pushes to 50 clients", allocs)
	}
	if n := d.server.Stats().Values; n < 100*50*100 {
		t.Errorf("only %d values were pushed", n)
	}
}

func TestRequestsAreServedBetweenSlicesOfPushes(t *testing.T) {
	bank, outs := testBank(t, 2000)
	d := newDesk(t, bank, Options{Poll: time.Second})
	for range 100 {
		e := &memory{room: -1, discard: true}
		c := d.client(&memory{room: -1})
		c.end = e
		e.in = watchAll(2000)
		d.readable(c)
	}
	asking := &memory{room: -1}
	asker := d.client(asking)
	for _, o := range outs {
		o.SetUint(1, 5)
	}
	d.server.start = d.server.start.Add(-time.Second)
	slices := 0
	for v := more; v == more; slices++ {
		asking.in, asking.sent = ping, nil
		if v = d.readable(asker); len(asking.sent) == 0 {
			t.Fatal("no reply during the round of pushes")
		}
	}
	if slices < 3 {
		t.Errorf("pushes of 200,000 values had %d slices", slices)
	}
	if h := d.server.Health(); h.Watching != 100 || h.Late <= 0 || h.Latest < h.Late {
		t.Errorf("%+v", h)
	}
}

func TestRoundsOfPushesKeepTheirTimes(t *testing.T) {
	bank, outs := testBank(t, 1)
	d := newDesk(t, bank, Options{Poll: 100 * time.Millisecond})
	e := &memory{room: -1}
	c := d.client(e)
	e.in = watchAll(1)
	d.readable(c)
	first := d.pushing.due
	for i := range 20 {
		outs[0].SetUint(0, uint64(i))
		// Late by different amounts, of which none adds to the next.
		d.after(100*time.Millisecond + time.Duration(i%3)*10*time.Millisecond)
	}
	if d := (d.pushing.due - first) % (100 * time.Millisecond); d != 0 {
		t.Errorf("the rounds are off by %v", d)
	}
	d.after(time.Second)
	if h := d.server.Health(); h.Missed < 8 {
		t.Errorf("a second without a round counts as %d missed", h.Missed)
	}
}

func TestAClientThatEndsItsWatchIsLookedAtNoMore(t *testing.T) {
	bank, _ := testBank(t, 1)
	d := newDesk(t, bank, Options{})
	e := &memory{room: -1}
	c := d.client(e)
	e.in = watchAll(1)
	d.readable(c)
	e.in = []byte{0x02, 10, 0, 9, 0}
	d.readable(c)
	d.after(20 * time.Millisecond)
	if len(d.pushing.clients) != 0 || c.watching {
		t.Error("it is still looked at")
	}
	e.in = watchAll(1)
	d.readable(c)
	if len(d.pushing.clients) != 1 {
		t.Error("its next watch is not looked at")
	}
}
