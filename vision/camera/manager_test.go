package camera

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

// standard is a camera that is quick and takes nothing amiss.
func standard() Config {
	return Config{
		StartTimeout: 2 * sec, StopTimeout: 500 * ms, Triggered: true, Answer: 100 * ms, Patience: 3,
		Retry: Backoff{First: 200 * ms, Most: 3 * sec, Stable: 5 * sec},
		Power: Power{Off: 0.5, On: 6, Throttled: 2},
	}
}

func configs() []Config {
	triggered := standard()
	free := standard()
	free.Triggered, free.ThrottledRate, free.Rest = false, 1, RestThrottled
	warm := standard()
	warm.WarmUp, warm.Rest, warm.MaxAge = WarmUp{For: 3 * sec}, RestThrottled, 60*ms
	drift := free
	drift.WarmUp = WarmUp{For: sec, Drift: 1, Over: 800 * ms, Most: 4 * sec}
	return []Config{triggered, free, warm, drift}
}

// storms is how many seeds of each configuration a run of the tests tries; LINETWIN_SOAK=1
// tries more.
func storms() uint64 {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 20_000
	}
	return 150
}

// Whatever happens, and whenever: no frame is fresh that is not, every trigger has one
// end, the back-off is bounded, and a camera that works again is ready in the stated time.
func TestNoStormLeavesACameraLostOrGivesAStaleFrame(t *testing.T) {
	var total Counters
	fresh := 0
	for k, cfg := range configs() {
		for seed := range storms() {
			w := newWorld(t, seed<<2|uint64(k), cfg)
			w.storm = true
			if cfg.Triggered {
				w.line(40 * ms)
			}
			w.m.Command(0, Run)
			w.goal = Run
			w.after(0, w.meddle)
			w.play(60 * sec)

			w.storm, w.works, w.goal = false, true, Run
			w.m.Command(w.now, Run)
			found := time.Duration(cfg.Patience+1) * (100*ms + 60*ms + cfg.Answer)
			if w.m.State() == Standby && cfg.Rest == RestThrottled {
				found += sec * time.Duration(cfg.Patience)
			}
			w.play(cfg.Recovery() + found)
			if w.m.State() != Ready {
				t.Fatalf("config %d, seed %d: the camera works since %v, and is %v", k, seed, cfg.Recovery()+found, w.m.State())
			}
			before := w.fresh
			w.play(sec)
			if w.fresh < before+10 {
				t.Fatalf("config %d, seed %d: %d frames in the second after", k, seed, w.fresh-before)
			}
			c := w.m.Counters()
			fresh += w.fresh
			for i, n := range c.Missed {
				total.Missed[i] += n
			}
			for i, n := range c.Frames {
				total.Frames[i] += n
			}
			for i, n := range c.Losses {
				total.Losses[i] += n
			}
			total.Switches += c.Switches
			total.Overdue += c.Overdue
			total.Strays += c.Strays
			total.Drifting += c.Drifting
		}
	}
	// A storm that has left something out proves nothing about it.
	for i, n := range total.Missed {
		if n == 0 {
			t.Errorf("no trigger was lost because it was %v", Miss(i))
		}
	}
	for i, n := range total.Frames {
		if n == 0 {
			t.Errorf("no frame was %v", Outcome(i))
		}
	}
	for i, n := range total.Losses {
		if n == 0 && Cause(i) != Unusable {
			t.Errorf("no camera was lost because of %v", Cause(i))
		}
	}
	if fresh < 10000 || total.Switches == 0 || total.Overdue == 0 || total.Strays == 0 || total.Drifting == 0 {
		t.Errorf("%d fresh frames, %+v", fresh, total)
	}
}

func TestACameraThatDoesNotComeBackIsTriedAtGrowingIntervals(t *testing.T) {
	w := newWorld(t, 1, standard())
	w.m.Command(0, Run)
	w.play(sec)
	w.works, w.running = false, 0
	for i := range w.cfg.Patience {
		w.m.Trigger(w.now, uint64(i+1))
	}
	w.starts = nil
	w.play(60 * sec)
	least := w.cfg.Retry.First
	for i := 1; i < len(w.starts); i++ {
		pause := w.starts[i] - w.starts[i-1]
		if pause < least || pause > w.cfg.Retry.Most+w.cfg.StartTimeout {
			t.Errorf("attempt %d came %v after the one before, at least %v", i, pause, least)
		}
		least = min(2*least, w.cfg.Retry.Most)
	}
	if n := len(w.starts); n < 12 || n > 30 {
		t.Errorf("%d attempts in a minute", n)
	}
	w.works = true
	w.play(w.cfg.Recovery())
	if w.m.State() != Ready {
		t.Errorf("it works again, and is %v", w.m.State())
	}
}

