package twin

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// observer listens to the records of all components and makes metrics, the timeline
// and the pictures of them. Nothing that it knows flows back into the line. It sees
// registers as the log has them, so a replay measures what the run measured.
type observer struct {
	t       *Twin
	mu      sync.Mutex // wall clock: records come from several threads
	metrics *bench.Metrics
	watch   []watcher // by reference
	last    []protocol.Value
	types   []protocol.Type

	parts, rejects atomic.Uint64
	timeline       bench.Timeline
	pictures       []bench.Picture
	pictured       map[vision.Reason]bool
	state          map[string]*stretch
	clients        map[string]*clientGroup
	cuttings       map[string]*cutting // by CNC, and by mill
	views          *viewMetrics        // or nil

	// The metrics.
	escapes, falseRejects, servoOK            *bench.Ratio
	inspectLatency, servoLatency, servoSettle *bench.Histogram
	inspectCost, servoCost, lateness          *bench.Histogram
	finalError, trueError                     *bench.Error
	lost, notJudged, badPassed, goodRejected  *bench.Gauge
	late                                      *bench.Gauge
	good, rejected, throughput, dropped       *bench.Gauge
	mesGood, mesRejected, mesDone, aborts     *bench.Gauge
	mesPictures, mesDropped                   *bench.Gauge
	overruns                                  *bench.Gauge
	unjudged                                  *bench.Gauge
	learned                                   learnedMetrics
	nAborts, nUnjudged                        float64
	alarms                                    []string // what PLCs said when they aborted

	books books
}

// watcher follows a register. A record may change the quality alone.
type watcher func(now time.Duration, v protocol.Value, q protocol.Quality)

// stretch is a state that lasts.
type stretch struct {
	from        time.Duration
	lane, label string
}

// Lanes of the timeline; rejected parts go to one for each reason.
const (
	laneState = "PLC"
	lanePass  = "passed"
)

func newObserver(t *Twin) *observer {
	m := bench.NewMetrics()
	of := func(classes ...int) *bench.Metrics {
		for _, n := range classes {
			if n > 0 {
				return m
			}
		}
		return bench.NewMetrics() // what a line has not has no metrics
	}
	capping, line := of(len(t.sc.Servos)), of(len(t.sc.PLCs), len(t.sc.Conveyors))
	judging := of(len(t.sc.Inspections), len(t.sc.Conveyors))
	o := &observer{
		t: t, metrics: m, pictured: map[vision.Reason]bool{}, state: map[string]*stretch{},
		escapes:        judging.Ratio("inspection.escape_rate", bench.Key, bench.About("bad bottles that the inspection called good, of all bad ones judged")),
		falseRejects:   judging.Ratio("inspection.false_reject_rate", bench.Key, bench.About("good bottles that the inspection called bad, of all good ones judged")),
		late:           judging.Gauge("inspection.late", bench.One, bench.About("frames that were not judged by their deadline")),
		notJudged:      judging.Gauge("inspection.not_judged", bench.One, bench.About("bottles that the camera was triggered for and that got no verdict")),
		inspectLatency: judging.Histogram("inspection.latency", bench.Seconds, bench.Virtual, bench.About("from the begin of the exposure to the verdict")),
		servoLatency:   capping.Histogram("servo.latency", bench.Seconds, bench.Virtual, bench.About("from the exposure to the corrected goal")),
		servoSettle:    capping.Histogram("servo.settle", bench.Seconds, bench.Virtual, bench.About("from the first image with the marker in it to the head going down")),
		servoOK:        capping.Ratio("servo.success", bench.About("bottles that the station says it capped, of those that it answered for")),
		finalError:     capping.Error("servo.error.final", bench.Metres, bench.Key, bench.About("seen error when the head goes down")),
		trueError:      capping.Error("servo.error.true", bench.Metres, bench.About("true distance of the head's axis from the cap's, of bottles that were truly capped")),
		lost:           line.Gauge("line.lost", bench.One, bench.About("bottles that left and that the PLC did not count as passed or rejected, as they were")),
		badPassed:      line.Gauge("line.bad_passed", bench.One, bench.Key, bench.About("bottles that passed and were bad or not capped")),
		goodRejected:   line.Gauge("line.good_rejected", bench.One, bench.About("bottles without a defect that were rejected, for whatever reason")),
		unjudged:       line.Gauge("line.unjudged", bench.One, bench.About("bottles that were rejected because nothing had judged them, by the PLC")),
		good:           line.Gauge("line.good", bench.One, bench.Key, bench.About("bottles that passed, by the PLC")),
		rejected:       line.Gauge("line.rejected", bench.One, bench.Key, bench.About("bottles that were rejected, by the PLC")),
		throughput:     line.Gauge("line.throughput", bench.PerSecond, bench.About("bottles that passed, in a second of the run")),
		aborts:         line.Gauge("line.aborts", bench.One, bench.About("times that the PLC went to its safe state")),
		dropped:        line.Gauge("camera.dropped", bench.One, bench.About("frames that cameras lost")),
		mesGood:        line.Gauge("mes.good", bench.One, bench.About("good bottles, by the MES")),
		mesRejected:    line.Gauge("mes.rejected", bench.One, bench.About("rejected bottles, by the MES")),
		mesDone:        line.Gauge("mes.orders_completed", bench.One, bench.About("orders that were completed")),
		mesPictures:    judging.Gauge("mes.pictures", bench.One, bench.Wall, bench.About("pictures of what inspections saw that the MES keeps")),
		mesDropped:     judging.Gauge("mes.pictures_dropped", bench.One, bench.Wall, bench.About("pictures that are missing in the MES: no time, or no room on the disk")),
		inspectCost:    judging.Histogram("inspection.compute", bench.Seconds, bench.Wall, bench.About("time that an inspection took on this machine")),
		servoCost:      capping.Histogram("servo.compute", bench.Seconds, bench.Wall, bench.About("time that finding the marker took on this machine")),
		lateness:       m.Histogram("engine.lateness", bench.Seconds, bench.Wall, bench.About("start after the deadline, of periodic tasks on the wall clock")),
		overruns:       m.Gauge("engine.overruns", bench.One, bench.Wall, bench.About("periods that were skipped or that came too late on the wall clock")),
	}
	o.learned = newLearnedMetrics(of(t.sc.recognisers()))
	o.clients = newClientGroups(m, t.sc.Scenario)
	o.cuttings = newCuttings(m, t.sc.Scenario)
	o.views = newViewMetrics(o, t.sc.Scenario)
	if line == m {
		o.timeline.Lanes = []string{laneState, lanePass}
		o.timeline.Throughput = []string{lanePass}
	}
	return o
}

