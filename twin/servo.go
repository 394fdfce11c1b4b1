package twin

import (
	"fmt"
	"math/rand/v2"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
	"linetwin.dev/vision/servo"
)

// servoStation is the control task of a capping station: asked by the PLC, it brings
// the machine's tool over a moving bottle by sight, presses the cap, and answers.
type servoStation struct {
	t      *Twin
	port   *device.Port
	spec   specs.Servo
	cam    specs.Camera
	motion *motion
	track  *servo.Tracker
	finder *vision.MarkerFinder
	mount  kinematics.Pose // camera in the tool's frame
	away   kinematics.Pose // and its inverse
	capTop float64         // height of the cap's top above the belt
	facing kinematics.Pose // the tool's attitude while it works
	rnd    *rand.Rand
	held   heldFrames
	belt   beltFilter

	request *protocol.In
	origin  *protocol.In
	down    *protocol.In // the head's end switch

	armed, press, done, ok, seen, settle, frames, phase *protocol.Out
	looks, latency                                      *protocol.Out

	state   servoPhase
	id      int64
	from    float64 // origin of the bottle
	begun   time.Duration
	until   time.Duration // end of the dwell
	error   float64
	pressed bool // the head was seen down
	looking bool // a frame is being looked at
	images  int64
	total   int64 // images since the start
}

// servoPhase is what the station does.
type servoPhase int64

const (
	atHome servoPhase = iota
	approaching
	tracking
	pressing
)

// newServoStation puts the station up on the lane of the drives: a setpoint is to be
// there before the drive's cycle that it is for.
func newServoStation(t *Twin, name string, cam device.Device) (*servoStation, error) {
	spec := t.sc.Servos[name]
	s := &servoStation{t: t, spec: spec, cam: t.sc.Cameras[spec.Camera], port: t.site.Port(name, device.LanePlant, "servos", name)}
	s.rnd = s.port.Component().Rand("latency")
	s.mount = device.Pose(s.cam.Pose)
	s.away = s.mount.Inverse()
	var err error
	if s.motion, err = newMotion(s.port, spec.Machine, t.sc.Machines[spec.Machine]); err != nil {
		return nil, err
	}
	if err := s.define(); err != nil {
		return nil, err
	}
	if err := s.newTracker(); err != nil {
		return nil, t.errPlace(fmt.Errorf("servo %s: %w", name, err), "servos", name)
	}
	source, ok := cam.(device.Camera)
	if !ok {
		return nil, fmt.Errorf("servo %s: camera %s hands out no frames", name, spec.Camera)
	}
	source.Listen(s.frame)
	return s, nil
}

func (s *servoStation) define() (err error) {
	err = s.port.Define(
		device.Signal{Out: &s.phase, Name: "phase", Type: protocol.U16, Doc: "0 at home, 1 approaching, 2 servoing, 3 pressing"},
		device.Signal{Out: &s.done, Name: "done", Type: protocol.U32, Doc: "track of the bottle that was answered last"},
		device.Signal{Out: &s.ok, Name: "ok", Type: protocol.Bool, Doc: "that bottle's cap is tight"},
		device.Signal{Out: &s.seen, Name: "error", Type: protocol.F64, Unit: "m", Doc: "seen error when the head went down, or when it was given up"},
		device.Signal{Out: &s.settle, Name: "settle", Type: protocol.F64, Unit: "s", Doc: "from the first image to the head going down"},
		device.Signal{Out: &s.frames, Name: "frames", Type: protocol.U32, Doc: "images that were looked at for that bottle"},
		device.Signal{Out: &s.looks, Name: "looks", Type: protocol.U32, Doc: "images that were looked at since the start"},
		device.Signal{Out: &s.latency, Name: "latency", Type: protocol.F64, Unit: "s", Doc: "from the last image's exposure to the corrected goal"},
	)
	if err != nil {
		return err
	}
	if s.armed, err = s.port.Command(s.spec.Camera, "armed", protocol.Bool, "", "the camera is to take pictures"); err != nil {
		return err
	}
	s.press, err = s.port.Command(s.spec.Machine, "head.press", protocol.Bool, "", "the capping head is to go down")
	return err
}

