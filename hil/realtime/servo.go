package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Loop is what runs in a servo process. It makes its drives ready, calls Servo.Run, and
// lets go of them; what it returns ends the process, nil with exit code ExitDone. See
// FollowSetpoints for the usual one.
type Loop func(*Servo) error

// Exit codes of a servo process. One that was killed has none, and one in which Go panicked
// has 2, with the panic on its standard error.
const (
	ExitDone     = 0  // as requested, or the loop was done
	ExitPanic    = 2  // Go's own
	ExitFailed   = 10 // the loop returned an error
	ExitSettings = 11 // settings, shared memory or the loop's name cannot be used
	ExitParent   = 12 // the process that started the servo is gone or silent; the axes rest
	ExitDrives   = 13 // the drives failed
	ExitHung     = 14 // a cycle did not end within 2 s; where it hangs is on standard error
)

// ErrDrives is wrapped by errors that come from drives.
var ErrDrives = errors.New("drives failed")

// environment names the loop in a servo process.
const environment = "LINETWIN_REALTIME_LOOP"

// measureLoop is the loop of MeasureThread, which every program has.
const measureLoop = "realtime/measure"

// Main is called by a program before anything else. In an ordinary process it returns at
// once. In one that Start has started it runs the loop that was asked for, one of the
// given ones, and ends the process.
//
//	func main() {
//		realtime.Main(map[string]realtime.Loop{"axes": realtime.FollowSetpoints(newDrives)})
//		...
//	}
func Main(loops map[string]Loop) {
	name, ok := os.LookupEnv(environment)
	if !ok {
		return
	}
	os.Unsetenv(environment)
	signal.Ignore(syscall.SIGPIPE) // who reads the standard error may be gone
	code, err := serve(name, loops)
	if err != nil {
		fmt.Fprintf(os.Stderr, "servo %s: %v\n", name, err)
	}
	os.Exit(code)
}

func serve(name string, loops map[string]Loop) (code int, err error) {
	mem, err := JoinMemory(os.NewFile(3, "shared memory"))
	if err != nil {
		return ExitSettings, fmt.Errorf("%w; a servo process is started by realtime.Start only", err)
	}
	ctl, err := JoinRecord[control](mem, controlName)
	if err != nil {
		return ExitSettings, err
	}
	code, err = run(name, loops, mem, ctl)
	ctl.servo.state.Store(uint32(Ended))
	if err != nil {
		ctl.servo.failure.set(err.Error())
	}
	return code, err
}

func run(name string, loops map[string]Loop, mem *Memory, ctl *control) (code int, err error) {
	loop, ok := loops[name]
	if name == measureLoop {
		loop, ok = idle, true
	}
	if !ok {
		return ExitSettings, fmt.Errorf("there is no such loop; Main was given %s", strings.Join(slices.Sorted(maps.Keys(loops)), ", "))
	}
	s, err := newServo(mem, ctl, os.Stdin)
	if err != nil {
		return ExitSettings, err
	}
	err = loop(s)
	switch why := s.Stopping(); {
	case errors.Is(err, ErrDrives):
		return ExitDrives, err
	case err != nil:
		return ExitFailed, err
	case why == ParentDied || why == ParentSilent:
		return ExitParent, errors.New(why.String())
	}
	return ExitDone, nil
}

// Servo is what a loop has in its process.
type Servo struct {
	Settings  Settings
	Setpoints *Consumer[Setpoint]
	Feedback  *Producer[Feedback]

	ctl      *control
	thread   *Thread
	stopping atomic.Uint32 // Reason
	beats    uint64        // of the parent, as last seen
	heard    Instant       // when they changed
	old      uint64        // the greatest stream of an earlier process
	again    bool          // there was an earlier one
}

func newServo(mem *Memory, ctl *control, settings io.Reader) (*Servo, error) {
	s := &Servo{ctl: ctl}
	raw, err := io.ReadAll(settings)
	if err != nil {
		return nil, fmt.Errorf("reading settings: %w", err)
	}
	decode := json.NewDecoder(bytes.NewReader(raw))
	decode.DisallowUnknownFields()
	if err := decode.Decode(&s.Settings); err != nil {
		return nil, fmt.Errorf("reading settings: %w", err)
	}
	if err := s.Settings.check(); err != nil {
		return nil, err
	}
	setpoints, err := JoinRing[Setpoint](mem, setpointsName)
	if err != nil {
		return nil, err
	}
	feedback, err := JoinRing[Feedback](mem, feedbackName)
	if err != nil {
		return nil, err
	}
	s.Setpoints, s.Feedback = setpoints.Consumer(), feedback.Producer()
	if s.thread, err = newThread(s.Settings.Thread, &ctl.servo.stats); err != nil {
		return nil, err
	}
	// What was meant for an earlier process does not move this one.
	s.old = ctl.servo.stream.Load()
	s.again = ctl.servo.stats.cycles.Load() > 0
	if s.again {
		var old Setpoint
		for range setpoints.Slots() {
			if !s.Setpoints.Pop(&old) {
				break
			}
			s.old = max(s.old, old.Stream)
		}
	}
	// The garbage of a loop that does not allocate is what was left before it began.
	debug.SetMemoryLimit(s.Settings.HeapLimit)
	debug.SetGCPercent(-1)

	parent := os.Getppid()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals // by the parent, or by the kernel when the parent died
		if os.Getppid() != parent {
			s.stop(ParentDied)
		} else {
			s.stop(Requested)
		}
	}()
	return s, nil
}

