package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	regs "linetwin.dev/protocol/client"
	"linetwin.dev/protocol/wire"
)

// What follows is what a plant does to its computers: processes are killed or stand
// still, and the other side must notice and say so.

func TestAServerThatIsKilledIsNoticedAtOnceAndStartsAgainAtItsAddress(t *testing.T) {
	server := startChild(t, "registers", "127.0.0.1:0", "3", "1ms", "5s")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	panel, err := regs.Dial(ctx, server.said, regs.WithReconnect())
	if err != nil {
		t.Fatal(err)
	}
	defer panel.Close()
	updates := make(chan regs.Update, 1)
	go func() {
		// It ends when the client is closed.
		_ = panel.Watch(ctx, []string{"r.0"}, 0, func(u regs.Update) {
			select {
			case updates <- u:
			default:
			}
		})
	}()
	<-updates
	var others []net.Conn
	for range 20 {
		c, err := net.Dial("tcp", server.said)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		greet(t, c)
		send(t, c, watchAll(3))
		others = append(others, c)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, c := range others {
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		// The end comes as one of the stream, or as a reset.
		if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("got %v", err)
		}
	}
	// Its sockets may still be closing, with the server's address.
	startChild(t, "registers", server.said, "3", "1ms", "5s")
	for len(updates) > 0 {
		<-updates
	}
	<-updates
	if _, err := panel.Get(ctx, "r.1"); err != nil {
		t.Error(err)
	}
}

func TestAServerThatStandsStillIsNoticedWithinTheTimeOutOfItsClient(t *testing.T) {
	server := startChild(t, "registers", "127.0.0.1:0", "1", "0", "5s")
	conn, err := net.Dial("tcp", server.said)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	session := wire.NewClient(wire.ClientConfig{Silence: 200 * time.Millisecond})
	flush := func() {
		send(t, conn, session.Output())
		session.Sent(len(session.Output()))
	}
	flush()
	reply := make([]byte, 48)
	if _, err := io.ReadFull(conn, reply); err != nil {
		t.Fatal(err)
	}
	if err := session.Receive(reply, func(*wire.Event) {}); err != nil {
		t.Fatal(err)
	}
	server.freeze(t)
	session.Ping()
	flush()
	begin := time.Now()
	for now := time.Duration(0); err == nil; now = time.Since(begin) {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, _ := conn.Read(reply); n > 0 {
			t.Fatalf("it answers % x", reply[:n])
		}
		err = session.Tick(now)
	}
	if !strings.Contains(err.Error(), "has said nothing for 200ms") {
		t.Errorf("got %v", err)
	}
}

// sourced is a server of a register "level" with a clock of its own, and its log.
func sourced(t *testing.T, o Options) (*Server, *protocol.In, *lockedLog) {
	t.Helper()
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "clients", "here:1:1", func() time.Duration { return time.Second })
	if _, err := store.Define(protocol.Def{Name: "level", Type: protocol.U16, Access: protocol.Operator}, protocol.UintValue(0)); err != nil {
		t.Fatal(err)
	}
	bank.Seal()
	level, err := bank.In("level", protocol.U16)
	if err != nil {
		t.Fatal(err)
	}
	log := new(lockedLog)
	o.Apply, o.Log = store.Apply, slog.New(slog.NewTextHandler(log, nil))
	return serve(t, bank, o), level, log
}

type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedLog) says(what string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), what)
}

// within waits until something is so, or fails after a long time.
func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !so(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not so after 30 s: %s", what)
		}
	}
}

func TestTheRegistersOfASourceThatIsKilledBecomeBadAtOnce(t *testing.T) {
	s, level, log := sourced(t, Options{})
	source := startChild(t, "source", s.Addr().String(), "level")
	if level.Quality() != protocol.Good {
		t.Fatal("the register is not good while its source writes it")
	}
	if err := source.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	within(t, "the register is bad", func() bool { return level.Quality() == protocol.Bad })
	within(t, "nobody is connected", func() bool { return len(s.Clients()) == 0 })
	within(t, "the log says so", func() bool { return log.says("client gone") })
}

func TestTheRegistersOfASourceThatStandsStillBecomeBadAfterTheIdleTime(t *testing.T) {
	s, level, log := sourced(t, Options{Idle: 300 * time.Millisecond})
	source := startChild(t, "source", s.Addr().String(), "level")
	source.freeze(t)
	within(t, "the register is bad", func() bool { return level.Quality() == protocol.Bad })
	within(t, "the log says why", func() bool { return log.says("nothing arrived for") })
	if n := s.Stats().Dropped; n != 1 {
		t.Errorf("%d clients were dropped", n)
	}
}

func TestASubscriberThatStandsStillIsGivenUp(t *testing.T) {
	bank, outs := testBank(t, 2000)
	log := new(lockedLog)
	s := serve(t, bank, Options{Poll: time.Millisecond, Stall: 200 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))})
	startChild(t, "deaf", s.Addr().String())
	stop := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for n := uint64(0); ; n++ {
			select {
			case <-stop:
				return
			default:
				for _, o := range outs {
					o.SetUint(time.Duration(n), n)
				}
			}
		}
	})
	defer work.Wait()
	defer close(stop)
	// The buffers of both kernels are filled up first.
	within(t, "it is given up", func() bool { return s.Stats().Dropped == 1 })
	within(t, "the log says why", func() bool { return log.says("has not read its replies") })
}
