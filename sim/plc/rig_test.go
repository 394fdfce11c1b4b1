package plc

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// scenario is a copy of the reference line's description.
func scenario(t testing.TB) *specs.Scenario {
	t.Helper()
	l, err := loadBottling()
	if err != nil {
		t.Fatal(err)
	}
	s := l.Scenario
	s.Faults = nil
	return &s
}

var loadBottling = sync.OnceValues(func() (*specs.Loaded, error) { return specs.Load("../../scenarios/bottling") })

// bottle is one part of the rig's plant, and what is going to happen to it.
type bottle struct {
	s0      float64 // position of the belt at which its centre is at x = 0
	extra   float64 // > 0: put on there, behind the infeed, when its place comes
	taken   float64 // > 0: taken away by hand there
	verdict []opinion
	cap     time.Duration // the capping station answers after this; < 0: never
	capOK   bool

	on, in, out bool // on the belt; its leading edge has passed the infeed's beam; the outfeed's
	seen        bool // by the infeed's photo-eye
	off         string
	good, bad   bool // said the inspection
	capped      bool
	ready       float64 // x at which the PLC knew all that it needs to pass the bottle
}

// opinion is a verdict on a bottle, delay after its picture.
type opinion struct {
	delay  time.Duration
	shift  float64 // of the place that it names, m
	reason uint16
}

// sound tells whether the bottle may be sold.
func (b *bottle) sound() bool { return b.good && !b.bad && b.capped }

// rig is a plant without pictures: it moves bottles on a belt and drives the registers
// that a PLC sees. Encoder and latches are off by up to a count.
type rig struct {
	t     tester
	spec  *specs.Scenario
	geo   geometry
	eng   *engine.Engine
	bank  *protocol.Bank
	site  *device.Site
	plc   *PLC
	port  *device.Port
	noise func() float64 // -1 to 1

	bottles []*bottle
	s, v    float64
	gate    float64
	jam     bool // the gate does not move
	freeze  bool // the infeed's output does not change
	stall   bool // the belt does not move
	coast   bool // the belt does not stop
	muted   []*protocol.Out

	position, speed, seenAt, capError     *protocol.Out
	infeed, outfeed                       eyeOuts
	opened, closed, good, capOK           *protocol.Out
	verdict, reason, serial, capped, axis *protocol.Out
	command                               *protocol.Out
	run, open, request, origin            *protocol.In
	verdicts, infeeds, outfeeds           int64
	opined                                time.Duration
	station                               struct {
		id    uint32
		from  time.Duration
		asked *bottle
	}

	reports []report
	aborts  []Fault
	story   []string // the PLC's states and what became of bottles, for a failure's message
	state   State
	pushed  []*bottle
	each    func(now time.Duration) // called in every step
}

type eyeOuts struct{ blocked, count, latch *protocol.Out }

// report is what the PLC published about a bottle.
type report struct {
	origin float64
	pass   bool
	reason uint16
	seq    uint64
	good   uint64
	bad    uint64
}

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

const rigStep = 2 * time.Millisecond

