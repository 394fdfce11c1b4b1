package twin

import (
	"fmt"
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
	"linetwin.dev/vision/camera"
	"linetwin.dev/vision/service"
)

// inspection is the control task of an inspection station: it takes the frames of
// its camera, has them judged on another core, and publishes the verdict.
type inspection struct {
	t       *Twin
	port    *device.Port
	spec    specs.Inspection
	cam     specs.Camera
	look    *vision.Inspector
	learned *learned // nil where nobody is asked
	rnd     *rand.Rand
	held    heldFrames

	views          *views // of further cameras, or nil
	mode           *protocol.In
	rest           *protocol.Out // the camera's command
	goal           camera.Goal   // that it has
	belt           beltReader
	seq, trigger   *protocol.Out
	late           *protocol.Out
	reason, serial *protocol.Out
	good           *protocol.Out
	position       *protocol.Out
	latency        *protocol.Out
	measures
	count, nLate int64
}

// beltReader tells where a belt was at a moment that has just passed.
type beltReader struct{ position, speed *protocol.In }

func (b *beltReader) bind(p *device.Port, conveyor string) (err error) {
	if b.position, err = p.In(conveyor, "position", protocol.F64); err != nil {
		return err
	}
	b.speed, err = p.In(conveyor, "speed", protocol.F64)
	return err
}

// at is the belt's position at t, which is a little before or after the encoder's
// last publication.
func (b *beltReader) at(t time.Duration) float64 {
	return b.position.Float() - b.speed.Float()*(b.position.Time()-t).Seconds()
}

func newInspection(t *Twin, name string, cam device.Device) (*inspection, error) {
	spec := t.sc.Inspections[name]
	s := &inspection{t: t, port: t.site.Port(name, device.LaneVision, "inspections", name), spec: spec, cam: t.sc.Cameras[spec.Camera]}
	s.rnd = s.port.Component().Rand("latency")
	err := s.port.Define(
		device.Signal{Out: &s.seq, Name: "seq", Type: protocol.U32, Doc: "number of the last verdict"},
		device.Signal{Out: &s.trigger, Name: "trigger", Type: protocol.U32, Doc: "the camera's trigger that the verdict is about"},
		device.Signal{Out: &s.position, Name: "position", Type: protocol.F64, Unit: "m", Doc: "position of the belt at that exposure"},
		device.Signal{Out: &s.good, Name: "good", Type: protocol.Bool, Doc: "nothing was found"},
		device.Signal{Out: &s.reason, Name: "reason", Type: protocol.U16, Doc: "findings, a bit each: 0 not judged, 1 no QR, 2 wrong label, 3 shifted label, 4 no cap, 5 dent, 6 a template not found, 7 relief out of tolerance, 8 rotated label, 9 damaged label, 10 crooked cap, 11 bulge, 12 code of poor grade"},
		device.Signal{Out: &s.serial, Name: "serial", Type: protocol.U64, Doc: "serial number that was read, 0: none"},
		device.Signal{Out: &s.latency, Name: "latency", Type: protocol.F64, Unit: "s", Doc: "from the begin of the exposure to the verdict"},
		device.Signal{Out: &s.score, Name: "score", Type: protocol.F64, Doc: "score of the label against its artwork, 0 to 1"},
		device.Signal{Out: &s.shift, Name: "shift", Type: protocol.F64, Unit: "m", Doc: "shift of the label"},
		device.Signal{Out: &s.capHeight, Name: "cap_height", Type: protocol.F64, Unit: "m", Doc: "height of the cap above the belt"},
		device.Signal{Out: &s.late, Name: "late", Type: protocol.U32, Doc: "frames that could not be judged by their deadline"},
		device.Signal{Out: &s.dent, Name: "dent", Type: protocol.F64, Unit: "m", Doc: "depth of the deepest dent"},
	)
	if err != nil {
		return nil, err
	}
	s.port.Later(s.later()...)
	if s.cam.Fidelity == "pixels" {
		if s.look, err = device.NewInspector(t.sc.Scenario, t.sc.Dir, name); err != nil {
			return nil, t.errPlace(err, "inspections", name)
		}
	}
	if s.learned, err = newLearned(s); err != nil {
		return nil, t.errPlace(err, "inspections", name)
	}
	if s.rest, err = s.port.Command(spec.Camera, "mode", protocol.U16, "", "what the camera shall do: 0 take pictures, 1 standby"); err != nil {
		return nil, err
	}
	source, ok := cam.(device.Camera)
	if !ok {
		return nil, fmt.Errorf("inspection %s: camera %s hands out no frames", name, spec.Camera)
	}
	source.Listen(s.frame)
	return s, nil
}

// Start binds the inputs.
func (s *inspection) Start() error {
	s.port.At(engine.Sense, 0, func(now time.Duration) {
		for _, o := range []*protocol.Out{s.seq, s.trigger, s.reason, s.serial, s.late} {
			o.SetInt(now, 0)
		}
		s.good.SetBool(now, false)
		s.rest.SetUint(now, uint64(camera.Run))
		s.position.SetFloat(now, 0)
		s.latency.SetFloat(now, 0)
		s.measures.set(now, &vision.Verdict{})
		s.learned.set(now, &vision.Verdict{})
	})
	err := s.learned.start()
	if err != nil {
		return err
	}
	if s.mode, err = s.port.In(s.port.Name(), "mode", protocol.U16); err != nil {
		return err
	}
	s.port.Every(engine.Control, modePeriod, 0, s.command)
	s.views.start()
	return s.belt.bind(s.port, s.t.sc.Photoeyes[s.cam.Trigger].Conveyor)
}

