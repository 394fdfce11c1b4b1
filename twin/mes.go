package twin

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
)

// mesTask watches the registers in the Observe phase and tells the MES.
type mesTask struct {
	t     *Twin
	port  *device.Port
	m     *mes.MES
	inbox *mes.Inbox
	given []givenCommand // of a replay: what is still to be given
	dark  *darkroom      // nil where no pictures are kept
	temp  string         // folder of a database that nobody keeps
	lines []*mesLine
	all   []*protocol.In
	value []float64
	qual  []uint8
	err   error
}

// mesLine is what the MES follows of one PLC.
type mesLine struct {
	t       *mesTask
	index   uint64
	name    string // of the PLC
	plc     specs.PLC
	product string
	// A place of the belt at which something happened minus lead is the origin of
	// the bottle that it happened to.
	lead float64

	state, seq, track, serial, good, reason, origin *protocol.In
	infeed, latch                                   *protocol.In
	inspection                                      *verdictReader
	capped, capOK, capError                         *protocol.In

	parts, infeeds, verdicts, caps int64
	events                         []mesEvent
}

// mesEvent is a step of a bottle that has not been finished yet.
type mesEvent struct {
	origin float64
	track  int64 // where the origin is not known
	step   mes.Step
	class  string // that made it bad
	shot   *shot  // what the station saw, if that is to be kept
}

func newMESTask(t *Twin) (*mesTask, error) {
	k := &mesTask{t: t, port: t.site.Port("mes", device.LaneObserve, "mes")}
	dir := t.opt.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "linetwin-mes-"); err != nil {
			return nil, err
		}
		k.temp = dir
	}
	for ref := range t.bank.Len() {
		k.all = append(k.all, t.bank.At(protocol.Ref(ref)))
	}
	names := make([]string, len(k.all))
	for _, r := range t.bank.Registers() {
		names[r.Ref] = r.Name
	}
	k.value, k.qual = make([]float64, len(names)), make([]uint8, len(names))
	cfg := mes.Config{
		Run: fmt.Sprintf("%s-%d", t.sc.Name, t.sc.Seed), Registers: names, Durable: t.opt.Durable,
		Producing:     producing,
		HistoryPeriod: t.sc.MES.History.Period.D(), HistoryKeep: t.sc.MES.History.Keep, PictureKeep: t.sc.MES.Pictures.Keep,
	}
	for _, o := range t.sc.MES.Orders {
		cfg.Orders = append(cfg.Orders, mes.Order{ID: o.ID, Product: o.Product, Quantity: o.Quantity})
	}
	var err error
	if k.m, err = mes.Open(filepath.Join(dir, "mes.db"), cfg); err != nil {
		return nil, errors.Join(err, os.RemoveAll(k.temp))
	}
	k.inbox = mes.NewInbox(k.m)
	if k.given, err = recordedCommands(t.opt.Replay, k.port.Name()); err != nil {
		return nil, errors.Join(err, k.close())
	}
	var stations []string
	for i, n := range specs.Names(t.sc.PLCs) {
		l, err := k.newLine(uint64(i), n)
		if err != nil {
			return nil, errors.Join(err, k.close())
		}
		k.lines = append(k.lines, l)
		stations = append(stations, l.plc.Inspection)
	}
	k.dark = newDarkroom(t.sc.MES.Pictures, t.opt.Realtime, k.m, stations)
	k.port.Every(engine.Observe, cfg.HistoryPeriod, 0, k.sample)
	return k, nil
}

// sample writes a row of the history.
func (k *mesTask) sample(now time.Duration) {
	for i, in := range k.all {
		s := in.Sample()
		k.value[i], k.qual[i] = s.Value.Number(in.Type()), uint8(s.Quality)
	}
	k.note(k.m.Sample(now, k.value, k.qual))
}

// note keeps the first error of the MES; the run ends with it.
func (k *mesTask) note(err error) {
	if err != nil && k.err == nil {
		k.err = err
		k.t.eng.Stop(fmt.Errorf("MES: %w", err))
	}
}

func (k *mesTask) close() error {
	k.dark.close()
	err := k.m.Close()
	if k.temp != "" {
		err = errors.Join(err, os.RemoveAll(k.temp))
	}
	return err
}