func newRig(t tester, sp *specs.Scenario) *rig {
	t.Helper()
	r := &rig{t: t, spec: sp, eng: engine.New(engine.Options{Workers: -1}), bank: protocol.NewBank(), noise: func() float64 { return 0 }}
	r.site = &device.Site{Engine: r.eng, Bank: r.bank, Spec: sp, Listen: r.listen}
	r.port = r.site.Port("plant", "plant")
	var err error
	if r.plc, err = New(r.site, "main"); err != nil {
		t.Fatal(err)
	}
	r.geo = r.plc.geo
	def := func(name string, typ protocol.Type) *protocol.Out {
		o, err := r.port.Writer().Define(protocol.Def{Name: name, Type: typ})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	r.command = def("main.command", protocol.U16)
	r.position, r.speed = def("belt.position", protocol.F64), def("belt.speed", protocol.F64)
	for _, e := range []struct {
		name string
		to   *eyeOuts
	}{{"pe_infeed", &r.infeed}, {"pe_outfeed", &r.outfeed}} {
		*e.to = eyeOuts{def(e.name+".blocked", protocol.Bool), def(e.name+".count", protocol.U32), def(e.name+".latch", protocol.F64)}
	}
	r.opened, r.closed = def("reject.opened", protocol.Bool), def("reject.closed", protocol.Bool)
	r.verdict, r.seenAt, r.good = def("inspect.seq", protocol.U32), def("inspect.position", protocol.F64), def("inspect.good", protocol.Bool)
	r.reason, r.serial = def("inspect.reason", protocol.U16), def("inspect.serial", protocol.U64)
	r.capped, r.capOK, r.capError = def("capping.done", protocol.U32), def("capping.ok", protocol.Bool), def("capping.error", protocol.F64)
	r.axis = def("capper.j1.position", protocol.F64)
	if err := r.plc.Start(); err != nil {
		t.Fatal(err)
	}
	in := func(name string, typ protocol.Type) *protocol.In {
		i, err := r.bank.In(name, typ)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	r.run, r.open = in("belt.run", protocol.Bool), in("reject.open", protocol.Bool)
	r.request, r.origin = in("capping.request", protocol.U32), in("capping.origin", protocol.F64)
	r.port.Every(engine.Sense, rigStep, 0, r.step)
	return r
}

// play runs the rig until an instant.
func (r *rig) play(until time.Duration) {
	r.t.Helper()
	if err := r.eng.Run(context.Background(), until); err != nil {
		r.t.Fatal(err)
	}
}

// at does something at an instant.
func (r *rig) at(t time.Duration, f func(now time.Duration)) { r.port.At(engine.Sense, t, f) }

// order gives the PLC commands, 100 ms apart.
func (r *rig) order(from time.Duration, list ...Command) {
	for i, c := range list {
		r.at(from+time.Duration(i)*100*time.Millisecond, func(now time.Duration) { r.command.SetUint(now, uint64(c)) })
	}
}

// add puts bottles onto the belt, good and capped unless edit says otherwise, at
// distances after the first one.
func (r *rig) add(gaps []float64, edit func(i int, b *bottle)) {
	s := 0.3
	for i, g := range gaps {
		s += g
		b := &bottle{s0: s, verdict: []opinion{{delay: 55 * time.Millisecond}}, cap: 700 * time.Millisecond, capOK: true, ready: math.NaN()}
		if edit != nil {
			edit(i, b)
		}
		r.bottles = append(r.bottles, b)
	}
}

// x of a bottle's centre.
func (r *rig) x(b *bottle) float64 { return r.s - b.s0 }

func (r *rig) counted(s float64) float64 {
	const res = 1e-4
	return (math.Floor(s/res) + math.Round(r.noise())) * res
}

// step moves the plant on and publishes.
func (r *rig) step(now time.Duration) {
	dt := rigStep.Seconds()
	c := r.spec.Conveyors["belt"]
	target := 0.0
	if r.run.Quality() != protocol.Bad && r.run.Bool() {
		target = float64(c.Speed)
	}
	if r.coast && r.v > 0 {
		target = r.v
	}
	if now > 0 {
		a := float64(c.Acceleration) * dt
		v := min(max(target, r.v-a), r.v+a)
		if r.stall {
			v = 0
		}
		r.s += (r.v + v) / 2 * dt
		r.v = v
		r.moveGate(dt)
	}
	for _, b := range r.bottles {
		r.moveBottle(now, b)
	}
	if s := r.plc.state; s != r.state {
		if !follows(r.state, s) && r.plc.fault != Restarted && now > rigStep {
			r.t.Fatalf("%v: %v comes after %v", now, s, r.state)
		}
		r.state = s
		r.tell("%v: %v (%v), belt at %.3f", now, s, r.plc.fault, r.s)
	}
	r.publish(now)
	r.capping(now)
	for _, o := range r.muted {
		o.SetQuality(now, protocol.Bad)
	}
	r.check(now)
	if r.each != nil {
		r.each(now)
	}
}

// follows tells whether a state may come after another one, from scan to scan.
func follows(from, to State) bool {
	for c := Reset; c <= Clear; c++ {
		if from.next(c) == to {
			return true
		}
	}
	return from.settled() == to
}

// tell keeps a line of the story.
func (r *rig) tell(format string, args ...any) {
	r.story = append(r.story, fmt.Sprintf(format, args...))
}

func (r *rig) moveGate(dt float64) {
	if r.jam {
		return
	}
	step := dt / r.spec.Gates["reject"].Travel.Seconds()
	if r.open.Quality() != protocol.Bad && !r.open.Bool() {
		step = -step
	}
	r.gate = min(max(r.gate+step, 0), 1)
}

// moveBottle finds what happens to a bottle in this step.
func (r *rig) moveBottle(now time.Duration, b *bottle) {
	x := r.x(b)
	if b.off != "" || x < max(b.extra, 0) {
		return
	}
	b.on = true
	if !b.in && x >= r.geo.infeed-r.geo.half {
		b.in = true
		if b.extra == 0 && !r.freeze {
			r.arrive(now, b)
		}
	}
	if !b.out && x >= r.geo.outfeed-r.geo.half {
		b.out = true
		r.outfeeds++
		r.outfeed.count.SetInt(now, r.outfeeds)
		r.outfeed.latch.SetFloat(now, r.counted(r.s))
	}
	defer func() {
		if b.off != "" {
			r.tell("%v: bottle from %.3f is %s at %.3f", now, b.s0, b.off, x)
		}
	}()
	switch {
	case b.taken > 0 && x >= b.taken:
		b.off = "taken"
	case r.gate >= 0.5 && x >= r.geo.low && x <= r.geo.high:
		b.off = "pushed"
		r.pushed = append(r.pushed, b)
	case x >= float64(r.spec.Conveyors["belt"].Length):
		b.off = "sold"
	}
}

// arrive lets the infeed see a bottle, and the inspection.
func (r *rig) arrive(now time.Duration, b *bottle) {
	b.seen = true
	r.infeeds++
	r.infeed.count.SetInt(now, r.infeeds)
	r.infeed.latch.SetFloat(now, r.counted(r.s))
	at := r.counted(r.s)
	for _, o := range b.verdict {
		r.at(now+o.delay, func(now time.Duration) { r.opine(now, b, at, o) })
	}
}

// opine publishes a verdict. Each stands for a scan at least, else the PLC misses it.
func (r *rig) opine(now time.Duration, b *bottle, at float64, o opinion) {
	if now < r.opined+r.stand() {
		r.at(r.opined+r.stand(), func(now time.Duration) { r.opine(now, b, at, o) })
		return
	}
	r.opined = now
	r.verdicts++
	r.seenAt.SetFloat(now, at+o.shift)
	r.reason.SetUint(now, uint64(o.reason))
	r.good.SetBool(now, o.reason == 0)
	r.serial.SetUint(now, uint64(b.s0*1000))
	r.verdict.SetInt(now, r.verdicts)
	if math.Abs(o.shift) < 0.02 && o.reason&notJudged == 0 {
		b.good, b.bad = b.good || o.reason == 0, b.bad || o.reason != 0
		r.note(b)
	}
}

// stand is how long a verdict stands at the least.
func (r *rig) stand() time.Duration { return r.spec.PLCs["main"].Scan.D() + rigStep }

// note keeps where a bottle was when all was known that lets it pass.
func (r *rig) note(b *bottle) {
	if b.sound() {
		b.ready = r.x(b)
	}
}

// capping is the station: it answers what it is asked for, unless it is told to stop.
func (r *rig) capping(now time.Duration) {
	s := &r.station
	id := uint32(r.request.Uint())
	if r.request.Quality() == protocol.Bad {
		id = 0
	}
	if id != s.id {
		s.id, s.from, s.asked = id, now, nil
		for _, b := range r.bottles {
			if id != 0 && b.on && b.off == "" && math.Abs(b.s0-r.origin.Float()) < 2e-3 {
				s.asked = b
			}
		}
	}
	b := s.asked
	if b == nil || b.cap < 0 || now-s.from < b.cap || r.x(b) < r.geo.from || r.x(b) > r.geo.to {
		return
	}
	s.asked = nil
	r.capped.SetUint(now, uint64(id))
	r.capOK.SetBool(now, b.capOK)
	r.capError.SetFloat(now, 1e-4)
	b.capped = b.capOK
	r.note(b)
}

func (r *rig) publish(now time.Duration) {
	in := func(at float64) bool {
		for _, b := range r.bottles {
			if b.on && b.off == "" && math.Abs(r.x(b)-at) < r.geo.half {
				return true
			}
		}
		return false
	}
	r.position.SetFloat(now, r.counted(r.s))
	r.speed.SetFloat(now, r.v)
	if !r.freeze {
		r.infeed.blocked.SetBool(now, in(r.geo.infeed))
	}
	r.outfeed.blocked.SetBool(now, in(r.geo.outfeed))
	r.opened.SetBool(now, r.gate >= 0.99)
	r.closed.SetBool(now, r.gate <= 0.01)
	if now > 0 {
		return
	}
	for _, o := range []*protocol.Out{r.infeed.count, r.outfeed.count, r.verdict, r.reason, r.serial, r.capped, r.command} {
		o.SetUint(now, 0)
	}
	for _, o := range []*protocol.Out{r.infeed.latch, r.outfeed.latch, r.seenAt, r.capError, r.axis} {
		o.SetFloat(now, 0)
	}
	r.good.SetBool(now, false)
	r.capOK.SetBool(now, false)
}

// check holds what must be true at every instant.
func (r *rig) check(now time.Duration) {
	p := r.plc
	if s := p.state; (s == Aborting || s == Aborted) && now > 0 && !p.away {
		if r.run.Bool() || !r.open.Bool() {
			r.t.Fatalf("%v: in %v the belt runs: %v, the gate is out: %v", now, s, r.run.Bool(), r.open.Bool())
		}
	}
	for _, b := range r.bottles {
		if b.off == "sold" && !b.sound() {
			r.t.Fatalf("%v: a bottle was sold that is good: %v, bad: %v, capped: %v\n%s", now, b.good, b.bad, b.capped, strings.Join(r.story, "\n"))
		}
	}
}

// listen follows the PLC's registers through the log.
func (r *rig) listen(now time.Duration, component string, kind uint8, _ []byte) {
	if component != "main" {
		return
	}
	if kind == device.Note && (len(r.aborts) == 0 || r.plc.state == Aborting) {
		r.aborts = append(r.aborts, r.plc.fault)
	}
	if seq := r.plc.out.seq.Sample().Value.Uint(); kind == device.Registers && seq != uint64(len(r.reports)) {
		o := &r.plc.out
		r.reports = append(r.reports, report{
			origin: o.in.Sample().Value.Float(), pass: o.pass.Sample().Value.Bool(), reason: uint16(o.reason.Sample().Value.Uint()),
			seq: seq, good: o.goodCount.Sample().Value.Uint(), bad: o.rejectCount.Sample().Value.Uint(),
		})
	}
}

// settle holds what must be true when the line has run empty: each bottle that the
// infeed saw was reported once, as what became of it, and the counts add up.
func (r *rig) settle() {
	r.t.Helper()
	var good, bad uint64
	for i, rep := range r.reports {
		if rep.pass {
			good++
		} else {
			bad++
		}
		if rep.seq != uint64(i+1) || rep.good != good || rep.bad != bad {
			r.t.Errorf("report %d has number %d and counts %d good, %d bad; the reports so far make it %d and %d", i+1, rep.seq, rep.good, rep.bad, good, bad)
		}
		if rep.pass != (rep.reason == 0) {
			r.t.Errorf("report %d: pass %v with reason %#x", i+1, rep.pass, rep.reason)
		}
	}
	left := slices.Clone(r.reports)
	for i, b := range r.bottles {
		if b.off == "" {
			r.t.Errorf("bottle %d is still on the line at %.3f m", i, r.x(b))
		}
		n := slices.IndexFunc(left, func(rep report) bool { return math.Abs(rep.origin-b.s0) < 5e-3 })
		switch {
		case !b.seen:
			continue
		case n < 0:
			r.t.Errorf("bottle %d (%s) was not reported", i, b.off)
			continue
		case left[n].pass != (b.off == "sold"):
			r.t.Errorf("bottle %d was %s and reported as passed: %v, reason %#x", i, b.off, left[n].pass, left[n].reason)
		}
		if b.off == "pushed" && b.sound() && b.ready < r.geo.low-r.geo.lead-0.02 && left[n].reason != Swept {
			r.t.Errorf("the gate hit bottle %d, which is sound; it was reported with reason %#x", i, left[n].reason)
		}
		left = slices.Delete(left, n, n+1)
	}
	for _, rep := range left {
		r.t.Errorf("a bottle was reported that is not there, or twice: %+v", rep)
	}
}

// mute makes registers bad from one instant to another.
func (r *rig) mute(from, to time.Duration, outs ...*protocol.Out) {
	r.at(from, func(time.Duration) { r.muted = outs })
	r.at(to, func(now time.Duration) {
		r.muted = nil
		for _, o := range outs {
			o.SetQuality(now, protocol.Good)
		}
	})
}
