package realtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/hil/realtime"
	"linetwin.dev/kinematics/jerk"
)

var threeAxes = []jerk.Limits{jerk.Symmetric(1, 10, 200), jerk.Symmetric(0.5, 8, 100), jerk.Symmetric(2, 20, 500)}

func testSettings(loop string, conf testConfig) realtime.Settings {
	config, err := json.Marshal(conf)
	if err != nil {
		panic(err)
	}
	return realtime.Settings{
		Loop: loop, Config: config, Limits: threeAxes,
		Thread: realtime.Options{Period: time.Millisecond},
		// How late a busy machine is is not what these tests are about.
		MaxMissed: 1 << 30, ParentSilence: patience,
	}
}

// eventLog keeps what happened.
type eventLog struct {
	mu     sync.Mutex
	events []realtime.Event
}

func (l *eventLog) add(e realtime.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *eventLog) kinds() (s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		s += e.Kind.String() + ";"
	}
	return s
}

// launch starts a servo that is stopped at the end of the test at the latest.
func launch(t *testing.T, s realtime.Settings, how realtime.Supervision) (*realtime.Process, *eventLog) {
	t.Helper()
	log := &eventLog{}
	how.Events = log.add
	how.Ready = patience
	if how.Hung == 0 {
		how.Hung = int(patience / s.Thread.Period) // on a busy machine nobody is in a hurry
	}
	if how.Stderr == nil {
		how.Stderr = &bytes.Buffer{}
	}
	p, err := realtime.Start(s, how)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = p.Stop(ctx)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, log
}

// motion is a move of all axes from somewhere, as setpoints from a time on.
func motion(stream uint64, begin realtime.Instant, from realtime.Axes, by float64) (sps []realtime.Setpoint) {
	var tr jerk.Trajectory
	m := jerk.Move{Limits: threeAxes}
	for i := range threeAxes {
		m.From = append(m.From, jerk.State{P: from[i]})
		m.To = append(m.To, jerk.State{P: from[i] + by})
	}
	if err := tr.Plan(m); err != nil {
		panic(err)
	}
	states := make([]jerk.State, len(threeAxes))
	for k := 0; ; k++ {
		at := min(time.Duration(k)*time.Millisecond, time.Duration(tr.Duration()*1e9)+1)
		sp := realtime.Setpoint{Time: begin.Add(at), Stream: stream}
		tr.States(math.Min(at.Seconds(), tr.Duration()), states)
		for i, s := range states {
			sp.Position[i], sp.Velocity[i], sp.Acceleration[i] = s.P, s.V, s.A
		}
		if at.Seconds() >= tr.Duration() {
			sp.Flags, sp.Velocity, sp.Acceleration = realtime.Last, realtime.Axes{}, realtime.Axes{}
			return append(sps, sp)
		}
		sps = append(sps, sp)
	}
}

// send sends the servo off on a motion, or on a part of it, and returns its setpoints. On a
// busy machine they may come too late for their own start; then it tries again, with the
// next stream and more time.
func send(p *realtime.Process, stream uint64, from realtime.Axes, by, part float64) (sps []realtime.Setpoint, err error) {
	lead := 50 * time.Millisecond
	for range 20 {
		sps = motion(stream, realtime.Now().Add(lead).Next(time.Millisecond), from, by)
		n := int(part * float64(len(sps)))
		if got := p.Setpoints().PushBatch(sps[:n]); got != n {
			return nil, fmt.Errorf("%d of %d setpoints fit", got, n)
		}
		var fb realtime.Feedback
		for fb.Stream != stream {
			p.Feedback().Pop(&fb)
		}
		if fb.State == realtime.Following {
			return sps, nil
		}
		if fb.Reason != realtime.WrongTime {
			return nil, fmt.Errorf("stream %d was refused: %v", stream, fb.Reason)
		}
		stream++
		lead = min(2*lead, realtime.MaxLead*3/4)
	}
	return nil, errors.New("there was never enough time to start")
}

// mustSend is send for tests.
func mustSend(t *testing.T, p *realtime.Process, stream uint64, from realtime.Axes, by, part float64) []realtime.Setpoint {
	t.Helper()
	sps, err := send(p, stream, from, by, part)
	if err != nil {
		t.Fatal(err)
	}
	return sps
}

