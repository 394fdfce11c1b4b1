package camera

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// world is a camera that fails in every way, the line that triggers it, and a manager
// between them. It knows what is true.
type world struct {
	t       testing.TB
	r       *rand.Rand
	m       *Manager
	cfg     Config
	now     time.Duration
	events  []event // by instant
	serial  int
	storm   bool // things go wrong
	works   bool
	starts  []time.Duration
	running uint32          // session that the camera really is in; 0: none
	dead    bool            // that session gives no frames any more
	modes   map[uint32]Mode // that sessions were started in
	goal    Goal
	mode    Mode
	trigger uint64
	last    *Shot           // of the running session
	given   map[uint64]bool // triggers that were answered
	sent    map[Shot]bool
	ready   time.Duration // since when
	state   State
	fresh   int
	lostAt  time.Duration
}

type event struct {
	at  time.Duration
	seq int
	do  func()
}

func newWorld(t testing.TB, seed uint64, cfg Config) *world {
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 7)), cfg: cfg, works: true, modes: map[uint32]Mode{}, given: map[uint64]bool{}, sent: map[Shot]bool{}, goal: Down}
	w.mode = Mode{Name: "a", Rate: 30}
	var err error
	if w.m, err = New(cfg, w, w.mode); err != nil {
		t.Fatal(err)
	}
	return w
}

// after does something later.
func (w *world) after(d time.Duration, do func()) {
	w.serial++
	e := event{w.now + d, w.serial, do}
	i, _ := slices.BinarySearchFunc(w.events, e, func(a, b event) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		return a.seq - b.seq
	})
	w.events = slices.Insert(w.events, i, e)
}

func (w *world) chance(p float64) bool { return w.storm && w.r.Float64() < p }

func (w *world) upTo(d time.Duration) time.Duration { return time.Duration(w.r.Float64() * float64(d)) }

// answer at once or later, or, when things go wrong, never.
func (w *world) answer(within time.Duration, f func()) {
	switch {
	case w.chance(0.1):
	case w.r.IntN(3) == 0:
		f()
	default:
		w.after(w.upTo(within*9/10), f)
	}
}

func (w *world) Start(now time.Duration, session uint32, m Mode) {
	w.starts = append(w.starts, now)
	w.modes[session] = m
	w.running, w.dead, w.last = 0, false, nil
	w.answer(w.cfg.StartTimeout, func() {
		if !w.works || w.chance(0.2) {
			w.m.Failed(w.now, session, Failure)
			return
		}
		if session == w.m.Session() && (w.m.State() == Starting) {
			w.running, w.dead = session, false
			if w.m.Started(w.now, session); !w.cfg.Triggered {
				w.after(33*ms, func() { w.free(session) })
			}
			return
		}
		w.m.Started(w.now, session) // too late
	})
}

func (w *world) Stop(_ time.Duration, session uint32) {
	w.answer(w.cfg.StopTimeout, func() {
		if w.running == session {
			w.running = 0
		}
		w.m.Stopped(w.now, session)
	})
}

func (w *world) Throttle(_ time.Duration, session uint32, _ bool) {
	if w.chance(0.1) {
		w.m.Failed(w.now, session, Failure)
	}
}

// free takes the pictures of a free camera.
func (w *world) free(session uint32) {
	if w.running != session {
		return
	}
	w.expose(0)
	w.after(33*ms, func() { w.free(session) })
}

// expose takes a picture, and sends it, perhaps.
func (w *world) expose(trigger uint64) {
	if !w.works {
		w.dead = true
	}
	if w.running == 0 || w.dead || w.chance(0.03) {
		return
	}
	s := Shot{Session: w.running, Trigger: trigger, Exposed: w.now, Stamp: w.now + 5*time.Hour, Empty: w.chance(0.03)}
	if w.running%3 == 0 {
		s.Level = w.now.Seconds() * 5 // it drifts for ever
	}
	if s.Session > 1 && w.chance(0.03) {
		s.Session-- // a session that the driver could not end
	}
	again := w.last != nil && w.chance(0.03)
	if again {
		s = *w.last
	} else {
		c := s
		w.last = &c
	}
	if w.chance(0.02) {
		w.m.Dropped(w.now, w.running, trigger)
		return
	}
	transfer := 5*ms + w.upTo(15*ms)
	if w.chance(0.03) {
		transfer = w.upTo(3 * sec)
	}
	w.after(transfer, func() { w.arrive(s) })
}

