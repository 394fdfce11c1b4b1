package rig

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/kinematics"
)

// Between is the pose at an instant between two at which it is known, with the body moving
// along the screw that leads from the one to the other at constant speed: turning and going
// forward along one axis. Beyond the two it goes on.
//
// It keeps the distance and angle between the two evenly divided, is the same seen from any
// frame, and does not allocate.
func Between(a kinematics.Pose, ta time.Duration, b kinematics.Pose, tb, t time.Duration) kinematics.Pose {
	if ta == tb {
		return a
	}
	s := float64(t-ta) / float64(tb-ta)
	return a.Mul(kinematics.Exp(a.Inverse().Mul(b).Log().Scale(s)))
}

// series is a ring of what was known at instants, in order.
type series[T any] struct {
	ring []stamped[T]
	head int
	n    int
}

type stamped[T any] struct {
	t time.Duration
	v T
}

func (s *series[T]) at(i int) *stamped[T] { return &s.ring[(s.head+i)%len(s.ring)] }

// add appends; what is not newer than the last is not taken. A full ring forgets its oldest.
func (s *series[T]) add(t time.Duration, v T) bool {
	if s.n > 0 && t <= s.at(s.n-1).t {
		return false
	}
	if s.n == len(s.ring) {
		s.head = (s.head + 1) % len(s.ring)
		s.n--
	}
	*s.at(s.n) = stamped[T]{t, v}
	s.n++
	return true
}

// around finds the two neighbours of an instant, or the two at the end next to it.
func (s *series[T]) around(t time.Duration) (a, b *stamped[T]) {
	low, high := 0, s.n-1 // the answer's first element lies in [low, high)
	for high-low > 1 {
		if mid := (low + high) / 2; s.at(mid).t <= t {
			low = mid
		} else {
			high = mid
		}
	}
	return s.at(low), s.at(high)
}

// covers tells whether t lies in the series, or beyond its end by at most ahead.
func (s *series[T]) covers(t, ahead time.Duration) bool {
	return s.n > 0 && t >= s.at(0).t && t <= s.at(s.n-1).t+ahead && (s.n > 1 || t == s.at(0).t)
}

// Track is where a camera or a tool was: its pose at the last instants at which it was
// known.
type Track struct {
	s series[kinematics.Pose]
	// Ahead is how long after the last known pose its motion may be continued.
	Ahead time.Duration
}

// NewTrack makes a track that remembers so many poses, 2 at least.
func NewTrack(remember int, ahead time.Duration) *Track {
	return &Track{s: series[kinematics.Pose]{ring: make([]stamped[kinematics.Pose], atLeastTwo(remember))}, Ahead: ahead}
}

func atLeastTwo(n int) int {
	if n < 2 {
		panic(fmt.Sprintf("rig: a series of %d; motion needs at least 2", n))
	}
	return n
}

// Add tells a pose at an instant of the line. Instants grow; one that does not is not taken,
// and false.
func (k *Track) Add(t time.Duration, p kinematics.Pose) bool { return k.s.add(t, p) }

// At is the pose at an instant, along the screw between the two known ones around it. It is
// false when nothing is known of that time any more, or yet. It does not allocate.
func (k *Track) At(t time.Duration) (kinematics.Pose, bool) {
	if !k.s.covers(t, k.Ahead) {
		return kinematics.Pose{}, false
	}
	a, b := k.s.around(t)
	return Between(a.v, a.t, b.v, b.t, t), true
}

// Belt is where a conveyor was: the position that its encoder told at the last instants.
type Belt struct {
	s series[float64]
	// Ahead is how long after the last known position its motion may be continued.
	Ahead time.Duration
	// Gap is the longest time between two known positions, one after the other, of which it is known
	// where the belt was between them; 0: any. In a longer one it may have stood for a while.
	Gap time.Duration
}

// NewBelt makes a belt that remembers so many positions, 2 at least.
func NewBelt(remember int, ahead time.Duration) *Belt {
	return &Belt{s: series[float64]{ring: make([]stamped[float64], atLeastTwo(remember))}, Ahead: ahead}
}

// Add tells the encoder's position, in metres, at an instant of the line. Instants grow; one
// that does not is not taken, and false. So is a position that is not a finite number.
func (b *Belt) Add(t time.Duration, position float64) bool {
	if math.IsNaN(position) || math.IsInf(position, 0) {
		return false
	}
	return b.s.add(t, position)
}

// At is the belt's position at an instant, in metres. It is false when nothing is known of
// that time.
func (b *Belt) At(t time.Duration) (float64, bool) {
	if !b.s.covers(t, b.Ahead) {
		return 0, false
	}
	p, q := b.s.around(t)
	switch {
	case t == p.t:
		return p.v, true
	case t == q.t:
		return q.v, true
	case b.Gap > 0 && q.t-p.t > b.Gap:
		return 0, false
	}
	return p.v + (q.v-p.v)*float64(t-p.t)/float64(q.t-p.t), true
}

// Travel is how far the belt moves from one instant to another, in metres; negative back in
// time.
func (b *Belt) Travel(from, to time.Duration) (float64, bool) {
	p, ok := b.At(from)
	q, too := b.At(to)
	return q - p, ok && too
}
