package sim

import (
	"errors"
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision/camera"
)

// life is a simulated camera's: the camera that is started and stopped, as a driver of
// the manager that keeps it running, and that manager.
type life struct {
	c       *Camera
	manager *camera.Manager
	running uint32                  // session that the camera is in, 0: none
	frozen  bool                    // that session gives no frames any more
	before  bool                    // it has been on before
	freezes int                     // faults by which streams freeze
	pulls   int                     // faults by which the cable is out
	ticking func(now time.Duration) // tick
	wake    time.Duration           // when the manager is looked after, if it waits for something
	waiting bool

	mode  *protocol.In  // command, or nil
	power *protocol.Out // or nil

	// What the registers say.
	state   camera.State
	dropped uint64
	watts   float64
}

const (
	// A camera is given so much longer than it should need before it counts as lost.
	startMargin = 2 * time.Second
	// Each of them a frame that did not come.
	cameraPatience = 3
	// throttledRate of a camera in standby, a second.
	throttledRate = 1
	// commandPeriod is how often the command register is read.
	commandPeriod = 10 * time.Millisecond
)

// newLife makes a camera that is off.
func newLife(c *Camera) (*life, error) {
	s := &c.spec
	l := &life{c: c}
	l.ticking = l.tick
	cfg := camera.Config{
		StartTimeout: s.StartUp.D() + startMargin, StopTimeout: time.Second,
		Triggered: true, // a free one is triggered by its own clock
		Answer:    s.Exposure.D()/2 + s.Latency.Base.D() + s.Latency.Jitter.D() + c.period(),
		Patience:  cameraPatience,
		WarmUp:    camera.WarmUp{For: s.WarmUp.D()},
		Retry:     camera.Backoff{First: 500 * time.Millisecond, Most: 10 * time.Second, Stable: 10 * time.Second},
	}
	if s.Standby == "throttled" {
		cfg.Rest, cfg.ThrottledRate = camera.RestThrottled, throttledRate
	}
	if p := s.Power; p != nil {
		cfg.Power = camera.Power{Off: float64(p.Off), On: float64(p.On), Throttled: float64(p.Throttled)}
	}
	var err error
	l.manager, err = camera.New(cfg, l, camera.Mode{Name: s.DepthMode, W: s.Width, H: s.Height, Rate: float64(s.Rate)})
	if err != nil {
		return nil, fmt.Errorf("camera %s: %w", c.name, err)
	}
	return l, nil
}

// Start is the camera's side of a start: it takes its time, and fails without a cable.
func (l *life) Start(now time.Duration, session uint32, _ camera.Mode) {
	l.running = 0
	if l.c.spec.StartUp == 0 {
		l.started(now, session)
		return
	}
	l.c.link.port.At(engine.Sense, now+l.c.spec.StartUp.D(), func(now time.Duration) {
		l.started(now, session)
		l.follow(now)
	})
}

func (l *life) started(now time.Duration, session uint32) {
	if l.pulls > 0 {
		l.manager.Failed(now, session, camera.Unplugged)
		return
	}
	if session == l.manager.Session() && l.manager.State() == camera.Starting {
		l.running, l.frozen = session, l.freezes > 0
		if l.before && l.c.clock.own() {
			l.c.clock.zero(now) // as after a loss of power, whatever it was
		}
		l.before = true
	}
	l.manager.Started(now, session)
}

// Stop ends the session at once.
func (l *life) Stop(now time.Duration, session uint32) {
	if l.running == session {
		l.running = 0
	}
	l.manager.Stopped(now, session)
}

// Throttle has nothing to do: a camera that rests takes no pictures here, since none is used.
func (l *life) Throttle(time.Duration, uint32, bool) {}

// dumb tells whether frames are lost and nothing says so.
func (l *life) dumb() bool { return l.running == 0 || l.frozen }

// unplug begins (by = 1) or ends (by = -1) a fault by which the cable is out. The camera's
// host sees that at the next nanosecond.
func (l *life) unplug(now time.Duration, by int) {
	if l.pulls += by; by < 0 || l.running == 0 {
		return
	}
	l.running = 0
	l.c.link.port.At(engine.Sense, now+1, func(now time.Duration) {
		l.manager.Failed(now, l.manager.Session(), camera.Unplugged)
		l.follow(now)
	})
}

// freeze begins or ends a fault by which the stream stands still. Its end does not bring
// the stream back: only a new session does.
func (l *life) freeze(by int) {
	l.freezes += by
	l.frozen = l.frozen || by > 0
}

// begin starts the camera, and follows its command register if there is one.
func (l *life) begin() (err error) {
	port := l.c.link.port
	port.At(engine.Sense, 0, func(now time.Duration) {
		l.manager.Command(now, camera.Run)
		l.c.publish(now)
		l.await()
	})
	name := l.c.name + ".mode"
	if _, err := port.Site().Bank.Lookup(name); err != nil {
		return nil // nobody commands it
	}
	if l.mode, err = port.In(l.c.name, "mode", protocol.U16); err != nil {
		return errors.Join(err, fmt.Errorf("camera %s: its command register %s must be a u16: 0 run, 1 standby, 2 off", l.c.name, name))
	}
	goal := camera.Run
	port.Every(engine.Sense, commandPeriod, 0, func(now time.Duration) {
		want := camera.Goal(l.mode.Int())
		if l.mode.Quality() == protocol.Bad || want == goal || want > camera.Down {
			return
		}
		goal = want
		l.manager.Command(now, goal)
		l.follow(now)
	})
	return nil
}

// follow tells in the registers what has become of the camera, and has the manager looked
// after when it wants it.
func (l *life) follow(now time.Duration) {
	if l.c.link.up() {
		l.tell(now, false)
	}
	l.await()
}

func (l *life) tell(now time.Duration, all bool) {
	if s := l.manager.State(); all || s != l.state {
		l.state = s
		l.c.status.SetInt(now, int64(s))
	}
	counters := l.manager.Counters()
	if n := counters.Lost(); all || n != l.dropped {
		l.dropped = n
		l.c.dropped.SetInt(now, int64(n))
	}
	if w := l.manager.Watts(); l.power != nil && (all || w != l.watts) {
		l.watts = w
		l.power.SetFloat(now, w)
	}
}

func (l *life) await() {
	at, ok := l.manager.Next()
	if !ok || l.waiting && l.wake <= at {
		return
	}
	l.wake, l.waiting = at, true
	l.c.link.port.At(engine.Sense, at, l.ticking)
}

// tick looks after the manager. One that comes too early, because another was asked for
// since, does no harm.
func (l *life) tick(now time.Duration) {
	if now >= l.wake {
		l.waiting = false
	}
	l.manager.Tick(now)
	l.follow(now)
}

var _ camera.Driver = (*life)(nil)
