package twin

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
	"linetwin.dev/vision/camera"
	"linetwin.dev/vision/rig"
)

// views are the further cameras of an inspection station.
//
// The station's own camera is triggered, and leads: its frame says that there is a part, and the
// middle of its exposure is the instant at which the part is judged. The others run freely, each by
// a clock of its own. Nothing is asked of them but device.Camera's frames with a stamp of that clock, so
// simulated and real ones go the same way:
//
//	frames of a view    -> rig.Push: its clock against the line's, from stamps and arrivals
//	frame of the camera -> rig.Ask for its exposure's instant
//	rig.Next            -> of each view the frame exposed nearest to it, or none, in time
//	rig.Belt            -> how far the belt moves from that exposure to the instant
//	                    -> each view looks for the part where it was then; combine makes one verdict
//
// A frame that has not come when the last one of use would have, is given up; so is one when nobody
// knows where the belt was, because the encoder is not heard. What a view says of a part
// (register, metric, verdict) is of the frame that was taken. A camera that is lost, that comes back or
// whose clock jumps costs the parts in between a view, never the station: the rig counts it, and the
// estimate begins anew.
//
// All of it runs in the station's component. Frames are held by the station from the camera's hand
// on, so that those that are on their way when a run ends are given back with its others.
type views struct {
	s      *inspection
	rig    *rig.Rig
	belt   *rig.Belt
	list   []*view
	set    rig.Set
	wait   time.Duration
	asked  []*judging // by instant, of which the rig has not given the set yet
	reader *protocol.Out
}

// view is one of them.
type view struct {
	name string
	spec specs.View
	cam  specs.Camera
	back bool // it sees the far side of the parts
	look *viewer
	rnd  *rand.Rand

	armed, rest                         *protocol.Out // commands of its camera
	frame, missing, late, resets        *protocol.Out
	gap, exposed, travel, offset, drift *protocol.Out
	nMissing                            int64
}

// glimpse is what a view has of a part.
type glimpse struct {
	v      *view
	f      *vision.Frame // nil: nothing
	at     time.Duration // when it was exposed, as far as the camera's clock is known
	travel float64       // of the belt from then to the instant, m
	cost   time.Duration // of looking, that is modelled
}

// mostViews of a station: the register reader counts them.
const mostViews = 16

// clockSlack is how much later than its latency allows a frame may come before its stamp counts for
// nothing. The belt should move by less than half a part in it.
const clockSlack = 20 * time.Millisecond

// beltMemory is how much longer than a frame is waited for the belt's places are remembered.
const beltMemory = time.Second

// addViews puts up a station's further cameras.
func (s *inspection) addViews(cameras map[string]device.Device) error {
	if len(s.spec.Views) == 0 {
		return nil
	}
	if err := s.newViews(cameras); err != nil {
		path := []string{"inspections", s.port.Name(), "views"}
		return s.t.errPlace(blame(err, path...), path...)
	}
	return nil
}

func (s *inspection) newViews(cameras map[string]device.Device) (err error) {
	names := specs.Names(s.spec.Views)
	if len(names) > mostViews {
		return fmt.Errorf("%d views; at most %d are possible", len(names), mostViews)
	}
	encoder := s.t.sc.Conveyors[s.t.sc.Photoeyes[s.cam.Trigger].Conveyor].Encoder.Period.D()
	w := &views{s: s, wait: s.t.sc.Wait(s.port.Name()).D()}
	w.belt = rig.NewBelt(int((w.wait+s.spec.Deadline.D()+beltMemory)/encoder)+2, 2*encoder)
	w.belt.Gap = 4 * encoder // more, and the encoder was not heard
	cfg := rig.Config{Lead: -1, Wait: w.wait, Reuse: true}
	for _, n := range names {
		source, ok := cameras[n].(device.Camera)
		if !ok {
			return blame(errors.New("the camera hands out no frames"), "inspections", s.port.Name(), "views", n)
		}
		v, err := w.newView(n)
		if err != nil {
			return blame(err, "inspections", s.port.Name(), "views", n)
		}
		i := len(w.list)
		w.list = append(w.list, v)
		source.Listen(func(now time.Duration, f *vision.Frame) { w.take(now, i, f) })
		cfg.Cameras = append(cfg.Cameras, rig.Camera{Name: n, Clock: rig.ClockConfig{
			Transfer: v.cam.Exposure.D()/2 + v.cam.Latency.Base.D(),
			Jump:     v.cam.Latency.Jitter.D() + clockSlack,
		}})
		cfg.Tolerance = max(cfg.Tolerance, v.spec.Within(v.cam).D())
		cfg.Hold = max(cfg.Hold, held(w.wait, v))
	}
	if w.rig, err = rig.New(cfg); err != nil {
		return err
	}
	s.views = w
	return s.port.Define(device.Signal{Out: &w.reader, Name: "reader", Type: protocol.U16,
		Doc: "camera that read the code: 0 none, 1 the station's own, then its views, by name"})
}

