package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// plant is a site with ten registers that clients write, one that counts, and one group.
type plant struct {
	site   *device.Site
	spec   *specs.Scenario
	group  *Group
	events map[string][]device.ClientEvent
	ends   map[string][]time.Duration
	bad    []time.Duration // when recipe.0 became bad
}

// newPlant makes a site with a group named hmi on a network named lan.
func newPlant(t *testing.T, n specs.Network, c specs.Clients, faults ...specs.Fault) *plant {
	t.Helper()
	if n.Segment == 0 {
		n.Segment, n.Buffer, n.Bandwidth = 1448, 65536, 1e8
	}
	c.Network = "lan"
	c.Within = specs.Duration(100 * time.Millisecond)
	if c.Patience == 0 {
		c.Patience = specs.Duration(time.Second)
	}
	p := &plant{events: map[string][]device.ClientEvent{}, ends: map[string][]time.Duration{}}
	p.spec = &specs.Scenario{
		Networks: map[string]specs.Network{"lan": n}, Clients: map[string]specs.Clients{"hmi": c}, Faults: faults,
		Registers: map[string]specs.Register{},
	}
	e := engine.New(engine.Options{Seed: 1, Workers: -1})
	p.site = &device.Site{Engine: e, Bank: protocol.NewBank(), Spec: p.spec}
	p.site.Listen = func(now time.Duration, _ string, kind uint8, data []byte) {
		var x device.ClientEvent
		if kind == device.Client && json.Unmarshal(data, &x) == nil {
			p.events[x.What] = append(p.events[x.What], x)
			p.ends[x.What] = append(p.ends[x.What], now)
		}
	}
	operator := p.site.Port("operator", device.LaneControl)
	var outs []*protocol.Out
	for i := range 10 {
		o, err := operator.Writer().Define(protocol.Def{Name: fmt.Sprintf("recipe.%d", i), Type: protocol.U32, Access: protocol.Operator})
		if err != nil {
			t.Fatal(err)
		}
		o.SetInt(0, 0)
		outs = append(outs, o)
	}
	line := p.site.Port("line", device.LanePlant)
	count, err := line.Out("count", protocol.I64, "", "")
	if err != nil {
		t.Fatal(err)
	}
	line.Every(engine.Sense, 20*time.Millisecond, 0, func(now time.Duration) {
		count.SetInt(now, int64(now))
		if q := outs[0].In(); q.Quality() == protocol.Bad && (len(p.bad) == 0 || p.bad[len(p.bad)-1] != q.Time()) {
			p.bad = append(p.bad, q.Time())
		}
	})
	p.site.Submit = func(tx *protocol.Transaction) bool {
		operator.At(engine.Sense, 0, func(now time.Duration) {
			operator.Writer().Apply(now, tx)
			tx.Finish()
		})
		return false
	}
	if p.group, err = NewGroup(p.site, "hmi", new(wire.Sources)); err != nil {
		t.Fatal(err)
	}
	p.site.Bank.Seal()
	return p
}

func (p *plant) run(t *testing.T, until time.Duration) {
	t.Helper()
	if err := p.group.Start(); err != nil {
		t.Fatal(err)
	}
	if err := p.site.Engine.Run(context.Background(), until); err != nil {
		t.Fatal(err)
	}
}

// never checks that none of these things happened.
func (p *plant) never(t *testing.T, whats ...string) {
	t.Helper()
	for _, w := range whats {
		if n := len(p.events[w]); n > 0 {
			t.Errorf("%s: %d times, first %+v at %v", w, n, p.events[w][0], p.ends[w][0])
		}
	}
}

// about checks how often something happened.
func (p *plant) about(t *testing.T, what string, least, most int) {
	t.Helper()
	if n := len(p.events[what]); n < least || n > most {
		t.Errorf("%s: %d times, want %d to %d", what, n, least, most)
	}
}

