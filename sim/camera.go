package sim

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
)

// Camera is a simulated camera. At fidelity "pixels" it renders what stands before
// it; at "modelled" it hands out what a station would have made of that, with the
// station's stated error rates.
type Camera struct {
	w    *World
	name string
	spec specs.Camera
	port *device.Port
	k    vision.Intrinsics
	shop *studio
	// mounted is the machine that carries the camera, or nil.
	mounted *machine
	pose    kinematics.Pose
	listen  func(now time.Duration, f *vision.Frame)

	transfer *rand.Rand
	noise    *rand.Rand
	errors   *rand.Rand
	armed    *protocol.In
	dropping bool
	dark     bool

	triggers, frames, dropped, status *protocol.Out
	nTriggers, nFrames, nDropped      int64
	missRate, falseRejectRate         float64
}

// The values of a camera's status register.
const (
	cameraOff   = 0
	cameraReady = 1
	cameraFault = 2
)

// Camera puts up the device of a camera.
func (w *World) Camera(name string) (*Camera, error) {
	s := w.site.Spec.Cameras[name]
	p := w.site.Port(name, lane, "cameras", name)
	c := &Camera{
		w: w, name: name, spec: s, port: p,
		shop:     newStudio(s),
		mounted:  w.machines[s.Mount],
		pose:     device.Pose(s.Pose),
		transfer: p.Component().Rand("transfer"),
		noise:    p.Component().Rand("noise"),
		errors:   p.Component().Rand("errors"),
	}
	c.k = c.shop.intrinsics()
	for _, n := range specs.Names(w.site.Spec.Inspections) {
		if in := w.site.Spec.Inspections[n]; in.Camera == name {
			c.missRate, c.falseRejectRate = float64(in.Modelled.MissRate), float64(in.Modelled.FalseRejectRate)
		}
	}
	for _, r := range []struct {
		out    **protocol.Out
		signal string
		t      protocol.Type
		doc    string
	}{
		{&c.status, "status", protocol.U16, "0 off, 1 ready, 2 fault"},
		{&c.triggers, "triggers", protocol.U32, "triggers received since the start"},
		{&c.frames, "frames", protocol.U32, "frames handed out since the start"},
		{&c.dropped, "dropped", protocol.U32, "frames lost since the start"},
	} {
		o, err := p.Out(r.signal, r.t, "", r.doc)
		if err != nil {
			return nil, err
		}
		*r.out = o
	}
	w.cameras[name] = c
	for _, e := range w.eyes {
		if e.name == s.Trigger {
			e.wired = append(e.wired, c)
		}
	}
	return c, nil
}

// Listen names the function that gets every frame.
func (c *Camera) Listen(f func(now time.Duration, f *vision.Frame)) { c.listen = f }

// Start makes the camera ready.
func (c *Camera) Start() error {
	c.port.At(engine.Sense, 0, func(now time.Duration) {
		c.status.SetInt(now, cameraReady)
		c.triggers.SetInt(now, 0)
		c.frames.SetInt(now, 0)
		c.dropped.SetInt(now, 0)
	})
	if c.spec.Trigger != "" {
		return nil
	}
	armed, err := c.port.In(c.name, "armed", protocol.Bool)
	if err != nil {
		return fmt.Errorf("%w: a camera without a trigger runs while a station has it armed", err)
	}
	period := time.Duration(float64(time.Second) / float64(c.spec.Rate))
	c.port.Every(engine.Sense, period, 0, func(now time.Duration) {
		if armed.Quality() != protocol.Bad && armed.Bool() {
			c.trigger(now)
		}
	})
	return nil
}

// Close does nothing.
func (c *Camera) Close() error { return nil }

// trigger starts an exposure at t.
func (c *Camera) trigger(t time.Duration) {
	t += c.spec.Delay.D()
	c.port.At(engine.Sense, max(device.Middle(c.spec, t), c.port.Component().Now()), c.expose)
}

// expose takes the picture: what stands where is that of the middle of the exposure.
func (c *Camera) expose(now time.Duration) {
	if c.dark {
		return
	}
	c.nTriggers++
	c.triggers.SetInt(now, c.nTriggers)
	latency := c.spec.Exposure.D()/2 + device.Draw(c.spec.Latency, c.transfer.Float64)
	seed := c.noise.Uint64()
	at := c.where(now)
	c.witness(now, at)
	if c.dropping {
		c.nDropped++
		c.dropped.SetInt(now, c.nDropped)
		return
	}
	f := &vision.Frame{Camera: c.name, Trigger: uint64(c.nTriggers), K: c.k, Exposed: now}
	work := func() {}
	if c.spec.Fidelity == "modelled" {
		f.Modelled = c.model(now, at)
	} else {
		work = c.shop.shoot(c.scene(now, at), at, seed, f)
	}
	c.port.Simulate(latency, work, func(now, _ time.Duration) { c.hand(now, f) })
}

// hand gives the frame to who listens.
func (c *Camera) hand(now time.Duration, f *vision.Frame) {
	if c.dark {
		return
	}
	c.nFrames++
	f.Seq, f.Arrived = uint64(c.nFrames), now
	c.frames.SetInt(now, c.nFrames)
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

// middle of a bottle's cap above the belt, roughly: where a camera from above looks.
const capLevel = 0.17

// centre is the x at which the camera looks: where its axis meets the level of the
// caps, or, if it looks across the belt, the plane of the belt's middle.
func (c *Camera) centre(at kinematics.Pose) float64 {
	axis := at.Rotate([3]float64{0, 0, 1})
	if axis[2] < -0.7 {
		return at.P[0] - axis[0]/axis[2]*(at.P[2]-capLevel)
	}
	return at.P[0] - axis[0]/axis[1]*at.P[1]
}

// subject is the part that the camera looks at: the nearest one, at most 100 mm off.
func (c *Camera) subject(now time.Duration, at kinematics.Pose) (best *part, x float64) {
	centre, least := c.centre(at), 0.1
	c.w.near(now, centre, least, func(p *part, px float64) {
		if d := max(px-centre, centre-px); best == nil || d < least {
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

// setOffline makes the registers' quality bad while the camera does not answer.
func (c *Camera) setOffline(now time.Duration, on bool) {
	c.dark = on
	c.port.At(engine.Sense, now+1, func(now time.Duration) {
		if on {
			c.status.SetInt(now, cameraFault)
			c.port.Writer().SetAllQuality(now, protocol.Bad)
			return
		}
		c.port.Writer().SetAllQuality(now, protocol.Good)
		c.status.SetInt(now, cameraReady)
	})
}
