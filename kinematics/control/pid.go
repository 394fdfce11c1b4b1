package control

import (
	"fmt"
	"math"
)

// Gains of a PID in parallel form: output = P e + I (integral of e) + D (derivative of e).
type Gains struct {
	P float64 // output per input
	I float64 // output per input and second
	D float64 // output per input/s
	// Filter is the time constant of the low-pass of first order on the derivative, in s;
	// 0 for none, where noise from one sample to the next is differentiated in full.
	Filter float64
}

func (g Gains) check() error {
	return check("gains", field{"P", "", g.P, -math.MaxFloat64, math.MaxFloat64},
		field{"I", "1/s", g.I, -math.MaxFloat64, math.MaxFloat64},
		field{"D", "s", g.D, -math.MaxFloat64, math.MaxFloat64}, atLeast0("filter", "s", g.Filter))
}

// PIDConfig of a PID controller.
type PIDConfig struct {
	Period float64 // between steps, s
	Gains  Gains
	// Weight is the share of the set-point that P sees (b of the textbooks), DerivativeWeight that
	// which D sees (c); I sees all of it. 1 reacts to a step of the set-point at once, 0 softly.
	Weight, DerivativeWeight float64
	// Min and Max limit the output. Both 0 means that there is no limit.
	Min, Max float64
	// Tracking is the time constant in s with which the integral gives way while the output is
	// at a limit. 0 means the integral time P/I, or its geometric mean with the derivative time
	// D/P where there is one.
	Tracking float64
}

// PID is a controller with set-point weights, filtered derivative, output limits with
// anti-windup by back-calculation, and gains that change without a bump.
//
// It is discretised for signals that run straight from sample to sample: for those, integral and
// derivative are those of the continuous controller to rounding, at any period.
type PID struct {
	period, weight, derivativeWeight float64
	min, max                         float64
	tracking                         float64 // as configured
	gains                            Gains
	keep, give                       float64 // of the derivative filter and of the anti-windup, per step

	started    bool
	integral   float64 // in units of the output
	slope      float64 // filtered derivative of c r - y
	lastError  float64
	lastSlope  float64 // c r - y of the last step
	proportion float64 // b r - y of the last step
	out        float64
	held       uint64
}

// NewPID checks a configuration.
func NewPID(cfg PIDConfig) (*PID, error) {
	if cfg.Min == 0 && cfg.Max == 0 {
		cfg.Min, cfg.Max = -math.MaxFloat64, math.MaxFloat64
	}
	if err := check("PID", positive("period", "s", cfg.Period), share("weight", cfg.Weight),
		share("derivative weight", cfg.DerivativeWeight), atLeast0("tracking time", "s", cfg.Tracking),
		field{"least output", "", cfg.Min, -math.MaxFloat64, math.MaxFloat64},
		field{"greatest output", "", cfg.Max, -math.MaxFloat64, math.MaxFloat64}); err != nil {
		return nil, err
	}
	if cfg.Min >= cfg.Max {
		return nil, fmt.Errorf("control: PID: output limits %g to %g; the first must be the lower one", cfg.Min, cfg.Max)
	}
	c := &PID{period: cfg.Period, weight: cfg.Weight, derivativeWeight: cfg.DerivativeWeight,
		min: cfg.Min, max: cfg.Max, tracking: cfg.Tracking}
	if err := cfg.Gains.check(); err != nil {
		return nil, err
	}
	c.setGains(cfg.Gains)
	c.Reset(0)
	return c, nil
}

// setGains takes gains as they are; what P and D give jumps with them.
func (c *PID) setGains(g Gains) {
	c.gains = g
	c.keep = 0
	if g.Filter > 0 {
		c.keep = math.Exp(-c.period / g.Filter)
	}
	t := c.tracking
	if t == 0 && g.I != 0 {
		t = math.Abs(g.P / g.I)
		if g.D != 0 && g.P != 0 {
			t = math.Sqrt(t * math.Abs(g.D/g.P))
		}
	}
	c.give = 1
	if t > 0 {
		c.give = -math.Expm1(-c.period / t)
	}
}

// Gains that are in use.
func (c *PID) Gains() Gains { return c.gains }

// Output of the last step.
func (c *PID) Output() float64 { return c.out }

// Held counts the steps that repeated the last output for an input that was no number.
func (c *PID) Held() uint64 { return c.held }

// Step takes the set-point, the measurement and a feed-forward that is added to the output, and
// returns the output, between the limits. Where an input is NaN or infinite, or arithmetic
// overflows, the output is the last one and nothing else changes.
func (c *PID) Step(setpoint, measurement, feed float64) float64 {
	e := setpoint - measurement
	s := c.derivativeWeight*setpoint - measurement
	p := c.weight*setpoint - measurement
	integral, slope := c.integral, c.slope
	if c.started {
		integral += c.gains.I * (c.period / 2 * (e + c.lastError))
		slope = c.keep*slope + (1-c.keep)*((s-c.lastSlope)/c.period)
	}
	raw := c.gains.P*p + integral + c.gains.D*slope + feed
	out := min(max(raw, c.min), c.max)
	integral += c.give * (out - raw)
	if !finite(raw) || !finite(integral) || !finite(slope) {
		c.held++
		return c.out
	}
	c.started = true
	c.integral, c.slope = integral, slope
	c.lastError, c.lastSlope, c.proportion = e, s, p
	c.out = out
	return out
}

// Retune changes the gains without a bump: with the same inputs as in the last step, the output
// would be the same as well. The error is that of gains that cannot be; then nothing changes.
func (c *PID) Retune(g Gains) error {
	if err := g.check(); err != nil {
		return err
	}
	integral := c.integral + (c.gains.P-g.P)*c.proportion + (c.gains.D-g.D)*c.slope
	if !finite(integral) {
		return fmt.Errorf("control: gains: the change from %+v to %+v overflows", c.gains, g)
	}
	c.integral = integral
	c.setGains(g)
	return nil
}

// Track tells that another source, such as an operator, has set the output, for the given
// set-point and measurement: Step goes on from there without a bump. Call it in every period in
// which the other source is in charge. Without finite arguments it does nothing.
func (c *PID) Track(setpoint, measurement, output float64) {
	output = min(max(output, c.min), c.max)
	p := c.weight*setpoint - measurement
	integral := output - c.gains.P*p
	if !finite(integral) || !finite(setpoint-measurement) {
		return
	}
	c.started = true
	c.integral, c.slope = integral, 0
	c.lastError, c.lastSlope, c.proportion = setpoint-measurement, c.derivativeWeight*setpoint-measurement, p
	c.out = output
}

// Reset forgets the past. The integral starts at the given output; 0 where that is no number.
func (c *PID) Reset(integral float64) {
	if !finite(integral) {
		integral = 0
	}
	c.started, c.integral, c.slope, c.proportion = false, integral, 0, 0
	c.out = min(max(integral, c.min), c.max)
	c.held = 0
}
