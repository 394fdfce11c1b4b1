package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/protocol"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision"
	"linetwin.dev/vision/camera"
)

// Camera is a simulated camera. At fidelity "pixels" it renders what stands before
// it; at "modelled" it hands out what a station would have made of that, with the
// station's stated error rates.
type Camera struct {
	w    *World
	name string
	spec specs.Camera
	link link
	k    vision.Intrinsics
	shop *studio
	belt *belt // that it looks at
	// mounted is the machine that carries the camera, or nil.
	mounted *machine
	pose    kinematics.Pose
	listen  func(now time.Duration, f *vision.Frame)
	pool    *vision.Pool
	flying  []*flight // taken, and not there yet
	landed  []*flight // to be used again
	life    *life
	clock   ownClock
	jumps   int  // faults by which the clock was set
	view    bool // of a station that has a camera of its own

	exposing func(now time.Duration) // expose

	transfer *rand.Rand
	noise    *rand.Rand
	errors   *rand.Rand
	armed    *protocol.In
	dropping int           // faults by which frames are lost
	ready    time.Duration // for the next exposure

	triggers, frames, dropped, status *protocol.Out
	nTriggers, nFrames                int64
	missRate, falseRejectRate         float64
}

// mostFrames of one camera are in use at a time: a station that keeps more costs the
// camera frames.
const mostFrames = 32

// Camera puts up the device of a camera. The error says which register cannot be had,
// or that nothing tells which conveyor the camera looks at.
func (w *World) Camera(name string) (*Camera, error) {
	s, ok := w.site.Spec.Cameras[name]
	if !ok {
		return nil, fmt.Errorf("sim: there is no camera %q", name)
	}
	p := w.site.Port(name, lane, "cameras", name)
	c := &Camera{
		w: w, name: name, spec: s,
		shop:     newStudio(s, p.Component().Rand("unit").Uint64()),
		pool:     vision.NewPool(vision.PoolOptions{Limit: mostFrames}),
		mounted:  w.machines[s.Mount],
		pose:     device.Pose(s.Pose),
		clock:    newClock(s.Sim),
		transfer: p.Component().Rand("transfer"),
		noise:    p.Component().Rand("noise"),
		errors:   p.Component().Rand("errors"),
	}
	c.k = c.shop.intrinsics()
	c.station()
	if c.belt == nil {
		return nil, fmt.Errorf("camera %s looks at no conveyor: give it a trigger, or name it in a servo or as an inspection's view", name)
	}
	var err error
	if c.life, err = newLife(c); err != nil {
		return nil, err
	}
	err = p.Define(
		device.Signal{Out: &c.status, Name: "status", Type: protocol.U16, Doc: "0 off, 1 ready, 2 fault, 3 starting, 4 warming up, 5 standby, 6 lost, 7 stopping"},
		device.Signal{Out: &c.triggers, Name: "triggers", Type: protocol.U32, Doc: "triggers received since the start"},
		device.Signal{Out: &c.frames, Name: "frames", Type: protocol.U32, Doc: "frames handed out since the start"},
		device.Signal{Out: &c.dropped, Name: "dropped", Type: protocol.U32, Doc: "frames lost since the start"},
	)
	if err == nil && s.Power != nil {
		err = p.Define(device.Signal{Out: &c.life.power, Name: "power", Type: protocol.F64, Unit: "W", Doc: "power that the camera takes"})
	}
	if err != nil {
		return nil, err
	}
	c.exposing = c.expose
	c.link.connect(p, c.publish)
	w.links[name], w.cameras[name] = &c.link, c
	if e := w.eye(s.Trigger); e != nil {
		e.wired = append(e.wired, c)
	}
	return c, nil
}

// station finds what the camera works for: its conveyor, and the error rates to model.
func (c *Camera) station() {
	sp := c.w.site.Spec
	if e, ok := sp.Photoeyes[c.spec.Trigger]; ok {
		c.belt = c.w.belts[e.Conveyor]
	}
	for _, n := range specs.Names(sp.Servos) {
		if s := sp.Servos[n]; s.Camera == c.name {
			c.belt = c.w.belts[s.Conveyor]
		}
	}
	for _, n := range specs.Names(sp.Inspections) {
		s := sp.Inspections[n]
		_, c.view = s.Views[c.name]
		if c.view {
			c.belt = c.w.belts[sp.Photoeyes[sp.Cameras[s.Camera].Trigger].Conveyor]
		}
		if c.view || s.Camera == c.name {
			c.missRate, c.falseRejectRate = float64(s.Modelled.MissRate), float64(s.Modelled.FalseRejectRate)
			return
		}
	}
}

