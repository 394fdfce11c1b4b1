package cnc

import (
	"errors"
	"fmt"
	"io"
	"math"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

// Run is a program on its way through a machine.
type Run struct {
	config  Config
	in      *gcode.Interpreter
	planner *path.Planner
	runner  *path.Runner
	words   []int

	move    path.Move // that the planner has had no room for yet
	waits   bool
	rest    restAt // the same for a rest
	rests   bool
	back    bool            // after move, back to where it began (rigid tapping)
	origin  [9]float64      // there
	curve   []path.Move     // the rest of a curve
	centre  machine.Machine // with the tool that tool centre point control is about
	centred bool
	at      gcode.Axes // the last motion's end, for axes that the machine has not
	spin    [8]float64 // rev/s of each spindle

	files    []string // the program's, and those of subs that moved
	marks    int      // given out
	next     int      // the mark of the next move, or 0
	pending  []pending
	blocked  int // the mark that has to be reached before more is read; 0: none
	finished bool
	err      error
}

type restAt struct {
	mark  int
	dwell float64
}

// pending is an event that the machine has not come to.
type pending struct {
	mark  int
	event gcode.Event
}

// New makes a run of a program; file is its name, for errors. The error wraps ErrConfig
// or path.ErrConfig.
func New(file string, program io.Reader, c Config) (*Run, error) {
	axes, words, err := c.layout()
	if err != nil {
		return nil, err
	}
	pc := c.Path
	pc.Axes, pc.Start, pc.Cycle = axes, c.Start, c.Cycle
	planner, runner, err := path.New(pc)
	if err != nil {
		return nil, err
	}
	r := &Run{files: []string{file}, config: c, planner: planner, runner: runner, words: words}
	for i, v := range c.Start {
		c.Program.Start[words[i]] = v
	}
	r.at = c.Program.Start
	r.in = gcode.New(file, program, c.Program)
	return r, nil
}

// Close ends the run; it closes files that the interpreter has opened.
func (r *Run) Close() error { return r.in.Close() }

// Hold brings the machine to rest on its path as fast as the limits allow.
func (r *Run) Hold() { r.runner.Hold() }

// Resume goes on from where the machine is.
func (r *Run) Resume() { r.runner.Resume() }

// File is the name of the file that samples call i: 0 is the program's, others are those of
// subs.
func (r *Run) File(i int) string { return r.files[i] }

// Override sets what feeds, up to Config.Path.MostOverride, and rapid moves, up to 1, are
// multiplied by.
func (r *Run) Override(feed, rapid float64) { r.runner.Override(feed, rapid) }

// Next goes on by one cycle. It is false when the program is at its end and the machine at
// rest. Mistakes of the program are *gcode.Errors; they come when they are read, which is
// before the machine is there. Next allocates only where the interpreter does.
func (r *Run) Next(s *path.Sample) (bool, error) {
	if r.err == nil {
		r.err = r.feed()
	}
	if r.err != nil {
		return false, r.err
	}
	more := r.runner.Next(s)
	if r.err = r.hand(s.Mark); r.err != nil {
		return false, r.err
	}
	return more || s.State == path.Held || !r.finished || len(r.pending) > 0, nil
}

// feed reads the program on, as far as the planner has room.
func (r *Run) feed() error {
	for {
		if err := r.planner.Err(); err != nil {
			return r.placed(err)
		}
		switch {
		case r.waits:
			switch err := r.planner.Add(r.move); {
			case errors.Is(err, path.ErrFull):
				return nil
			case err != nil:
				return r.placed(err)
			}
			r.waits = false
			r.follow()
		case r.rests:
			if err := r.planner.Rest(r.rest.mark, r.rest.dwell); err != nil {
				return nil // it is full
			}
			r.rests = false
		case r.blocked != 0 || !r.planner.Room():
			return nil
		case r.finished:
			r.planner.Flush()
			if r.planner.Err() == nil {
				return nil
			}
		default:
			e, err := r.in.Next()
			if errors.Is(err, io.EOF) {
				r.finished = true
				continue
			}
			if err != nil {
				return err
			}
			if r.config.Read != nil {
				r.config.Read(e)
			}
			if err := r.take(e); err != nil {
				return err
			}
		}
	}
}

// follow makes the next move of an event that is several.
func (r *Run) follow() {
	switch {
	case r.back:
		r.back = false
		r.move.To, r.waits = r.origin, true
	case len(r.curve) > 0:
		r.move, r.waits = r.curve[0], true
		r.curve = r.curve[1:]
	}
}

// placed gives an error of the planner its place in the program.
func (r *Run) placed(err error) error {
	line, file := r.move.Line, r.move.File
	var outside *path.RangeError
	if errors.As(err, &outside) {
		line, file = outside.Line, outside.File
		axis := outside.Axis
		unit, scale := "mm", 1e3
		if axis >= "A" && axis <= "C" {
			unit, scale = "deg", 180/math.Pi
		}
		return mistake(r.files[file], line, "axis %s would be at %.6g %s, outside of its range from %.6g to %.6g %s",
			axis, outside.Value*scale, unit, outside.Min*scale, outside.Max*scale, unit)
	}
	return mistake(r.files[file], line, "%v", err)
}

func mistake(file string, line int, format string, args ...any) error {
	return &gcode.Error{File: file, Line: line, What: fmt.Sprintf(format, args...)}
}

// hand hands on the events that the machine has come to.
func (r *Run) hand(mark int) error {
	for len(r.pending) > 0 && r.pending[0].mark <= mark {
		e := r.pending[0].event
		r.pending = r.pending[:copy(r.pending, r.pending[1:])]
		if r.config.Handle == nil {
			continue
		}
		if err := r.config.Handle(&e); err != nil {
			return err
		}
	}
	if r.blocked != 0 && r.blocked <= mark {
		r.blocked = 0
	}
	return nil
}