// stop asks the loop to stop; the first reason counts.
func (s *Servo) stop(why Reason) { s.stopping.CompareAndSwap(uint32(NoReason), uint32(why)) }

// Stopping tells why the servo has to come to rest and end, or NoReason. A loop looks in
// each cycle, and returns ErrStop from its work when it rests.
func (s *Servo) Stopping() Reason { return Reason(s.stopping.Load()) }

// Show tells the process that started the servo how things stand.
func (s *Servo) Show(state State, why Reason, axis int, stream uint64) {
	c := &s.ctl.servo
	c.reason.Store(uint32(why))
	c.axis.Store(int32(axis))
	c.stream.Store(stream)
	c.state.Store(uint32(state))
}

// Run calls work in each period, as Thread.Run, and watches for reasons to stop. It can be
// called once.
func (s *Servo) Run(work func(Cycle) error) error {
	s.heard = Now()
	silence := s.Settings.ParentSilence
	over := make(chan struct{})
	defer close(over)
	go s.watch(over)
	defer s.ctl.servo.state.Store(uint32(Ended)) // no cycles are to be expected any more
	return s.thread.run(func(c Cycle) error {
		if beats := s.ctl.parent.beats.Load(); beats != s.beats {
			s.beats, s.heard = beats, c.Scheduled
		} else if c.Scheduled.Sub(s.heard) > silence {
			s.stop(ParentSilent)
		}
		if s.ctl.parent.stop.Load() != 0 {
			s.stop(Requested)
		}
		if c.Number == 0 {
			s.ctl.servo.pid.Store(int64(os.Getpid()))
		}
		return work(c)
	})
}

// watch ends the process when a cycle does not end: at real-time priority it would keep its
// processor from everybody else, and the parent, which does the same and sooner, may be
// gone. What watches is a thread of this process too, so behind it stands the kernel.
func (s *Servo) watch(over <-chan struct{}) {
	limitRun()
	tick := time.NewTicker(longestCycle / 4)
	defer tick.Stop()
	var last uint64
	for still := 0; still < 4; {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		if n := s.ctl.servo.stats.cycles.Load(); n != last {
			last, still = n, 0
		} else {
			still++
		}
	}
	why := fmt.Sprintf("no cycle for %v, at cycle %d", longestCycle, last)
	s.ctl.servo.failure.set(why)
	stacks := make([]byte, 64<<10)
	fmt.Fprintf(os.Stderr, "servo: %s\n%s", why, stacks[:runtime.Stack(stacks, true)])
	os.Exit(ExitHung)
}

// longestCycle is how long a cycle may take before the servo process ends itself.
const longestCycle = 2 * time.Second

// idle is a loop that does nothing, for measurements.
func idle(s *Servo) error {
	return s.Run(func(c Cycle) error {
		if s.Stopping() != NoReason {
			return ErrStop
		}
		fb := Feedback{Time: c.Scheduled, Cycle: c.Number, State: Holding, Axis: -1, Late: int64(c.Late)}
		s.Feedback.PushOrDrop(&fb)
		return nil
	})
}

// FollowSetpoints is the loop that sends drives where the setpoints say, by a Follower,
// and tells in each cycle what became of it. When the drives return an error it goes on to
// bring the axes to rest, and ends with ExitDrives. NewDrives reads Settings.Config.
func FollowSetpoints(newDrives func(Settings) (Drives, error)) Loop {
	return func(s *Servo) (err error) {
		f, err := NewFollower(s.Settings.Limits, s.Settings.Tolerance, s.Settings.MaxMissed)
		if err != nil {
			return err
		}
		drives, err := newDrives(s.Settings)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDrives, err)
		}
		if err := drives.Enable(len(s.Settings.Limits), s.Settings.Thread.Period); err != nil {
			return fmt.Errorf("%w: enabling: %w", ErrDrives, err)
		}
		defer func() {
			if e := drives.Disable(); e != nil {
				err = errors.Join(err, fmt.Errorf("%w: disabling: %w", ErrDrives, e))
			}
		}()
		var fb Feedback
		var cmd Command
		var actual Actual
		if err := drives.Read(Cycle{}, &actual); err != nil {
			return fmt.Errorf("%w: reading where the axes are: %w", ErrDrives, err)
		}
		why := NoReason
		if s.again {
			why = Restarted
		}
		f.Hold(&actual.Position, s.old, why)
		var failed error
		err = s.Run(func(c Cycle) error {
			e := drives.Read(c, &actual)
			if why := s.Stopping(); why != NoReason {
				f.Halt(why)
			}
			f.Step(c, s.Setpoints, &cmd)
			if w := drives.Write(c, &cmd); e == nil {
				e = w
			}
			if e != nil && failed == nil {
				failed = e
				f.Halt(DriveFailed)
			}
			state, reason, axis, stream := f.State()
			s.Show(state, reason, axis, stream)
			fb = Feedback{
				Time: c.Scheduled, Cycle: c.Number, Stream: stream, State: state, Reason: reason, Axis: int32(axis), Late: int64(c.Late),
				Position: cmd.Position, Velocity: cmd.Velocity, Acceleration: cmd.Acceleration,
				Actual: actual.Position, ActualSpeed: actual.Velocity,
			}
			s.Feedback.PushOrDrop(&fb)
			if state == Holding && (failed != nil || s.Stopping() != NoReason) {
				return ErrStop
			}
			return nil
		})
		if failed != nil {
			return fmt.Errorf("%w: %w", ErrDrives, failed)
		}
		return err
	}
}
