package realtime

import (
	"errors"
	"fmt"
	"time"

	"linetwin.dev/kinematics/jerk"
)

// Settings are what a servo process is started with.
type Settings struct {
	// Loop is the name of what runs in the process, one of those given to Main.
	Loop string
	// Config is for the loop, which knows how to read it.
	Config []byte
	// Limits of each axis, of which there are 1 to MaxAxes: no setpoint may break them, and
	// the axes are stopped within them. Somewhat wider than the planner's is best.
	Limits []jerk.Limits
	// Tolerance is how far from an axis's position a stream may begin (m or rad). 0 stands
	// for 1e-6.
	Tolerance float64
	// Thread that the loop runs in. Where it names no CPUs, the last one that is isolated is
	// taken, or the last one that the process may use; where it names no Priority, 80, and
	// a negative one stands for none. OwnProcess is always set.
	Thread Options
	// Setpoints and Feedback are the sizes of the two rings; 0 stands for 1024.
	Setpoints, Feedback int
	// MaxMissed is how many periods in a row may be missed before the axes are stopped: on
	// the next cycle, they are sent where they have to be by then. 0 stands for 2.
	MaxMissed uint64
	// ParentSilence is how long the process that started the servo may show no life before
	// the axes are stopped and the servo ends. 0 stands for 1 s.
	ParentSilence time.Duration
	// HeapLimit is the size of the servo process's memory, in bytes, at which garbage is
	// collected after all. 0 stands for 256 MiB. A loop that does not allocate never gets
	// there.
	HeapLimit int64
}

// complete fills in what was left to this package.
func (s *Settings) complete() {
	if s.Tolerance == 0 {
		s.Tolerance = 1e-6
	}
	if s.Setpoints == 0 {
		s.Setpoints = 1024
	}
	if s.Feedback == 0 {
		s.Feedback = 1024
	}
	if s.MaxMissed == 0 {
		s.MaxMissed = 2
	}
	if s.ParentSilence == 0 {
		s.ParentSilence = time.Second
	}
	if s.HeapLimit == 0 {
		s.HeapLimit = 256 << 20
	}
	switch {
	case s.Thread.Priority == 0:
		s.Thread.Priority = 80
	case s.Thread.Priority < 0:
		s.Thread.Priority = 0
	}
	if len(s.Thread.CPUs) == 0 {
		s.Thread.CPUs = quietCPU()
	}
	s.Thread.OwnProcess = true
}

// check says what is wrong with completed settings.
func (s *Settings) check() error {
	if s.Loop == "" {
		return errors.New("realtime: settings name no loop")
	}
	if err := s.Thread.Check(); err != nil {
		return err
	}
	if s.ParentSilence < 10*time.Millisecond {
		return fmt.Errorf("realtime: a parent's silence of %v; it is 10 ms or more, since a parent shows life every %v", s.ParentSilence, beat)
	}
	if s.HeapLimit < 16<<20 {
		return fmt.Errorf("realtime: a heap limit of %d bytes; it is %s or more", s.HeapLimit, inWords(16<<20))
	}
	_, err := NewFollower(s.Limits, s.Tolerance, s.MaxMissed)
	return err
}
