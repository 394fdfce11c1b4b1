package twin

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// The states of PackML that a CNC has, and the commands that it takes, beside those of a start.
const (
	nowStopped  = 2
	nowIdle     = 4
	nowRunning  = 6
	nowStopping = 7
	nowAborted  = 9
	nowHolding  = 10
	nowHeld     = 11
	nowDone     = 17

	commandStop   = 3
	commandHold   = 4
	commandUnhold = 5
	commandAbort  = 8
	commandClear  = 9
)

// close ends the program, if one is open.
func (k *cncTask) close() error {
	if k.program == nil {
		return nil
	}
	err := k.program.Close()
	k.program = nil
	return errors.Join(err, k.file.Close())
}

// enter goes to a state, and tells it.
func (k *cncTask) enter(now time.Duration, mode int64) {
	k.mode, k.rest = mode, 0
	k.state.SetInt(now, mode)
}

// alarm stops the machine, and says why.
func (k *cncTask) alarm(now time.Duration, format string, args ...any) {
	data, err := json.Marshal(device.Remark{Kind: "alarm", Text: k.port.Name() + ": " + fmt.Sprintf(format, args...)})
	if err != nil {
		panic(fmt.Sprintf("twin: an alarm cannot be told: %v", err)) // it is plain text
	}
	k.port.Emit(now, device.Note, data)
	k.halt(now, nowAborted)
}

// halt ends the program where the machine is.
func (k *cncTask) halt(now time.Duration, mode int64) {
	_ = k.close() // of files that were read
	k.lost = mode == nowAborted
	k.run.SetBool(now, false)
	k.turn.SetFloat(now, 0)
	k.enter(now, mode)
}

// watch looks after the mill, and remembers where its axes are.
func (k *cncTask) watch(now time.Duration) {
	h := &k.heard[int(now/k.mill.Cycle.D())%ringSize]
	h.at = now
	for i, in := range k.positions {
		h.q[i] = in.Float()
	}
	if k.program == nil {
		return
	}
	if why := k.trouble(); why != "" {
		k.alarm(now, "%s", why)
	}
}

// trouble is why the mill cannot run a program, or "".
func (k *cncTask) trouble() string {
	if k.fault.Quality() == protocol.Bad {
		return fmt.Sprintf("mill %s does not answer", k.spec.Mill)
	}
	if n := k.fault.Int(); n > 0 && int(n) <= len(k.axes) {
		return fmt.Sprintf("the drive of axis %s of mill %s has given up", k.axes[n-1].Name, k.spec.Mill)
	}
	return ""
}

// obey takes a command when it changes, if the state knows it.
func (k *cncTask) obey(now time.Duration) {
	if f := k.override.Float(); f != k.faster && k.override.Quality() == protocol.Good {
		k.faster = f
		k.factor.SetFloat(now, f)
		if k.program != nil {
			k.program.Override(f, min(f, 1))
		}
	}
	c := k.command.Int()
	if c == k.ordered {
		return
	}
	k.ordered = c
	k.clear.SetBool(now, false)
	switch {
	case c == commandAbort && k.mode != nowAborted:
		k.halt(now, nowAborted)
	case c == commandClear && k.mode == nowAborted:
		k.clear.SetBool(now, true) // until the next command
		k.enter(now, nowStopped)
	case c == commandReset && (k.mode == nowStopped || k.mode == nowDone):
		k.enter(now, nowIdle)
	case c == commandStart && k.mode == nowIdle:
		k.start(now)
	case c == commandHold && k.mode == nowRunning:
		k.program.Hold()
		k.enter(now, nowHolding)
	case c == commandUnhold && (k.mode == nowHeld || k.mode == nowHolding):
		k.program.Resume()
		k.enter(now, nowRunning)
	case c == commandStop && k.program != nil && k.mode != nowStopping:
		k.program.Hold()
		k.enter(now, nowStopping)
	case c == commandStop && (k.mode == nowIdle || k.mode == nowDone):
		k.enter(now, nowStopped)
	}
}

// start begins the program where the machine stands.
func (k *cncTask) start(now time.Duration) {
	if why := k.trouble(); why != "" {
		k.alarm(now, "%s", why)
		return
	}
	if k.lost {
		k.lost = false
		copy(k.planned[:], k.heard[int(now/k.mill.Cycle.D())%ringSize].q[:])
		if k.fix != nil {
			k.fix.reset()
			k.ease.reset()
		}
	}
	copy(k.setup.Start, k.planned[:])
	file, err := os.Open(k.t.site.Path(k.spec.Program))
	if err == nil {
		k.file = file
		k.program, err = cnc.New(k.spec.Program, file, k.setup)
	}
	if err != nil {
		k.alarm(now, "%v", err)
		return
	}
	if k.faster != 1 {
		k.program.Override(k.faster, min(k.faster, 1))
	}
	for i := range k.ring {
		k.ring[i] = path.Sample{Joints: [path.MaxAxes]float64(k.planned)}
	}
	k.ended, k.head, k.turns, k.sense = false, ringSize, 0, 0
	k.run.SetBool(now, true)
	k.enter(now, nowRunning)
}

// finish goes on to the next state when the machine has come to rest.
func (k *cncTask) finish(now time.Duration, resting bool, delay int) {
	if !k.ended && (k.mode == nowRunning || !resting) {
		k.rest = 0
		return
	}
	if k.rest++; k.rest <= delay+1 {
		return
	}
	switch {
	case k.ended:
		k.halt(now, nowDone)
	case k.mode == nowHolding:
		k.enter(now, nowHeld)
	case k.mode == nowStopping:
		k.halt(now, nowStopped)
	}
}
