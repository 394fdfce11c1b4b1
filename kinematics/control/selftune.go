package control

import "math"

// SelfTuningConfig of a self-tuning PID.
type SelfTuningConfig struct {
	IdentifierConfig
	// Schedule of the tuning by delay; the zero Schedule means DefaultSchedule.
	Schedule Schedule
	// Min and Max limit the output. Both 0 means that there is no limit.
	Min, Max float64
}

// SelfTuning is a PID for a loop of which the delay, the gain and the time constant are not known,
// or change: it identifies them in operation and tunes itself by the rule of SIMC, as hard as the
// Schedule has it for the delay. Phase is compensated twice: by a lead, and by a Smith predictor
// that feeds back what the model says will come out, as far as the model has been proven.
//
// It starts as for the longest delay, without prediction. Where the prediction of the model fails, as
// after a sudden change of the delay, gains are lowered to as little as 40 %, until it holds
// again or another model is found. Gains never jump: the model moves by at most 5 % per sample, the
// schedule has no steps, and from all causes together P and I change by at most 20 % per sample.
type SelfTuning struct {
	period   float64
	noise    float64
	schedule Schedule
	id       *Identifier
	pid      *PID

	model    Model // follows that of the identifier
	trust    float64
	caution  float64
	band     Band
	states   [history]float64 // of the model, without delay, as a ring
	now      int
	bias     float64 // of the measurement, against the delayed model
	last     float64 // measurement
	surprise float64 // mean square by which the bias moves
	motion   float64 // mean square by which the measurement moves
	setpoint float64
	missing  int
}

const (
	history    = 64 // samples of the model; a power of two, and more than maxDelays
	patience   = 32 // samples that may be missing before the output is held
	follow     = 0.05
	followTime = 0.4 // of a period, by which the delay may change per sample
	// Evidence from which on the predictor is trusted, and from which on it is so fully.
	evidenceSome, evidenceFull = 0.8, 0.95
	// The share of motion that comes as a surprise to a model that is wrong, the memory of
	// that, and what follows.
	surprising    = 0.6
	surpriseShare = 0.15
	leastGain     = 0.4
	lower, raise  = 0.85, 1.03
	// The most by which P and I change in one sample, from all causes together.
	gainStep = 1.2
	// The share of the set-point that P sees on a plant that integrates.
	leastWeight = 0.7
)

// NewSelfTuning checks a configuration.
func NewSelfTuning(cfg SelfTuningConfig) (*SelfTuning, error) {
	id, err := NewIdentifier(cfg.IdentifierConfig)
	if err != nil {
		return nil, err
	}
	if cfg.Schedule == (Schedule{}) {
		cfg.Schedule = DefaultSchedule()
	}
	if err := cfg.Schedule.check(); err != nil {
		return nil, err
	}
	if cfg.Min == 0 && cfg.Max == 0 {
		cfg.Min, cfg.Max = -largest, largest
	}
	c := &SelfTuning{period: id.cfg.Period, noise: id.cfg.Noise, schedule: cfg.Schedule, id: id}
	c.pid, err = NewPID(PIDConfig{Period: c.period, Weight: 1, Min: cfg.Min, Max: cfg.Max})
	if err != nil {
		return nil, err
	}
	c.Reset()
	return c, nil
}

// Reset forgets the past, and what was learned.
func (c *SelfTuning) Reset() {
	*c = SelfTuning{period: c.period, noise: c.noise, schedule: c.schedule, id: c.id, pid: c.pid, caution: 1}
	c.id.Reset()
	c.pid.setGains(Gains{})
	c.pid.Reset(0)
	c.model = c.id.model
	c.tune()
}

// Step takes the set-point and the measurement of this sample and returns the output, which is to
// be held until the next. A measurement that is NaN, infinite or beyond 1e100 is a missing one:
// the model stands in for it, for 32 samples in a row; then the output is held until a sample
// comes. In place of a set-point that is no number the last one counts.
func (c *SelfTuning) Step(setpoint, measurement float64) float64 {
	y, lead := c.observe(setpoint, measurement)
	if c.missing > patience {
		return c.pid.Output()
	}
	return c.pid.Step(c.setpoint, y+c.band.Predict*lead, 0)
}

// Track is a Step in which another source has set the output: the controller learns, and goes on
// from there without a bump. Call it in place of Step, with the output as of now.
func (c *SelfTuning) Track(setpoint, measurement, output float64) {
	y, lead := c.observe(setpoint, measurement)
	c.pid.Track(c.setpoint, y+c.band.Predict*lead, output)
}

