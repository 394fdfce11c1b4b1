package device

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/engine"
)

// The kinds of records in the event log.
const (
	// Registers holds changes of registers: 13 bytes each, in the order of their
	// references: uint32 reference, uint8 quality, 8 bytes of value (the low bytes
	// of an integer's two's complement, or of a float64), little-endian.
	Registers uint8 = 1
	// TruthLeft holds a Part that left the line, as JSON.
	TruthLeft uint8 = 2
	// TruthSeen holds a Sight, as JSON.
	TruthSeen uint8 = 3
	// Note holds a Remark, as JSON.
	Note uint8 = 4
	// Order holds a mes.Command that came from outside, as JSON.
	Order uint8 = 5
	// Client holds a ClientEvent, as JSON.
	Client uint8 = 6
	// TruthTip holds a Tip, as AppendTip writes it.
	TruthTip uint8 = 7
	// Programmed holds Strokes, as AppendStroke writes them.
	Programmed uint8 = 8
	// TruthExposed holds an Exposure, as JSON.
	TruthExposed uint8 = 9
)

// Lanes: on the wall clock, components of one lane share a thread, and run in the
// order of their phases; those of different lanes do not wait for each other.
const (
	LanePlant   = "plant"   // the simulated world, and what must keep step with drives
	LaneControl = "control" // PLCs, operator
	LaneVision  = "vision"  // inspection
	LaneObserve = "observe" // MES
	LaneClients = "clients" // simulated clients of the register server
)

// ChangeSize is the length of one change in a Registers record.
const ChangeSize = 13

// Site is where components are put up: the engine, the bank and the specification
// of one twin, and those who listen.
type Site struct {
	Engine *engine.Engine
	Bank   *protocol.Bank
	Spec   *specs.Scenario
	// Dir is the scenario's folder; files that the specification names are in it.
	Dir string
	// Where is the place of a path of the specification, as file:line:column.
	Where func(path ...string) string
	// Listen gets every record of every port as it is emitted, before it is put
	// into the log's order. It may be nil. On the wall clock it is called from
	// several threads.
	Listen func(now time.Duration, component string, kind uint8, data []byte)
	// Submit takes the transactions of simulated clients to the registers that clients
	// may write. They are carried out in the next Sense phase, and finished there. It may
	// be called from activities of any lane.
	Submit protocol.ApplyFunc

	later []func() error
}

// DefineLater defines the registers that are to come behind all others. It is called once, when
// all components have theirs.
func (s *Site) DefineLater() error {
	for _, define := range s.later {
		if err := define(); err != nil {
			return err
		}
	}
	s.later = nil
	return nil
}

// Later keeps definitions of registers for DefineLater.
func (s *Site) Later(define func() error) { s.later = append(s.later, define) }

// Port is a component's place in the twin: its activities, its registers and its
// records. What an activity wrote into registers goes into the log when the
// activity ends, so activities are to be added through the port.
type Port struct {
	c       *engine.Component
	w       *protocol.Writer
	site    *Site
	buf     []byte
	collect func(ref protocol.Ref, s protocol.Sample)

	mu    sync.Mutex // activities may be added from other lanes
	spare []*errand
}

// errand is an activity that is followed by a flush. It is used again, and its functions are
// made once, so that an activity costs no memory.
type errand struct {
	p    *Port
	fn   func(now time.Duration)
	done func(now, cost time.Duration)

	run    func(now time.Duration)
	finish func(now, cost time.Duration)
}

func (p *Port) errand() *errand {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.spare); n > 0 {
		e := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return e
	}
	e := &errand{p: p}
	e.run, e.finish = e.runs, e.finishes
	return e
}

// free takes what is to be run out of the errand, for which another one may be made from
// within it.
func (e *errand) free() (fn func(now time.Duration), done func(now, cost time.Duration)) {
	fn, done = e.fn, e.done
	e.fn, e.done = nil, nil
	e.p.mu.Lock()
	defer e.p.mu.Unlock()
	e.p.spare = append(e.p.spare, e)
	return fn, done
}

func (e *errand) runs(now time.Duration) {
	fn, _ := e.free()
	fn(now)
	e.p.Flush(now)
}

func (e *errand) finishes(now, cost time.Duration) {
	_, done := e.free()
	done(now, cost)
	e.p.Flush(now)
}

