package sim

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

var loadBottling = sync.OnceValues(func() (*specs.Loaded, error) { return specs.Load("../scenarios/bottling") })

// stage is the plant of the reference line with nobody to control it: a test writes the
// commands by hand, and sees the registers and the truth.
type stage struct {
	t    testing.TB
	spec *specs.Scenario
	eng  *engine.Engine
	bank *protocol.Bank
	w    *World
	hand *device.Port
	cmd  map[string]*protocol.Out

	left   []device.Part
	sights []device.Sight
	notes  []device.Remark
	frames []*vision.Frame
	seen   map[string][]change // of registers, by name
	deaf   bool                // nothing is kept of what the plant says
	names  []string
}

// change of a register, as the log has it.
type change struct {
	at   time.Duration
	bits uint64
	good bool
}

// newStage puts up the plant; edit changes its description before.
func newStage(t testing.TB, edit func(s *specs.Scenario)) *stage {
	t.Helper()
	l, err := loadBottling()
	if err != nil {
		t.Fatal(err)
	}
	sp := l.Scenario
	sp.Faults = nil
	sp.Conveyors, sp.Photoeyes, sp.Gates = clone(sp.Conveyors), clone(sp.Photoeyes), clone(sp.Gates)
	sp.Feeders, sp.Cameras, sp.Machines, sp.Inspections = clone(sp.Feeders), clone(sp.Cameras), clone(sp.Machines), clone(sp.Inspections)
	for n, f := range sp.Feeders {
		f.First = specs.Duration(sec)
		sp.Feeders[n] = f
	}
	for n, c := range sp.Cameras {
		c.Fidelity = "modelled"
		sp.Cameras[n] = c
	}
	if edit != nil {
		edit(&sp)
	}
	s := &stage{t: t, spec: &sp, eng: engine.New(engine.Options{Seed: sp.Seed, Workers: -1}), bank: protocol.NewBank(), cmd: map[string]*protocol.Out{}, seen: map[string][]change{}}
	site := &device.Site{Engine: s.eng, Bank: s.bank, Spec: &sp, Dir: l.Dir, Listen: s.listen}
	s.hand = site.Port("hand", lane)
	if s.w, err = NewWorld(site); err != nil {
		t.Fatal(err)
	}
	s.putUp(site)
	return s
}

// clone copies a map, so that an edit of one test is not seen by the next.
func clone[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (s *stage) putUp(site *device.Site) {
	s.t.Helper()
	put := func(d device.Device, err error) device.Device {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	define := func(name string, typ protocol.Type) {
		o, err := s.hand.Writer().Define(protocol.Def{Name: name, Type: typ})
		if err != nil {
			s.t.Fatal(err)
		}
		s.cmd[name] = o
	}
	for _, n := range specs.Names(s.spec.Registers) {
		define(n, protocol.U16)
	}
	var all []device.Device
	for _, n := range specs.Names(s.spec.Conveyors) {
		all = append(all, put(s.w.Conveyor(n)))
		define(n+".run", protocol.Bool)
	}
	for _, n := range specs.Names(s.spec.Photoeyes) {
		all = append(all, put(s.w.PhotoEye(n)))
	}
	for _, n := range specs.Names(s.spec.Gates) {
		all = append(all, put(s.w.Gate(n)))
		define(n+".open", protocol.Bool)
	}
	for _, n := range specs.Names(s.spec.Machines) {
		all = append(all, put(s.w.Machine(n)))
		for i := range s.spec.Machines[n].Joints {
			define(fmt.Sprintf("%s.j%d.setpoint", n, i+1), protocol.F64)
		}
		define(n+".head.press", protocol.Bool)
	}
	for _, n := range specs.Names(s.spec.Cameras) {
		c := put(s.w.Camera(n)).(*Camera)
		c.Listen(func(_ time.Duration, f *vision.Frame) { s.frames = append(s.frames, f.Clone()) })
		c.CheckFrames()
		all = append(all, c)
		if s.spec.Cameras[n].Trigger == "" {
			define(n+".armed", protocol.Bool)
		}
	}
	s.names = make([]string, s.bank.Len())
	for _, r := range s.bank.Registers() {
		s.names[r.Ref] = r.Name
	}
	for _, d := range all {
		if err := d.Start(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// listen keeps what the plant says.
func (s *stage) listen(now time.Duration, _ string, kind uint8, data []byte) {
	if s.deaf {
		return
	}
	keep := func(v any) {
		if err := json.Unmarshal(data, v); err != nil {
			s.t.Fatal(err)
		}
	}
	switch kind {
	case device.Registers:
		for b := data; len(b) >= device.ChangeSize; b = b[device.ChangeSize:] {
			n := s.names[binary.LittleEndian.Uint32(b)]
			s.seen[n] = append(s.seen[n], change{now, binary.LittleEndian.Uint64(b[5:]), protocol.Quality(b[4]) == protocol.Good})
		}
	case device.TruthLeft:
		var p device.Part
		keep(&p)
		s.left = append(s.left, p)
	case device.TruthSeen:
		var v device.Sight
		keep(&v)
		s.sights = append(s.sights, v)
	case device.Note:
		var r device.Remark
		keep(&r)
		s.notes = append(s.notes, r)
	}
}

// set writes a command at an instant.
func (s *stage) set(at time.Duration, name string, v bool) {
	s.hand.At(engine.Sense, at, func(now time.Duration) { s.cmd[name].SetBool(now, v) })
}

// at does something at an instant, after all devices have published.
func (s *stage) at(t time.Duration, f func()) {
	s.hand.At(engine.Observe, t, func(time.Duration) { f() })
}

// play runs the plant until an instant.
func (s *stage) play(until time.Duration) {
	s.t.Helper()
	if err := s.eng.Run(context.Background(), until); err != nil {
		s.t.Fatal(err)
	}
}

// in is the read side of a register.
func (s *stage) in(name string) *protocol.In {
	s.t.Helper()
	info, err := s.bank.Lookup(name)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.bank.At(info.Ref)
}

// quality of a register.
func (s *stage) quality(name string) protocol.Quality { return s.in(name).Quality() }

// values that a register took, in order, while it was good.
func (s *stage) values(name string) (out []change) {
	for _, c := range s.seen[name] {
		if c.good {
			out = append(out, c)
		}
	}
	return out
}

func (c change) float() float64 { return math.Float64frombits(c.bits) }

// strike is a fault of the scenario.
func strike(at, last time.Duration, device, kind string) specs.Fault {
	return specs.Fault{At: specs.Duration(at), For: specs.Duration(last), Device: device, Kind: kind}
}
