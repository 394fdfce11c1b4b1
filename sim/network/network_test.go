package network_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linetwin.dev/sim/network"
	"linetwin.dev/twin/engine"
)

// wire is a network with one connection, or more, on an engine of its own.
type wire struct {
	*network.Network
	e   *engine.Engine
	c   *engine.Component
	rnd *rand.Rand
}

func newWire(c network.Conditions) *wire {
	e := engine.New(engine.Options{Workers: -1})
	w := &wire{e: e, c: e.Component("network", "plant"), rnd: rand.New(rand.NewPCG(1, 2))}
	w.Network = network.New(c, w.at)
	return w
}

func (w *wire) at(at time.Duration, fn func(time.Duration)) { w.c.At(engine.Observe, at, fn) }

func (w *wire) run(t interface{ Fatal(...any) }, until time.Duration) {
	if err := w.e.Run(context.Background(), until); err != nil {
		t.Fatal(err)
	}
}

// side is one end and what its program does: it sends what it has, and reads what comes.
type side struct {
	end   *network.End
	send  []byte
	got   []byte
	most  int             // read at a time
	pause time.Duration   // between two reads
	times []time.Duration // of the reads
	err   error
	errAt time.Duration
	deaf  bool
	at    func(time.Duration, func(time.Duration))
	busy  bool
}

func (s *side) work(now time.Duration) {
	n := s.end.Write(now, s.send)
	s.send = s.send[n:]
	if s.busy || s.deaf {
		return
	}
	b := s.end.Received()
	if s.most > 0 {
		b = b[:min(len(b), s.most)]
	}
	if len(b) > 0 {
		s.got = append(s.got, b...)
		s.times = append(s.times, now)
		s.end.Consume(now, len(b))
		s.busy = true
		s.at(now+s.pause, func(now time.Duration) { s.busy = false; s.work(now) })
		return
	}
	if err := s.end.Err(); err != nil && s.err == nil {
		s.err, s.errAt = err, now
		s.end.Close(now)
	}
}

// connect dials at 0, and makes both sides work.
func (w *wire) connect(client, server *side) {
	client.at, server.at = w.at, w.at
	w.Listen(func(now time.Duration, e *network.End) {
		server.end = e
		e.Notify(server.work)
		server.work(now)
	})
	w.at(0, func(now time.Duration) {
		w.Dial(now, w.rnd, func(now time.Duration, e *network.End, err error) {
			if client.err = err; err == nil {
				client.end = e
				e.Notify(client.work)
				client.work(now)
			}
		})
	})
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(n), 3))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestBytesArriveWholeInOrderAndNotTooEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cond := network.Conditions{
			Latency: time.Duration(rapid.IntRange(0, 20).Draw(t, "latency")) * time.Millisecond,
			Jitter:  time.Duration(rapid.IntRange(0, 20).Draw(t, "jitter")) * time.Millisecond,
			Rate:    float64(rapid.SampledFrom([]int{0, 20_000, 1_000_000}).Draw(t, "rate")),
			Loss:    float64(rapid.IntRange(0, 3).Draw(t, "loss")) / 10,
			Segment: rapid.IntRange(1, 1448).Draw(t, "segment"),
			Buffer:  rapid.IntRange(10, 4000).Draw(t, "buffer"),
		}
		w := newWire(cond)
		up, down := noise(rapid.IntRange(0, 3000).Draw(t, "up")), noise(rapid.IntRange(0, 3000).Draw(t, "down"))
		client := &side{send: up, most: rapid.IntRange(1, 999).Draw(t, "most"), pause: time.Duration(rapid.IntRange(0, 5).Draw(t, "pause")) * time.Millisecond}
		server := &side{send: down}
		w.connect(client, server)
		w.run(t, time.Hour)
		if !bytes.Equal(server.got, up) || !bytes.Equal(client.got, down) {
			t.Fatalf("%d of %d bytes went up, %d of %d down, or others", len(server.got), len(up), len(client.got), len(down))
		}
		if len(up) > 0 && server.times[0] < 3*cond.Latency {
			t.Errorf("the first byte came after %v, but connecting and one way take %v", server.times[0], 3*cond.Latency)
		}
	})
}

func TestWhoDoesNotReadHoldsUpTheSender(t *testing.T) {
	const buffer = 5000
	w := newWire(network.Conditions{Latency: time.Millisecond, Buffer: buffer})
	client, server := &side{send: noise(100_000)}, &side{deaf: true}
	w.connect(client, server)
	w.at(time.Second, func(now time.Duration) {
		if n := 100_000 - len(client.send); n != 2*buffer {
			t.Errorf("%d bytes were taken, want what two buffers hold, %d", n, 2*buffer)
		}
		server.deaf = false
		server.work(now)
	})
	w.run(t, time.Minute)
	if !bytes.Equal(server.got, noise(100_000)) {
		t.Errorf("%d bytes came after all", len(server.got))
	}
}

