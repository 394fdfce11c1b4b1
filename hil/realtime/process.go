package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Supervision is how a servo process is looked after. The zero value is usable.
type Supervision struct {
	// Hung is the number of periods without a sign of life after which the process is taken
	// for hung and killed. 0 stands for 100, and it is never less than 20 ms.
	Hung int
	// Restarts is how often within a minute a process that crashed, hung or was killed is
	// started again. The servo then holds where the axes are, and waits for a new stream. One
	// that ended by itself, or whose drives failed, is not started again.
	Restarts int
	// RestartDelay before each of them. 0 stands for 100 ms.
	RestartDelay time.Duration
	// Ready is how long a loop may take until its first cycle, and after its last one. 0
	// stands for 10 s.
	Ready time.Duration
	// Stderr is where the process's standard error goes; nil for that of this process.
	Stderr io.Writer
	// Events, if not nil, is told what happens to the process, from one goroutine. It
	// should return soon: meanwhile nobody looks after the servo.
	Events func(Event)
}

// Event is something that happened to a servo process.
type Event struct {
	Kind EventKind
	Pid  int
	Err  error // how the process ended, nil for a clean end; or what was done about it
}

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	EventReady   EventKind = iota // the loop cycles
	EventHung                     // no sign of life; it is killed
	EventEnded                    // the process ended
	EventRestart                  // it is started again
	EventGaveUp                   // it is not, any more
)

func (k EventKind) String() string {
	return [...]string{"ready", "hung", "ended", "restart", "gave up"}[k]
}

// String is a line for people.
func (e Event) String() string {
	s := fmt.Sprintf("servo process %d: %s", e.Pid, e.Kind)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Process is a servo process, seen from the one that started and supervises it.
type Process struct {
	settings  Settings
	how       Supervision
	exe       string
	raw       []byte // settings
	mem       *Memory
	ctl       *control
	setpoints *Producer[Setpoint]
	feedback  *Consumer[Feedback]
	steal     uint64 // at the start

	stop     chan struct{} // closed by the first Stop
	stopOnce sync.Once
	kill     chan struct{} // closed when Stop loses patience
	killOnce sync.Once
	done     chan struct{} // closed when no process will run any more

	mu     sync.Mutex
	starts int
	pid    int
	err    error
	closed bool
}

// Start starts a servo process: the program of this process once more, whose main has to
// call Main first. It returns when the loop cycles. The error says why it does not: the
// settings, or how the process ended.
//
// The process has to be stopped by Stop. If this process dies without, the servo brings the
// axes to rest and ends.
func Start(settings Settings, how Supervision) (*Process, error) {
	if name, ok := os.LookupEnv(environment); ok {
		return nil, fmt.Errorf("realtime: this process was started as servo %q, but its main did not call realtime.Main first", name)
	}
	settings.complete()
	if err := settings.check(); err != nil {
		return nil, err
	}
	how.complete(settings.Thread.Period)
	p := &Process{
		settings: settings, how: how,
		stop: make(chan struct{}), kill: make(chan struct{}), done: make(chan struct{}),
		steal: stealTicks(),
	}
	var err error
	if p.exe, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("realtime: finding this program: %w", err)
	}
	if p.raw, err = json.Marshal(settings); err != nil {
		return nil, fmt.Errorf("realtime: settings: %w", err)
	}
	if err := p.share(); err != nil {
		return nil, err
	}
	ready := make(chan error, 1)
	go p.supervise(ready)
	if err := <-ready; err != nil {
		<-p.done
		p.mem.Close()
		return nil, err
	}
	return p, nil
}

func (how *Supervision) complete(period time.Duration) {
	if how.Hung == 0 {
		how.Hung = 100
	}
	how.Hung = max(how.Hung, int(20*time.Millisecond/period))
	if how.RestartDelay == 0 {
		how.RestartDelay = 100 * time.Millisecond
	}
	if how.Ready == 0 {
		how.Ready = 10 * time.Second
	}
	if how.Stderr == nil {
		how.Stderr = os.Stderr
	}
	if how.Events == nil {
		how.Events = func(Event) {}
	}
}