func TestBackOffDoublesUpToItsMost(t *testing.T) {
	b := Backoff{First: 300 * ms, Most: 2 * sec}
	for i, want := range []time.Duration{300 * ms, 600 * ms, 1200 * ms, 2 * sec, 2 * sec} {
		if got := b.delay(i + 1); got != want {
			t.Errorf("after %d failures %v, want %v", i+1, got, want)
		}
	}
	huge := Backoff{First: 1, Most: math.MaxInt64}
	if got := huge.delay(1000); got != math.MaxInt64 {
		t.Errorf("a back-off that overflows: %v", got)
	}
}

// hands is a driver that does nothing by itself.
type hands struct{ log []string }

func (h *hands) Start(_ time.Duration, s uint32, m Mode) {
	h.log = append(h.log, fmt.Sprint("start ", s, " ", m.Name))
}
func (h *hands) Stop(_ time.Duration, s uint32) { h.log = append(h.log, fmt.Sprint("stop ", s)) }
func (h *hands) Throttle(_ time.Duration, s uint32, on bool) {
	h.log = append(h.log, fmt.Sprint("throttle ", s, " ", on))
}

func (h *hands) said(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(h.log, ", "); got != strings.Join(want, ", ") {
		t.Errorf("the driver was told %q, want %q", got, strings.Join(want, ", "))
	}
	h.log = nil
}

func manager(t *testing.T, cfg Config) (*Manager, *hands) {
	t.Helper()
	h := new(hands)
	m, err := New(cfg, h, Mode{Name: "a", Rate: 30})
	if err != nil {
		t.Fatal(err)
	}
	return m, h
}

func is(t *testing.T, m *Manager, want State) {
	t.Helper()
	if m.State() != want {
		t.Errorf("the camera is %v, want %v", m.State(), want)
	}
}

func TestFramesOfTheOldModeNeverComeAfterASwitch(t *testing.T) {
	m, h := manager(t, standard())
	m.Command(0, Run)
	m.Started(sec, 1)
	is(t, m, Ready)
	m.Trigger(2*sec, 1)
	m.Switch(2*sec+ms, Mode{Name: "b"})
	h.said(t, "start 1 a", "stop 1")
	if o := m.Frame(2*sec+2*ms, Shot{Session: 1, Trigger: 1, Exposed: 2 * sec}); o != Stale {
		t.Errorf("a frame of the old mode is %v", o)
	}
	if m.Mode().Name != "a" || m.Counters().Missed[Aborted] != 1 {
		t.Errorf("mode %q, %+v", m.Mode().Name, m.Counters())
	}
	m.Stopped(2*sec+3*ms, 1)
	h.said(t, "start 2 b")
	if o := m.Frame(2*sec+4*ms, Shot{Session: 1, Exposed: 2 * sec}); o != Stale {
		t.Errorf("a frame of the old session is %v", o)
	}
	m.Started(3*sec, 2)
	is(t, m, Ready)
	if m.Mode().Name != "b" || m.Counters().Switches != 1 {
		t.Errorf("mode %q, %d switches", m.Mode().Name, m.Counters().Switches)
	}
}

func TestASwitchWhileItStartsStartsAgain(t *testing.T) {
	m, h := manager(t, standard())
	m.Command(0, Run)
	m.Switch(ms, Mode{Name: "b"})
	m.Switch(2*ms, Mode{Name: "c"})
	h.said(t, "start 1 a", "stop 1")
	m.Tick(ms + standard().StopTimeout) // the driver hangs
	h.said(t, "start 2 c")
	m.Started(sec, 1)
	is(t, m, Starting)
	m.Started(sec, 2)
	is(t, m, Ready)
	if c := m.Counters(); c.Overdue != 1 || c.Strays != 1 || m.Mode().Name != "c" {
		t.Errorf("%+v", c)
	}
}

