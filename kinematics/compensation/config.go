package compensation

import (
	"fmt"
	"math"
)

// MaxWindow is the largest number of measurements in a window.
const MaxWindow = 1024

// MatrixConfig says how a Matrix judges measurements and moves. Fields without a default have
// to be given.
type MatrixConfig struct {
	Frame Frame // on which side the correction acts; the default is Machine
	// Period of the cycle in s: the time between two calls of Advance.
	Period float64
	// Gain of the integrator in 1/s: 1/Gain is the time in which the error falls to 37 %.
	// Gain times Period is at most 1, which takes out all that is known in one cycle.
	Gain float64
	// Window is the number of measurements to judge from, 1 to MaxWindow.
	Window int
	// Trim is the part of them that is left out at either end, for each component: the
	// breakdown point. Up to Trim times Window of the measurements, rounded down, and fewer
	// than half of them, may be of any size without leading the mean out of the range of the
	// others. 0 stands for 0.5, which is the median and the most that any estimate can stand;
	// 0.25 has less noise.
	Trim float64
	// MinSamples is how many measurements there must be before any are trusted; 0 stands
	// for half of the window.
	MinSamples int
	// MaxAge in cycles of a measurement (Observe); 0 means that they are of the current cycle.
	MaxAge int
	// RejectShift in m and RejectTurn in rad: a measurement that shows a larger error is not
	// used. 0 stands for 1 m and for no limit; RejectShift is at most 1000.
	RejectShift, RejectTurn float64
	// MaxShift in m and MaxTurn in rad are the largest correction, MaxTurn at most 0.5;
	// MaxShiftRate in m/s and MaxTurnRate in rad/s its largest change.
	MaxShift, MaxTurn         float64
	MaxShiftRate, MaxTurnRate float64
	// Hold is how long, in s, the correction stays in force without a measurement; 0 stands
	// for 1 s. Then it goes back to none with the time constant Bleed in s; 0 keeps it for ever.
	Hold, Bleed float64
}

func (c MatrixConfig) withDefaults() MatrixConfig {
	if c.Trim == 0 {
		c.Trim = 0.5
	}
	if c.MinSamples == 0 {
		c.MinSamples = (c.Window + 1) / 2
	}
	if c.RejectShift == 0 {
		c.RejectShift = 1
	}
	if c.RejectTurn == 0 {
		c.RejectTurn = math.Inf(1)
	}
	if c.Hold == 0 {
		c.Hold = 1
	}
	return c
}

// maxAge bounds the memory of past corrections.
const maxAge = 100_000

// check a configuration with its defaults filled in.
func (c *MatrixConfig) check() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("compensation: matrix: %s is %v; it has to be %s", field, value, want)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"Period", c.Period}, {"Gain", c.Gain}, {"MaxShift", c.MaxShift}, {"MaxTurn", c.MaxTurn},
		{"MaxShiftRate", c.MaxShiftRate}, {"MaxTurnRate", c.MaxTurnRate}, {"Hold", c.Hold},
	} {
		if !(f.value > 0) || math.IsInf(f.value, 0) {
			return bad(f.name, f.value, "positive and finite")
		}
	}
	switch {
	case c.Frame > Tool:
		return bad("Frame", uint8(c.Frame), "Machine or Tool")
	case c.Gain*c.Period > 1:
		return bad("Gain times Period", c.Gain*c.Period, "at most 1")
	case c.Window < 1 || c.Window > MaxWindow:
		return bad("Window", c.Window, fmt.Sprintf("1 to %d", MaxWindow))
	case !(c.Trim > 0 && c.Trim <= 0.5):
		return bad("Trim", c.Trim, "above 0 and at most 0.5")
	case c.MinSamples < 1 || c.MinSamples > c.Window:
		return bad("MinSamples", c.MinSamples, "1 to Window")
	case c.MaxAge < 0 || c.MaxAge > maxAge:
		return bad("MaxAge", c.MaxAge, fmt.Sprintf("0 to %d", maxAge))
	case !(c.RejectShift > 0 && c.RejectShift <= 1000):
		return bad("RejectShift", c.RejectShift, "above 0 and at most 1000, or 0 for 1")
	case !(c.RejectTurn > 0):
		return bad("RejectTurn", c.RejectTurn, "positive, or 0 for no limit")
	case c.MaxTurn > 0.5:
		return bad("MaxTurn", c.MaxTurn, "at most 0.5 rad: this is for small errors")
	case c.Hold/c.Period > 1e15:
		return bad("Hold", c.Hold, "at most 1e15 cycles")
	case !(c.Bleed >= 0) || math.IsInf(c.Bleed, 0):
		return bad("Bleed", c.Bleed, "positive, or 0 for never")
	}
	return nil
}

// MaxGain is a Gain, in 1/s, below which a Matrix is stable whatever its window, its trim and
// its limits are, where ages are wrong by at most delay seconds and the machine makes response
// times the correction that it is told to make: it comes to rest at the opposite of an error
// that rests. A response is 1 where drives follow, and has to lie between 0 and 2; at or beyond
// these, and for a NaN, the result is 0. Without a delay it is +Inf: every Gain that NewMatrix
// takes is stable.
//
// It is 1/(2 delay) for responses up to 1, and (2 - response) / (2 response delay) above.
// README.md has the proof, which takes the worst of all windows; with a window of one sample
// instability begins at 2 times that gain for a delay of one cycle, and 3.1 times for long ones.
func MaxGain(delay, response float64) float64 {
	if !(response > 0 && response < 2) || !(delay >= 0) {
		return 0
	}
	if delay == 0 {
		return math.Inf(1)
	}
	if response <= 1 {
		return 0.5 / delay
	}
	return 0.5 * (2 - response) / response / delay
}