// newView makes a view, with its registers.
func (w *views) newView(name string) (v *view, err error) {
	s := w.s
	v = &view{name: name, spec: s.spec.Views[name], cam: s.t.sc.Cameras[name], rnd: s.port.Component().Rand("latency of " + name)}
	v.back = device.Pose(v.cam.Pose).Rotate([3]float64{0, 0, 1})[1] < 0
	if err := w.define(v); err != nil {
		return nil, err
	}
	if v.cam.Fidelity == "pixels" {
		v.look, err = newViewer(s, v)
	}
	return v, err
}

// held is how many frames of a view are held at the most: those that may come while the station's
// own frame is on its way, and those before that may be nearer to its exposure.
func held(wait time.Duration, v *view) int {
	return int(math.Ceil((wait+v.spec.Within(v.cam).D()).Seconds()*float64(v.cam.Rate))) + 4
}

func (w *views) define(v *view) (err error) {
	p := w.s.port
	signal := func(o **protocol.Out, name string, t protocol.Type, unit, doc string) device.Signal {
		return device.Signal{Out: o, Name: v.name + "." + name, Type: t, Unit: unit, Doc: doc}
	}
	err = p.Define(
		signal(&v.frame, "frame", protocol.U32, "", "its frame of the part that the verdict is about, 0: it had none"),
		signal(&v.exposed, "exposed", protocol.F64, "s", "when that was exposed, on the line's clock"),
		signal(&v.gap, "gap", protocol.F64, "s", "that less the exposure of the station's camera"),
		signal(&v.travel, "travel", protocol.F64, "m", "how far the belt moved from the one to the other"),
		signal(&v.offset, "offset", protocol.F64, "s", "by how much the camera's clock is ahead of the line's"),
		signal(&v.drift, "drift", protocol.F64, "", "by what part the camera's clock is too fast"),
		signal(&v.missing, "missing", protocol.U32, "", "parts that it had no frame of"),
		signal(&v.late, "late", protocol.U32, "", "frames that came too late to be of use"),
		signal(&v.resets, "resets", protocol.U32, "", "times that the camera's clock had to be found anew"),
	)
	if err != nil {
		return err
	}
	if v.armed, err = p.Command(v.name, "armed", protocol.Bool, "", "the camera is to take pictures"); err != nil {
		return err
	}
	v.rest, err = p.Command(v.name, "mode", protocol.U16, "", "what the camera shall do: 0 take pictures, 1 standby")
	return err
}

// start publishes what there is at first, and follows the belt.
func (w *views) start() {
	if w == nil {
		return
	}
	p := w.s.port
	p.At(engine.Sense, 0, func(now time.Duration) {
		w.reader.SetUint(now, 0)
		for _, v := range w.list {
			v.armed.SetBool(now, true)
			v.rest.SetUint(now, uint64(camera.Run))
			for _, o := range []*protocol.Out{v.frame, v.missing, v.late, v.resets} {
				o.SetUint(now, 0)
			}
			for _, o := range []*protocol.Out{v.exposed, v.gap, v.travel, v.offset, v.drift} {
				o.SetFloat(now, 0)
			}
		}
	})
	belt := p.Site().Spec.Conveyors[w.s.t.sc.Photoeyes[w.s.cam.Trigger].Conveyor]
	p.Every(engine.Control, belt.Encoder.Period.D(), 0, func(time.Duration) {
		if at := w.s.belt.position; at.Quality() != protocol.Bad {
			w.belt.Add(at.Time(), at.Float())
		}
	})
}

// command lets the cameras rest with the station's own.
func (w *views) command(now time.Duration, goal camera.Goal) {
	if w == nil {
		return
	}
	for _, v := range w.list {
		v.armed.SetBool(now, goal == camera.Run)
		v.rest.SetUint(now, uint64(goal))
	}
}