// everything is what a group can do.
func everything(count int) specs.Clients {
	d := func(d time.Duration) specs.Duration { return specs.Duration(d) }
	return specs.Clients{
		Count:   count,
		Watch:   specs.ClientWatch{Registers: []string{"line.count", "recipe.*"}, Interval: d(100 * time.Millisecond)},
		Read:    specs.ClientRead{Registers: []string{"*"}, Every: d(500 * time.Millisecond)},
		Write:   specs.ClientWrite{Registers: []string{"recipe.5", "recipe.6", "recipe.7"}, Every: d(time.Second), Together: 2},
		Publish: specs.ClientPublish{Registers: []string{"recipe.0", "recipe.1", "recipe.2"}, Every: d(time.Second), Hold: d(2 * time.Second)},
		Clock:   specs.ClientClock{Every: d(time.Second), Offset: d(time.Second), Drift: 50e-6},
	}
}

func lan() specs.Network {
	return specs.Network{Latency: specs.Latency{Base: specs.Duration(time.Millisecond), Jitter: specs.Duration(time.Millisecond)}, Segment: 1448, Buffer: 65536, Bandwidth: 1e8}
}

func TestOnAGoodNetworkAllIsAnswered(t *testing.T) {
	p := newPlant(t, lan(), everything(3))
	p.run(t, 20*time.Second)
	p.never(t, device.ClientBroken, device.ClientRefused, device.ClientLost, device.ClientNotResumed, device.ClientDropped,
		device.ClientStalePush, device.ClientStaleRead)
	p.about(t, device.ClientConnected, 3, 3)
	p.about(t, device.ClientPushed, 3*150, 3*200)
	p.about(t, device.ClientClock, 55, 60)
	p.about(t, device.ClientWrote, 60+60, 60+200)        // published, and written by twos
	p.about(t, device.ClientAnswered, 120+60+60+30, 400) // polls, publishes, clocks, writes
	for _, e := range p.events[device.ClientAnswered] {
		if e.Took < 2*time.Millisecond || e.Took > 10*time.Millisecond {
			t.Fatalf("an answer took %v", e.Took)
		}
	}
	for _, e := range p.events[device.ClientClock] {
		if max(e.Error, -e.Error) > e.Uncertainty || e.Uncertainty > 0.003 {
			t.Errorf("a clock is off by %v, at most %v", e.Error, e.Uncertainty)
		}
	}
	if got := p.group.connected.In().Uint(); got != 3 {
		t.Errorf("hmi.connected is %d", got)
	}
	if q := p.site.Bank.At(0).Quality(); q != protocol.Good {
		t.Errorf("a register with a source is %v", q)
	}
}

func TestClientsWithoutPowerAreMissedAndComeBack(t *testing.T) {
	p := newPlant(t, lan(), everything(3), specs.Fault{Device: "hmi", Kind: "offline", At: specs.Duration(5 * time.Second), For: specs.Duration(4 * time.Second)})
	p.run(t, 20*time.Second)
	p.about(t, device.ClientBroken, 3, 3)
	p.about(t, device.ClientConnected, 6, 6)
	p.about(t, device.ClientResumed, 3, 3)
	p.never(t, device.ClientNotResumed, device.ClientStalePush, device.ClientStaleRead)
	p.about(t, device.ClientDropped, 3, 3) // the server hears nothing for the sources' hold
	if len(p.bad) != 1 || p.bad[0] < 6*time.Second || p.bad[0] > 7100*time.Millisecond {
		t.Errorf("the register of a source became bad at %v; its power was gone from 5 s, its hold is 2 s", p.bad)
	}
	if q := p.site.Bank.At(0).Quality(); q != protocol.Good {
		t.Errorf("the source is back, and its register %v", q)
	}
}

func TestAResetOfTheNetworkBreaksAllAndRefusesOthers(t *testing.T) {
	p := newPlant(t, lan(), everything(3), specs.Fault{Device: "lan", Kind: "reset", At: specs.Duration(5 * time.Second), For: specs.Duration(2 * time.Second)})
	p.run(t, 20*time.Second)
	p.about(t, device.ClientBroken, 3, 3)
	p.about(t, device.ClientConnected, 6, 6)
	p.about(t, device.ClientResumed, 3, 3)
	for i, at := range p.ends[device.ClientConnected][3:] {
		if at < 7*time.Second {
			t.Errorf("client %d came back at %v", i, at)
		}
	}
}

