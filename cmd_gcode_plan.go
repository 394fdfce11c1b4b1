package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/gcode/plot"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/specs"
)

func (f *gcodeFlags) newPlan() *cobra.Command {
	var m machineFlags
	var samples string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "plan FILE", Short: "Plan how a machine runs a program: cycle time, slowest lines, what axes do",
		Long: `Plan how a machine runs a program, as the control would, without hardware: how long it
takes, cutting, with rapid moves, in dwells and at rest; the greatest speed, acceleration and
jerk of each axis against its limit, and in which line; the part of the cutting time at the
programmed feed; the lines that lose most time against it. M0 and M1 do not wait.

Corners are rounded as the program says: within the tolerance of G64 P, through every point
with G61, with a stop in each with G61.1; without any of them as far as the feed asks for.`,
		Example: `  linetwin gcode plan part.ngc
  linetwin gcode plan part.ngc --ini machine.ini --limit XYZ=,,40m/s3
  linetwin gcode plan blade.ngc --machine XYZAC-TRT --offset 0,10mm,50mm --limit AC=120deg/s,20rad/s2,400rad/s3
  linetwin gcode plan part.ngc --override 120% --samples part.csv`,
		Args: exactly(1, "one program"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := f.plan(args[0], &m, samples)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(os.Stdout, p.document())
			}
			return p.print(os.Stdout)
		},
	}
	m.add(cmd)
	cmd.Flags().StringVar(&samples, "samples", "", "write each setpoint to this `FILE`, as CSV: time, line, and each axis with its derivatives")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON, in SI units")
	return cmd
}

// plan runs a program without hardware.
func (f *gcodeFlags) plan(name string, m *machineFlags, samples string) (p *gcodePlan, err error) {
	look := func(s *setpoint) error { p.add(s); return nil }
	begin := func(run *cnc.Run, c *cnc.Config) error {
		p = newGcodePlan(name, run, c, float64(m.override))
		if samples == "" {
			return nil
		}
		table, err := createSamples(samples, p.axes, c.Cycle)
		if err != nil {
			return err
		}
		look = func(s *setpoint) error { p.add(s); return table.add(s) }
		p.close = table.close
		return nil
	}
	err = f.drive(name, m, begin, func(e *gcode.Event) { p.moves.add(e) }, func(s *setpoint) error { return look(s) })
	if p != nil && p.close != nil {
		err = errors.Join(err, p.close(err == nil))
	}
	return p, err
}

// activity is what a machine spends time with.
type activity = plot.Activity

// setpoint is one cycle of a program that is run without hardware.
type setpoint struct {
	path.Sample
	n  uint64 // cycles since the start, this one included
	as activity
}

// drive runs a program through a machine without hardware: begin is told of the machine
// first, read of each event when it is read, look of each cycle.
func (f *gcodeFlags) drive(name string, m *machineFlags, begin func(*cnc.Run, *cnc.Config) error, read func(*gcode.Event), look func(*setpoint) error) (err error) {
	cfg, ini, err := f.files()
	if err != nil {
		return err
	}
	c, err := m.config(f.ini, ini)
	if err != nil {
		return err
	}
	program, closeProgram, err := openProgram(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(placed(err), closeProgram()) }()
	c.Program = cfg
	var last gcode.Kind // of what the machine has come to
	c.Handle = func(e *gcode.Event) error {
		switch e.Kind {
		case gcode.Comment, gcode.Message, gcode.Print, gcode.Log:
		default:
			last = e.Kind
		}
		return nil
	}
	shown := newPlanProgress()
	c.Read = func(e *gcode.Event) {
		if e.Kind.Moves() {
			shown.moves++
		}
		read(e)
	}
	run, err := cnc.New(name, program, c)
	if err != nil {
		return machineError(err)
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if err := begin(run, &c); err != nil {
		return err
	}
	run.Override(float64(m.override), min(float64(m.override), 1))
	var s setpoint
	moved := false
	for {
		more, err := run.Next(&s.Sample)
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		s.n++
		before := moved
		moved = s.State == path.Running
		switch {
		case moved && s.Rapid:
			s.as = plot.Rapid
		case moved:
			s.as = plot.Cutting
		case before: // the cycle in which it has come to rest counts as motion
		case s.State == path.Marked && last == gcode.Dwell:
			s.as = plot.Dwell
		default:
			s.as = plot.Stop
		}
		if err := look(&s); err != nil {
			return err
		}
		shown.show(&s, c.Cycle)
	}
}

// placed gives a mistake of a program the form that mistakes have in this command line.
func placed(err error) error {
	var mistake *gcode.Error
	if !errors.As(err, &mistake) || mistake.Line == 0 {
		return err
	}
	// One that is about the line as a whole is at its beginning.
	return specs.Errors{{File: mistake.File, Line: mistake.Line, Column: max(mistake.Column, 1), Message: mistake.What}}
}

// planProgress says on standard error, now and then, how far a plan is.
type planProgress struct {
	begun, last time.Time
	moves       uint64
}

func newPlanProgress() *planProgress {
	now := time.Now()
	return &planProgress{begun: now, last: now}
}

func (p *planProgress) show(s *setpoint, cycle float64) {
	if s.n%(1<<14) != 0 {
		return
	}
	now := time.Now()
	if now.Sub(p.last) < lineEvery {
		return
	}
	p.last = now
	fmt.Fprintf(os.Stderr, "line %d, %s of cycle time, %.0f moves a second\n",
		s.Line, duration(float64(s.n)*cycle), float64(p.moves)/now.Sub(p.begun).Seconds())
}

// sampleTable writes setpoints as CSV, in mm, degrees and s.
type sampleTable struct {
	file  *os.File
	out   *bufio.Writer
	axes  []path.Axis
	cycle float64
	row   []byte
}

func createSamples(name string, axes []path.Axis, cycle float64) (*sampleTable, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	t := &sampleTable{file: file, out: bufio.NewWriterSize(file, 1<<16), axes: axes, cycle: cycle}
	head := "t (s),line"
	for i, of := range []string{"", " velocity", " acceleration", " jerk"} {
		for _, a := range axes {
			unit := "mm"
			if a.Rotary {
				unit = "deg"
			}
			head += "," + a.Name + of + " (" + unit + []string{"", "/s", "/s2", "/s3"}[i] + ")"
		}
	}
	_, err = io.WriteString(t.out, head+"\n")
	return t, err
}

func (t *sampleTable) add(s *setpoint) error {
	t.row = appendNumber(t.row[:0], float64(s.n)*t.cycle)
	t.row = append(t.row, ',')
	t.row = fmt.Append(t.row, s.Line)
	for _, values := range []*[path.MaxAxes]float64{&s.Joints, &s.Velocity, &s.Acceleration, &s.Jerk} {
		for i := range t.axes {
			t.row = appendNumber(append(t.row, ','), forPeople(&t.axes[i], values[i]))
		}
	}
	_, err := t.out.Write(append(t.row, '\n'))
	return err
}

// close ends the table; one of half a program is taken away again.
func (t *sampleTable) close(whole bool) error {
	err := errors.Join(t.out.Flush(), t.file.Close())
	if info, statErr := os.Stat(t.file.Name()); !whole && statErr == nil && info.Mode().IsRegular() {
		err = errors.Join(err, os.Remove(t.file.Name()))
	}
	return err
}
