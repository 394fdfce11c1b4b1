package camera

import (
	"math"
	"time"
)

// Driver is what a camera of any kind can do. Its methods return at once; what comes of them is
// told to the manager, at once, from within the call, or later. A session is one stretch
// from a start to a stop, by a number that grows; every frame belongs to one.
type Driver interface {
	// Start begins a session in a mode. The answer is Manager.Started or Manager.Failed. If
	// an earlier session was not stopped, because the driver hung, it is to be abandoned.
	Start(now time.Duration, session uint32, m Mode)
	// Stop ends the session, if it still runs. The answer is Manager.Stopped.
	Stop(now time.Duration, session uint32)
	// Throttle makes the session run at its low rate, or again at its mode's. It has no
	// answer; if it cannot be done, Manager.Failed tells.
	Throttle(now time.Duration, session uint32, on bool)
}

// Manager keeps one camera running. Its instants are those of the line's clock, and must not
// go back.
type Manager struct {
	cfg    Config
	driver Driver
	count  Counters

	state   State
	goal    Goal
	want    Mode // to be switched to
	asked   Mode // of the last start
	mode    Mode // acknowledged
	session uint32
	on      bool // a session is running, as far as the manager knows

	since    time.Duration // when the state was entered
	until    time.Duration // when the patience with the state ends; never, if it has no end
	ready    time.Duration // since when frames count as fresh
	failures int           // in a row
	cause    Cause         // of the last loss

	triggers queue
	bad      int           // frames or triggers in a row that came to nothing
	heard    time.Duration // when the camera last gave a sign of life
	stamp    time.Duration // of the last frame of this session
	stamped  bool
	warm     warmth

	joules float64
	metre  time.Duration // up to when joules were counted
}

// never is later than any instant.
const never = time.Duration(math.MaxInt64)

// New makes a manager for a camera that is off. The error says what is wrong with the
// configuration.
func New(cfg Config, d Driver, m Mode) (*Manager, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Manager{cfg: cfg, driver: d, goal: Down, want: m, mode: m, until: never, warm: warmth{cold: cfg.WarmUp.For}}, nil
}

// State of the camera.
func (m *Manager) State() State { return m.state }

// Mode that the camera is in, or was in last: the one that was acknowledged.
func (m *Manager) Mode() Mode { return m.mode }

// Session that the manager has started last; 0: none.
func (m *Manager) Session() uint32 { return m.session }

// Cause of the last loss.
func (m *Manager) Cause() Cause { return m.cause }

// Counters so far.
func (m *Manager) Counters() Counters { return m.count }

// Waiting is the number of triggers whose frame may still come.
func (m *Manager) Waiting() int { return m.triggers.n }

// Watts that the camera takes in its state.
func (m *Manager) Watts() float64 {
	switch {
	case m.state == Standby && m.on:
		return m.cfg.Power.Throttled
	case m.on || m.state == Starting || m.state == Stopping:
		return m.cfg.Power.On
	}
	return m.cfg.Power.Off
}

// Joules that the camera has taken up to now, since the instant 0.
func (m *Manager) Joules(now time.Duration) float64 {
	return m.joules + m.Watts()*(now-m.metre).Seconds()
}

// Command says what the camera is to do. In a Fault, Down is what clears it.
func (m *Manager) Command(now time.Duration, g Goal) {
	m.Tick(now)
	m.goal = g
	m.pursue(now)
}

// Switch says in what mode the camera is to run. Frames of another mode are stale from now on; the
// new one is acknowledged by Mode, when it runs. A Fault is tried again in the new mode.
func (m *Manager) Switch(now time.Duration, mode Mode) {
	m.Tick(now)
	if mode == m.want {
		return
	}
	m.want = mode
	if m.state == Fault {
		m.enter(now, Off, never)
	}
	m.pursue(now)
}

// Started tells that the driver has started a session.
func (m *Manager) Started(now time.Duration, session uint32) {
	m.Tick(now)
	if m.state != Starting || session != m.session {
		m.count.Strays++
		return
	}
	if m.mode != m.asked {
		m.count.Switches++
	}
	m.mode, m.on = m.asked, true
	m.heard, m.bad, m.stamped = now, 0, false
	m.warm.begin(now, &m.cfg.WarmUp)
	m.awake(now)
	m.pursue(now)
}

// awake enters Warming or Ready, with a session that runs at its rate.
func (m *Manager) awake(now time.Duration) {
	if at := m.warm.due(&m.cfg.WarmUp); at > now {
		m.enter(now, Warming, at)
		return
	}
	m.ready = now
	m.count.Ready++
	m.enter(now, Ready, never)
}

// Stopped tells that the driver has stopped a session.
func (m *Manager) Stopped(now time.Duration, session uint32) {
	m.Tick(now)
	switch {
	case session != m.session, m.state != Stopping && m.state != Lost && m.state != Fault:
		m.count.Strays++
	case m.state == Stopping:
		m.enter(now, Off, never)
		m.pursue(now)
	}
}

