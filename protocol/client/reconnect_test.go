package client

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// relay stands between a client and a server, and can cut the cable.
type relay struct {
	net.Listener
	mu    sync.Mutex
	to    string
	ends  []net.Conn
	plugs int
	// stranded says that the next connection that ends does so on the client's side only.
	stranded atomic.Bool
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, to: to}
	t.Cleanup(func() {
		l.Close()
		r.cut()
	})
	go func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", r.target())
			if err != nil {
				down.Close()
				continue
			}
			r.mu.Lock()
			r.ends, r.plugs = append(r.ends, down, up), r.plugs+1
			r.mu.Unlock()
			go pass(down, up)
			go func() {
				_, _ = io.Copy(up, down)
				if !r.stranded.CompareAndSwap(true, false) {
					up.Close()
				}
			}()
		}
	}()
	return r
}

// strand lets clients see the end of their connections, and the server nothing.
func (r *relay) strand() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stranded.Store(true)
	for i := 0; i < len(r.ends); i += 2 {
		r.ends[i].Close()
	}
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
}

func (r *relay) target() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.to
}

// cut ends all connections, and tells how many there have been.
func (r *relay) cut() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.ends {
		c.Close()
	}
	r.ends = nil
	return r.plugs
}

func through(t *testing.T, p *plant, o server.Options, options ...Option) (*Client, *relay, *server.Server, context.Context) {
	t.Helper()
	_, s, ctx := connect(t, p, o)
	r := newRelay(t, s.Addr().String())
	c, err := Dial(ctx, r.Addr().String(), append(options, WithReconnect())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, r, s, ctx
}

func TestAWatchGoesOnAfterTheConnectionWasCut(t *testing.T) {
	p := newPlant(t)
	c, r, _, ctx := through(t, p, server.Options{Poll: time.Millisecond})
	count := p.out["belt.count"]
	watching, stop := context.WithCancel(ctx)
	var seen []uint64
	interrupted := 0
	err := c.Watch(watching, []string{"belt.count"}, 0, func(u Update) {
		v := u.Changes[0].Value.Uint()
		seen = append(seen, v)
		if u.Interrupted {
			interrupted++
		}
		if v == 5 {
			stop()
			return
		}
		r.cut()
		count.SetUint(time.Duration(v+1), v+1)
	})
	if !errors.Is(err, context.Canceled) || interrupted < 4 {
		t.Fatalf("%v after %d interruptions, %v", err, interrupted, seen)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] < seen[i-1] {
			t.Errorf("%d after %d", seen[i], seen[i-1])
		}
	}
}

func TestReadsAreRepeatedAndWritesTellWhenTheConnectionIsCut(t *testing.T) {
	p := newPlant(t)
	c, r, _, ctx := through(t, p, server.Options{})
	lost, connections := 0, 0
	for i := 0; connections < 8; i++ {
		if i%50 == 0 {
			connections = r.cut()
		}
		if _, err := c.Get(ctx, "belt.position"); err != nil {
			t.Fatal(err)
		}
		want := protocol.IntValue(int64(i % 1000))
		if i%50 == 25 {
			go r.cut() // in the middle of the write, or near it
		}
		switch err := c.SetValue(ctx, "plc.speed", want); {
		case errors.Is(err, ErrLost):
			lost++
		case err != nil:
			t.Fatal(err)
		default:
			rs, err := c.Get(ctx, "plc.speed")
			if err != nil || rs[0].Value != want {
				t.Fatalf("an acknowledged write of %v is not there: %v, %v", want, rs, err)
			}
		}
	}
	t.Logf("%d writes were lost, over %d connections", lost, connections)
}

func TestAServerThatIsStartedAgainIsFoundAgain(t *testing.T) {
	p := newPlant(t)
	c, r, s, ctx := through(t, p, server.Options{})
	if _, err := c.Get(ctx, "belt.position"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := server.Listen("127.0.0.1:0", p.bank, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	r.mu.Lock()
	r.to = again.Addr().String()
	r.mu.Unlock()
	if _, err := c.Get(ctx, "belt.position"); err != nil {
		t.Fatal(err)
	}
}

func TestAServerWithAnotherMapEndsTheClient(t *testing.T) {
	p := newPlant(t)
	c, r, _, ctx := through(t, p, server.Options{})
	bank := protocol.NewBank()
	bank.Seal()
	other, err := server.Listen("127.0.0.1:0", bank, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	r.mu.Lock()
	r.to = other.Addr().String()
	r.mu.Unlock()
	r.cut()
	<-c.Done()
	if _, err := c.Get(ctx, "belt.position"); !errors.Is(err, protocol.MapDiffers) {
		t.Errorf("got %v", err)
	}
}

func TestAClaimIsMadeAgainWhileTheServerStillHasTheOldOne(t *testing.T) {
	p := newPlant(t)
	c, r, _, ctx := through(t, p, server.Options{})
	if err := c.Claim(ctx, time.Second, "plc.speed"); err != nil {
		t.Fatal(err)
	}
	speed := func(v int64) error { return c.SetValue(ctx, "plc.speed", protocol.IntValue(v)) }
	if err := speed(1); err != nil {
		t.Fatal(err)
	}
	r.strand()
	// Until its hold has passed, the connection that the server has not seen end is the
	// source. Then the register is bad, and this client its source again.
	for err := speed(2); err != nil; err = speed(2) {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	other, err := Dial(ctx, r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for !errors.Is(other.SetValue(ctx, "plc.speed", protocol.IntValue(3)), protocol.Busy) {
		if ctx.Err() != nil {
			t.Fatal("the claim was not made again")
		}
	}
}

func TestTransactionsAreAllOrNothingAndNameTheFault(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{})
	start := Change{Name: "plc.start", Value: protocol.BoolValue(true)}
	rs, err := c.Transact(ctx, []Change{start, {Name: "plc.speed", Value: protocol.IntValue(40)}}, "plc.speed", "belt.position")
	if err != nil || rs[0].Value.Int() != 40 || rs[1].Value.Float() != 0 {
		t.Fatalf("%+v, %v", rs, err)
	}
	start.Value = protocol.BoolValue(false)
	_, err = c.Transact(ctx, []Change{start, {Name: "plc.speed", Value: protocol.IntValue(2000)}})
	if !errors.Is(err, protocol.OutOfRange) || err.Error() != `register "plc.speed": value out of range; it takes -32768 to 1000 mm/s` {
		t.Errorf("got %v", err)
	}
	if rs, err := c.Get(ctx, "plc.start"); err != nil || !rs[0].Value.Bool() {
		t.Errorf("half of a transaction was done: %+v, %v", rs, err)
	}
	if old, err := c.Add(ctx, "plc.speed", protocol.IntValue(2)); err != nil || old.Value.Int() != 40 {
		t.Errorf("%+v, %v", old, err)
	}
	for from, want := range map[int64]bool{41: false, 42: true} {
		if done, err := c.CompareAndSet(ctx, "plc.speed", protocol.IntValue(from), protocol.IntValue(42)); err != nil || done != want {
			t.Errorf("from %d: %v, %v", from, done, err)
		}
	}
}

func TestAHeartbeatComesWithoutChanges(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{Poll: time.Millisecond})
	ctx, stop := context.WithCancel(ctx)
	updates := 0
	err := c.WatchWith(ctx, []string{"plc.speed"}, wire.WatchSettings{Heartbeat: 5 * time.Millisecond}, func(u Update) {
		if updates++; updates > 1 && len(u.Changes) > 0 {
			t.Errorf("%+v", u)
		}
		if updates == 4 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