// until reads feedback until it is as wanted.
func until(t *testing.T, p *realtime.Process, what string, so func(*realtime.Feedback) bool) (fb realtime.Feedback) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the last feedback was %+v", fb)
		}
	}()
	waitFor(t, what, func() bool {
		for p.Feedback().Pop(&fb) {
			if so(&fb) {
				return true
			}
		}
		return false
	})
	return fb
}

func TestAServoProcessFollowsSetpointsAndEndsAtRest(t *testing.T) {
	start := realtime.Axes{0.5, -0.25, 1}
	file := filepath.Join(t.TempDir(), "log")
	p, log := launch(t, testSettings("axes", testConfig{Start: start, Log: file}), realtime.Supervision{})
	fb := until(t, p, "a first cycle", func(fb *realtime.Feedback) bool { return fb.Cycle > 0 })
	if fb.State != realtime.Holding || fb.Actual != start || fb.Position != start {
		t.Fatalf("it begins with %+v", fb)
	}
	sps := mustSend(t, p, 1, start, 0.1, 1)
	stream := sps[0].Stream
	followed, last := 0, sps[len(sps)-1]
	byTime := map[realtime.Instant]realtime.Setpoint{}
	for _, sp := range sps {
		byTime[sp.Time] = sp
	}
	fb = until(t, p, "the end of the motion", func(fb *realtime.Feedback) bool {
		if sp, ok := byTime[fb.Time]; ok && fb.Stream == stream {
			if followed++; fb.Position != sp.Position {
				t.Fatalf("at %v it is at %v, not %v", fb.Time, fb.Position, sp.Position)
			}
		}
		return fb.State == realtime.Holding && fb.Stream == stream && fb.Actual == last.Position
	})
	if fb.Reason != realtime.StreamEnded || followed == 0 {
		t.Errorf("it rests because %v, after %d setpoints", fb.Reason, followed)
	}
	status := p.Status()
	if status.Pid == 0 || status.Starts != 1 || status.State != realtime.Holding || status.Stream != stream || status.Report.Cycles == 0 {
		t.Errorf("status is %+v", status)
	}
	if got := status.Report.Late.Count(); got < status.Report.Cycles-1 {
		t.Errorf("%d lateness values of %d cycles", got, status.Report.Cycles)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Close(); err == nil {
		t.Error("a running servo can be closed")
	}
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
	if s := p.Status(); s.State != realtime.Ended || s.Pid != 0 {
		t.Errorf("after Stop it is %+v", s)
	}
	if got := log.kinds(); got != "ready;ended;" {
		t.Errorf("events %s", got)
	}
	checkLog(t, file)
}

// checkLog holds what the drives were sent against the limits, and wants rest at the end.
func checkLog(t *testing.T, file string) (last realtime.Command) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log []realtime.Command
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	for k := 1; k < len(log); k++ {
		a, b := &log[k-1], &log[k]
		dt := b.Time.Sub(a.Time).Seconds()
		for i, l := range threeAxes {
			v := math.Max(math.Abs(a.Velocity[i]), math.Abs(b.Velocity[i])) + l.MaxA*dt
			if math.Abs(b.Position[i]-a.Position[i]) > v*dt+1e-6 || math.Abs(b.Velocity[i]-a.Velocity[i]) > l.MaxA*dt*1.001+1e-6 {
				t.Fatalf("axis %d jumps from %+v to %+v", i, a, b)
			}
		}
	}
	if len(log) == 0 {
		t.Fatal("the drives were sent nothing")
	}
	if last = log[len(log)-1]; last.Velocity != (realtime.Axes{}) {
		t.Fatalf("the drives were left at speed %v", last.Velocity)
	}
	return last
}

