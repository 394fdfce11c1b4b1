package modbus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func start(t testing.TB, p *plant, s Settings) *Gateway {
	t.Helper()
	if s.Addr == "" {
		s.Addr = "127.0.0.1:0"
	}
	g := p.gateway(t, s)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return g
}

// dial opens a connection that gives the test up after a while.
func dial(t testing.TB, g *Gateway) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", g.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * sec)); err != nil {
		t.Fatal(err)
	}
	return c
}

// exchange sends a request and waits for its reply.
func exchange(c net.Conn, unit uint8, pdu []byte) ([]byte, error) {
	if _, err := c.Write(AppendTCP(nil, Header{3, unit}, pdu)); err != nil {
		return nil, err
	}
	head := make([]byte, tcpHeader)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	reply := make([]byte, be.Uint16(head[4:])-1)
	_, err := io.ReadFull(c, reply)
	return reply, err
}

// expect asks for something and holds the reply to what it should be.
func expect(t testing.TB, c net.Conn, pdu, want string) {
	t.Helper()
	if got, err := exchange(c, 1, unhex(t, pdu)); err != nil || tohex(got) != tohex(unhex(t, want)) {
		t.Fatalf("%s is answered with %x, %v, want %s", pdu, got, err, want)
	}
}

// closed waits until the gateway has closed the connection.
func closed(t testing.TB, c net.Conn) {
	t.Helper()
	var timeout net.Error
	if _, err := io.Copy(io.Discard, c); errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the gateway does not close the connection")
	}
}

func TestHostileClientsAreClosedAndOthersAreServed(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := start(t, p, Settings{Grant: operate, Units: blocks(), Half: 200 * ms, Stall: 200 * ms})
	healthy := dial(t, g)
	expect(t, healthy, "06 0064 0007", "06 0064 0007")
	var all sync.WaitGroup
	for i := range 300 {
		c := dial(t, g)
		all.Go(func() {
			switch i % 3 {
			case 0: // half a request
				c.Write(unhex(t, "0001 0000 0006 01 03"))
			case 1: // garbage
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: plc\r\n\r\n")
			case 2: // one byte, and then another
				c.Write([]byte{0})
				c.Write([]byte{1})
			}
			closed(t, c)
		})
	}
	for range 100 {
		expect(t, healthy, "03 0064 0001", "03 02 0007")
	}
	all.Wait()
	expect(t, healthy, "03 0064 0001", "03 02 0007")
	if s := g.Stats(); s.Accepted != 301 || s.Dropped != 300 || s.Requests != 102 {
		t.Errorf("%+v", s)
	}
}

