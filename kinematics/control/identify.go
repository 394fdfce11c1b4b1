package control

import (
	"fmt"
	"math"
)

// maxDelays is the most delays, one for each sample, that an Identifier tells apart.
const maxDelays = 32

// IdentifierConfig of an identifier.
type IdentifierConfig struct {
	Period float64 // between samples, s; 0 means 10 ms
	// Nominal is the plant as far as it is known before. Its delay is taken for the true one
	// until another has shown; 0 means MaxDelay, which is the careful choice.
	Nominal Model
	// Spread is the factor by which the time constant, and the slope Gain/TimeConstant with which
	// the output answers a step, may be off the nominal ones, either way; what lies beyond is not
	// believed. 0 means 4.
	Spread float64
	// MaxDelay in s is the longest delay that is looked for, at most 31 periods less one.
	// 0 means 150 ms.
	MaxDelay float64
	// Noise is the standard deviation of the measurement's noise and quantisation, in its unit.
	// What moves the output by no more teaches nothing.
	Noise float64
}

// Identifier estimates the model of a plant in operation, from its input and output: least squares
// over the last 32 samples for each of a bank of delays, of which the one wins that leaves least
// unexplained over the last windows. It learns while the input moves the output beyond the noise,
// and from windows that a model explains; otherwise it holds what it knows.
type Identifier struct {
	cfg   IdentifierConfig
	bank  []RLS   // of y(k) = a y(k-1) + c + b u(k-1-delay)
	pole  float64 // of the filter on input and output
	noise float64 // variance behind that filter

	inputs  [maxDelays]float64 // filtered, as a ring
	now     int                // the newest of them
	output  float64            // filtered
	fresh   int                // samples in a row that were there
	left    [maxDelays]float64 // unexplained share by delay, smoothed
	known   float64            // delay, s; negative where it is to be found
	model   Model
	best    int // delay of the bank
	learned uint64
}

const (
	// The filter's time constant, as a share of the plant's nominal one and of the longest delay,
	// whichever is less: it weighs the frequencies at which the loop works, and takes noise out
	// of the regressors.
	filterShare, filterDelay = 0.5, 0.33
	// The share of a window in the smoothed shares of delays: a memory of ten samples.
	windowShare = 0.1
	// The way towards a new estimate in one sample.
	learnShare = 0.05
	// A window teaches parameters if it leaves no more than this share of its motion unexplained:
	// one in which a load comes or the delay changes leaves more.
	mostLeft = 0.1
	// A window moves the output if what the input explains is this many times the noise's variance,
	// that is more than six standard deviations of what noise alone would seem to explain.
	excited = 40
	// Standard deviations that a window's parameters have beforehand, as shares of the last ones.
	priorPole, priorGain = 0.1, 1
)

// NewIdentifier checks a configuration.
func NewIdentifier(cfg IdentifierConfig) (*Identifier, error) {
	for _, d := range []struct {
		value   *float64
		nothing float64
	}{{&cfg.Period, 0.01}, {&cfg.Spread, 4}, {&cfg.MaxDelay, 0.15}} {
		if *d.value == 0 {
			*d.value = d.nothing
		}
	}
	if cfg.Nominal.Delay == 0 {
		cfg.Nominal.Delay = cfg.MaxDelay
	}
	if err := check("identifier", positive("period", "s", cfg.Period),
		field{"spread", "", cfg.Spread, 1, 1000}, positive("longest delay", "s", cfg.MaxDelay),
		field{"noise", "", cfg.Noise, math.SmallestNonzeroFloat64, 1e50},
		positive("nominal time constant", "s", cfg.Nominal.TimeConstant),
		field{"nominal delay", "s", cfg.Nominal.Delay, 0, cfg.MaxDelay},
		field{"nominal gain", "", cfg.Nominal.Gain, -1e50, 1e50}); err != nil {
		return nil, err
	}
	if cfg.Nominal.Gain == 0 {
		return nil, fmt.Errorf("control: identifier: nominal gain is 0; give its sign at least, as 1 or -1 with a wide spread")
	}
	// One more delay on either side lets the least lie between.
	n := math.Ceil(cfg.MaxDelay/cfg.Period-1e-9) + 2
	if n > maxDelays {
		return nil, fmt.Errorf("control: identifier: longest delay of %g s is %.0f periods; it must be at most %d", cfg.MaxDelay, n-2, maxDelays-2)
	}
	id := &Identifier{cfg: cfg, bank: make([]RLS, int(n)), known: -1}
	id.pole = math.Exp(-cfg.Period / min(filterShare*cfg.Nominal.TimeConstant, filterDelay*cfg.MaxDelay))
	id.noise = cfg.Noise * cfg.Noise * (1 - id.pole) / (1 + id.pole)
	weak := max(1e-4*cfg.Noise*cfg.Noise, math.SmallestNonzeroFloat64)
	one, err := NewRLS(RLSConfig{Order: 3, Weight: []float64{weak, weak, weak}})
	if err != nil {
		return nil, err
	}
	for d := range id.bank {
		id.bank[d] = *one
	}
	id.Reset()
	return id, nil
}