// newTracker sets the goal up: the tool's axis through the cap's centre, standoff
// above it, in the attitude that the tool has at home, but upright.
func (s *servoStation) newTracker() error {
	product := s.t.sc.Products[s.spec.Product]
	s.capTop = float64(product.Body.Height + product.Cap.Height)
	home := s.motion.chain.Forward(s.motion.home)
	x := home.Rotate([3]float64{1, 0, 0})
	s.facing = kinematics.LookAt([3]float64{}, [3]float64{0, 0, -1}, [3]float64{-x[1], x[0], 0})
	tool := s.facing
	tool.P[2] = float64(s.spec.Standoff)
	h := float64(product.Cap.Marker.Size) / 2
	var err error
	s.track, err = servo.NewTracker(servo.TrackerConfig{
		Config: servo.Config{
			K: device.Intrinsics(s.cam), Gain: s.spec.Gain, Upright: true,
			Marker:  [4][3]float64{{-h, h, 0}, {h, h, 0}, {h, -h, 0}, {-h, -h, 0}},
			Desired: tool.Mul(s.mount).Inverse(),
		},
		Tolerance: float64(s.spec.Tolerance), Confirm: s.spec.Confirm,
	})
	if err != nil || s.cam.Fidelity != "pixels" || s.t.opt.Check {
		return err
	}
	if s.finder, err = vision.NewMarkerFinder(product.Cap.Marker.Dictionary, product.Cap.Marker.ID); err != nil {
		return fmt.Errorf("%w; or write fidelity: \"modelled\" in cameras.%s", err, s.spec.Camera)
	}
	return nil
}

// Start binds the inputs and begins the motion.
func (s *servoStation) Start() (err error) {
	if s.request, err = s.port.In(s.port.Name(), "request", protocol.U32); err != nil {
		return fmt.Errorf("%w: a servo station works for a PLC that names it", err)
	}
	if s.origin, err = s.port.In(s.port.Name(), "origin", protocol.F64); err != nil {
		return err
	}
	if s.down, err = s.port.In(s.spec.Machine, "head.down", protocol.Bool); err != nil {
		return err
	}
	if err := s.belt.bind(s.port, s.t.sc.Conveyors[s.spec.Conveyor], s.spec.Conveyor); err != nil {
		return err
	}
	if err := s.motion.start(); err != nil {
		return err
	}
	s.port.At(engine.Sense, 0, func(now time.Duration) {
		s.armed.SetBool(now, false)
		s.press.SetBool(now, false)
		s.ok.SetBool(now, false)
		s.phase.SetInt(now, 0)
		s.done.SetInt(now, 0)
		s.frames.SetInt(now, 0)
		s.looks.SetInt(now, 0)
		s.latency.SetFloat(now, 0)
		s.seen.SetFloat(now, 0)
		s.settle.SetFloat(now, 0)
	})
	s.port.Every(engine.Actuate, s.motion.spec.Cycle.D(), 0, s.cycle)
	return nil
}

// Close releases the marker finder, and frames that nobody will look at any more.
func (s *servoStation) Close() error {
	s.held.dropAll()
	if s.finder == nil {
		return nil
	}
	return s.finder.Close()
}

// cycle is one period of the motion control.
func (s *servoStation) cycle(now time.Duration) {
	s.belt.update(now)
	s.motion.remember(now, s.belt.at(now))
	s.obey(now)
	next := now + s.motion.spec.Cycle.D() // when the setpoint is to be reached
	switch s.state {
	case atHome:
		s.motion.goHome(now)
	case approaching:
		at := s.belt.at(next)
		if at-s.from < float64(s.spec.From) {
			// Wait over the begin of the window, as if the bottle were there already.
			at = s.from + float64(s.spec.From)
			s.motion.follow(now, s.tool(at), kinematics.Twist{})
			break
		}
		s.motion.follow(now, s.tool(at), s.track.Velocity(s.belt.v))
		if s.motion.near(s.tool(at), catchDistance) {
			s.enter(now, tracking)
		}
	case tracking, pressing:
		s.motion.follow(now, s.tool(s.belt.at(next)), s.track.Velocity(s.belt.v))
	}
	s.supervise(now)
	// Here and not where the state changes: results of images come in the phase in which
	// the camera reads this.
	s.armed.SetBool(now, s.state == tracking)
}

// catchDistance is how near the tool must be to where the bottle is predicted for
// the camera to see its marker.
const catchDistance = 10e-3

// tool is the pose of the tool over the bottle when the belt is at the given position.
func (s *servoStation) tool(belt float64) kinematics.Pose {
	return s.track.Goal(belt).Mul(s.away)
}

func (s *servoStation) enter(now time.Duration, p servoPhase) {
	s.state = p
	s.phase.SetInt(now, int64(p))
}

