package camera

import (
	"fmt"
	"math"
	"time"
)

// Mode of a camera: what can only be changed while it stands still. A manager hands it on
// to the driver, and uses Rate.
type Mode struct {
	Name           string  // the driver's, as "nfov-unbinned"
	W, H           int     // of the colour image, in pixels
	DepthW, DepthH int     // of the depth image
	Rate           float64 // frames a second, 0 for one that only answers triggers
}

// Rest is what a camera does in standby.
type Rest uint8

const (
	RestOff       Rest = iota // its session is ended; to come back takes a start and a warm-up
	RestThrottled             // it goes on at a low rate, stays warm, and its frames are not used
)

// Backoff is how long to wait before a camera is started again: First after the first
// failure, twice as long after each further one, and at most Most.
type Backoff struct {
	First, Most time.Duration
	// Stable is how long a camera must have been ready for the next failure to be a first
	// one.
	Stable time.Duration
}

// WarmUp says when a camera is warm. A camera that was off for less than For warms for as
// long as it was off.
type WarmUp struct {
	// For is how long it warms at least.
	For time.Duration
	// Drift is by how much the frames' levels may differ within Over for the camera to be
	// warm; 0: time alone decides.
	Drift float64
	Over  time.Duration
	// Most is when it counts as warm although it still drifts, since it began to warm; needed
	// with Drift.
	Most time.Duration
}

// Power that a camera takes, in watts.
type Power struct {
	Off       float64 // nothing runs: Off, Fault, Lost, and standby at RestOff
	On        float64 // Starting, Warming, Ready, Stopping
	Throttled float64 // standby at RestThrottled
}

// Config of a manager.
type Config struct {
	// StartTimeout and StopTimeout are how long the driver may take for it.
	StartTimeout, StopTimeout time.Duration
	// Triggered tells a camera that takes pictures when asked from one that runs freely.
	Triggered bool
	// Answer is how long a trigger's frame may take. A trigger without a frame is then counted
	// as lost.
	Answer time.Duration
	// Patience is how many triggers in a row without a frame, periods of a free camera
	// without one, or bad frames in a row make the camera lost.
	Patience int
	// MaxAge is how old a frame may be when it arrives; 0: of any age.
	MaxAge time.Duration
	// Rest is what standby means, and ThrottledRate the frames a second at RestThrottled.
	Rest          Rest
	ThrottledRate float64
	WarmUp        WarmUp
	Retry         Backoff
	// Attempts is how many failed starts in a row make a Fault, out of which only a command
	// leads; 0: it is tried for ever.
	Attempts int
	Power    Power
}

// Check says what is wrong with the configuration, if anything.
func (c Config) Check() error {
	for _, d := range []struct {
		name string
		v    time.Duration
	}{
		{"StartTimeout", c.StartTimeout}, {"StopTimeout", c.StopTimeout}, {"Retry.First", c.Retry.First},
	} {
		if d.v <= 0 {
			return fmt.Errorf("camera: %s is %v; it must be above 0", d.name, d.v)
		}
	}
	switch w := c.WarmUp; {
	case c.Triggered && c.Answer <= 0:
		return fmt.Errorf("camera: Answer is %v; a camera with triggers needs a time after which one is lost", c.Answer)
	case c.Patience < 1:
		return fmt.Errorf("camera: Patience is %d; it must be 1 or more", c.Patience)
	case c.Retry.Most < c.Retry.First:
		return fmt.Errorf("camera: Retry.Most is %v, below Retry.First of %v; it must not be", c.Retry.Most, c.Retry.First)
	case c.Retry.Stable < 0 || c.MaxAge < 0 || c.Attempts < 0 || w.For < 0:
		return fmt.Errorf("camera: Retry.Stable is %v, MaxAge %v, Attempts %d, WarmUp.For %v; none may be negative", c.Retry.Stable, c.MaxAge, c.Attempts, w.For)
	case !(w.Drift >= 0) || math.IsInf(w.Drift, 0):
		return fmt.Errorf("camera: WarmUp.Drift is %v; it must be 0 or more", w.Drift)
	case w.Drift > 0 && (w.Over < slots || w.Most < w.For || w.Most < w.Over):
		return fmt.Errorf("camera: WarmUp.Over is %v and Most %v; with a Drift, Over must be above 0, and Most at least Over and For", w.Over, w.Most)
	case c.Rest == RestThrottled && !c.Triggered && !(c.ThrottledRate > 0):
		return fmt.Errorf("camera: ThrottledRate is %v; it must be above 0 for a free camera that is throttled", c.ThrottledRate)
	}
	return nil
}

// warmUp is the longest that a warm-up lasts.
func (c *Config) warmUp() time.Duration { return max(c.WarmUp.For, c.WarmUp.Most) }

// Recovery is the longest from the moment at which a camera works again, is told to run and has
// been found lost, to its being Ready: an attempt that is just failing, the longest
// back-off, a start and a warm-up. It holds while Attempts have not made it a Fault, and for a
// driver that keeps to the timeouts.
func (c Config) Recovery() time.Duration {
	return c.StopTimeout + c.StartTimeout + c.Retry.Most + c.StartTimeout + c.warmUp()
}

// period between frames at a rate; 0: none are expected.
func period(rate float64) time.Duration {
	if !(rate > 0) {
		return 0
	}
	return time.Duration(float64(time.Second) / rate)
}