// Failed tells that a session has failed, or could not be started: Failure or Unplugged, after
// which it is started again, or Unusable, which makes a Fault.
func (m *Manager) Failed(now time.Duration, session uint32, why Cause) {
	m.Tick(now)
	if session != m.session {
		m.count.Strays++
		return
	}
	switch m.state {
	case Starting, Warming, Ready, Standby:
		if m.state == Standby && !m.on {
			m.count.Strays++
			return
		}
		m.lose(now, why)
	case Stopping: // it is stopped for sure now
		m.enter(now, Off, never)
		m.pursue(now)
	default:
		m.count.Strays++
	}
}

// Tick does what is due. It is to be called at Next, and may be called at any time; every other
// method does it first.
func (m *Manager) Tick(now time.Duration) {
	for t := m.triggers.overdue(now); t > 0; t-- {
		m.count.Missed[Unanswered]++
		if m.state == Ready {
			m.spoil(now, Silent)
		}
	}
	if w := m.watchdog(); now >= w {
		m.lose(now, Silent)
	}
	if now < m.until {
		return
	}
	switch m.state {
	case Starting:
		m.lose(now, NoStart)
	case Stopping:
		m.count.Overdue++
		m.enter(now, Off, never)
		m.pursue(now)
	case Lost:
		m.start(now)
	case Warming:
		if !m.warm.steady {
			m.count.Drifting++
		}
		m.warm.done()
		m.awake(now)
		m.pursue(now)
	}
}

// Next is when Tick is to be called, unless something happens before; false: not at all.
func (m *Manager) Next() (at time.Duration, ok bool) {
	at = min(m.until, m.watchdog(), m.triggers.first())
	return at, at < never
}

// watchdog is when a free camera that stays silent is lost.
func (m *Manager) watchdog() time.Duration {
	rate := m.mode.Rate
	if m.state == Standby {
		rate = m.cfg.ThrottledRate
	}
	p := period(rate)
	if m.cfg.Triggered || !m.on || p == 0 || m.state == Stopping {
		return never
	}
	return m.heard + time.Duration(m.cfg.Patience)*p
}

// enter changes the state.
func (m *Manager) enter(now time.Duration, s State, until time.Duration) {
	m.joules, m.metre = m.Joules(now), now
	if s != Warming && s != Ready && s != Standby && m.on {
		m.on = false
		m.warm.end(now)
	}
	if s != Ready && m.state == Ready {
		m.count.Missed[Aborted] += uint64(m.triggers.clear())
		if now-m.ready >= m.cfg.Retry.Stable {
			m.failures = 0
		}
	}
	m.state, m.since, m.until = s, now, until
}

// pursue goes from where the camera is towards where it should be.
func (m *Manager) pursue(now time.Duration) {
	down := m.goal == Down || m.goal == Doze && m.cfg.Rest == RestOff
	switch m.state {
	case Off, Standby, Lost:
		switch {
		case m.on && (down || m.want != m.asked):
			m.stop(now)
		case m.on && m.goal == Run:
			m.driver.Throttle(now, m.session, false)
			if m.state == Standby { // it may have failed at once
				m.heard, m.bad = now, 0
				m.awake(now)
			}
		case m.on:
		case m.goal == Down && m.state != Off:
			m.enter(now, Off, never)
		case down && m.state != Standby && m.goal == Doze:
			m.enter(now, Standby, never)
		case !down && m.state != Lost:
			m.start(now)
		}
	case Starting, Warming, Ready:
		switch {
		case down || m.want != m.asked:
			m.stop(now)
		case m.goal == Doze && m.state != Starting:
			m.enter(now, Standby, never)
			m.heard, m.bad = now, 0
			m.driver.Throttle(now, m.session, true)
		}
	case Fault:
		if m.goal == Down {
			m.failures = 0
			m.enter(now, Off, never)
		}
	}
}

// start begins a session.
func (m *Manager) start(now time.Duration) {
	m.session++
	m.asked = m.want
	m.count.Starts++
	m.enter(now, Starting, now+m.cfg.StartTimeout)
	m.driver.Start(now, m.session, m.asked)
}

// stop ends the session, or the attempt to begin one.
func (m *Manager) stop(now time.Duration) {
	m.enter(now, Stopping, now+m.cfg.StopTimeout)
	m.driver.Stop(now, m.session)
}

// lose ends a session that has failed, or could not be begun. It is stopped in any case: a
// driver that hangs may come to itself by that.
func (m *Manager) lose(now time.Duration, why Cause) {
	m.count.Losses[why]++
	m.cause = why
	session := m.session
	if why == Unusable {
		m.enter(now, Fault, never)
	} else {
		m.enter(now, Lost, never)
		if m.failures++; m.cfg.Attempts > 0 && m.failures >= m.cfg.Attempts {
			m.enter(now, Fault, never)
		} else {
			m.until = now + m.cfg.Retry.delay(m.failures)
		}
	}
	m.driver.Stop(now, session)
	m.pursue(now)
}

// delay before the attempt after so many failures in a row.
func (b Backoff) delay(failures int) time.Duration {
	d := b.First
	for ; failures > 1 && d < b.Most; failures-- {
		if d > b.Most/2 {
			return b.Most
		}
		d *= 2
	}
	return min(d, b.Most)
}