func TestSetpointsThatStopComingBringTheAxesToRestAndANewStreamMovesThemAgain(t *testing.T) {
	p, _ := launch(t, testSettings("axes", testConfig{}), realtime.Supervision{})
	sps := mustSend(t, p, 1, realtime.Axes{}, 0.3, 0.3)
	n := int(0.3 * float64(len(sps)))
	fb := until(t, p, "rest", func(fb *realtime.Feedback) bool { return fb.Reason == realtime.RanDry && fb.State == realtime.Holding })
	if fb.Position[0] <= sps[n-1].Position[0] || fb.Position[0] > 0.29 {
		t.Errorf("it rests at %v, the last setpoint was %v", fb.Position[0], sps[n-1].Position[0])
	}
	p.Setpoints().PushBatch(sps[n:])
	again := mustSend(t, p, sps[0].Stream+1, fb.Position, -0.05, 1)
	fb = until(t, p, "the new stream", func(fb *realtime.Feedback) bool {
		return fb.Stream == again[0].Stream && fb.State == realtime.Holding
	})
	if fb.Reason != realtime.StreamEnded {
		t.Errorf("it rests because %v of axis %d", fb.Reason, fb.Axis)
	}
}

func TestAServoThatIsKilledIsStartedAgainAndRefusesTheOldStream(t *testing.T) {
	p, log := launch(t, testSettings("axes", testConfig{}), realtime.Supervision{Restarts: 3, RestartDelay: time.Millisecond})
	stream := uint64(0)
	for life := 1; life <= 3; life++ {
		sps := mustSend(t, p, stream+1, realtime.Axes{}, 0.4, 0.5)
		stream = sps[0].Stream
		until(t, p, "motion", func(fb *realtime.Feedback) bool { return fb.State == realtime.Following && fb.Position[0] > 1e-5 })
		if err := syscall.Kill(p.Status().Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "another process", func() bool { return strings.Count(log.kinds(), "ready;") == life+1 })
		p.Setpoints().PushBatch(sps[len(sps)/2:])
		fb := until(t, p, "what the new one says", func(fb *realtime.Feedback) bool {
			return fb.Reason == realtime.Restarted && fb.Stream == stream && fb.State == realtime.Holding
		})
		if fb.Position != (realtime.Axes{}) {
			t.Fatalf("the new one says %+v", fb)
		}
	}
	if err := syscall.Kill(p.Status().Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	var e *realtime.EndError
	if !errors.As(p.Err(), &e) || e.Code != -1 || !strings.Contains(e.Why, "killed") {
		t.Errorf("it ended with %v", p.Err())
	}
	if got := log.kinds(); !strings.HasSuffix(got, "ended;gave up;") || p.Status().Starts != 4 {
		t.Errorf("%d starts, events %s", p.Status().Starts, got)
	}
}

func TestAServoThatHangsIsNoticedAndKilled(t *testing.T) {
	p, log := launch(t, testSettings("axes", testConfig{}), realtime.Supervision{Hung: 100})
	if err := syscall.Kill(p.Status().Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "no cycle for") {
		t.Errorf("it ended with %v", err)
	}
	if got := log.kinds(); got != "ready;hung;ended;" {
		t.Errorf("events %s", got)
	}
}

func TestAServoTellsWhyItCannotGoOn(t *testing.T) {
	for _, c := range []struct {
		name string
		s    realtime.Settings
		code int
		want string
	}{
		{"an unknown loop", testSettings("exes", testConfig{}), realtime.ExitSettings, "Main was given axes, crash, fail, greedy, hang, spin"},
		{"a loop that fails", testSettings("fail", testConfig{}), realtime.ExitFailed, "no bus on this machine"},
		{"a config that is none", func() realtime.Settings {
			s := testSettings("axes", testConfig{})
			s.Config = []byte("{")
			return s
		}(), realtime.ExitDrives, "unexpected end of JSON"},
	} {
		_, err := realtime.Start(c.s, realtime.Supervision{Stderr: &bytes.Buffer{}, Ready: patience})
		var e *realtime.EndError
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Why, c.want) {
			t.Errorf("%s: %v, want code %d and %q", c.name, err, c.code, c.want)
		}
	}
	p, _ := launch(t, testSettings("axes", testConfig{FailAt: 30}), realtime.Supervision{Restarts: 3})
	<-p.Done()
	var e *realtime.EndError
	if !errors.As(p.Err(), &e) || e.Code != realtime.ExitDrives || !strings.Contains(e.Why, "drive 2 reports 0x7305") || p.Status().Starts != 1 {
		t.Errorf("failing drives end with %v, after %d starts", p.Err(), p.Status().Starts)
	}
	p, _ = launch(t, testSettings("crash", testConfig{}), realtime.Supervision{})
	<-p.Done()
	if !errors.As(p.Err(), &e) || e.Code != 9 || e.Why != "exit status 9" {
		t.Errorf("a crash ends with %v", p.Err())
	}
}