func TestACameraWarmsBeforeItsFramesAreUsed(t *testing.T) {
	cfg := standard()
	cfg.WarmUp.For = 10 * sec
	m, _ := manager(t, cfg)
	m.Command(0, Run)
	m.Started(sec, 1)
	is(t, m, Warming)
	if m.Trigger(2*sec, 1) {
		t.Error("a trigger is taken while it warms")
	}
	if o := m.Frame(2*sec, Shot{Session: 1, Trigger: 1, Exposed: 2 * sec}); o != Early {
		t.Errorf("the frame is %v", o)
	}
	if at, _ := m.Next(); at != 11*sec {
		t.Errorf("warm at %v", at)
	}
	m.Tick(11 * sec)
	is(t, m, Ready)
	if o := m.Frame(11*sec+ms, Shot{Session: 1, Trigger: 1, Exposed: 11*sec - ms, Stamp: 9}); o != Stale {
		t.Errorf("a frame from before it was warm is %v", o)
	}
	// Off for three seconds: three seconds to warm.
	m.Command(20*sec, Down)
	m.Stopped(21*sec, 1)
	m.Command(23*sec, Run)
	m.Started(23*sec, 2)
	if at, _ := m.Next(); at != 26*sec {
		t.Errorf("warm again at %v, after 3 s without power", at)
	}
}

func TestACameraThatDriftsIsNotWarm(t *testing.T) {
	cfg := standard()
	cfg.WarmUp = WarmUp{For: 2 * sec, Drift: 0.5, Over: 4 * sec, Most: 120 * sec}
	m, _ := manager(t, cfg)
	m.Command(0, Run)
	m.Started(0, 1)
	// As a time-of-flight camera warms: exponentially, here by 20 mm in 10 s.
	warm := time.Duration(0)
	for now := time.Duration(0); warm == 0 && now < 100*sec; now += 33 * ms {
		level := 20*math.Exp(-now.Seconds()/10) + 0.2*math.Sin(float64(now/ms))
		m.Frame(now, Shot{Session: 1, Exposed: now, Stamp: now + 1, Level: level})
		if m.State() == Ready {
			warm = now
		}
	}
	// Over 3.5 s, between the middles of the first and last slot, it drifts by 0.5 mm from here on:
	// 20 (1 - exp(-.35)) exp(-t/10) = 0.5 at t = 24.7 s, and is noticed 4 s later.
	if warm < 25*sec || warm > 32*sec {
		t.Errorf("warm after %v", warm)
	}
	if m.Counters().Drifting != 0 {
		t.Error("by time")
	}
	n, _ := manager(t, cfg)
	n.Command(0, Run)
	n.Started(0, 1)
	n.Tick(119 * sec)
	is(t, n, Warming)
	n.Tick(120 * sec)
	is(t, n, Ready)
	if n.Counters().Drifting != 1 {
		t.Error("it counts as warm without having been steady, and nothing says so")
	}
}

func TestStandbyIsOffOrThrottled(t *testing.T) {
	cfg := standard()
	cfg.WarmUp.For = sec
	m, h := manager(t, cfg)
	m.Command(0, Run)
	m.Started(0, 1)
	m.Tick(sec)
	if m.Watts() != 6 {
		t.Errorf("%v W", m.Watts())
	}
	m.Command(2*sec, Doze)
	m.Stopped(2*sec, 1)
	is(t, m, Standby)
	h.said(t, "start 1 a", "stop 1")
	if m.Watts() != 0.5 || m.Joules(4*sec) != 2*6+2*0.5 {
		t.Errorf("%v W, %v J", m.Watts(), m.Joules(4*sec))
	}
	m.Command(4*sec, Run)
	is(t, m, Starting)

	cfg.Rest, cfg.ThrottledRate = RestThrottled, 1
	m, h = manager(t, cfg)
	m.Command(0, Run)
	m.Started(0, 1)
	m.Tick(sec)
	m.Command(2*sec, Doze)
	is(t, m, Standby)
	if o := m.Frame(3*sec, Shot{Session: 1, Exposed: 3 * sec, Stamp: 3}); o != Idle || m.Watts() != 2 {
		t.Errorf("a frame is %v, %v W", o, m.Watts())
	}
	m.Command(100*sec, Run)
	is(t, m, Ready)
	h.said(t, "start 1 a", "throttle 1 true", "throttle 1 false")
	m.Trigger(100*sec, 9)
	if o := m.Frame(100*sec, Shot{Session: 1, Trigger: 9, Exposed: 99 * sec, Stamp: 4}); o != Stale {
		t.Errorf("a frame of its sleep is %v", o)
	}
}