// Port puts up a component. path is its place in the specification.
func (s *Site) Port(name, lane string, path ...string) *Port {
	where := ""
	if s.Where != nil && len(path) > 0 {
		where = s.Where(path...)
	}
	p := &Port{c: s.Engine.Component(name, lane), w: s.Bank.Writer(name, where), site: s}
	p.collect = func(ref protocol.Ref, s protocol.Sample) {
		p.buf = binary.LittleEndian.AppendUint32(p.buf, uint32(ref))
		p.buf = append(p.buf, byte(s.Quality))
		p.buf = binary.LittleEndian.AppendUint64(p.buf, s.Value.Uint())
	}
	return p
}

// Component is the engine's side of the port, for random streams and Post.
func (p *Port) Component() *engine.Component { return p.c }

// Writer is the bank's side of the port.
func (p *Port) Writer() *protocol.Writer { return p.w }

// Site that the port is on.
func (p *Port) Site() *Site { return p.site }

// Name of the component.
func (p *Port) Name() string { return p.c.Name() }

// Out defines the register "<component>.<signal>".
func (p *Port) Out(signal string, t protocol.Type, unit, doc string) (*protocol.Out, error) {
	return p.w.Define(protocol.Def{Name: p.Name() + "." + signal, Type: t, Unit: unit, Doc: doc})
}

// Signal is one register of a component, to be defined.
type Signal struct {
	Out  **protocol.Out // where the register goes
	Name string         // without the component's
	Type protocol.Type
	Unit string
	Doc  string
}

// Define defines registers "<component>.<name>", in their order.
func (p *Port) Define(signals ...Signal) (err error) {
	for _, s := range signals {
		if *s.Out, err = p.Out(s.Name, s.Type, s.Unit, s.Doc); err != nil {
			return err
		}
	}
	return nil
}

// Later defines registers as Define does, but behind those of all components: what a class of
// devices got in a later version moves no other register from the address that it has had. They
// can be written to from Start on.
func (p *Port) Later(signals ...Signal) {
	p.site.Later(func() error { return p.Define(signals...) })
}

// Command defines the register "<device>.<signal>", which another device reads.
func (p *Port) Command(device, signal string, t protocol.Type, unit, doc string) (*protocol.Out, error) {
	return p.w.Define(protocol.Def{Name: device + "." + signal, Type: t, Unit: unit, Doc: doc})
}

// In finds the register "<device>.<signal>".
func (p *Port) In(device, signal string, t protocol.Type) (*protocol.In, error) {
	in, err := p.site.Bank.In(device+"."+signal, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name(), err)
	}
	return in, nil
}

// Every adds a periodic activity.
func (p *Port) Every(ph engine.Phase, period, offset time.Duration, fn func(now time.Duration)) *engine.Task {
	return p.c.Every(ph, period, offset, func(now time.Duration) {
		fn(now)
		p.Flush(now)
	})
}

// At adds an activity at one instant.
func (p *Port) At(ph engine.Phase, at time.Duration, fn func(now time.Duration)) {
	e := p.errand()
	e.fn = fn
	p.c.At(ph, at, e.run)
}

// Offload runs work on another core; see engine.Component.Offload.
func (p *Port) Offload(latency time.Duration, work func(), done func(now, cost time.Duration)) {
	e := p.errand()
	e.done = done
	p.c.Offload(latency, work, e.finish)
}

// Simulate is Offload for a device's own latency; see engine.Component.Simulate.
func (p *Port) Simulate(latency time.Duration, work func(), done func(now, cost time.Duration)) {
	e := p.errand()
	e.done = done
	p.c.Simulate(latency, work, e.finish)
}

// Post runs fn soon; it may be called from any goroutine.
func (p *Port) Post(fn func(now time.Duration)) {
	e := p.errand()
	e.fn = fn
	p.c.Post(e.run)
}

// Emit puts a record into the log and tells who listens.
func (p *Port) Emit(now time.Duration, kind uint8, data []byte) {
	p.c.Emit(kind, data)
	if p.site.Listen != nil {
		p.site.Listen(now, p.Name(), kind, data)
	}
}

// Flush emits what was written into registers since the last flush. Activities that
// were added through the port do it by themselves.
func (p *Port) Flush(now time.Duration) {
	if !p.w.Changed() {
		return
	}
	p.buf = p.buf[:0]
	p.w.Changes(p.collect)
	p.Emit(now, Registers, p.buf)
}

// Draw is a latency of the stage, uniform between its bounds.
func Draw(l specs.Latency, uniform func() float64) time.Duration {
	return l.Base.D() + time.Duration(uniform()*float64(l.Jitter))
}
