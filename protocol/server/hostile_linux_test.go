package server

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// hostile is how many of each sort of hostile clients there are, and what became of them.
type hostile struct {
	slow, half, garbage, deaf, idle int

	// ended are the connections that the server ended, told those that it told why.
	ended, told atomic.Int64
}

// attack runs the clients against the server at an address until stop is called. Those
// that are closed come again after about that pause.
func (h *hostile) attack(addr string, pause time.Duration) (stop func() error, err error) {
	over := make(chan struct{})
	var work errgroup
	for _, k := range []struct {
		n   int
		one func(c net.Conn, over <-chan struct{}) (told string)
	}{{h.slow, oneByteAtATime}, {h.half, halfARequest}, {h.garbage, garbage}, {h.deaf, deaf}} {
		for range k.n {
			work.Go(func() error { return h.again(addr, pause, over, k.one) })
		}
	}
	var idle []net.Conn
	for range h.idle {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		if _, err := c.Write(hello("", "")); err != nil {
			return nil, err
		}
		idle = append(idle, c)
	}
	return func() error {
		close(over)
		for _, c := range idle {
			c.Close()
		}
		return work.Wait()
	}, nil
}

// attackChild attacks the server at an address, with less right to the processors than
// others: in a plant it would have its own. It is killed in the end.
func attackChild(args []string) error {
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19); err != nil {
		return err
	}
	h := &hostile{slow: 100, half: 100, garbage: 900, deaf: 20, idle: 10_000}
	if _, err := h.attack(args[0], 2*time.Second); err != nil {
		return err
	}
	fmt.Println("attacking")
	select {}
}

// again connects one hostile client after the other.
func (h *hostile) again(addr string, pause time.Duration, over <-chan struct{}, one func(net.Conn, <-chan struct{}) string) error {
	for {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		told := one(c, over)
		c.Close()
		select {
		case <-over:
			return nil
		default:
		}
		h.ended.Add(1)
		if strings.Contains(told, "within") || strings.Contains(told, "begins with") || strings.Contains(told, "not read") {
			h.told.Add(1)
		}
		select {
		case <-over:
			return nil
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

// untilClosed reads until the server closes, or all is over.
func untilClosed(c net.Conn, over <-chan struct{}) string {
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-over:
			c.Close()
		case <-done:
		}
	}()
	b, _ := io.ReadAll(c)
	return string(b)
}

// oneByteAtATime sends a hello and requests, one byte per 400 ms: each takes too long.
func oneByteAtATime(c net.Conn, over <-chan struct{}) string {
	closed := make(chan string, 1)
	go func() { closed <- untilClosed(c, over) }()
	send := hello("", "slow")
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for ; ; send = append(send, 0x32, 1, 0, 0, 0, 1, 0) {
		for len(send) > 0 {
			select {
			case told := <-closed:
				return told
			case <-tick.C:
			}
			_, _ = c.Write(send[:1]) // it may be closed by now
			send = send[1:]
		}
	}
}

func halfARequest(c net.Conn, over <-chan struct{}) string {
	_, _ = c.Write(append(hello("", "half"), 0x82, 1, 0, 100))
	return untilClosed(c, over)
}

func garbage(c net.Conn, over <-chan struct{}) string {
	b := hello("", "garbage")
	if rand.IntN(2) == 0 {
		b = nil
	}
	for range 1 + rand.IntN(4000) {
		b = append(b, byte(rand.Uint32()))
	}
	_, _ = c.Write(b)
	// Some of it may be the begin of a request that never ends.
	return untilClosed(c, over)
}

// deaf asks for much and reads nothing until the server closes.
func deaf(c net.Conn, over <-chan struct{}) string {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := c.Write(append(hello("", "deaf"), blocks(20_000, 2000)...))
	for err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		select {
		case <-over:
			return ""
		case <-tick.C:
			_ = c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
			_, err = c.Write(ping)
		}
	}
	return ""
}

// probe measures the round trips of healthy clients for a while. It fails when one of
// their requests does.
func probe(addr string, during time.Duration) (p50, p99 time.Duration, err error) {
	c, err := spawn("probe", addr, during.String())
	if err != nil {
		return 0, 0, err
	}
	defer c.end()
	var a, b, n int64
	if _, err := fmt.Sscan(c.said, &a, &b, &n); err != nil {
		return 0, 0, fmt.Errorf("the healthy clients say %q", c.said)
	}
	return time.Duration(a) * time.Microsecond, time.Duration(b) * time.Microsecond, nil
}

func TestHostileClientsAreClosedBesideHealthyOnes(t *testing.T) {
	server := startChild(t, "registers", "127.0.0.1:0", "2000", "10ms", "500ms")
	h := &hostile{slow: 10, half: 10, garbage: 60, deaf: 5, idle: 500}
	stop, err := h.attack(server.said, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := probe(server.said, 1500*time.Millisecond); err != nil {
		t.Error(err)
	}
	// All but the idle ones are closed again and again; the deaf ones see nothing.
	within(t, "the hostile clients are closed", func() bool { return h.ended.Load() > 100 })
	within(t, "most of them are told why", func() bool { return h.told.Load() > 50 })
	if m := server.memory(t); m > 100<<20 {
		t.Errorf("the server has %d MB in memory", m>>20)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestHealthyClientsHardlyNoticeHostileOnes(t *testing.T) {
	if os.Getenv("LINETWIN_SOAK") == "" {
		t.Skip("it takes a minute, and the machine for itself; make soak runs it")
	}
	server := startChild(t, "registers", "127.0.0.1:0", "2000", "10ms", "5s")
	p50, p99, err := probe(server.said, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("alone: median %v, 99 of 100 within %v", p50, p99)
	// What the attackers, and others, take of the machine slows all programs: that is seen
	// on a second server, which nobody attacks.
	other := startChild(t, "registers", "127.0.0.1:0", "2000", "10ms", "5s")
	startChild(t, "attack", server.said)
	var p99other time.Duration
	var work errgroup
	work.Go(func() (err error) {
		p50, p99other, err = probe(other.said, 30*time.Second)
		return err
	})
	p50hostile, p99hostile, err := probe(server.said, 30*time.Second)
	if err := errors.Join(err, work.Wait()); err != nil {
		t.Fatal(err)
	}
	m := server.memory(t)
	t.Logf("at another server meanwhile: median %v, 99 of 100 within %v", p50, p99other)
	t.Logf("beside hostile clients: median %v, 99 of 100 within %v; the server has %d MB", p50hostile, p99hostile, m>>20)
	if limit := 2 * max(p99, p99other); p99hostile > limit {
		t.Errorf("99 of 100 replies within %v, with %v to reach", p99hostile, limit)
	}
	if m > 200<<20 {
		t.Errorf("the server has %d MB in memory", m>>20)
	}
}