func (w *world) arrive(s Shot) {
	before := w.m.Counters()
	o := w.m.Frame(w.now, s)
	if w.m.Counters().Frames[o] != before.Frames[o]+1 {
		w.t.Fatalf("%v: a frame that is %v is not counted", w.now, o)
	}
	if o != Fresh {
		return
	}
	w.fresh++
	switch {
	case s.Session != w.running:
		w.t.Fatalf("%v: a fresh frame is of session %d, and %d runs", w.now, s.Session, w.running)
	case w.goal != Run || w.m.State() != Ready:
		w.t.Fatalf("%v: a frame is fresh, but the camera is %v", w.now, w.m.State())
	case w.modes[s.Session] != w.mode || w.m.Mode() != w.mode:
		w.t.Fatalf("%v: a fresh frame is of mode %q, wanted is %q", w.now, w.modes[s.Session].Name, w.mode.Name)
	case s.Exposed < w.ready:
		w.t.Fatalf("%v: a frame of %v is fresh, but the camera is ready since %v", w.now, s.Exposed, w.ready)
	case s.Empty || w.sent[s]:
		w.t.Fatalf("%v: a fresh frame is empty (%v) or was given before (%v)", w.now, s.Empty, w.sent[s])
	case w.cfg.Triggered && w.given[s.Trigger]:
		w.t.Fatalf("%v: trigger %d is answered twice", w.now, s.Trigger)
	}
	w.given[s.Trigger], w.sent[s] = true, true
}

// look checks what must hold at any time.
func (w *world) look() {
	if s := w.m.State(); s != w.state {
		if s == Ready {
			w.ready = w.now
		}
		if s == Lost {
			w.lostAt = w.now
		}
		w.state = s
	}
	c := w.m.Counters()
	if c.Triggers != c.Answered+c.Lost()+uint64(w.m.Waiting()) {
		w.t.Fatalf("%v: %d triggers, %d answered, %v lost, %d wait", w.now, c.Triggers, c.Answered, c.Missed, w.m.Waiting())
	}
	switch w.state {
	case Starting, Stopping, Warming, Lost:
		if at, ok := w.m.Next(); !ok || at-w.now > max(w.cfg.StartTimeout, w.cfg.StopTimeout, w.cfg.Retry.Most, w.cfg.warmUp()) {
			w.t.Fatalf("%v: %v, and the next tick is at %v, %v", w.now, w.state, at, ok)
		}
	}
}

// play lets time pass.
func (w *world) play(d time.Duration) {
	end := w.now + d
	for {
		w.look()
		at, ok := w.m.Next()
		tick := ok && at <= end && (len(w.events) == 0 || at <= w.events[0].at)
		switch {
		case tick:
			w.now = max(w.now, at)
			if w.storm {
				w.now += w.upTo(ms) // a scheduler is late
			}
			for len(w.events) > 0 && w.events[0].at < w.now {
				w.step()
			}
			w.m.Tick(w.now)
		case len(w.events) > 0 && w.events[0].at <= end:
			w.now = max(w.now, w.events[0].at)
			w.step()
		default:
			w.now = max(w.now, end)
			return
		}
	}
}

func (w *world) step() {
	e := w.events[0]
	w.events = w.events[1:]
	e.do()
	w.look()
}

// line triggers the camera for ever.
func (w *world) line(every time.Duration) {
	w.after(every/2+w.upTo(every), func() {
		w.trigger++
		w.m.Trigger(w.now, w.trigger)
		w.expose(w.trigger)
		w.line(every)
	})
}

// meddle does something to the camera.
func (w *world) meddle() {
	switch w.r.IntN(8) {
	case 0, 1:
		w.works = w.r.IntN(2) == 0
	case 2:
		w.dead = true
	case 3:
		w.goal = Goal(w.r.IntN(3))
		w.m.Command(w.now, w.goal)
	case 4, 5:
		w.goal = Run
		w.m.Command(w.now, w.goal)
	case 6:
		w.mode = Mode{Name: []string{"a", "b", "c"}[w.r.IntN(3)], Rate: 30}
		w.m.Switch(w.now, w.mode)
	case 7:
		w.running = 0
		w.m.Failed(w.now, w.m.Session(), []Cause{Failure, Unplugged}[w.r.IntN(2)])
	}
	w.after(w.upTo(4*sec), func() {
		if w.storm {
			w.meddle()
		}
	})
}
