package cnc

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

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
	axes    []path.Axis
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

	files    []string  // the program's, and those of subs that moved
	marks    int       // given out
	next     int       // the mark of the next move, or 0
	pending  []pending // those before handed are done
	handed   int
	blocked  int  // the mark that has to be reached before more is read; 0: none
	idle     bool // the machine has nothing to do
	finished bool
	left     bool // the planner has not handed on all of it
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
	r := &Run{files: []string{file}, config: c, planner: planner, runner: runner, axes: axes, words: words}
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

// Axes are those of the samples' joints, in their order; they are for reading only.
func (r *Run) Axes() []path.Axis { return r.axes }

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
	r.idle = !more && s.State != path.Held
	return !r.idle || !r.finished || r.waiting() > 0, nil
}

// feed reads the program on, as far as the planner has room.
func (r *Run) feed() error {
	for read := 0; read < mostRead; {
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
		case r.waiting() >= mostPending && !r.idle:
			r.planner.Flush() // what they wait for must not wait for more of the program
			return nil
		case r.waiting() >= mostPending:
			// They wait for a motion that does not come.
			r.rest, r.rests, r.next, r.idle = restAt{mark: r.marks}, true, 0, false
		case r.finished:
			err := r.planner.Flush()
			if r.left = errors.Is(err, path.ErrFull); err != nil && !r.left {
				return r.placed(err)
			}
			return nil
		default:
			read++
			e, err := r.in.Next()
			if errors.Is(err, io.EOF) {
				r.finished = true
				if r.waiting() > 0 {
					// Also what should come with a motion comes, if there is none any more.
					r.rest, r.rests = restAt{mark: r.marks}, true
				}
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
	return nil
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
	// The line is said before, not again.
	what := strings.TrimPrefix(err.Error(), path.ErrMove.Error()+": "+fmt.Sprintf("line %d: ", line))
	return mistake(r.files[file], line, "%s", what)
}

func mistake(file string, line int, format string, args ...any) error {
	return &gcode.Error{File: file, Line: line, What: fmt.Sprintf(format, args...)}
}

// A program may have any number of lines that move nothing, and no end: one cycle reads so
// many events at most, and so many may wait until nothing more is read.
const (
	mostRead    = 256
	mostPending = 4096
)

// waiting is how many events the machine has not come to.
func (r *Run) waiting() int { return len(r.pending) - r.handed }

// hand hands on the events that the machine has come to.
func (r *Run) hand(mark int) error {
	for ; r.waiting() > 0 && r.pending[r.handed].mark <= mark; r.handed++ {
		if r.config.Handle == nil {
			continue
		}
		e := r.pending[r.handed].event
		if err := r.config.Handle(&e); err != nil {
			return err
		}
	}
	// What is done goes when it is as much as what waits, so each event is moved once or so.
	if r.handed > 0 && r.handed >= r.waiting() {
		n := copy(r.pending, r.pending[r.handed:])
		clear(r.pending[n:])
		r.pending, r.handed = r.pending[:n], 0
	}
	if r.blocked != 0 && r.blocked <= mark {
		r.blocked = 0
	}
	return nil
}