// share makes the memory that joins the two processes.
func (p *Process) share() (err error) {
	if p.mem, err = ShareMemory(memoryFor(&p.settings)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			p.mem.Close()
		}
	}()
	if p.ctl, err = CreateRecord[control](p.mem, controlName); err != nil {
		return err
	}
	setpoints, err := CreateRing[Setpoint](p.mem, setpointsName, p.settings.Setpoints)
	if err != nil {
		return err
	}
	feedback, err := CreateRing[Feedback](p.mem, feedbackName, p.settings.Feedback)
	if err != nil {
		return err
	}
	p.setpoints, p.feedback = setpoints.Producer(), feedback.Consumer()
	return nil
}

// Setpoints is where setpoints are put, for one goroutine. It stays valid when the process
// is started again, and must not be used after Close.
func (p *Process) Setpoints() *Producer[Setpoint] { return p.setpoints }

// Feedback is where the servo tells what became of each cycle, for one goroutine. It stays
// valid when the process is started again, and must not be used after Close.
func (p *Process) Feedback() *Consumer[Feedback] { return p.feedback }

// Next is the first cycle of the servo that is at least some time from now: where a stream
// may begin, so that its setpoints are at the cycles and need not be interpolated.
func (p *Process) Next(lead time.Duration) Instant {
	return Now().Add(lead).Next(p.settings.Thread.Period)
}

// Memory says what the two processes share.
func (p *Process) Memory() string { return p.mem.About() }

// Status is how a servo process stands.
type Status struct {
	Pid    int // 0 while none runs
	Starts int // processes up to now
	State  State
	Reason Reason
	Axis   int // that the reason is about, from 0; -1 for none
	Stream uint64
	Cycled Instant // when the last cycle began
	Report Report  // of all processes together
}

// Status is how the servo stands now, by what it says of itself. It is for any goroutine.
// After Close only Starts is told.
func (p *Process) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Pid: p.pid, Starts: p.starts, State: Ended, Axis: -1}
	if p.closed {
		return s
	}
	c := &p.ctl.servo
	s.State, s.Reason = State(c.state.Load()), Reason(c.reason.Load())
	s.Axis, s.Stream = int(c.axis.Load()), c.stream.Load()
	s.Cycled = Instant(c.stats.last.Load())
	s.Report = c.stats.report()
	s.Report.Steal = stealTicks() - p.steal
	return s
}

// Done is closed when no process runs any more, and none will be started. Err then tells
// why.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the last process ended: nil while it runs, and when it ended as it should.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Stop brings the axes to rest and ends the process. When the context is done first, the
// process is killed. The error is that of Err.
func (p *Process) Stop(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.ctl.parent.stop.Store(1)
	}
	p.mu.Unlock()
	p.stopOnce.Do(func() { close(p.stop) })
	select {
	case <-p.done:
	case <-ctx.Done():
		p.killOnce.Do(func() { close(p.kill) })
		<-p.done
	}
	return p.Err()
}

// Close releases what was shared, after Stop or Done. Neither ring may be used any more.
func (p *Process) Close() error {
	select {
	case <-p.done:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.closed = true
		return p.mem.Close()
	default:
		return errors.New("realtime: a servo process is closed after it was stopped")
	}
}

// child is one run of the program.
type child struct {
	pid   int
	ended chan error
	cmd   *exec.Cmd
}

// launch starts the program once more. The kernel tells it when the thread that started it
// is gone, so that thread stays until the process has ended.
func (p *Process) launch() (*child, error) {
	cmd := exec.Command(p.exe)
	cmd.Env = append(os.Environ(), environment+"="+p.settings.Loop,
		"GOGC=off", fmt.Sprintf("GOMEMLIMIT=%d", p.settings.HeapLimit), "GOMAXPROCS=4")
	cmd.Stdin = bytes.NewReader(p.raw)
	cmd.Stdout, cmd.Stderr = p.how.Stderr, p.how.Stderr
	cmd.ExtraFiles = []*os.File{p.mem.File()}
	cmd.SysProcAttr = processAttributes()
	// What a child of its own keeps open does not keep this process waiting.
	cmd.WaitDelay = time.Second
	c := &child{ended: make(chan error, 1), cmd: cmd}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("realtime: starting the servo process: %w", err)
	}
	c.pid = cmd.Process.Pid
	return c, nil
}

// kill without mercy: a servo that does not cycle cannot be asked.
func (c *child) kill() { _ = c.cmd.Process.Signal(syscall.SIGKILL) }