func TestTheRateLimitsHowFastBytesCome(t *testing.T) {
	w := newWire(network.Conditions{Rate: 10_000})
	client, server := &side{send: noise(20_000)}, &side{}
	w.connect(client, server)
	w.run(t, time.Minute)
	if took := server.times[len(server.times)-1]; took < 2*time.Second || took > 2200*time.Millisecond {
		t.Errorf("20 kB at 10 kB/s took %v", took)
	}
}

func TestSegmentsAreSentAgainWhenALapseIsOver(t *testing.T) {
	w := newWire(network.Conditions{Latency: time.Millisecond})
	client, server := &side{}, &side{}
	w.connect(client, server)
	w.at(time.Second, func(now time.Duration) {
		w.Lapse(1)
		client.send = []byte("late")
		client.work(now)
	})
	w.at(3*time.Second, func(time.Duration) { w.Lapse(-1) })
	w.run(t, time.Minute)
	// Tried at 1.0, 1.2, 1.6, 2.4 and 4.0 s.
	if string(server.got) != "late" || server.times[0] != 4001*time.Millisecond {
		t.Errorf("%q at %v", server.got, server.times)
	}
}

func TestConnectsAreRefusedWhereNobodyListensOrNobodyShall(t *testing.T) {
	for name, prepare := range map[string]func(w *wire){
		"nobody listens": func(w *wire) { w.Listen(nil) },
		"shut":           func(w *wire) { w.Shut(1) },
		"all refused":    func(w *wire) { w.Network = network.New(network.Conditions{Refuse: 1, Latency: time.Millisecond}, w.at) },
	} {
		w := newWire(network.Conditions{Latency: time.Millisecond})
		prepare(w)
		var got error
		w.at(0, func(now time.Duration) {
			w.Dial(now, w.rnd, func(_ time.Duration, _ *network.End, err error) { got = err })
		})
		w.run(t, time.Minute)
		if got != network.ErrRefused {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhoGivesUpAConnectIsNotTold(t *testing.T) {
	w := newWire(network.Conditions{Latency: 10 * time.Millisecond})
	accepted := &side{at: w.at}
	w.Listen(func(now time.Duration, e *network.End) {
		accepted.end = e
		e.Notify(accepted.work)
	})
	w.at(0, func(now time.Duration) {
		giveUp := w.Dial(now, w.rnd, func(time.Duration, *network.End, error) { t.Error("told") })
		w.at(15*time.Millisecond, func(time.Duration) { giveUp() })
	})
	w.run(t, time.Minute)
	if accepted.err != network.ErrReset || w.Open() != 0 {
		t.Errorf("the other end sees %v; %d are open", accepted.err, w.Open())
	}
}

func TestACutIsTheEndForBothSidesAndMayLetAPartThrough(t *testing.T) {
	resets, parts := 0, 0
	for seed := range uint64(60) {
		w := newWire(network.Conditions{Latency: 5 * time.Millisecond, Cut: 200 * time.Millisecond, Segment: 100, Buffer: 1000})
		w.rnd = rand.New(rand.NewPCG(seed, 0))
		up := noise(300_000)
		client, server := &side{send: up}, &side{send: up}
		w.connect(client, server)
		w.run(t, time.Minute)
		if client.err == nil || server.err == nil || w.Open() != 0 {
			t.Fatalf("seed %d: client %v, server %v, %d open", seed, client.err, server.err, w.Open())
		}
		if !bytes.HasPrefix(up, client.got) || !bytes.HasPrefix(up, server.got) {
			t.Fatalf("seed %d: what came is no beginning of what was sent", seed)
		}
		switch {
		case client.err == network.ErrReset && server.err == network.ErrReset:
			resets++
		case errors.Is(client.err, io.EOF) != errors.Is(server.err, io.EOF):
			parts++
		default:
			t.Errorf("seed %d: client %v, server %v", seed, client.err, server.err)
		}
	}
	if resets < 15 || parts < 15 {
		t.Errorf("%d resets, %d ends in the middle", resets, parts)
	}
}

func TestOfAHalfOpenConnectionNobodyIsTold(t *testing.T) {
	one, both := 0, 0
	for seed := range uint64(60) {
		w := newWire(network.Conditions{Latency: 5 * time.Millisecond, HalfOpen: 200 * time.Millisecond, Buffer: 1000})
		w.rnd = rand.New(rand.NewPCG(seed, 0))
		client, server := &side{send: noise(300_000)}, &side{send: noise(300_000)}
		w.connect(client, server)
		last := [2]int{}
		w.at(10*time.Second, func(time.Duration) { last = [2]int{len(client.got), len(server.got)} })
		w.run(t, time.Minute)
		if client.err != nil || server.err != nil {
			t.Fatalf("seed %d: client %v, server %v", seed, client.err, server.err)
		}
		if last != [2]int{len(client.got), len(server.got)} {
			t.Errorf("seed %d: bytes still came: without answers nobody can send more than a buffer", seed)
		}
		// The direction that lives delivers what its sender's buffer holds, the other nothing.
		if d := len(client.got) - len(server.got); d > 500 || d < -500 {
			one++
		} else {
			both++
		}
	}
	if one < 20 || both < 5 {
		t.Errorf("%d in one direction, %d in both", one, both)
	}
}

func TestAClosedEndDeliversWhatItWroteAndAnswersWithAReset(t *testing.T) {
	w := newWire(network.Conditions{Latency: 5 * time.Millisecond, Segment: 10, Buffer: 50})
	client, server := &side{send: []byte("0123456789012345678901234567890123456789")}, &side{}
	w.connect(client, server)
	w.at(100*time.Millisecond, func(now time.Duration) {
		client.end.Write(now, []byte("the end"))
		client.end.Close(now)
	})
	w.run(t, time.Second)
	if want := "0123456789012345678901234567890123456789the end"; string(server.got) != want || !errors.Is(server.err, io.EOF) {
		t.Errorf("%q, %v", server.got, server.err)
	}

	w = newWire(network.Conditions{Latency: 5 * time.Millisecond})
	client, server = &side{}, &side{deaf: true}
	w.connect(client, server)
	w.at(100*time.Millisecond, func(now time.Duration) { client.end.Close(now) })
	w.at(200*time.Millisecond, func(now time.Duration) {
		server.send = []byte("are you there?")
		server.work(now)
	})
	w.run(t, time.Second)
	if server.end.Err() != network.ErrReset || w.Open() != 0 {
		t.Errorf("%v, %d open", server.end.Err(), w.Open())
	}
}

func TestAMachineWithoutPowerIsNotHeardOf(t *testing.T) {
	w := newWire(network.Conditions{Latency: 5 * time.Millisecond})
	client, server := &side{}, &side{}
	w.connect(client, server)
	w.at(100*time.Millisecond, func(now time.Duration) {
		client.end.Vanish()
		server.send = []byte("are you there?")
		server.work(now)
	})
	w.run(t, time.Minute)
	if server.err != nil || server.end.Err() != nil || w.Open() != 1 {
		t.Errorf("%v, %v, %d open", server.err, server.end.Err(), w.Open())
	}
}

// trace is what happens to ten connections that talk under all conditions.
func trace(seed uint64) (lines string, first []int) {
	w := newWire(network.Conditions{Latency: time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.05, Rate: 1e6,
		Cut: 5 * time.Second, HalfOpen: 10 * time.Second, Refuse: 0.1})
	var b bytes.Buffer
	w.Trace(func(now time.Duration, conn int, what string, n int) {
		fmt.Fprintln(&b, now, conn, what, n)
		if what == "arrived" && len(first) < 10 {
			first = append(first, conn)
		}
	})
	w.rnd = rand.New(rand.NewPCG(seed, 0))
	w.Listen(func(now time.Duration, e *network.End) {
		s := &side{at: w.at, end: e, send: noise(5000), most: 700, pause: time.Millisecond}
		e.Notify(s.work)
		s.work(now)
	})
	for range 10 {
		w.at(0, func(now time.Duration) {
			w.Dial(now, w.rnd, func(now time.Duration, e *network.End, err error) {
				if err == nil {
					s := &side{at: w.at, end: e, send: noise(5000)}
					e.Notify(s.work)
					s.work(now)
				}
			})
		})
	}
	_ = w.e.Run(context.Background(), time.Minute)
	return b.String(), first
}

func TestTheSameSeedGivesTheSameTraceAndConnectionsOvertakeEachOther(t *testing.T) {
	one, first := trace(7)
	if two, _ := trace(7); one != two || one == "" {
		t.Error("two traces of one seed differ, or there is none")
	}
	if other, _ := trace(8); one == other {
		t.Error("two seeds give one trace")
	}
	ordered := true
	for i := 1; i < len(first); i++ {
		ordered = ordered && first[i-1] <= first[i]
	}
	if ordered {
		t.Errorf("connections were heard in the order in which they were dialled: %v", first)
	}
}