func TestAFrozenStreamAndEmptyFramesAreALoss(t *testing.T) {
	for name, shot := range map[string]Shot{"frozen": {Stamp: 7}, "empty": {Empty: true}} {
		m, _ := manager(t, standard())
		m.Command(0, Run)
		m.Started(0, 1)
		m.Trigger(sec, 1)
		if o := m.Frame(sec, Shot{Session: 1, Trigger: 1, Exposed: sec, Stamp: 7}); o != Fresh {
			t.Fatal(o)
		}
		for i := range 3 {
			is(t, m, Ready)
			m.Trigger(2*sec, uint64(i+2))
			shot.Session, shot.Exposed, shot.Trigger = 1, 2*sec, uint64(i+2)
			m.Frame(2*sec, shot)
		}
		is(t, m, Lost)
		if m.Cause() != BadFrames || m.Counters().Missed[Spoilt] != 3 {
			t.Errorf("%s: %v, %+v", name, m.Cause(), m.Counters())
		}
	}
}

func TestACameraThatWillNotDoIsAFaultUntilItIsCommanded(t *testing.T) {
	m, h := manager(t, standard())
	m.Command(0, Run)
	m.Failed(sec, 1, Unusable)
	is(t, m, Fault)
	if _, ok := m.Next(); ok {
		t.Error("it is tried again")
	}
	m.Command(2*sec, Run)
	is(t, m, Fault)
	m.Switch(3*sec, Mode{Name: "b"})
	h.said(t, "start 1 a", "stop 1", "start 2 b")
	m.Failed(3*sec, 2, Unusable)
	m.Command(4*sec, Down)
	m.Command(4*sec, Run)
	m.Started(5*sec, 3)
	is(t, m, Ready)

	cfg := standard()
	cfg.Attempts = 3
	m, _ = manager(t, cfg)
	m.Command(0, Run)
	for i := range uint32(3) {
		at, _ := m.Next()
		m.Failed(at-sec, i+1, Failure)
		if at, ok := m.Next(); ok {
			m.Tick(at)
		}
	}
	is(t, m, Fault)
}

func TestAFreeCameraThatStaysSilentIsLost(t *testing.T) {
	cfg := standard()
	cfg.Triggered, cfg.ThrottledRate = false, 1
	m, _ := manager(t, cfg)
	m.Command(0, Run)
	m.Started(0, 1)
	for i := range 10 {
		at := time.Duration(i) * 33 * ms
		if o := m.Frame(at, Shot{Session: 1, Exposed: at, Stamp: at + 1}); o != Fresh {
			t.Fatal(o)
		}
	}
	if o := m.Frame(300*ms, Shot{Session: 1, Exposed: 10 * ms, Stamp: 9 * ms}); o != Stale {
		t.Errorf("an older frame is %v", o)
	}
	m.Tick(390 * ms)
	is(t, m, Ready)
	m.Tick(401 * ms)
	is(t, m, Lost)
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		"StartTimeout":  func(c *Config) { c.StartTimeout = 0 },
		"StopTimeout":   func(c *Config) { c.StopTimeout = -1 },
		"Retry.First":   func(c *Config) { c.Retry.First = 0 },
		"Answer":        func(c *Config) { c.Answer = 0 },
		"Patience":      func(c *Config) { c.Patience = 0 },
		"Retry.Most":    func(c *Config) { c.Retry.Most = 1 },
		"MaxAge":        func(c *Config) { c.MaxAge = -1 },
		"Drift":         func(c *Config) { c.WarmUp.Drift = math.NaN() },
		"WarmUp.Over":   func(c *Config) { c.WarmUp.Drift = 1 },
		"ThrottledRate": func(c *Config) { c.Triggered, c.Rest = false, RestThrottled },
	} {
		c := standard()
		spoil(&c)
		if _, err := New(c, new(hands), Mode{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	m, h := manager(t, standard())
	m.Command(0, Run)
	m.Started(0, 1)
	h.log = nil
	now, n := time.Duration(0), uint64(0)
	if a := testing.AllocsPerRun(200, func() {
		now += 33 * ms
		n++
		m.Trigger(now, n)
		m.Next()
		if o := m.Frame(now+ms, Shot{Session: 1, Trigger: n, Exposed: now, Stamp: now}); o != Fresh {
			t.Fatal(o)
		}
	}); a != 0 {
		t.Errorf("%v allocations a frame", a)
	}
}

func TestEverythingHasAName(t *testing.T) {
	for _, s := range []fmt.Stringer{Stopping, Unusable, Unasked, Spoilt} {
		if s.String() == "unknown" || s.String() == "" {
			t.Errorf("%#v", s)
		}
	}
	for _, s := range []fmt.Stringer{State(99), Cause(99), Outcome(99), Miss(99)} {
		if s.String() != "unknown" {
			t.Errorf("%#v is %q", s, s)
		}
	}
}
