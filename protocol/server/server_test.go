package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
)

func testBank(t testing.TB, n int) (*protocol.Bank, []*protocol.Out) {
	t.Helper()
	b := protocol.NewBank()
	w := b.Writer("w", "here:1:1")
	var outs []*protocol.Out
	for i := range n {
		o, err := w.Define(protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: protocol.U16})
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, o)
	}
	b.Seal()
	return b, outs
}

func serve(t testing.TB, b *protocol.Bank, o Options) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// dial opens a bare connection that gives the test up after a while.
func dial(t testing.TB, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// greet sends a hello and reads the answer.
func greet(t testing.TB, c net.Conn) *wire.Client {
	t.Helper()
	session := wire.NewClient(wire.ClientConfig{MaxInFlight: 60_000})
	if _, err := c.Write(session.Output()); err != nil {
		t.Fatal(err)
	}
	session.Sent(len(session.Output()))
	buf := make([]byte, 48)
	if _, err := io.ReadFull(c, buf); err != nil {
		t.Fatal(err)
	}
	if err := session.Receive(buf, func(*wire.Event) {}); err != nil {
		t.Fatal(err)
	}
	return session
}

// ended reads until the server closes, and returns the session's reason.
func ended(t testing.TB, c net.Conn, session *wire.Client) error {
	t.Helper()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("the server did not close properly: %v", err)
	}
	return session.Receive(b, func(*wire.Event) {})
}

func TestABankMustBeSealedToBeServed(t *testing.T) {
	if _, err := Listen("127.0.0.1:0", protocol.NewBank(), Options{}); err == nil || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("got %v", err)
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	if _, err := Listen(s.Addr().String(), b, Options{}); err == nil || !strings.Contains(err.Error(), s.Addr().String()) {
		t.Errorf("got %v", err)
	}
}

func TestHostileClientsAreClosedAndTold(t *testing.T) {
	b, _ := testBank(t, 1)
	for _, c := range []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"garbage", []byte{0x7e, 1, 2, 3}, "no request begins with 0x7e"},
		{"half a request", []byte{0x12, 1}, "a request must arrive within"},
		{"silence", nil, "nothing arrived for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, b, Options{Idle: 400 * time.Millisecond, Half: 100 * time.Millisecond})
			conn := dial(t, s)
			session := greet(t, conn)
			if _, err := conn.Write(c.bytes); err != nil {
				t.Fatal(err)
			}
			if err := ended(t, conn, session); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the client is told %v, want %q", err, c.want)
			}
		})
	}
}

func TestAPeerOfAnotherProtocolIsClosed(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := ended(t, conn, wire.NewClient(wire.ClientConfig{})); !errors.Is(err, protocol.Malformed) {
		t.Errorf("got %v", err)
	}
}

func TestAClientThatDoesNotReadIsClosedAndHoldsUpNobody(t *testing.T) {
	b, outs := testBank(t, 2000)
	outs[5].SetInt(1, 55)
	s := serve(t, b, Options{Stall: 200 * time.Millisecond})
	deaf := dial(t, s)
	session := greet(t, deaf)
	for range 20_000 {
		if _, err := session.Block(0, 2000, protocol.U16); err != nil {
			t.Fatal(err)
		}
	}
	go func() {
		// The write fails when the server closes.
		_, _ = deaf.Write(session.Output())
	}()
	healthy := dial(t, s)
	other := greet(t, healthy)
	buf := make([]byte, 5)
	for len(s.Clients()) > 1 {
		if _, err := other.Read(5, protocol.U16, false); err != nil {
			t.Fatal(err)
		}
		if _, err := healthy.Write(other.Output()); err != nil {
			t.Fatal(err)
		}
		other.Sent(len(other.Output()))
		if _, err := io.ReadFull(healthy, buf); err != nil {
			t.Fatal(err)
		}
		if err := other.Receive(buf, func(e *wire.Event) {
			if e.Entries[0].Sample.Value.Uint() != 55 {
				t.Errorf("got %+v", e)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAClientTooManyIsTurnedAway(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{MaxClients: 1})
	greet(t, dial(t, s))
	second := dial(t, s)
	if err := ended(t, second, wire.NewClient(wire.ClientConfig{})); !errors.Is(err, protocol.Busy) {
		t.Errorf("got %v", err)
	}
}

func TestCloseTellsTheClients(t *testing.T) {
	b, _ := testBank(t, 1)
	s := serve(t, b, Options{})
	conn := dial(t, s)
	session := greet(t, conn)
	closeTelling(t, s, conn, session)
	if len(s.Clients()) != 0 {
		t.Errorf("%d clients are left", len(s.Clients()))
	}
}

// closeTelling closes a server, of which the client must hear.
func closeTelling(t *testing.T, s *Server, conn net.Conn, session *wire.Client) {
	t.Helper()
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	if err := ended(t, conn, session); err == nil || !strings.Contains(err.Error(), "shuts down") {
		t.Errorf("got %v", err)
	}
	conn.Close()
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestPipelinedRequestsAreAllAnsweredInOrder(t *testing.T) {
	b, outs := testBank(t, 100)
	for i, o := range outs {
		o.SetInt(1, int64(i))
	}
	s := serve(t, b, Options{})
	conn := dial(t, s)
	session := greet(t, conn)
	var want bytes.Buffer
	for i := range 30_000 {
		id, err := session.Read(protocol.Ref(i%100), protocol.U16, false)
		if err != nil {
			t.Fatal(err)
		}
		want.Write([]byte{0x12, byte(id), byte(id >> 8), byte(i % 100), 0})
	}
	go func() { _, _ = conn.Write(session.Output()) }()
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("the replies are not those expected")
	}
}