func TestASilentClientIsClosed(t *testing.T) {
	g := start(t, newPlant(t, everyType()...), Settings{Units: blocks(), Idle: 50 * ms})
	closed(t, dial(t, g))
	if s := g.Stats(); s.Dropped != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAClientThatDoesNotReadIsClosedAndHoldsUpNobody(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := start(t, p, Settings{Grant: operate, Units: blocks(), Stall: 300 * ms})
	deaf, healthy := dial(t, g), dial(t, g)
	over := make(chan struct{})
	go func() {
		defer close(over)
		b := bytes.Repeat(AppendTCP(nil, Header{1, 1}, unhex(t, "03 0064 0015")), 1000)
		for {
			if _, err := deaf.Write(b); err != nil {
				return
			}
		}
	}()
	for waiting := true; waiting; {
		expect(t, healthy, "03 0064 0001", "03 02 0000")
		select {
		case <-over:
			waiting = false
		default:
		}
	}
	if s := g.Stats(); s.Dropped != 1 || s.Clients != 1 {
		t.Errorf("%+v", s)
	}
}

func TestManyConnectionsAreServed(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := start(t, p, Settings{Grant: operate, Units: blocks()})
	p.set("set.u16", protocol.UintValue(42))
	const many = 2000
	conns := make([]net.Conn, many)
	for i := range conns {
		conns[i] = dial(t, g)
	}
	var all sync.WaitGroup
	for part := range 20 {
		all.Go(func() {
			for round := range 3 {
				for i := part; i < many; i += 20 {
					if got, err := exchange(conns[i], 1, unhex(t, "03 0064 0001")); err != nil || tohex(got) != "0302002a" {
						t.Errorf("client %d, round %d: %x, %v", i, round, got, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	if s := g.Stats(); s.Clients != many || s.Requests != 3*many || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOneClientTooManyIsTurnedAway(t *testing.T) {
	g := start(t, newPlant(t, everyType()...), Settings{Units: blocks(), MaxClients: 1})
	first := dial(t, g)
	expect(t, first, "03 0064 0001", "03 02 0000")
	closed(t, dial(t, g))
	expect(t, first, "03 0064 0001", "03 02 0000")
	if s := g.Stats(); s.TurnedAway != 1 || s.Clients != 1 {
		t.Errorf("%+v", s)
	}
}

// lateWriter carries transactions out when it is told to, from another goroutine.
type lateWriter struct {
	store *protocol.Store
	txs   chan *protocol.Transaction
}

func (l *lateWriter) apply(tx *protocol.Transaction) bool {
	l.txs <- tx
	return false
}

func TestAWriterThatTakesItsTimeHoldsUpOnlyItsClient(t *testing.T) {
	p := newPlant(t, everyType()...)
	late := &lateWriter{p.store, make(chan *protocol.Transaction, 10)}
	g, err := New(p.bank, Settings{Addr: "127.0.0.1:0", Grant: operate, Units: blocks(), Answer: 20 * sec}, Options{Apply: late.apply})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	writer, reader := dial(t, g), dial(t, g)
	if _, err := writer.Write(append(AppendTCP(nil, Header{1, 1}, unhex(t, "06 0064 0005")), AppendTCP(nil, Header{2, 1}, unhex(t, "03 0064 0001"))...)); err != nil {
		t.Fatal(err)
	}
	tx := <-late.txs
	expect(t, reader, "03 0064 0001", "03 02 0000")
	late.store.Apply(tx)
	go tx.Finish()
	got := make([]byte, 12+11)
	if _, err := io.ReadFull(writer, got); err != nil {
		t.Fatal(err)
	}
	if heads, pdus := frames(t, got); heads[0].Transaction != 1 || tohex(pdus[0]) != "0600640005" || tohex(pdus[1]) != "03020005" {
		t.Errorf("%+v %x", heads, pdus)
	}
	// A writer that never answers: the client is told, and goes on.
	if err := g.Reconfigure(Settings{Addr: "127.0.0.1:0", Grant: operate, Units: blocks(), Answer: 50 * ms}); err != nil {
		t.Fatal(err)
	}
	expect(t, writer, "06 0064 0006", "86 0b")
	expect(t, writer, "03 0064 0001", "03 02 0005")
	(<-late.txs).Finish()
	expect(t, writer, "03 0064 0001", "03 02 0005")
	if s := g.Stats(); s.Exceptions != 1 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOtherSettingsDropNoConnectionAndNoRequest(t *testing.T) {
	p := newPlant(t, everyType()...)
	p.set("set.u16", protocol.UintValue(1))
	p.set("set.i16", protocol.UintValue(2))
	at := func(name string) Settings {
		return Settings{Addr: "127.0.0.1:0", Units: []Unit{{HoldingRegisters: []Block{{Registers: []string{name}}}}}}
	}
	g := start(t, p, at("set.u16"))
	c := dial(t, g)
	expect(t, c, "03 0000 0001", "03 02 0001")
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for range 4 {
		other := dial(t, g)
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got, err := exchange(other, 1, unhex(t, "03 0000 0001")); err != nil || got[0] != 3 {
					t.Errorf("%x, %v", got, err)
					return
				}
			}
		})
	}
	for range 50 {
		if err := g.Reconfigure(at("set.i16")); err != nil {
			t.Fatal(err)
		}
		expect(t, c, "03 0000 0001", "03 02 0002")
		if err := g.Reconfigure(at("set.nope")); err == nil {
			t.Fatal("bad settings are accepted")
		}
		expect(t, c, "03 0000 0001", "03 02 0002")
		if err := g.Reconfigure(at("set.u16")); err != nil {
			t.Fatal(err)
		}
		expect(t, c, "03 0000 0001", "03 02 0001")
	}
	close(stop)
	busy.Wait()
}

func TestTheAddressChangesWithoutDroppingAnybody(t *testing.T) {
	p := newPlant(t, everyType()...)
	s := Settings{Addr: "127.0.0.1:0", Units: blocks(), Place: "gw.cue:1:1"}
	g := start(t, p, s)
	before, was := dial(t, g), g.Addr().String()
	expect(t, before, "03 0064 0001", "03 02 0000")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s.Addr = taken.Addr().String()
	if err := g.Reconfigure(s); err == nil || !strings.Contains(err.Error(), "gw.cue:1:1: modbus gateway: listen tcp "+s.Addr) || g.Addr().String() != was {
		t.Fatalf("%v, serving %v", err, g.Addr())
	}
	taken.Close()
	if err := g.Reconfigure(s); err != nil {
		t.Fatal(err)
	}
	expect(t, before, "03 0064 0001", "03 02 0000")
	expect(t, dial(t, g), "03 0064 0001", "03 02 0000")
	if c, err := net.Dial("tcp", was); err == nil {
		c.Close()
		t.Error("the old address is still served")
	}
	s.Addr = ""
	if err := g.Reconfigure(s); err != nil || g.Addr() != nil {
		t.Errorf("%v, serving %v", err, g.Addr())
	}
	expect(t, before, "03 0064 0001", "03 02 0000")
}

func TestCloseEndsEverything(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := start(t, p, Settings{Grant: operate, Units: blocks(), Answer: 100 * sec})
	p.slow = true
	c := dial(t, g)
	if _, err := c.Write(AppendTCP(nil, Header{1, 1}, unhex(t, "06 0064 0001"))); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	closed(t, c)
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := g.Start(); err == nil {
		t.Error("a closed gateway starts")
	}
	if err := g.Reconfigure(Settings{}); err == nil {
		t.Error("a closed gateway is configured")
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Error(err)
	} else {
		g.Serve(l)
		if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
			t.Error("a closed gateway serves")
		}
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := start(t, p, Settings{})
	other := p.gateway(t, Settings{Addr: g.Addr().String(), Place: "gw.cue:3:1"})
	if err := other.Start(); err == nil || !strings.Contains(err.Error(), fmt.Sprint("gw.cue:3:1: modbus gateway: listen tcp ", g.Addr())) {
		t.Errorf("got %v", err)
	}
}
