package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/network"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// Group is a group of clients of a scenario, all alike, each with a random stream, a clock
// and a connection of its own; and the part of the register server that serves them. What
// happens to them goes into the log as device.ClientEvents.
//
// They look at registers in the Observe phase, when an instant's are all there, and write
// in the next Sense phase, so that the order of components does not matter.
type Group struct {
	port    *device.Port
	name    string
	spec    specs.Clients
	sources *wire.Sources
	net     *network.Network
	server  *Server
	members []*member

	connected *protocol.Out // how many are, as a register
	up        int
	telling   bool
	powerless int // faults that take their power

	watch, read, write, publish []protocol.Info
	fresh                       map[protocol.Ref]float64 // the last value that was written
}

// NewGroup puts up a group of clients. The groups of one twin share sources.
func NewGroup(site *device.Site, name string, sources *wire.Sources) (*Group, error) {
	g := &Group{
		port: site.Port(name, device.LaneClients, "clients", name), name: name, spec: site.Spec.Clients[name],
		sources: sources, fresh: map[protocol.Ref]float64{},
	}
	err := g.port.Define(device.Signal{Out: &g.connected, Name: "connected", Type: protocol.U32, Doc: "clients that are connected"})
	if err != nil {
		return nil, err
	}
	n := site.Spec.Networks[g.spec.Network]
	g.net = network.New(network.Conditions{
		Latency: n.Latency.Base.D(), Jitter: n.Latency.Jitter.D(), Rate: float64(n.Bandwidth) / 8, Loss: float64(n.Loss),
		Segment: n.Segment, Buffer: n.Buffer, Cut: n.Cut.D(), HalfOpen: n.HalfOpen.D(), Refuse: float64(n.Refused),
	}, g.at)
	for i := range g.spec.Count {
		g.members = append(g.members, newMember(g, i))
	}
	return g, nil
}

func (g *Group) at(at time.Duration, fn func(time.Duration)) { g.port.At(engine.Observe, at, fn) }

// Start finds the registers, and begins to serve and to ask.
func (g *Group) Start() (err error) {
	for _, f := range []struct {
		to       *[]protocol.Info
		patterns []string
		part     string
		most     int
		writes   bool
	}{
		{&g.watch, g.spec.Watch.Registers, "watch", wire.MaxRefs, false}, {&g.read, g.spec.Read.Registers, "read", wire.MaxRefs, false},
		{&g.write, g.spec.Write.Registers, "write", protocol.MaxRegisters, true}, {&g.publish, g.spec.Publish.Registers, "publish", protocol.MaxRegisters, true},
	} {
		if *f.to, err = g.find(f.part, f.patterns, f.most, f.writes); err != nil {
			return err
		}
	}
	if n := len(g.publish); n > 0 && n < g.spec.Count {
		return g.misfit(fmt.Sprintf("%d clients share these registers out among themselves, and there are %d; name at least as many", g.spec.Count, n), "publish", "registers")
	}
	if n := len(g.write); n > 0 && n < g.spec.Write.Together {
		return g.misfit(fmt.Sprintf("%d registers cannot be written together where there are %d; write at most that", g.spec.Write.Together, n), "write", "together")
	}
	now := func() time.Duration { return g.port.Component().Now() }
	g.server = NewServer(g.port.Site().Bank, wire.ServerConfig{Apply: g.port.Site().Submit, LineTime: now, Sources: g.sources}, g.at)
	g.server.Ended = func(now time.Duration, reason error) {
		if errors.Is(reason, protocol.DeviceNotResponding) {
			g.tell(now, device.ClientEvent{What: device.ClientDropped, Text: reason.Error()})
		}
	}
	g.net.Listen(g.server.Accept)
	g.port.At(engine.Sense, 0, func(now time.Duration) { g.connected.SetInt(now, 0) })
	for _, m := range g.members {
		m.start()
	}
	for _, f := range g.port.Site().Spec.Faults {
		g.schedule(f)
	}
	return nil
}

