package recogniser

import (
	"errors"
	"fmt"
	"time"

	"linetwin.dev/vision/model"
)

// DefaultStart is how long a process may take until it is ready, where its Spec does not say.
const DefaultStart = time.Minute

// Spec says how a recogniser is started and what it may take. Only Command must be
// given; what else is left out has the default that is named.
type Spec struct {
	Name    string   // in messages; the command's first word
	Command []string // the program and its arguments
	Dir     string   // where it runs; where this process runs
	Env     []string // added to the environment of this process, which it gets without LINETWIN_TOKEN

	Processes    int           // how many of it run, each with its own model loaded; 1
	StartWithin  time.Duration // from start to ready; DefaultStart
	AnswerWithin time.Duration // from question to answer; 10 s
	QuietWithin  time.Duration // between two lines while it works: it sends progress; AnswerWithin
	StopWithin   time.Duration // from being asked to end to being killed; 2 s
	Queue        int           // how many requests may wait; 32
	Backoff      Backoff
}

// SpecOf is how the program of a model is started, which is installed in dir. Programs
// named with a slash, as in ./recognise, are looked for there.
func SpecOf(s *model.Spec, dir string) Spec {
	return Spec{
		Name: s.Name, Command: s.Command, Dir: dir,
		StartWithin:  seconds(s.StartSeconds),
		AnswerWithin: seconds(s.AnswerSeconds),
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (s *Spec) complete() error {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return errors.New("a recogniser needs a command that starts it")
	}
	if s.Name == "" {
		s.Name = s.Command[0]
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{{&s.StartWithin, DefaultStart}, {&s.AnswerWithin, 10 * time.Second}, {&s.StopWithin, 2 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}
	if s.QuietWithin <= 0 || s.QuietWithin > s.AnswerWithin {
		s.QuietWithin = s.AnswerWithin
	}
	if s.Processes < 1 {
		s.Processes = 1
	}
	if s.Queue < 1 {
		s.Queue = 32
	}
	if s.Processes > 64 || s.Queue > 100_000 {
		return fmt.Errorf("recogniser %s: %d processes and a queue of %d; at most 64 and 100000 are wanted", s.Name, s.Processes, s.Queue)
	}
	return nil
}

// Request is a picture to be recognised. One of Image, File and Reference must be given;
// Image with the File that holds the same upright picture saves writing one for a
// recogniser that takes no shared memory.
type Request struct {
	Image model.Image
	File  string
	// Reference is a picture that is in shared memory already: nothing is copied. It
	// must not change until Recognise has returned.
	Reference *Reference
	Priority  Priority
	// Patient requests wait for a process that fails again and again to come back, as long as
	// the context lets them, where others get *Unavailable. A lane in which no process ever
	// was ready gives *Unavailable to all.
	Patient bool
}

func (r *Request) check() error {
	switch {
	case r.Reference != nil:
		return r.Reference.Check()
	case r.Image.Pix != nil && !r.Image.Valid():
		return fmt.Errorf("an image of %d x %d pixels with %d bytes; 3 bytes a pixel are wanted", r.Image.W, r.Image.H, len(r.Image.Pix))
	case r.Image.Pix == nil && r.File == "":
		return errors.New("a request without a picture")
	}
	return nil
}