// Listen names the function that gets every frame.
func (c *Camera) Listen(f func(now time.Duration, f *vision.Frame)) { c.listen = f }

// Start makes the camera ready, or begins to.
func (c *Camera) Start() (err error) {
	if err := c.life.begin(); err != nil {
		return err
	}
	if c.spec.Trigger != "" {
		return nil
	}
	if c.armed, err = c.link.port.In(c.name, "armed", protocol.Bool); err != nil {
		return fmt.Errorf("%w: a camera without a trigger runs while a station has it armed", err)
	}
	if !c.clock.own() {
		c.link.port.Every(engine.Sense, c.period(), 0, c.run)
		return nil
	}
	var tick func(now time.Duration)
	tick = func(now time.Duration) {
		c.run(now)
		c.link.port.At(engine.Sense, c.clock.after(now, c.period()), tick)
	}
	// Its periods are those of its clock since that showed 0.
	phase := c.clock.at(0) % c.period()
	if phase < 0 {
		phase += c.period()
	}
	c.link.port.At(engine.Sense, c.clock.after(0, c.period()-phase), tick)
	return nil
}

// run takes the next picture of a camera that runs freely.
func (c *Camera) run(now time.Duration) {
	if c.link.up() && c.armed.Quality() != protocol.Bad && c.armed.Bool() {
		c.trigger(now)
	}
}

// jump makes the camera's clock start anew (by = 1), or sets it right (by = -1).
func (c *Camera) jump(now time.Duration, by int) {
	if c.jumps += by; by > 0 {
		c.clock.zero(now)
	} else if c.jumps == 0 {
		c.clock.set()
	}
}

// period from frame to frame, at the least.
func (c *Camera) period() time.Duration {
	return time.Duration(float64(time.Second) / float64(c.spec.Rate))
}

// publish tells all registers.
func (c *Camera) publish(now time.Duration) {
	c.triggers.SetInt(now, c.nTriggers)
	c.frames.SetInt(now, c.nFrames)
	c.life.tell(now, true)
}

// count publishes a counter, if the camera is heard.
func (c *Camera) count(now time.Duration, o *protocol.Out, n *int64) {
	*n++
	if c.link.up() {
		o.SetInt(now, *n)
	}
}

// Close gives back the frames that are still on their way.
func (c *Camera) Close() error {
	for _, f := range c.flying {
		f.frame.Release()
	}
	c.flying = nil
	return nil
}

// CheckFrames makes the camera find out who uses a frame that was released; see
// vision.PoolOptions. It is for tests, costs time, and is to be called before Start.
func (c *Camera) CheckFrames() {
	c.pool = vision.NewPool(vision.PoolOptions{Limit: mostFrames, Check: true})
}

// Frames tells where the camera's frames are. It may be called from any goroutine.
func (c *Camera) Frames() vision.PoolStats { return c.pool.Stats() }

// trigger starts an exposure at t.
func (c *Camera) trigger(t time.Duration) {
	c.link.port.At(engine.Sense, device.Middle(c.spec, t+c.spec.Delay.D()), c.exposing)
}

// flight is a frame on its way from the exposure to memory. It is used again, and its
// functions are made once, so that a frame costs no memory.
type flight struct {
	c       *Camera
	frame   *vision.Frame
	session uint32
	scene   scenery.Scene
	at      kinematics.Pose
	seed    uint64
	work    func()
	arrive  func(now, cost time.Duration)
}

// takeOff gives a flight for a frame.
func (c *Camera) takeOff(f *vision.Frame) *flight {
	var fl *flight
	if n := len(c.landed); n > 0 {
		fl, c.landed = c.landed[n-1], c.landed[:n-1]
	} else {
		fl = &flight{c: c}
		fl.work, fl.arrive = fl.shoot, fl.land
	}
	fl.frame, fl.session = f, c.life.running
	c.flying = append(c.flying, fl)
	return fl
}

// shoot takes the picture, on another core.
func (fl *flight) shoot() {
	if fl.frame.Modelled == nil {
		fl.c.shop.shoot(&fl.scene, fl.at, fl.seed, fl.frame)
	}
}

// land gives the frame to the camera.
func (fl *flight) land(now, _ time.Duration) {
	c, f := fl.c, fl.frame
	i := slices.Index(c.flying, fl)
	c.flying = slices.Delete(c.flying, i, i+1)
	c.hand(now, f, fl.session)
	f.Release()
	fl.frame = nil
	c.landed = append(c.landed, fl)
}