// obey takes the PLC's request when it changes.
func (s *servoStation) obey(now time.Duration) {
	id := s.request.Int()
	if s.request.Quality() == protocol.Bad || id == s.id || s.state == pressing {
		return
	}
	if s.state != atHome {
		s.enter(now, atHome) // the PLC has given this bottle up
	}
	s.id = id
	if id == 0 || id == s.done.Sample().Value.Int() {
		return
	}
	s.from = s.origin.Float()
	s.begun, s.images, s.error = 0, 0, 0
	target := kinematics.Translation(float64(s.spec.From), 0, s.capTop)
	if err := s.track.Begin(target, s.from+float64(s.spec.From)); err != nil {
		s.answer(now, false)
		return
	}
	s.enter(now, approaching)
}

// supervise ends what has taken its time.
func (s *servoStation) supervise(now time.Duration) {
	switch s.state {
	case approaching, tracking:
		reserve := s.belt.v * s.spec.Dwell.D().Seconds()
		if s.belt.at(now)-s.from+reserve > float64(s.spec.To) {
			s.answer(now, false)
		}
	case pressing:
		// The command alone proves nothing: a cap is tight if the head was seen down.
		s.pressed = s.pressed || s.down.Quality() == protocol.Good && s.down.Bool()
		if now >= s.until {
			s.press.SetBool(now, false)
			s.answer(now, s.pressed)
		}
	}
}

// answer tells the PLC and goes home.
func (s *servoStation) answer(now time.Duration, ok bool) {
	w := s.port.Writer()
	w.Begin()
	defer w.Commit()
	s.done.SetInt(now, s.id)
	s.ok.SetBool(now, ok)
	s.seen.SetFloat(now, s.error)
	s.frames.SetInt(now, s.images)
	s.enter(now, atHome)
}

// frame is called by the camera; what follows belongs to this component.
func (s *servoStation) frame(now time.Duration, f *vision.Frame) {
	s.held.keep(f)
	s.port.At(engine.Sense, now, func(now time.Duration) {
		if !s.look(now, f) {
			s.held.drop(f)
		}
	})
}

// look finds the marker on another core and then corrects the goal. It tells whether it
// keeps the frame, until then.
func (s *servoStation) look(now time.Duration, f *vision.Frame) bool {
	if s.state != tracking || s.looking {
		return false
	}
	if s.t.opt.Frames {
		s.t.recordFrame(f)
	}
	q, belt, ok := s.motion.recall(f.Exposed)
	if !ok {
		return false
	}
	camera := s.motion.chain.Forward(q).Mul(s.mount)
	s.looking = true
	id := s.id
	latency := device.Draw(s.spec.Latency, s.rnd.Float64)
	found := new(sighting)
	work := func() { found.corners, found.ok = f.Modelled.Corners, f.Modelled.Seen }
	if f.Modelled == nil {
		region, inside := s.track.Region(camera, belt)
		work = func() { found.find(s.finder, f.Color, region, inside) }
	}
	s.port.Offload(latency, work, func(now, cost time.Duration) {
		s.looking = false
		s.t.watch.computed(s.t.watch.servoCost, cost)
		s.total++
		s.looks.SetInt(now, s.total)
		s.latency.SetFloat(now, (now - f.Exposed).Seconds())
		if s.state == tracking && s.id == id {
			s.correct(now, f, found, camera, belt)
		}
		s.held.drop(f)
	})
	return true
}

// sighting is what was found in an image.
type sighting struct {
	corners [4]vision.Point
	ok      bool
	err     error
}

func (g *sighting) find(finder *vision.MarkerFinder, img vision.Image, region vision.Rect, inside bool) {
	roi := &region
	if !inside {
		roi = nil
	}
	g.corners, g.ok, g.err = finder.Find(img, roi)
}

func (s *servoStation) correct(now time.Duration, f *vision.Frame, g *sighting, camera kinematics.Pose, belt float64) {
	s.images++
	if g.err != nil || !g.ok {
		if s.track.Miss() == servo.Lost {
			s.answer(now, false)
		}
		return
	}
	if s.begun == 0 {
		s.begun = f.Exposed
	}
	step := s.track.See(g.corners, camera, belt)
	s.error = step.Error
	switch step.State {
	case servo.Settled:
		s.until, s.pressed = now+s.spec.Dwell.D(), false
		s.settle.SetFloat(now, (now - s.begun).Seconds())
		s.press.SetBool(now, true)
		s.enter(now, pressing)
	case servo.Lost, servo.Diverging:
		s.answer(now, false)
	}
}