// observe takes a sample, learns from it and retunes. It returns the measurement or what stands in
// for it, and by how much the model, without its delay, is ahead of itself with it.
func (c *SelfTuning) observe(setpoint, measurement float64) (y, lead float64) {
	if math.Abs(setpoint) <= largest {
		c.setpoint = setpoint
	}
	a, b := c.model.Discrete(c.period)
	u := c.pid.Output()
	state := a*c.states[c.now] + b*u
	c.now = (c.now + 1) % history
	c.states[c.now] = state
	samples := c.model.Delay / c.period
	whole := int(samples)
	part := samples - float64(whole)
	delayed := (1-part)*c.states[(c.now-whole+history)%history] + part*c.states[(c.now-whole-1+history)%history]

	y = delayed + c.bias
	c.id.Observe(u, measurement, y)
	if math.Abs(measurement) <= largest {
		y, c.missing = measurement, 0
		c.doubt(y, delayed)
	} else {
		c.missing++
	}
	c.adapt()
	return y, state - delayed
}

// doubt lowers the gains while the model is surprised by most of what it sees.
func (c *SelfTuning) doubt(y, delayed float64) {
	bias := y - delayed
	surprise, motion := bias-c.bias, y-c.last
	c.bias, c.last = bias, y
	c.surprise += surpriseShare * (surprise*surprise - c.surprise)
	c.motion += surpriseShare * (motion*motion + 8*c.noise*c.noise - c.motion)
	if c.surprise > surprising*c.motion {
		c.caution = max(leastGain, lower*c.caution)
	} else {
		c.caution = min(1, raise*c.caution)
	}
}

// adapt lets model and trust follow the identifier by a bounded step, and tunes for them.
func (c *SelfTuning) adapt() {
	m := c.id.model
	step := func(x, to float64) float64 { return x * max(1-follow, min(1+follow, to/x)) }
	slope := step(c.model.Gain/c.model.TimeConstant, m.Gain/m.TimeConstant)
	c.model.TimeConstant = step(c.model.TimeConstant, m.TimeConstant)
	c.model.Gain = slope * c.model.TimeConstant
	c.model.Delay += clamp(m.Delay-c.model.Delay, followTime*c.period)
	trust := (c.id.Evidence() - evidenceSome) / (evidenceFull - evidenceSome)
	c.trust += clamp(max(0, min(1, trust))-c.trust, follow)
	c.tune()
}

// tune sets the gains for the model. The hold of the output is half a period more of delay, and
// what the predictor takes out is none. A predictor needs a model that is trusted, and a plant that
// comes to rest by itself (on an integrator, a load would leave an error for good): as far
// as these lack, the tuning is that of the short band.
func (c *SelfTuning) tune() {
	m := c.model
	m.Delay += c.period / 2
	full := m.Delay
	band := c.schedule.At(c.model.Delay)
	rests := min(1, 4*(1+band.Closed)*full/m.TimeConstant)
	c.band = c.schedule.Short.to(band, c.trust*rests)
	m.Delay *= 1 - c.band.Predict
	g := m.Tune(c.band.Closed*full, c.band.Lead*m.Delay, c.period)
	// On such a plant the integral is quicker than the plant, and would overshoot a set-point that
	// P sees in full.
	c.pid.weight = max(leastWeight, rests)
	last := c.pid.gains
	g.P = bounded(last.P, c.caution*g.P)
	g.I = bounded(last.I, c.caution*g.I)
	g.D *= c.caution
	c.pid.setGains(g)
}

// bounded is what a gain may become in a sample on its way from last; 0 is none yet.
func bounded(last, to float64) float64 {
	if last == 0 {
		return to
	}
	return last * max(1/gainStep, min(gainStep, to/last))
}

// KnowDelay takes the delay, in s, from somebody who knows it, such as from the time stamps of
// images; negative or NaN ends that. The controller follows by at most 0.4 periods per sample.
func (c *SelfTuning) KnowDelay(delay float64) { c.id.KnowDelay(delay) }

// Model that the gains are tuned for.
func (c *SelfTuning) Model() Model { return c.model }

// Gains in use.
func (c *SelfTuning) Gains() Gains { return c.pid.gains }

// Band in use: that of the schedule for the delay as far as the model is trusted, on the way to it
// from the short one.
func (c *SelfTuning) Band() Band { return c.band }

// Caution is the factor, 0.4 to 1, by which the gains are lowered for a model that fails.
func (c *SelfTuning) Caution() float64 { return c.caution }

// Identifier that the controller learns by.
func (c *SelfTuning) Identifier() *Identifier { return c.id }

// Missing is how many samples in a row were missing up to now.
func (c *SelfTuning) Missing() int { return c.missing }

// Response of the feedback, from the error to the output, at omega rad/s with the present gains,
// predictor included: times the plant's response it is the loop's, for FindMargins.
func (c *SelfTuning) Response(omega float64) complex128 {
	pid := c.pid.gains.Response(omega, c.period)
	ahead := c.model
	ahead.Delay = 0
	lead := ahead.Response(omega, c.period) - c.model.Response(omega, c.period)
	return pid / (1 + pid*complex(c.band.Predict, 0)*lead)
}
