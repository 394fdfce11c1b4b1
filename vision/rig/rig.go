package rig

import (
	"fmt"
	"time"

	"linetwin.dev/vision"
)

// Config of a rig.
type Config struct {
	Cameras []Camera
	// Lead is the camera whose frames are the common instants; -1: only those that Ask names.
	Lead int
	// Tolerance is how far from an instant a frame may be exposed to be of it.
	Tolerance time.Duration
	// Wait is how long after an instant its frames are waited for.
	Wait time.Duration
	// Reuse lets a frame be the nearest of several instants; else it is used once.
	Reuse bool
	// Reorder is by how much a frame may be overtaken by a later one of its camera.
	Reorder time.Duration
	// Hold is how many frames of each camera are held at the most; 0: 8. With more, the oldest is
	// let go.
	Hold int
}

// Camera of a rig.
type Camera struct {
	Name  string
	Clock ClockConfig
}

// CameraStats tell what became of a camera's frames: Frames = Used + Late + Crowded + Unmatched +
// those that are held.
type CameraStats struct {
	Frames    uint64
	Used      uint64 // in a set, at least once
	Late      uint64 // came when all instants that they could be of were settled, or by more than Jump
	Crowded   uint64 // let go, since more came than are held
	Unmatched uint64 // were of no instant
	Missing   uint64 // sets without a frame of this camera
}

// Set is what the cameras saw at one instant.
type Set struct {
	Instant time.Duration
	// Frames and At have an element for each camera: its frame, nil if there is none, and
	// when on the line's clock it was exposed.
	Frames []*vision.Frame
	At     []time.Duration
}

// Release gives the frames back.
func (s *Set) Release() {
	for i, f := range s.Frames {
		f.Release()
		s.Frames[i] = nil
	}
}

// mostAsked instants wait at a time.
const mostAsked = 64

// Rig matches the frames of several cameras to common instants.
type Rig struct {
	cfg     Config
	streams []stream
	asked   [mostAsked]time.Duration
	head, n int
	last    time.Duration // asked for
	any     bool
	settled time.Duration // the last instant of which a set was given
	done    bool
	refused uint64
}

// stream of one camera's frames, by their instants.
type stream struct {
	clock *Clock
	held  []shot
	stats CameraStats
}

type shot struct {
	at    time.Duration
	frame *vision.Frame
	used  bool
}

// New makes a rig. The error says what is wrong with the configuration.
func New(cfg Config) (*Rig, error) {
	if cfg.Hold == 0 {
		cfg.Hold = 8
	}
	switch {
	case len(cfg.Cameras) == 0:
		return nil, fmt.Errorf("rig: it has no cameras")
	case cfg.Lead < -1 || cfg.Lead >= len(cfg.Cameras):
		return nil, fmt.Errorf("rig: camera %d leads; there are %d, from 0, or none leads: -1", cfg.Lead, len(cfg.Cameras))
	case cfg.Tolerance <= 0 || cfg.Wait <= 0 || cfg.Reorder < 0 || cfg.Hold < 2:
		return nil, fmt.Errorf("rig: Tolerance %v, Wait %v, Reorder %v, Hold %d; the first two must be above 0, the third not negative, the last 2 or more", cfg.Tolerance, cfg.Wait, cfg.Reorder, cfg.Hold)
	}
	r := &Rig{cfg: cfg, streams: make([]stream, len(cfg.Cameras))}
	for i, c := range cfg.Cameras {
		k, err := NewClock(c.Clock)
		if err != nil {
			return nil, fmt.Errorf("camera %s: %w", c.Name, err)
		}
		r.streams[i] = stream{clock: k, held: make([]shot, 0, cfg.Hold)}
	}
	return r, nil
}

// Clock of a camera.
func (r *Rig) Clock(camera int) *Clock { return r.streams[camera].clock }

// Stats of a camera.
func (r *Rig) Stats(camera int) CameraStats { return r.streams[camera].stats }

// Refused is how many instants were not taken: not after the one before, or too many at a time.
func (r *Rig) Refused() uint64 { return r.refused }