func (k *mesTask) newLine(index uint64, name string) (*mesLine, error) {
	s := k.t.sc.Scenario
	plc := s.PLCs[name]
	l := &mesLine{t: k, index: index, name: name, plc: plc, product: s.Inspections[plc.Inspection].Product}
	l.lead = float64(s.Photoeyes[plc.Infeed].At) - float64(s.Products[l.product].Body.Width)/2
	binds := []struct {
		in  **protocol.In
		reg string
		typ protocol.Type
	}{
		{&l.state, name + ".state", protocol.U16}, {&l.seq, name + ".part.seq", protocol.U32},
		{&l.track, name + ".part.track", protocol.U32}, {&l.serial, name + ".part.serial", protocol.U64},
		{&l.good, name + ".part.good", protocol.Bool}, {&l.reason, name + ".part.reason", protocol.U16},
		{&l.origin, name + ".part.origin", protocol.F64},
		{&l.infeed, plc.Infeed + ".count", protocol.U32}, {&l.latch, plc.Infeed + ".latch", protocol.F64},
	}
	if plc.Servo != "" {
		binds = append(binds, []struct {
			in  **protocol.In
			reg string
			typ protocol.Type
		}{{&l.capped, plc.Servo + ".done", protocol.U32}, {&l.capOK, plc.Servo + ".ok", protocol.Bool}, {&l.capError, plc.Servo + ".error", protocol.F64}}...)
	}
	for _, b := range binds {
		in, err := k.t.bank.In(b.reg, b.typ)
		if err != nil {
			return nil, err
		}
		*b.in = in
	}
	var err error
	if l.inspection, err = newVerdictReader(k.t.bank, plc.Inspection, s.Inspections[plc.Inspection]); err != nil {
		return nil, err
	}
	k.port.Every(engine.Observe, plc.Scan.D(), 0, l.look)
	return l, nil
}

// state is what the MES is told: it knows one line, which produces while all PLCs do.
func (k *mesTask) state() string {
	state := unheard
	for _, l := range k.lines {
		s := l.state.Sample()
		if state = stateName(s.Value.Int(), s.Quality); state != producing {
			break
		}
	}
	return state
}

// look follows the registers once a scan.
func (l *mesLine) look(now time.Duration) {
	l.t.commands(now)
	l.t.note(l.t.m.State(now, l.t.state()))
	if n := l.infeed.Int(); n != l.infeeds {
		l.infeeds = n
		l.events = append(l.events, mesEvent{origin: l.latch.Float() - l.lead, step: mes.Step{Station: l.plc.Infeed, At: now, Result: "ok", Value: math.NaN()}})
	}
	if r := l.inspection; r.read(l.verdicts) {
		l.verdicts = r.seq()
		v := r.verdict()
		l.events = append(l.events, mesEvent{origin: r.position() - l.lead, step: mes.Step{
			Station: l.plc.Inspection, At: now, Result: v.Findings(), Value: v.Score, Unit: "1", Measures: r.measured(),
		}, class: v.Class, shot: l.t.dark.claim(l.plc.Inspection, l.verdicts)})
	}
	if l.capped != nil {
		if n := l.capped.Int(); n != l.caps {
			l.caps = n
			result := "not capped"
			if l.capOK.Bool() {
				result = "ok"
			}
			l.events = append(l.events, mesEvent{track: n, origin: math.NaN(), step: mes.Step{
				Station: l.plc.Servo, At: now, Result: result, Value: l.capError.Float(), Unit: "m",
			}})
		}
	}
	if n := l.seq.Int(); n != l.parts {
		if missed := n - l.parts - 1; missed > 0 {
			l.miss(now, missed)
		}
		l.parts = n
		l.complete(now)
	}
}

// miss tells of bottles that were finished while nobody looked: on the wall clock the
// MES may come later than the PLC's next scan, and the registers hold one bottle.
func (l *mesLine) miss(now time.Duration, n int64) {
	data, err := json.Marshal(device.Remark{Kind: "alarm", Text: fmt.Sprintf("mes: came too late for %d of the bottles of %s; there is no trace of that", n, l.name)})
	l.t.note(err)
	l.t.port.Emit(now, device.Note, data)
}

// match is how far a step's place on the belt may be from its bottle's, in metres.
const match = 0.02

// complete hands a finished bottle to the MES, with the steps that belong to it.
func (l *mesLine) complete(now time.Duration) {
	track, origin := l.track.Int(), l.origin.Float()
	p := mes.Part{Track: l.index<<32 | uint64(track), Serial: l.serial.Uint(), Product: l.product, Good: l.good.Bool()}
	var shots []*shot
	var classes []string
	rest := l.events[:0]
	for _, e := range l.events {
		if math.IsNaN(e.origin) && e.track == track || math.Abs(e.origin-origin) <= match {
			p.Steps = append(p.Steps, e.step)
			if e.class != "" {
				classes = append(classes, vision.Verdict{Class: e.class}.Findings())
			}
			if e.shot != nil {
				shots = append(shots, e.shot)
			}
		} else {
			rest = append(rest, e)
		}
	}
	l.events = rest
	if len(l.events) > maxEvents {
		l.events = append(l.events[:0], l.events[len(l.events)-maxEvents:]...)
	}
	out := "passed"
	if !p.Good {
		if why := reasonText(l.reason.Int()); why != "" {
			classes = append([]string{why}, classes...)
		}
		p.Reason = strings.Join(classes, ", ")
		out = "rejected"
	}
	p.Steps = append(p.Steps, mes.Step{Station: l.plc.Gate, At: now, Result: out, Value: math.NaN()})
	l.t.note(l.t.m.Complete(now, p))
	for _, s := range shots {
		l.t.dark.keep(s, p.Track)
	}
}

// maxEvents bounds the steps that wait for their bottle.
const maxEvents = 256
