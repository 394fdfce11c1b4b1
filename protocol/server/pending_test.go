package server

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// cyclic is the writer of a bank's registers that carries out transactions only when the
// test says so, from another goroutine, as a line does once per cycle.
type cyclic struct {
	mu      sync.Mutex
	writer  *protocol.Writer
	waiting []*protocol.Transaction
	came    chan struct{} // one for each transaction
}

// newLine makes a bank of n registers that operators may write.
func newLine(t testing.TB, n int) (*protocol.Bank, *cyclic) {
	t.Helper()
	b := protocol.NewBank()
	l := &cyclic{writer: b.Writer("line", "here:1:1"), came: make(chan struct{}, 1<<16)}
	for i := range n {
		if _, err := l.writer.Define(protocol.Def{Name: "r." + string(rune('a'+i)), Type: protocol.U16, Access: protocol.Operator}); err != nil {
			t.Fatal(err)
		}
	}
	b.Seal()
	return b, l
}

func (l *cyclic) apply(tx *protocol.Transaction) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, tx)
	l.came <- struct{}{}
	return false
}

// cycle carries out what waits.
func (l *cyclic) cycle() {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = nil
	for _, tx := range waiting {
		l.writer.Apply(time.Second, tx)
	}
	l.mu.Unlock()
	for _, tx := range waiting {
		tx.Finish()
	}
}

// await waits until n more transactions have come.
func (l *cyclic) await(n int) {
	for range n {
		<-l.came
	}
}

// writeRequest is a request that writes v to register ref.
func writeRequest(id uint16, ref, v int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0x32}, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(ref))
	return binary.LittleEndian.AppendUint16(b, uint16(v))
}

func send(t testing.TB, c net.Conn, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// expect reads exactly these bytes.
func expect(t testing.TB, c net.Conn, want ...byte) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("got % x, want % x", got, want)
	}
}

func TestAWriteThatTheLineCarriesOutLaterIsAnsweredThenAndHoldsUpNothing(t *testing.T) {
	b, l := newLine(t, 2)
	s := serve(t, b, Options{Apply: l.apply})
	c := dial(t, s)
	greet(t, c)
	send(t, c, append(writeRequest(1, 0, 500), 0x01, 2, 0))
	expect(t, c, 0x01, 2, 0) // the ping after it
	l.await(1)
	go l.cycle()
	expect(t, c, 0x01, 1, 0)
	send(t, c, []byte{0x12, 3, 0, 0, 0})
	expect(t, c, 0x12, 3, 0, 0xf4, 0x01)
}

func TestWritesOfManyClientsThatAreFinishedAtOnceAreAllAnswered(t *testing.T) {
	const clients, each = 20, 100
	b, l := newLine(t, 2)
	s := serve(t, b, Options{Apply: l.apply})
	var work sync.WaitGroup
	for range clients {
		c := dial(t, s)
		greet(t, c)
		work.Go(func() {
			var requests []byte
			for i := range each {
				requests = append(requests, writeRequest(uint16(i+1), i%2, i)...)
			}
			if _, err := c.Write(requests); err != nil {
				t.Error(err)
				return
			}
			got := make([]byte, 3*each)
			if _, err := io.ReadFull(c, got); err != nil {
				t.Error(err)
				return
			}
			seen := map[uint16]bool{}
			for r := got; len(r) > 0; r = r[3:] {
				seen[binary.LittleEndian.Uint16(r[1:])] = r[0] == 0x01
			}
			if len(seen) != each {
				t.Errorf("%d requests were answered", len(seen))
			}
		})
	}
	l.await(clients * each)
	var cycles sync.WaitGroup
	for range 4 {
		cycles.Go(l.cycle)
	}
	cycles.Wait()
	work.Wait()
	for _, i := range s.Clients() {
		if i.Pending != 0 {
			t.Errorf("%d writes are still pending", i.Pending)
		}
	}
	if h := s.Health(); h.Waiting != 0 {
		t.Errorf("%d notices wait", h.Waiting)
	}
}

func TestAClientCannotHaveMoreThanSoManyWritesUnderWay(t *testing.T) {
	b, l := newLine(t, 1)
	s := serve(t, b, Options{Apply: l.apply, MaxPending: 2})
	c := dial(t, s)
	greet(t, c)
	for i := range 3 {
		send(t, c, writeRequest(uint16(i+1), 0, i))
	}
	expect(t, c, 0x02, 3, 0, byte(protocol.Busy))
	if i := s.Clients()[0]; i.Pending != 2 {
		t.Errorf("%d writes are pending", i.Pending)
	}
	l.await(2)
	l.cycle()
	expect(t, c, 0x01, 1, 0, 0x01, 2, 0)
}

func TestAWriteThatIsFinishedAfterItsClientOrTheServerIsGoneDoesNoHarm(t *testing.T) {
	b, l := newLine(t, 1)
	s := serve(t, b, Options{Apply: l.apply})
	gone, stays := dial(t, s), dial(t, s)
	greet(t, gone)
	greet(t, stays)
	send(t, gone, writeRequest(1, 0, 1))
	send(t, stays, writeRequest(2, 0, 2))
	l.await(2)
	gone.(*net.TCPConn).SetLinger(0) // it breaks, as with a killed client whose replies were unread
	gone.Close()
	for len(s.Clients()) > 1 {
		expectPing(t, stays)
	}
	l.cycle()
	expect(t, stays, 0x01, 2, 0)
	send(t, stays, writeRequest(3, 0, 3))
	l.await(1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	l.cycle()
}

func expectPing(t testing.TB, c net.Conn) {
	t.Helper()
	send(t, c, ping)
	expect(t, c, ping...)
}

func TestTheInboxHandsOutAllInTheOrderOfEachSender(t *testing.T) {
	const senders, each = 8, 2000
	var b inbox
	var work sync.WaitGroup
	clients := make([]client, senders)
	sent := make([][]protocol.Transaction, senders)
	for s := range senders {
		sent[s] = make([]protocol.Transaction, each)
		work.Go(func() {
			for i := range each {
				sent[s][i].Failed = i
				b.post(&clients[s], &sent[s][i])
			}
		})
	}
	next := map[*client]int{}
	total := 0
	take := func() {
		b.take(func(c *client, tx *protocol.Transaction) {
			if tx.Failed != next[c] {
				t.Errorf("number %d of a sender came instead of %d", tx.Failed, next[c])
			}
			next[c]++
			total++
		})
	}
	done := make(chan struct{})
	go func() {
		work.Wait()
		close(done)
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		take()
	}
	if take(); total != senders*each || b.size.Load() != 0 {
		t.Errorf("%d of %d came, %d are said to wait", total, senders*each, b.size.Load())
	}
}

func TestOnlyTheFirstNoticeWakesTheLoop(t *testing.T) {
	var b inbox
	var c client
	if !b.post(&c, nil) || b.post(&c, nil) {
		t.Error("post says wrongly whether the inbox was empty")
	}
	b.take(func(*client, *protocol.Transaction) {})
	if !b.post(&c, nil) {
		t.Error("the inbox is empty again")
	}
}