// find resolves patterns.
func (g *Group) find(part string, patterns []string, most int, writes bool) ([]protocol.Info, error) {
	found, missed := device.Match(g.port.Site().Bank, patterns)
	if missed >= 0 {
		return nil, g.misfit(fmt.Sprintf("no register is called %q; linetwin regs map lists those of a line that is served", patterns[missed]), part, "registers", strconv.Itoa(missed))
	}
	if len(found) > most {
		return nil, g.misfit(fmt.Sprintf("these are %d registers, and a request is for %d at most; name fewer", len(found), most), part, "registers")
	}
	for _, r := range found {
		if writes && r.Access == protocol.ReadOnly {
			return nil, g.misfit(fmt.Sprintf("clients may not write %s; name registers that the scenario describes under registers", r.Name), part, "registers")
		}
	}
	return found, nil
}

// misfit is an error about a part of the group's description, with its place.
func (g *Group) misfit(text string, path ...string) error {
	path = append([]string{"clients", g.name}, path...)
	full := ""
	for i, p := range path {
		if _, err := strconv.Atoi(p); err == nil {
			full += "[" + p + "]"
			continue
		}
		if i > 0 {
			full += "."
		}
		full += p
	}
	text = full + ": " + text
	if g.port.Site().Where == nil {
		return fmt.Errorf("%s", text)
	}
	return specs.Errors{mistake.At(g.port.Site().Where(path...), text)}
}

// schedule makes a fault come and go that strikes these clients or their network.
func (g *Group) schedule(f specs.Fault) {
	var set func(now time.Duration, by int)
	switch {
	case f.Device == g.name:
		set = g.power
	case f.Device == g.spec.Network && f.Kind == "offline":
		set = func(_ time.Duration, by int) { g.net.Lapse(by) }
	case f.Device == g.spec.Network:
		set = func(now time.Duration, by int) {
			g.net.Shut(by)
			if by > 0 {
				g.net.Reset(now)
			}
		}
	default:
		return
	}
	g.at(f.At.D(), func(now time.Duration) { set(now, 1) })
	g.at(f.At.D()+f.For.D(), func(now time.Duration) { set(now, -1) })
}

// power takes the clients' power or gives it back. Faults may overlap.
func (g *Group) power(now time.Duration, by int) {
	g.powerless += by
	for _, m := range g.members {
		switch {
		case g.powerless == 1 && by > 0:
			m.client.Off(now)
		case g.powerless == 0 && m.begun:
			m.client.On(now)
		}
	}
}

// count notes that a client is connected, or is not any more.
func (g *Group) count(now time.Duration, by int) {
	g.up += by
	if g.telling {
		return
	}
	g.telling = true
	g.port.At(engine.Sense, now, func(now time.Duration) {
		g.telling = false
		g.connected.SetInt(now, int64(g.up))
	})
}

// tell puts an event into the log.
func (g *Group) tell(now time.Duration, e device.ClientEvent) {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("clients: %+v cannot be told: %v", e, err)) // its fields are plain
	}
	g.port.Emit(now, device.Client, b)
}

// most is the largest number that clients write into registers of a type: up to it
// floats hold all whole numbers.
var most = map[protocol.Type]float64{
	protocol.Bool: 1, protocol.U16: math.MaxUint16, protocol.I16: math.MaxInt16, protocol.U32: math.MaxUint32, protocol.I32: math.MaxInt32,
	protocol.U64: 1 << 53, protocol.I64: 1 << 53, protocol.F32: 1 << 24, protocol.F64: 1 << 53,
}

// value is what a client writes into a register: within its bounds, and where there is
// room another one each time.
func (g *Group) value(r protocol.Info, draw func() float64) protocol.Value {
	s := g.port.Site().Spec.Registers[r.Name]
	low, high := 0.0, most[r.Type]
	if s.Max != nil {
		high = *s.Max
		if low > high {
			low = max(high-1000, -most[r.Type])
		}
	}
	if s.Min != nil {
		low = *s.Min
	}
	if r.Type.Float() && s.Min != nil && s.Max != nil {
		v := low + (high-low)*draw()
		if r.Type == protocol.F32 {
			v = min(max(float64(float32(v)), low), high)
		}
		return protocol.FloatValue(v)
	}
	v := g.fresh[r.Ref] + 1
	if low+v > high {
		v = 0
	}
	g.fresh[r.Ref] = v
	return device.NumberValue(r.Type, low+v)
}

// Close does nothing.
func (g *Group) Close() error { return nil }

var _ device.Device = (*Group)(nil)