// expose takes the picture: what stands where is that of the middle of the exposure.
// Everything that is random is drawn for every trigger, also for a frame that is lost,
// so that a fault changes no other frame.
func (c *Camera) expose(now time.Duration) {
	c.count(now, c.triggers, &c.nTriggers)
	trigger := uint64(c.nTriggers)
	latency := c.spec.Exposure.D()/2 + device.Draw(c.spec.Latency, c.transfer.Float64)
	seed := c.noise.Uint64()
	at := c.where(now)
	c.witness(now, at)
	var seen vision.Modelled
	modelled := c.spec.Fidelity == "modelled"
	if modelled {
		seen = c.model(now, at)
	}
	defer c.life.follow(now)
	if !c.life.manager.Trigger(now, trigger) || c.life.dumb() {
		return
	}
	var f *vision.Frame
	busy := c.spec.Trigger != "" && now < c.ready
	if !busy && c.dropping == 0 && c.link.up() {
		f = c.pool.Get()
	}
	if f == nil {
		c.life.manager.Dropped(now, c.life.running, trigger)
		return
	}
	f.Camera, f.Trigger, f.K, f.Exposed, f.Stamp = c.name, trigger, c.k, now, c.clock.at(now)
	c.ready = now + c.period()
	fl := c.takeOff(f)
	if modelled {
		*f.Model() = seen
	} else {
		fl.at, fl.seed = at, seed
		c.scene(now, at, &fl.scene)
	}
	c.link.port.Simulate(latency, fl.work, fl.arrive)
}

// hand gives the frame to who listens. What is on its way when the link is cut is lost, and
// what is of a session that is over, or frozen, does not arrive.
func (c *Camera) hand(now time.Duration, f *vision.Frame, session uint32) {
	defer c.life.follow(now)
	switch {
	case session != c.life.running || c.life.dumb():
		return
	case !c.link.up():
		c.life.manager.Dropped(now, session, f.Trigger)
		return
	}
	shot := camera.Shot{Session: session, Trigger: f.Trigger, Exposed: f.Exposed, Stamp: f.Stamp}
	if c.life.manager.Frame(now, shot) != camera.Fresh {
		return
	}
	c.count(now, c.frames, &c.nFrames)
	f.Seq, f.Arrived = uint64(c.nFrames), now
	if c.view {
		c.w.tell(now, device.TruthExposed, device.Exposure{Camera: c.name, Frame: f.Seq, At: f.Exposed})
	}
	if c.listen != nil {
		c.listen(now, f)
	}
}

// where is the camera's pose in the line's frame.
func (c *Camera) where(now time.Duration) kinematics.Pose {
	if c.mounted == nil {
		return c.pose
	}
	return c.mounted.tool(now).Mul(c.pose)
}

// steep is the least part of the viewing direction that counts as looking at a plane.
const steep = 0.1

// centre is the x at which the camera looks: where its axis meets the level of the
// caps if it looks down, or else the plane of the belt's middle; its own x if it
// looks along the belt.
func (c *Camera) centre(at kinematics.Pose) float64 {
	axis := at.Rotate([3]float64{0, 0, 1})
	switch {
	case axis[2] < -0.7:
		return at.P[0] - axis[0]/axis[2]*(at.P[2]-c.w.capLevel)
	case math.Abs(axis[1]) > steep:
		return at.P[0] - axis[0]/axis[1]*at.P[1]
	}
	return at.P[0]
}

// subjectRange is how far from where the camera looks its subject may be, in metres.
const subjectRange = 0.1

// subject is the part that the camera looks at, the nearest one, and its x; or nil.
func (c *Camera) subject(now time.Duration, at kinematics.Pose) (best *part, x float64) {
	centre, least := c.centre(at), subjectRange
	c.w.near(now, centre, least, func(p *part, px float64) {
		if d := math.Abs(px - centre); p.belt == c.belt && (best == nil || d < least) {
			best, x, least = p, px, d
		}
	})
	return best, x
}

// witness tells the metrics what stood before a triggered camera.
func (c *Camera) witness(now time.Duration, at kinematics.Pose) {
	if c.spec.Trigger == "" {
		return
	}
	if p, _ := c.subject(now, at); p != nil {
		c.w.tell(now, device.TruthSeen, device.Sight{Camera: c.name, Trigger: uint64(c.nTriggers), Part: p.truth})
	}
}

var _ device.Camera = (*Camera)(nil)