// close lets go of what the rig holds.
func (w *views) close() {
	if w != nil {
		w.rig.Close()
	}
}

// take is called by a camera; what follows belongs to this component.
func (w *views) take(now time.Duration, i int, f *vision.Frame) {
	w.s.held.keep(f)
	w.s.port.At(engine.Control, now, func(now time.Duration) {
		if w.s.t.opt.Frames {
			w.s.t.recordFrame(f)
		}
		w.rig.Push(i, f.Arrived, f)
		w.s.held.drop(f)
		w.settle(now)
	})
}

// await has a part judged when the views' frames of it are there.
func (w *views) await(now time.Duration, j *judging) {
	for _, v := range w.list {
		j.others = append(j.others, &glimpse{v: v, cost: device.Draw(w.s.spec.Latency, v.rnd.Float64)})
	}
	if !w.rig.Ask(j.f.Exposed) {
		w.s.submit(now, j) // so many wait that this one gets no further frames
		return
	}
	w.asked = append(w.asked, j)
	w.settle(now)
	w.s.port.At(engine.Control, j.f.Exposed+w.wait, w.settle)
}

// settle hands over the parts of which all frames are there, or will not come.
func (w *views) settle(now time.Duration) {
	for w.rig.Next(now, &w.set) {
		j := w.asked[0]
		w.asked = slices.Delete(w.asked, 0, 1)
		for i, f := range w.set.Frames {
			g := j.others[i]
			travel, known := w.belt.Travel(w.set.At[i], w.set.Instant)
			if f == nil || !known || (w.set.At[i]-w.set.Instant).Abs() > g.v.spec.Within(g.v.cam).D() {
				f.Release()
				continue
			}
			w.s.held.own(f)
			g.f, g.at, g.travel = f, w.set.At[i], travel
			j.cost += g.cost
		}
		clear(w.set.Frames)
		w.s.submit(now, j)
	}
}

// glance is what the further cameras of a station make of a part, on another core.
func (j *judging) glance() []vision.Verdict {
	out := make([]vision.Verdict, len(j.others))
	for i, g := range j.others {
		switch {
		case g.f == nil:
		case g.f.Modelled == nil:
			out[i] = g.v.look.judge(j.mode, g.f, g.travel)
		case g.v.spec.Judges == "code" && (j.mode == vision.Combined || j.mode == vision.Codes):
			out[i] = g.f.Modelled.In(vision.Codes)
		case g.v.spec.Judges == "all":
			out[i] = g.f.Modelled.In(j.mode)
		}
	}
	return out
}

// join makes one verdict of what all cameras of the station have found.
func (j *judging) join(others []vision.Verdict) {
	if len(others) == 0 {
		return
	}
	all := []opinion{{verdict: j.verdict, seen: true, all: true, needed: true}}
	frames := []*vision.Frame{j.f}
	for i, g := range j.others {
		all = append(all, opinion{verdict: others[i], seen: g.f != nil, all: g.v.spec.Judges == "all", needed: g.v.spec.Needed, back: g.v.back})
		frames = append(frames, g.f)
	}
	v, reader, shown := combine(j.mode, all)
	v.Class, v.ClassScore = j.verdict.Class, j.verdict.ClassScore // its recogniser looks at the station's camera
	j.verdict, j.reader, j.shown = v, reader+1, frames[shown]
}

// publish tells of the frames of a part, and of their cameras.
func (w *views) publish(now time.Duration, j *judging) {
	if w == nil {
		return
	}
	w.reader.SetInt(now, int64(j.reader))
	for i, g := range j.others {
		v, clock := g.v, w.rig.Clock(i)
		if g.f == nil {
			v.nMissing++
			v.missing.SetInt(now, v.nMissing)
			v.frame.SetUint(now, 0)
		} else {
			v.frame.SetUint(now, g.f.Seq)
			v.exposed.SetFloat(now, g.at.Seconds())
			v.gap.SetFloat(now, (g.at - j.f.Exposed).Seconds())
			v.travel.SetFloat(now, g.travel)
		}
		v.late.SetUint(now, w.rig.Stats(i).Late)
		v.resets.SetUint(now, clock.Resets())
		if clock.Frames() > 0 {
			v.offset.SetFloat(now, -clock.Offset().Seconds())
			v.drift.SetFloat(now, 1/(1+clock.Drift())-1)
		}
	}
}