// bind finds the registers to watch.
func (o *observer) bind() error {
	n := o.t.bank.Len()
	o.watch = make([]watcher, n)
	o.last = make([]protocol.Value, n)
	o.types = make([]protocol.Type, n)
	for _, r := range o.t.bank.Registers() {
		o.types[r.Ref] = r.Type
	}
	if o.t.opt.Endless {
		return nil // what is measured would grow for ever
	}
	o.aborts.Set(0)
	o.unjudged.Set(0)
	if err := o.views.bind(); err != nil {
		return err
	}
	s := o.t.sc.Scenario
	for _, step := range []struct {
		names []string
		bind  func(name string) error
	}{
		{specs.Names(s.Conveyors), o.watchConveyor},
		{specs.Names(s.Inspections), o.watchInspection},
		{specs.Names(s.Servos), o.watchServo},
		{specs.Names(s.PLCs), o.watchPLC},
		{specs.Names(s.Cameras), o.watchCamera},
		{specs.Names(s.Clients), o.watchClients},
		{specs.Names(s.CNCs), o.watchCNC},
	} {
		for _, name := range step.names {
			if err := step.bind(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// on calls f with each record of a register.
func (o *observer) on(name string, f watcher) error {
	info, err := o.t.bank.Lookup(name)
	if err != nil {
		return err
	}
	o.watch[info.Ref] = f
	return nil
}

// onNext calls f when a register that numbers what happens has gone on.
func (o *observer) onNext(name string, f func(now time.Duration)) error {
	var last uint64
	return o.on(name, func(now time.Duration, v protocol.Value, _ protocol.Quality) {
		if n := v.Uint(); n != last && n != 0 {
			last = n
			f(now)
		}
	})
}

// value is what a register held after the last record that changed it.
func (o *observer) value(name string) protocol.Value {
	info, err := o.t.bank.Lookup(name)
	if err != nil {
		panic(fmt.Sprintf("twin: register %s went missing: %v", name, err)) // bind has looked it up
	}
	return o.last[info.Ref]
}

// listen takes a record. The changes of one record happened together: all are noted
// before anyone is told.
func (o *observer) listen(now time.Duration, component string, kind uint8, data []byte) {
	if o.t.opt.Realtime {
		o.mu.Lock()
		defer o.mu.Unlock()
	}
	if o.t.opt.Endless && (kind == device.TruthLeft || kind == device.TruthSeen || kind == device.TruthTip) {
		return // the books would grow for ever
	}
	switch kind {
	case device.Registers:
		for b := data; len(b) >= device.ChangeSize; b = b[device.ChangeSize:] {
			o.last[binary.LittleEndian.Uint32(b)] = protocol.UintValue(binary.LittleEndian.Uint64(b[5:]))
		}
		for b := data; len(b) >= device.ChangeSize; b = b[device.ChangeSize:] {
			ref := binary.LittleEndian.Uint32(b)
			if f := o.watch[ref]; f != nil {
				f(now, o.last[ref], protocol.Quality(b[4]))
			}
		}
	case device.TruthLeft:
		var p device.Part
		if json.Unmarshal(data, &p) == nil {
			o.books.left(now, p)
			if p.Capped {
				o.trueError.Record(p.CapError)
			}
		}
	case device.TruthSeen:
		var s device.Sight
		if json.Unmarshal(data, &s) == nil {
			o.books.seen(s)
		}
	case device.Client:
		var e device.ClientEvent
		if g := o.clients[component]; g != nil && json.Unmarshal(data, &e) == nil {
			g.happened(now, &e)
		}
	case device.TruthExposed:
		o.views.exposed(data)
	case device.Programmed:
		if k := o.cuttings[component]; k != nil {
			k.programmed(data)
		}
	case device.TruthTip:
		if tip, ok := device.ParseTip(data); ok && o.cuttings[component] != nil {
			o.cuttings[component].tip(now, tip)
		}
	case device.Note:
		var r device.Remark
		if json.Unmarshal(data, &r) == nil && r.Kind == "alarm" {
			o.alarm(now, r.Text)
		}
	}
}

// maxAlarms is how many alarms the summary tells; the log has them all.
const maxAlarms = 10

// alarm notes why a PLC went to its safe state.
func (o *observer) alarm(now time.Duration, text string) {
	if o.t.opt.Alarm != nil {
		o.t.opt.Alarm(now, text)
	}
	if o.t.opt.Endless {
		return
	}
	o.timeline.Ticks = append(o.timeline.Ticks, bench.Tick{Lane: "alarm", At: now, Label: text, Kind: bench.Bad})
	switch n := len(o.alarms); {
	case n < maxAlarms:
		o.alarms = append(o.alarms, fmt.Sprintf("alarm at %v: %s", now.Round(time.Millisecond), text))
	case n == maxAlarms:
		o.alarms = append(o.alarms, "further alarms are in the recording")
	}
}

func (o *observer) watchConveyor(name string) error {
	speed := o.metrics.Series(name+".speed", bench.MetresPerSecond, bench.SeriesOptions{About: "speed of the belt by its encoder"})
	// The encoder's steps make the speed jump from count to count: what is worth a
	// plot is the mean over a while.
	const window = 100 * time.Millisecond
	var from time.Duration
	var at float64
	return o.on(name+".position", func(now time.Duration, v protocol.Value, _ protocol.Quality) {
		if now-from >= window {
			speed.Append(now, (v.Float()-at)/(now-from).Seconds())
			from, at = now, v.Float()
		}
	})
}

func (o *observer) watchInspection(name string) error {
	camera := o.t.sc.Inspections[name].Camera
	if _, err := o.t.bank.In(name+".late", protocol.U32); err != nil { // close reads it
		return err
	}
	measured := o.plotMeasures(name)
	learned, err := o.watchLearned(name)
	if err != nil {
		return err
	}
	return o.onNext(name+".seq", func(now time.Duration) {
		o.inspectLatency.Record(o.value(name + ".latency").Float())
		reason := vision.Reason(o.value(name+".reason").Int()) | learned()
		if reason&vision.NotJudged == 0 {
			measured(now)
		}
		o.books.judged(camera, o.value(name+".trigger").Uint(), reason)
		o.views.judged(name)
	})
}

// watchCamera makes sure that the register is there which close reads.
func (o *observer) watchCamera(name string) error {
	_, err := o.t.bank.In(name+".dropped", protocol.U32)
	return err
}

func (o *observer) watchServo(name string) error {
	err := o.onNext(name+".looks", func(time.Duration) {
		o.servoLatency.Record(o.value(name + ".latency").Float())
	})
	if err != nil {
		return err
	}
	seen := o.metrics.Series(name+".error", bench.Metres, bench.SeriesOptions{Draw: bench.Dots, Of: "servo.error.final", About: "seen error when the head goes down"})
	return o.onNext(name+".done", func(now time.Duration) {
		ok := o.value(name + ".ok").Bool()
		o.servoOK.Hit(ok)
		if !ok {
			return
		}
		e := o.value(name + ".error").Float()
		o.finalError.Record(e)
		o.servoSettle.Record(o.value(name + ".settle").Float())
		seen.Append(now, e)
	})
}

func (o *observer) watchPLC(name string) error {
	safe := false
	err := o.on(name+".state", func(now time.Duration, v protocol.Value, q protocol.Quality) {
		s := stateName(v.Int(), q)
		o.stretch(now, name, laneState, s)
		if q == protocol.Bad {
			return
		}
		// A line that stands already goes through Aborting within one scan.
		was := safe
		if safe = s == "Aborting" || s == "Aborted"; safe && !was {
			o.nAborts++
			o.aborts.Set(o.nAborts)
		}
	})
	if err != nil {
		return err
	}
	return o.onNext(name+".part.seq", func(now time.Duration) {
		serial := o.value(name + ".part.serial").Uint()
		o.parts.Add(1)
		pass := o.value(name + ".part.good").Bool()
		o.books.counted(now, serial, pass)
		if pass {
			o.timeline.Ticks = append(o.timeline.Ticks, bench.Tick{Lane: lanePass, At: now, Label: fmt.Sprintf("bottle %d", serial), Kind: bench.Good})
			return
		}
		o.rejects.Add(1)
		reason := o.value(name + ".part.reason").Int()
		if vision.Reason(reason)&vision.NotJudged != 0 {
			o.nUnjudged++
			o.unjudged.Set(o.nUnjudged)
		}
		kind, why := bench.Warn, reasonText(reason)
		if why == "" && o.t.sc.Inspections[o.t.sc.PLCs[name].Inspection].Recogniser != nil {
			kind, why = bench.Bad, vision.Learned.String()
		}
		if reason&defectFindings != 0 {
			kind = bench.Bad
		}
		o.timeline.Ticks = append(o.timeline.Ticks, bench.Tick{Lane: "rejected: " + why, At: now, Label: fmt.Sprintf("bottle %d", serial), Kind: kind})
	})
}

// stretch ends the state of a PLC or CNC on the timeline and begins the next one.
func (o *observer) stretch(now time.Duration, name, lane, label string) {
	if s := o.state[name]; s != nil && now > s.from {
		kind := bench.Neutral
		switch s.label {
		case producing:
			kind = bench.Good
		case "Aborting", "Aborted", unheard:
			kind = bench.Bad
		case "Stopped", "Idle", "Held", "Complete":
			kind = bench.Idle
		}
		o.timeline.Spans = append(o.timeline.Spans, bench.Span{Lane: s.lane, Label: s.label, Kind: kind, From: s.from, To: now})
	}
	o.state[name] = &stretch{now, lane, label}
}

// computed records what a computation cost on this machine.
func (o *observer) computed(h *bench.Histogram, cost time.Duration) { h.Record(cost.Seconds()) }

// close settles what is open at the end of the run and sets the gauges.
func (o *observer) close(end time.Duration) {
	for _, name := range specs.Names(o.state) {
		o.stretch(end, name, o.state[name].lane, "")
	}
	var dropped float64
	for _, n := range specs.Names(o.t.sc.Cameras) {
		dropped += float64(o.value(n + ".dropped").Int())
	}
	o.dropped.Set(dropped)
	var late float64
	for _, n := range specs.Names(o.t.sc.Inspections) {
		late += float64(o.value(n + ".late").Int())
	}
	o.late.Set(late)
	o.views.close()
	o.closeLearned()
	o.books.settle(o, end)
	for _, n := range specs.Names(o.clients) {
		o.clients[n].close(end)
	}
	for _, n := range specs.Names(o.t.sc.CNCs) {
		o.cuttings[n].close()
	}
	for _, l := range o.t.eng.Lateness() {
		for _, b := range l.Late.Distribution() {
			for range b.Count {
				o.lateness.Record(time.Duration(b.To).Seconds())
			}
		}
		v, _ := o.overruns.Value()
		o.overruns.Set(v + float64(l.Overruns))
	}
	if !o.t.opt.Realtime {
		o.overruns.Set(0)
	}
	status := o.t.mes.m.Snapshot()
	o.mesGood.Set(float64(status.Total.Good))
	o.mesRejected.Set(float64(status.Total.Reject))
	done := 0.0
	for _, ord := range status.Orders {
		if ord.State == "Completed" {
			done++
		}
	}
	o.mesDone.Set(done)
	o.mesPictures.Set(float64(status.Pictures.Kept))
	o.mesDropped.Set(float64(status.Pictures.Dropped))
	if s := end.Seconds(); s > 0 {
		v, _ := o.good.Value()
		o.throughput.Set(math.Round(v/s*1e9) / 1e9)
	}
}
