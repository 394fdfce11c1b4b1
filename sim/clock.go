package sim

import (
	"math"
	"time"

	"linetwin.dev/specs"
)

// ownClock is the clock of a camera: it began at an instant of the line's with some reading, and
// is too fast by a ratio. The zero value is the line's clock.
type ownClock struct {
	begun   time.Duration // on the line's clock
	reading time.Duration // then
	drift   float64
	right   time.Duration // reading at the line's zero, when nobody has touched it
}

func newClock(s specs.CameraSim) ownClock {
	offset := s.ClockOffset.D()
	return ownClock{reading: offset, right: offset, drift: s.ClockDrift * 1e-6}
}

// own tells whether it is another clock than the line's.
func (k *ownClock) own() bool { return k.right != 0 || k.drift != 0 }

// at is what the clock shows at an instant of the line.
func (k *ownClock) at(now time.Duration) time.Duration {
	since := now - k.begun
	return k.reading + since + time.Duration(math.Round(float64(since)*k.drift))
}

// after is the instant of the line at which so much time has passed on the clock since another.
func (k *ownClock) after(now, d time.Duration) time.Duration {
	return now + time.Duration(math.Round(float64(d)/(1+k.drift)))
}

// zero makes the clock start anew.
func (k *ownClock) zero(now time.Duration) { k.begun, k.reading = now, 0 }

// set makes it show what it would had nobody touched it.
func (k *ownClock) set() { k.begun, k.reading = 0, k.right }