// Push takes a frame of a camera that arrives now, by its Stamp. The rig retains it as long as
// it needs it. One that is late by more than its clock's Jump is of no instant: it may as well be
// one of a clock that was set back.
func (r *Rig) Push(camera int, now time.Duration, f *vision.Frame) {
	s := &r.streams[camera]
	s.stats.Frames++
	s.clock.See(f.Stamp, now)
	if s.clock.far > 0 {
		s.stats.Late++ // or the clock was set back: its stamp may say anything
		return
	}
	at := s.clock.Line(f.Stamp)
	if r.done && at+r.cfg.Tolerance <= r.settled {
		s.stats.Late++
	} else {
		if len(s.held) == r.cfg.Hold {
			s.drop(0, &s.stats.Crowded)
		}
		i := len(s.held)
		for i > 0 && s.held[i-1].at > at {
			i--
		}
		s.held = s.held[:len(s.held)+1]
		copy(s.held[i+1:], s.held[i:])
		s.held[i] = shot{at: at, frame: f.Retain()}
	}
	if camera == r.cfg.Lead {
		r.Ask(at)
	}
}

// drop lets the frame at a place go, and counts it if it was never used.
func (s *stream) drop(i int, unused *uint64) {
	if !s.held[i].used {
		*unused++
	}
	s.held[i].frame.Release()
	copy(s.held[i:], s.held[i+1:])
	s.held[len(s.held)-1] = shot{}
	s.held = s.held[:len(s.held)-1]
}

// Ask wants a set of an instant of the line's clock. Instants grow; one that does not, or one too
// many, is refused, and false.
func (r *Rig) Ask(instant time.Duration) bool {
	if r.any && instant <= r.last || r.n == mostAsked {
		r.refused++
		return false
	}
	r.asked[(r.head+r.n)%mostAsked] = instant
	r.n++
	r.last, r.any = instant, true
	return true
}

// Next gives the set of the instant that was asked for first, when its frames are there, or
// when they have been waited for long enough. Of frames equally near the earlier is taken.
// The set's frames are the caller's, to be released.
func (r *Rig) Next(now time.Duration, set *Set) bool {
	if r.n == 0 {
		return false
	}
	t := r.asked[r.head]
	if now < t+r.cfg.Wait {
		for i := range r.streams {
			if !r.streams[i].decided(t + r.cfg.Reorder) {
				return false
			}
		}
	}
	r.head = (r.head + 1) % mostAsked
	r.n--
	r.settled, r.done = t, true
	set.Instant = t
	if len(set.Frames) != len(r.streams) {
		set.Frames, set.At = make([]*vision.Frame, len(r.streams)), make([]time.Duration, len(r.streams))
	}
	for i := range r.streams {
		set.Frames[i], set.At[i] = r.streams[i].take(t, &r.cfg)
	}
	return true
}

// decided tells whether nothing nearer to an instant can come.
func (s *stream) decided(t time.Duration) bool {
	return len(s.held) > 0 && s.held[len(s.held)-1].at >= t
}

// take gives the frame of an instant, and lets those go that can be of no later one.
func (s *stream) take(t time.Duration, cfg *Config) (f *vision.Frame, at time.Duration) {
	best := -1
	for i := range s.held {
		d := (s.held[i].at - t).Abs()
		if d <= cfg.Tolerance && (best < 0 || d < (s.held[best].at-t).Abs()) {
			best = i
		}
	}
	old := 0 // those before have had their time
	if best >= 0 {
		h := &s.held[best]
		if !h.used {
			s.stats.Used++
		}
		h.used = true
		f, at = h.frame.Retain(), h.at
		if !cfg.Reuse {
			old = best + 1
		}
	} else {
		s.stats.Missing++
	}
	for old < len(s.held) && s.held[old].at+cfg.Tolerance <= t {
		old++
	}
	for ; old > 0; old-- {
		s.drop(0, &s.stats.Unmatched)
	}
	return f, at
}

// Close lets all frames go.
func (r *Rig) Close() {
	for i := range r.streams {
		for s := &r.streams[i]; len(s.held) > 0; {
			s.drop(0, &s.stats.Unmatched)
		}
	}
}