func TestALapseOfTheNetworkIsNoticedByWhoWaits(t *testing.T) {
	p := newPlant(t, lan(), everything(3), specs.Fault{Device: "lan", Kind: "offline", At: specs.Duration(5 * time.Second), For: specs.Duration(3 * time.Second)})
	p.run(t, 30*time.Second)
	p.about(t, device.ClientBroken, 3, 3)
	for _, at := range p.ends[device.ClientBroken] {
		if at < 6*time.Second || at > 7500*time.Millisecond {
			t.Errorf("noticed at %v, with a patience of 1 s", at)
		}
	}
	p.about(t, device.ClientResumed, 3, 3)
	p.never(t, device.ClientStalePush, device.ClientStaleRead)
}

func TestADeafClientIsDropped(t *testing.T) {
	c := everything(2)
	c.Write, c.Publish = specs.ClientWrite{}, specs.ClientPublish{}
	c.Deaf = 0.5
	c.Read.Every = specs.Duration(20 * time.Millisecond)
	n := lan()
	n.Buffer = 4096
	p := newPlant(t, n, c)
	p.run(t, time.Minute)
	p.about(t, device.ClientDropped, 1, 5)
	for _, e := range p.events[device.ClientBroken] {
		if e.Client != 1 {
			t.Errorf("client %d, which reads, lost its connection: %s", e.Client, e.Text)
		}
	}
}

// Registers whose times go back are as if a server showed what was before.
func TestPushesAndReadsOfWhatWasBeforeAreToldOf(t *testing.T) {
	p := newPlant(t, lan(), everything(1))
	old := protocol.NewBank()
	var outs []*protocol.Out
	w := old.Writer("old", "")
	for _, r := range p.site.Bank.Registers() {
		o, err := w.Define(r.Def)
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, o)
	}
	old.Seal()
	if err := p.group.Start(); err != nil {
		t.Fatal(err)
	}
	p.group.server.bank = old
	p.site.Engine.Component("copy", device.LanePlant).Every(engine.Observe, 50*time.Millisecond, 0, func(now time.Duration) {
		late := now / time.Second % 2 * 400 * time.Millisecond
		for i, o := range outs {
			s := p.site.Bank.At(protocol.Ref(i)).Sample()
			o.Set(max(0, s.Time-late), s.Value, s.Quality)
		}
	})
	if err := p.site.Engine.Run(context.Background(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	p.about(t, device.ClientStalePush, 4, 1000)
	p.about(t, device.ClientStaleRead, 4, 1000)
}

func TestWrittenValuesStayWithinTheRegistersBounds(t *testing.T) {
	p := newPlant(t, lan(), everything(1))
	half, two, minus := 0.5, 2.0, -3.0
	for name, r := range map[string]specs.Register{
		"a": {Type: "bool"}, "b": {Type: "u16", Max: &two}, "c": {Type: "i16", Min: &minus, Max: &two}, "d": {Type: "f32", Min: &half, Max: &two},
		"e": {Type: "f64", Min: &half}, "f": {Type: "u64"}, "g": {Type: "i32", Max: &minus},
	} {
		p.spec.Registers[name] = r
		typ, err := protocol.ParseType(r.Type)
		if err != nil {
			t.Fatal(err)
		}
		distinct := map[protocol.Value]bool{}
		for i := range 100 {
			v := p.group.value(protocol.Info{Ref: protocol.Ref(name[0]), Def: protocol.Def{Name: name, Type: typ}}, func() float64 { return float64(i) / 99 })
			x := v.Number(typ)
			if _, ok := v.Fit(typ); !ok || r.Min != nil && x < *r.Min || r.Max != nil && x > *r.Max {
				t.Errorf("%s %s: %v", name, r.Type, x)
			}
			distinct[v] = true
		}
		if len(distinct) < 2 {
			t.Errorf("%s %s: always the same", name, r.Type)
		}
	}
}
