package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/server"
	"linetwin.dev/protocol/wire"
)

// plant is a bank with an inbox as an engine has one: writes of clients go in,
// and one goroutine takes them to the registers.
type plant struct {
	bank   *protocol.Bank
	out    map[string]*protocol.Out
	writer *protocol.Writer // of what operators write
	mu     sync.Mutex       // stands for the one goroutine that writes
}

func newPlant(t testing.TB) *plant {
	t.Helper()
	p := &plant{bank: protocol.NewBank(), out: make(map[string]*protocol.Out)}
	line, operator := p.bank.Writer("line", "line.cue:1:1"), p.bank.Writer("operator", "line.cue:2:2")
	p.writer = operator

	for _, d := range []protocol.Def{
		{Name: "belt.position", Type: protocol.F64, Unit: "mm", Doc: "how far the belt has moved"},
		{Name: "belt.count", Type: protocol.U32},
		{Name: "plc.start", Type: protocol.Bool, Access: protocol.Operator},
		{Name: "plc.speed", Type: protocol.I16, Unit: "mm/s", Access: protocol.Operator},
	} {
		w := line
		if d.Access == protocol.Operator {
			w = operator
		}
		o, err := w.Define(d)
		if err != nil {
			t.Fatal(err)
		}
		if d.Type == protocol.I16 {
			o.Limit(protocol.Limits{Low: d.Type.Limits().Low, High: protocol.IntValue(1000)})
		}
		p.out[d.Name] = o
	}
	p.bank.Seal()
	return p
}

func (p *plant) apply(tx *protocol.Transaction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writer.Apply(time.Second, tx)
	return true
}