// modePeriod is how often a station looks at its mode.
const modePeriod = 10 * time.Millisecond

// command lets the camera rest while the station is in standby.
func (s *inspection) command(now time.Duration) {
	want := camera.Run
	if s.mode.Quality() != protocol.Bad && vision.Mode(s.mode.Uint()) == vision.Standby {
		want = camera.Doze
	}
	if want != s.goal {
		s.goal = want
		s.rest.SetUint(now, uint64(want))
		s.views.command(now, want)
	}
}

// Close gives back the frames that nobody will judge any more.
func (s *inspection) Close() error {
	s.held.dropAll()
	s.views.close()
	return s.learned.close()
}

// frame is called by the camera; what follows belongs to this component. The belt is
// read, so it comes after the phase in which the belt publishes.
func (s *inspection) frame(now time.Duration, f *vision.Frame) {
	s.held.keep(f)
	s.port.At(engine.Control, now, func(now time.Duration) { s.judge(now, f) })
}

// judge hands a frame to the inspectors.
func (s *inspection) judge(now time.Duration, f *vision.Frame) {
	if s.t.opt.Frames {
		s.t.recordFrame(f)
	}
	j := &judging{s: s, f: f, shown: f, at: s.belt.at(f.Exposed), mode: vision.Mode(s.mode.Uint()), cost: device.Draw(s.spec.Latency, s.rnd.Float64)}
	j.cost += s.learned.cost(j.mode, f)
	if s.views != nil {
		s.views.await(now, j)
		return
	}
	s.submit(now, j)
}

// submit queues a part whose frames are there.
func (s *inspection) submit(now time.Duration, j *judging) {
	begun := j.f.Exposed - s.cam.Exposure.D()/2
	s.t.inspectors.Submit(now, service.Request{Priority: s.spec.Priority, Deadline: begun + s.spec.Deadline.D()}, s.timer, j)
}

func (s *inspection) timer(at time.Duration, fn func(now time.Duration)) {
	s.port.At(engine.Control, at, fn)
}

// judging is a frame on its way to a verdict.
type judging struct {
	s       *inspection
	f       *vision.Frame
	at      float64 // the belt's position at its exposure
	mode    vision.Mode
	cost    time.Duration // that is modelled
	verdict vision.Verdict

	others []*glimpse    // of further cameras
	reader int           // camera that read the code, as the register has it
	shown  *vision.Frame // what the verdict's marks are on
	none   bool          // the recogniser gave no answer
}

// Run looks at the frame on another core.
func (j *judging) Run(_ time.Duration, done func(now time.Duration)) {
	s := j.s
	var verdict vision.Verdict // while it is worked out nobody else may look at it
	var others []vision.Verdict
	var none bool
	var err error
	look := func() {
		verdict = s.look.InspectIn(j.mode, j.f)
		none, err = s.learned.look(j.f, &verdict)
	}
	if j.f.Modelled != nil {
		look = func() { verdict = j.f.Modelled.In(j.mode) }
	}
	work := func() {
		look()
		others = j.glance()
	}
	s.port.Offload(j.cost, work, func(now, cost time.Duration) {
		j.verdict, j.none = verdict, none
		j.join(others)
		if err != nil {
			s.t.eng.Stop(err)
		}
		s.t.watch.computed(s.t.watch.inspectCost, cost)
		done(now)
	})
}

// End publishes the verdict, or that there is none in time.
func (j *judging) End(now time.Duration, o service.Outcome) {
	s := j.s
	v := j.verdict
	switch {
	case o != service.Judged:
		s.nLate++
		v = vision.Verdict{Reason: vision.NotJudged}
		j.reader, j.shown = 0, j.f
	case j.none:
		s.learned.nUnanswered++
	}
	s.t.mes.dark.take(now, s.port.Name(), s.count+1, j.shown, v) // before anyone can look for it
	s.publish(now, j, v)
	s.t.watch.picture(now, s.port.Name(), j.shown, v)
}

// Release gives the frames back.
func (j *judging) Release(time.Duration) {
	j.s.held.drop(j.f)
	for _, g := range j.others {
		if g.f != nil {
			j.s.held.drop(g.f)
		}
	}
}

var _ service.Task = (*judging)(nil)

func (s *inspection) publish(now time.Duration, j *judging, v vision.Verdict) {
	s.count++
	w := s.port.Writer()
	w.Begin()
	defer w.Commit()
	s.seq.SetInt(now, s.count)
	s.trigger.SetInt(now, int64(j.f.Trigger))
	s.position.SetFloat(now, j.at)
	s.good.SetBool(now, v.Good())
	s.reason.SetInt(now, int64(v.Reason&allFindings))
	s.serial.SetUint(now, v.Serial)
	s.latency.SetFloat(now, (now - j.f.Exposed + s.cam.Exposure.D()/2).Seconds())
	s.measures.set(now, &v)
	s.learned.set(now, &v)
	s.late.SetInt(now, s.nLate)
	s.views.publish(now, j)
}
