package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/hil/realtime"
	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/jerk"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/specs"
)

// servoLoops are what a servo process of this program can run.
func servoLoops() map[string]realtime.Loop {
	return map[string]realtime.Loop{loopbackDrives: realtime.FollowSetpoints(func(s realtime.Settings) (realtime.Drives, error) {
		d := &realtime.Loopback{}
		return d, json.Unmarshal(s.Config, &d.Start)
	})}
}

// loopbackDrives are drives without a machine; they are told where the axes are at first.
const loopbackDrives = "loopback"

func (f *gcodeFlags) newRun() *cobra.Command {
	var m machineFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use: "run FILE", Short: "Run a program in real time on drives without a machine, and measure the deadlines",
		Long: `Run a program in real time, as it would run on a machine: a servo process of its own, with
real-time priority where the system allows it, takes a setpoint in each cycle, checks it
against the axes' limits, and sends it to drives that only say back what they were told.
In the end it prints how late cycles began on this machine, and what the system did not
allow. Exit 1: the servo had to stop the program.`,
		Example: `  linetwin gcode run part.ngc
  linetwin gcode run part.ngc --cycle 250us`,
		Args: exactly(1, "one program"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0], &m, asJSON) },
	}
	m.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON, in s")
	return cmd
}

// run plays a program on a servo process.
func (f *gcodeFlags) run(ctx context.Context, name string, m *machineFlags, asJSON bool) (err error) {
	var s *servoRun
	begin := func(run *cnc.Run, c *cnc.Config) (err error) {
		s, err = startServo(run.Axes(), c.Start, m)
		return err
	}
	err = f.drive(name, m, begin, func(*gcode.Event) {}, func(sample *setpoint) error { return s.send(ctx, sample) })
	if s == nil {
		return err
	}
	report, finishErr := s.finish(ctx, err == nil)
	if mistakes := (specs.Errors)(nil); errors.As(err, &mistakes) {
		report = nil // deadlines of half a program say nothing
	}
	if report != nil && asJSON {
		finishErr = errors.Join(finishErr, printDeadlines(name, report))
	} else if report != nil {
		finishErr = errors.Join(finishErr, report.Write(os.Stdout))
	}
	return errors.Join(err, finishErr)
}

// printDeadlines prints one JSON document: how a servo process kept its deadlines.
func printDeadlines(name string, r *realtime.Report) error {
	type spread struct {
		P50  float64 `json:"p50"`
		P99  float64 `json:"p99"`
		P999 float64 `json:"p999"`
		Max  float64 `json:"max"`
	}
	of := func(h *realtime.Histogram) spread {
		return spread{h.Quantile(0.5).Seconds(), h.Quantile(0.99).Seconds(), h.Quantile(0.999).Seconds(), h.Max().Seconds()}
	}
	return printJSON(os.Stdout, struct {
		Program  string   `json:"program"`
		Cycles   uint64   `json:"cycles"`
		Overruns uint64   `json:"overruns"`
		Missed   uint64   `json:"missed"`
		Late     spread   `json:"late_s"`
		Woken    spread   `json:"woken_late_s"`
		Worked   spread   `json:"worked_s"`
		Steal    uint64   `json:"steal_ticks"`
		Notes    []string `json:"notes"`
	}{name, r.Cycles, r.Overruns, r.Missed, of(r.Late), of(r.Woken), of(r.Worked), r.Steal, append([]string{}, r.Notes...)})
}

// servoRun is a servo process and the stream of setpoints that it is sent.
type servoRun struct {
	process *realtime.Process
	axes    int
	period  time.Duration
	next    realtime.Setpoint
	any     bool
}

// wider is by how much the servo's limits are wider than the planner's: it is there to catch
// mistakes, not rounding.
const wider = 1.01

// patient is how many periods in a row may be missed: drives without a machine cannot be
// hurt, and the missed ones are what is measured.
const patient = 1000

func startServo(axes []path.Axis, joints []float64, m *machineFlags) (*servoRun, error) {
	s := &servoRun{period: time.Duration(m.cycle)}
	var limits []jerk.Limits
	for _, a := range axes {
		limits = append(limits, jerk.Symmetric(a.Limit.Speed*wider, a.Limit.Accel*wider, a.Limit.Jerk*wider))
	}
	s.axes = len(limits)
	var at realtime.Axes
	copy(at[:], joints)
	s.next.Position = at
	start, err := json.Marshal(at)
	if err != nil {
		return nil, err
	}
	s.process, err = realtime.Start(realtime.Settings{
		Loop: loopbackDrives, Config: start, Limits: limits,
		MaxMissed: patient,
		Thread:    realtime.Options{Period: s.period, LockMemory: true, KeepAwake: true},
	}, realtime.Supervision{Events: func(e realtime.Event) {
		if e.Err != nil {
			fmt.Fprintln(os.Stderr, e)
		}
	}})
	return s, err
}

// lead is how far ahead of its time the first setpoint is sent.
const lead = 200 * time.Millisecond

// send puts a setpoint into the stream, when there is room for the one before it. The
// first one says where the axes are at rest.
func (s *servoRun) send(ctx context.Context, at *setpoint) error {
	if !s.any {
		s.next.Stream, s.next.Time, s.any = 1, s.process.Next(lead), true
	}
	if err := s.push(ctx); err != nil {
		return err
	}
	s.next.Time = s.next.Time.Add(s.period)
	for i := range s.axes {
		s.next.Position[i], s.next.Velocity[i], s.next.Acceleration[i] = at.Joints[i], at.Velocity[i], at.Acceleration[i]
	}
	return nil
}

// push waits for room in the ring: the program is planned faster than it runs.
func (s *servoRun) push(ctx context.Context) error {
	for !s.process.Setpoints().Push(&s.next) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.process.Done():
			return fmt.Errorf("the servo process has ended: %w", s.process.Err())
		case <-time.After(10 * s.period):
		}
		if st := s.process.Status(); st.Reason != realtime.NoReason && st.State != realtime.Following {
			return s.stopped(st)
		}
	}
	return nil
}

// stopped says why the servo does not follow any more.
func (s *servoRun) stopped(st realtime.Status) error {
	fmt.Fprintf(os.Stderr, "the servo stopped the program: %v\n", st.Reason)
	return &exitError{code: exitBroken}
}

// finish waits for the end of the stream, and tells how deadlines were kept.
func (s *servoRun) finish(ctx context.Context, whole bool) (report *realtime.Report, err error) {
	defer func() { err = errors.Join(err, s.process.Close()) }()
	if whole && s.any {
		s.next.Flags = realtime.Last
		if err := s.push(ctx); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.next.Time.Sub(realtime.Now()) + lead):
		}
	}
	st := s.process.Status()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.process.Stop(stop); err != nil {
		return nil, err
	}
	if whole && st.Reason != realtime.StreamEnded {
		return &st.Report, s.stopped(st)
	}
	return &st.Report, ctx.Err()
}