func connect(t testing.TB, p *plant, o server.Options, options ...Option) (*Client, *server.Server, context.Context) {
	t.Helper()
	o.Apply = p.apply
	s, err := server.Listen("127.0.0.1:0", p.bank, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	c, err := Dial(ctx, s.Addr().String(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, s, ctx
}

func TestAClientReadsTheMapAndValues(t *testing.T) {
	p := newPlant(t)
	p.out["belt.position"].SetFloat(3*time.Second, 12.5)
	c, _, ctx := connect(t, p, server.Options{})
	infos, err := c.Map(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := p.bank.Registers()
	for i := range want {
		if infos[i].Def != want[i].Def || infos[i].Ref != want[i].Ref {
			t.Errorf("register %d: %+v, want %+v", i, infos[i], want[i])
		}
	}
	readings, err := c.Get(ctx, "belt.position", "plc.start")
	if err != nil {
		t.Fatal(err)
	}
	if r := readings[0]; r.Format() != "12.5" || r.Unit != "mm" || r.Time != 3*time.Second || r.Quality != protocol.Good {
		t.Errorf("%+v", r)
	}
	if r := readings[1]; r.Format() != "false" || r.Quality != protocol.Bad {
		t.Errorf("%+v", r)
	}
	one, err := c.Get(ctx, "belt.position")
	if err != nil || one[0] != readings[0] {
		t.Errorf("%+v, %v", one, err)
	}
}

func TestAClientsWritesReachTheRegistersOrAreRefusedWithTheReason(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{})
	for _, k := range []struct{ name, text, want string }{
		{"plc.start", "true", ""},
		{"plc.speed", "-300", ""},
		{"plc.speed", "70000", "write a whole number from -32768 to 32767"},
		{"plc.speed", "fast", "write a whole number"},
		{"plc.speed", "1001", "value out of range; it takes -32768 to 1000 mm/s"},
		{"belt.count", "1", "only the line writes it"},
		{"plc.sped", "1", `did you mean "plc.speed"?`},
	} {
		err := c.Set(ctx, k.name, k.text)
		if (err == nil) != (k.want == "") || (err != nil && !strings.Contains(err.Error(), k.want)) {
			t.Errorf("Set(%s, %s) = %v, want %q", k.name, k.text, err, k.want)
		}
	}
	readings, err := c.Get(ctx, "plc.start", "plc.speed")
	if err != nil || !readings[0].Value.Bool() || readings[1].Value.Int() != -300 {
		t.Errorf("%+v, %v", readings, err)
	}
}

func TestTheLimitsOfARegisterAreThoseOfTheMoment(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{})
	for _, k := range []struct {
		name string
		want protocol.Limits
	}{
		{"plc.speed", protocol.Limits{Low: protocol.IntValue(-32768), High: protocol.IntValue(1000)}},
		{"belt.position", protocol.F64.Limits()},
	} {
		if got, err := c.Limits(ctx, k.name); err != nil || got != k.want {
			t.Errorf("%s: %v, %v", k.name, got, err)
		}
	}
	next := protocol.Limits{Low: protocol.IntValue(-5), High: protocol.IntValue(5)}
	p.out["plc.speed"].Limit(next)
	if got, err := c.Limits(ctx, "plc.speed"); err != nil || got != next {
		t.Errorf("after a change: %v, %v", got, err)
	}
	if err := c.Set(ctx, "plc.speed", "6"); err == nil || !strings.HasSuffix(err.Error(), "it takes -5 to 5 mm/s") {
		t.Errorf("a write beyond them: %v", err)
	}
	if _, err := c.Limits(ctx, "plc.sped"); err == nil {
		t.Error("a register that there is not has limits")
	}
}

func TestAWatchTellsAllAtFirstAndThenEachNewestValue(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{Poll: time.Millisecond})
	ctx, cancel := context.WithCancel(ctx)
	count := p.out["belt.count"]
	first := true
	var last uint64
	err := c.Watch(ctx, []string{"belt.position", "belt.count"}, 0, func(u Update) {
		if first {
			if len(u.Changes) != 2 || u.Changes[0].Name != "belt.position" {
				t.Errorf("at first: %+v", u)
			}
			first = false
			go func() {
				for i := range uint64(1000) {
					count.SetUint(time.Duration(i), i)
				}
			}()
			return
		}
		if len(u.Changes) != 1 || u.Changes[0].Name != "belt.count" {
			t.Fatalf("then: %+v", u)
		}
		if v := u.Changes[0].Value.Uint(); v < last {
			t.Errorf("%d after %d", v, last)
		} else if last = v; v == 999 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Get(context.Background(), "belt.count"); err != nil {
		t.Errorf("after the watch: %v", err)
	}
}

func TestASlowReceiverHoldsUpNeitherReadsNorTheServer(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{Poll: time.Millisecond})
	entered, leave := make(chan struct{}), make(chan struct{})
	watching, cancel := context.WithCancel(ctx)
	calls := 0
	done := make(chan error)
	go func() {
		done <- c.Watch(watching, []string{"belt.count"}, 0, func(u Update) {
			if calls++; calls == 1 {
				close(entered)
				<-leave
			} else if u.Changes[0].Value.Uint() == 500 {
				cancel()
			}
		})
	}()
	<-entered
	for i := range int64(500) {
		p.out["belt.count"].SetInt(time.Duration(i+1), i+1)
		if _, err := c.Get(ctx, "belt.count"); err != nil {
			t.Fatal(err)
		}
	}
	close(leave)
	if err := <-done; !errors.Is(err, context.Canceled) || ctx.Err() != nil {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestManyCallersShareAConnection(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if _, err := c.Get(ctx, "belt.position", "belt.count"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestRunningCallsEndWhenTheServerShutsDown(t *testing.T) {
	p := newPlant(t)
	c, s, ctx := connect(t, p, server.Options{})
	done := make(chan error)
	started := make(chan struct{})
	var once sync.Once
	go func() {
		done <- c.Watch(ctx, []string{"belt.count"}, 0, func(Update) { once.Do(func() { close(started) }) })
	}()
	<-started
	go s.Close()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "shuts down") {
		t.Errorf("the watch ended with %v", err)
	}
	if _, err := c.Get(ctx, "belt.count"); err == nil || !strings.Contains(err.Error(), "shuts down") {
		t.Errorf("a later call: %v", err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	p := newPlant(t)
	c, _, ctx := connect(t, p, server.Options{})
	if _, err := c.Map(ctx); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Watch(gone, []string{"belt.count"}, 0, func(Update) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Get(ctx, "belt.count"); err != nil {
		t.Errorf("a later call: %v", err)
	}
}

func TestAnUnreachableServerIsNamed(t *testing.T) {
	p := newPlant(t)
	_, s, ctx := connect(t, p, server.Options{})
	s.Close()
	if _, err := Dial(ctx, s.Addr().String()); err == nil || !strings.Contains(err.Error(), fmt.Sprint("no register server answers at ", s.Addr())) {
		t.Errorf("got %v", err)
	}
}

func TestATokenDecidesTheRole(t *testing.T) {
	p := newPlant(t)
	o := server.Options{Authorise: func(c wire.Credentials) (protocol.Grant, bool) {
		return protocol.Grant{Access: protocol.Operator}, c.Token == "secret"
	}}
	c, s, ctx := connect(t, p, o, WithToken("secret"))
	if err := c.Set(ctx, "plc.start", "on"); err != nil {
		t.Error(err)
	}
	if _, err := Dial(ctx, s.Addr().String(), WithToken("wrong")); !errors.Is(err, protocol.NotAuthorised) {
		t.Errorf("got %v", err)
	}
}