// Reset forgets all samples, and goes back to the nominal model.
func (id *Identifier) Reset() {
	for d := range id.bank {
		id.bank[d].Reset()
	}
	id.inputs, id.now, id.output, id.fresh, id.learned = [maxDelays]float64{}, 0, 0, 0, 0
	for d := range id.left {
		id.left[d] = 1
	}
	id.model = id.cfg.Nominal
	id.best = id.nearest(id.model.Delay)
}

// nearest delay of the bank.
func (id *Identifier) nearest(delay float64) int {
	return min(int(math.Round(delay/id.cfg.Period)), len(id.bank)-1)
}

// KnowDelay takes the delay, in s, from somebody who knows it, such as from the time stamps of
// images, instead of searching it; call it again when it changes. A negative or NaN delay ends
// that. One beyond MaxDelay counts as MaxDelay.
func (id *Identifier) KnowDelay(delay float64) {
	if !(delay >= 0) {
		id.known = -1
		return
	}
	id.known = min(delay, id.cfg.MaxDelay)
	id.model.Delay = id.known
	id.best = id.nearest(id.known)
}

// Observe takes the input that the plant was given from the last sample on, and the output now.
// Where the output is NaN, infinite or beyond 1e100 the sample is missing: standIn takes its place
// in the filter, and it teaches nothing. An input that is no number counts as 0.
func (id *Identifier) Observe(input, output, standIn float64) {
	if !(math.Abs(input) <= largest) {
		input = 0
	}
	before := id.inputs[id.now]
	id.now = (id.now + 1) % maxDelays
	id.inputs[id.now] = input + id.pole*(before-input)
	there := math.Abs(output) <= largest
	if !there {
		output = standIn
		if !(math.Abs(output) <= largest) {
			output = id.output
		}
	}
	last := id.output
	id.output = output + id.pole*(last-output)
	if there {
		id.fresh++
	} else {
		id.fresh = 0
	}
	for d := range id.bank {
		if id.fresh < 2 { // the row needs this sample and the last
			id.bank[d].Skip()
			continue
		}
		row := [3]float64{last, 1, id.inputs[(id.now-d+maxDelays)%maxDelays]}
		id.bank[d].Add(row[:], id.output)
	}
	if id.fresh >= 2 {
		id.judge()
	}
}

// judge compares the delays in the present window, and learns from it.
func (id *Identifier) judge() {
	least := math.Inf(1)
	for d := range id.bank {
		least = min(least, id.bank[d].Residual())
	}
	null := id.bank[0].Residual() + id.bank[0].Explained() // without any input
	if !(null-least > excited*id.noise) {
		return
	}
	best := 0
	for d := range id.bank {
		id.left[d] += windowShare * (id.bank[d].Residual()/null - id.left[d])
		if id.left[d] < id.left[best] {
			best = d
		}
	}
	if id.known >= 0 {
		best = id.nearest(id.known)
	}
	id.best = best
	if id.bank[best].Residual() > mostLeft*null {
		return
	}
	id.learn(best)
}

// learn moves the model towards what the window says of a delay.
func (id *Identifier) learn(best int) {
	h := id.cfg.Period
	delay := float64(best)
	if best > 0 && best < len(id.bank)-1 { // the vertex of a parabola lies within half a sample
		a, b, c := id.left[best-1], id.left[best], id.left[best+1]
		if bend := a - 2*b + c; bend > 0 {
			delay += max(-0.5, min(0.5, (a-c)/(2*bend)))
		}
	}
	if id.known < 0 {
		id.model.Delay += learnShare * (min(delay*h, id.cfg.MaxDelay) - id.model.Delay)
	}
	a, b := id.model.Discrete(h)
	near := [3]float64{a, 0, b}
	firm := [3]float64{id.noise / (priorPole * priorPole), 0, id.noise / (priorGain * b * priorGain * b)}
	var theta [3]float64
	id.bank[best].EstimateNear(near[:], firm[:], theta[:])
	a, b = theta[0], theta[2]
	if !(a > 0 && a < 1) || !(b/id.cfg.Nominal.Gain > 0) {
		return
	}
	m := fromDiscrete(a, b, h)
	// The slope is seen well where the time constant is long and the gain at rest is not seen.
	nominal := id.cfg.Nominal
	slope := id.believe(id.model.Gain/id.model.TimeConstant, m.Gain/m.TimeConstant, nominal.Gain/nominal.TimeConstant)
	id.model.TimeConstant = id.believe(id.model.TimeConstant, m.TimeConstant, nominal.TimeConstant)
	id.model.Gain = slope * id.model.TimeConstant
	id.learned++
}

// believe moves a parameter towards an estimate, in the logarithm, within Spread of the nominal.
func (id *Identifier) believe(x, estimate, nominal float64) float64 {
	within := func(ratio float64) float64 { return max(1/id.cfg.Spread, min(id.cfg.Spread, ratio)) }
	return x * math.Pow(within(estimate/nominal)*nominal/x, learnShare)
}

// Model as it is known now.
func (id *Identifier) Model() Model { return id.model }

// Evidence is the share of the output's motion in the last windows with motion that a model
// with this delay explains, 0 to 1; it is low until the delay is known, and after it has changed.
func (id *Identifier) Evidence() float64 { return 1 - id.left[id.best] }

// Learned counts the samples that changed the model.
func (id *Identifier) Learned() uint64 { return id.learned }