func TestAServoThatRunsAwayEndsItselfAndSaysWhere(t *testing.T) {
	var said bytes.Buffer
	s := testSettings("spin", testConfig{})
	s.Thread.Priority = -1 // a processor is not taken from others for a test
	p, _ := launch(t, s, realtime.Supervision{Stderr: &said})
	<-p.Done()
	var e *realtime.EndError
	if !errors.As(p.Err(), &e) || e.Code != realtime.ExitHung || !strings.Contains(e.Why, "no cycle for 2s, at cycle") {
		t.Errorf("it ended with %v", p.Err())
	}
	if !strings.Contains(said.String(), "realtime_test.spin") {
		t.Errorf("it does not say where: %s", said.String())
	}
}

func TestSettingsThatCannotBeAreRefusedBeforeAnythingStarts(t *testing.T) {
	for want, change := range map[string]func(*realtime.Settings){
		"no loop":    func(s *realtime.Settings) { s.Loop = "" },
		"period":     func(s *realtime.Settings) { s.Thread.Period = 0 },
		"limits of":  func(s *realtime.Settings) { s.Limits = nil },
		"axis 1":     func(s *realtime.Settings) { s.Limits = []jerk.Limits{threeAxes[0], {}} },
		"silence":    func(s *realtime.Settings) { s.ParentSilence = time.Millisecond },
		"heap limit": func(s *realtime.Settings) { s.HeapLimit = 1 },
		"priority":   func(s *realtime.Settings) { s.Thread.Priority = 100 },
		"half of it": func(s *realtime.Settings) { s.Thread.Spin = time.Millisecond },
		"CPU -1":     func(s *realtime.Settings) { s.Thread.CPUs = []int{-1} },
		"a ring of":  func(s *realtime.Settings) { s.Setpoints = -1 },
	} {
		s := testSettings("axes", testConfig{})
		change(&s)
		if _, err := realtime.Start(s, realtime.Supervision{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestALoopThatAllocatesLivesWithinItsHeap(t *testing.T) {
	s := testSettings("greedy", testConfig{})
	s.HeapLimit = 32 << 20
	p, _ := launch(t, s, realtime.Supervision{})
	// Without collection this would be 300 MiB.
	waitFor(t, "300 cycles", func() bool { return p.Status().Report.Cycles > 300 })
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Status().Pid))
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil || kb > 150<<10 {
				t.Errorf("it has %d kB, %v", kb, err)
			}
		}
	}
}

// parent starts a servo, moves it, says so, and waits for its end.
func parent(log string) error {
	s := testSettings("axes", testConfig{Log: log})
	if strings.HasSuffix(log, "silent") {
		s.ParentSilence = 100 * time.Millisecond
	}
	p, err := realtime.Start(s, realtime.Supervision{Hung: 1 << 20})
	if err != nil {
		return err
	}
	// All of it lies in the ring already when this process goes away.
	if _, err := send(p, 1, realtime.Axes{}, 0.3, 1); err != nil {
		return err
	}
	var fb realtime.Feedback
	for fb.Position[0] < 1e-3 {
		p.Feedback().Pop(&fb)
	}
	if _, err := os.NewFile(3, "moving").Write([]byte{1}); err != nil {
		return err
	}
	select {}
}

func TestAServoWhoseParentIsGoneOrSilentComesToRest(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "silent": syscall.SIGSTOP} {
		log := filepath.Join(t.TempDir(), name)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := start(t, "parent "+log, w)
		w.Close()
		if _, err := r.Read(make([]byte, 1)); err != nil {
			t.Fatalf("%s: the parent did not say that the axes move: %v", name, err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		waitFor(t, name+": the servo to let go of its drives", func() bool {
			_, err := os.Stat(log)
			return err == nil
		})
		if last := checkLog(t, log); last.Position[0] < 1e-3 || last.Position[0] > 0.29 {
			t.Errorf("%s: it came to rest at %v, on the way to 0.3", name, last.Position[0])
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
		r.Close()
	}
}
