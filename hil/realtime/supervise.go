package realtime

import (
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// restartWindow is the time in which restarts are counted.
const restartWindow = time.Minute

// supervise starts processes until one ends that is not to be followed by another.
func (p *Process) supervise(ready chan<- error) {
	defer close(p.done)
	var starts []time.Time // of restarts
	for first := true; ; first = false {
		pid, err := p.runOnce(func() {
			if first {
				ready <- nil
			}
		})
		p.mu.Lock()
		p.pid, p.err = 0, err
		wasReady := p.ctl.servo.pid.Load() != 0
		p.mu.Unlock()
		p.how.Events(Event{EventEnded, pid, err})
		if first && !wasReady {
			if err == nil {
				err = errors.New("realtime: the servo process ended before its first cycle")
			}
			ready <- err
			return
		}
		if err == nil || p.stopping() || !mayRestart(err) {
			return
		}
		now := time.Now()
		for len(starts) > 0 && now.Sub(starts[0]) > restartWindow {
			starts = starts[1:]
		}
		if len(starts) >= p.how.Restarts {
			if p.how.Restarts > 0 {
				p.how.Events(Event{EventGaveUp, pid, fmt.Errorf("%d restarts within %v", len(starts), restartWindow)})
			}
			return
		}
		starts = append(starts, now)
		select {
		case <-time.After(p.how.RestartDelay):
		case <-p.stop:
			return
		}
		p.how.Events(Event{EventRestart, pid, nil})
	}
}

func (p *Process) stopping() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

// runOnce runs a process to its end. The error is nil if it ended as it should.
func (p *Process) runOnce(ready func()) (pid int, err error) {
	p.ctl.servo.pid.Store(0)
	p.ctl.servo.failure.set("")
	p.ctl.servo.state.Store(uint32(Starting))
	p.ctl.parent.beats.Add(1)
	c, err := p.launch()
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	p.pid = c.pid
	p.starts++
	p.mu.Unlock()

	tick := time.NewTicker(beat)
	defer tick.Stop()
	var (
		begun   = Now()
		cycling bool
		cycles  uint64  // as last seen
		still   int     // ticks since they last changed
		since   = begun // when they did
		verdict error   // why it was killed
		hung    = time.Duration(p.how.Hung) * p.settings.Thread.Period
		kill    = p.kill
	)
	end := func(why error) {
		verdict = why
		c.kill()
	}
	for {
		select {
		case err := <-c.ended:
			return c.pid, p.verdict(c, err, verdict)
		case <-kill:
			kill = nil
			if verdict == nil {
				end(errors.New("it did not come to rest in time and was killed"))
			}
		case <-tick.C:
			p.ctl.parent.beats.Add(1)
			if verdict != nil {
				continue
			}
			now := Now()
			if !cycling {
				switch {
				case p.ctl.servo.pid.Load() != 0:
					cycling, cycles, still, since = true, p.ctl.servo.stats.cycles.Load(), 0, now
					p.how.Events(Event{EventReady, c.pid, nil})
					ready()
				case now.Sub(begun) > p.how.Ready:
					end(fmt.Errorf("it did not begin to cycle within %v and was killed", p.how.Ready))
				}
				continue
			}
			if n := p.ctl.servo.stats.cycles.Load(); n != cycles {
				cycles, still, since = n, 0, now
				continue
			}
			if State(p.ctl.servo.state.Load()) == Ended {
				if now.Sub(since) > p.how.Ready {
					end(fmt.Errorf("it did not let go of its drives within %v and was killed", p.how.Ready))
				}
				continue
			}
			// Ticks are counted besides, so that a machine that stood still as a whole does
			// not make the servo look hung.
			if still++; now.Sub(since) > hung && still >= 4 {
				why := fmt.Errorf("no cycle for %v, at cycle %d, %v; it was killed", now.Sub(since).Round(time.Millisecond), cycles, State(p.ctl.servo.state.Load()))
				p.how.Events(Event{EventHung, c.pid, why})
				end(why)
			}
		}
	}
}

// EndError is how a servo process ended that did not end as it should.
type EndError struct {
	Pid  int
	Code int    // exit code, see ExitDone; -1 when a signal ended it
	Why  string // what it said, or what was done to it
}

func (e *EndError) Error() string { return fmt.Sprintf("servo process %d ended: %s", e.Pid, e.Why) }

// verdict says how a process ended.
func (p *Process) verdict(c *child, err, killed error) error {
	state := c.cmd.ProcessState
	switch {
	case killed != nil:
		return &EndError{c.pid, -1, killed.Error()}
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case state == nil:
		return fmt.Errorf("realtime: waiting for the servo process: %w", err)
	}
	e := &EndError{c.pid, state.ExitCode(), p.ctl.servo.failure.get()}
	if e.Why == "" {
		e.Why = state.String()
	}
	return e
}

// mayRestart tells whether another process may do better than the one that ended.
func mayRestart(err error) bool {
	var e *EndError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case ExitDone, ExitSettings, ExitDrives:
		return false
	}
	return true
}
