package control_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics/control"
)

// loop is what a visual servo has in front of it: a machine of first order, and a camera whose
// images come late, at 100 Hz. Time runs in milliseconds, so that the delay may be any number of
// them, and may change at any time.
type loop struct {
	plant   control.Model
	noise   float64 // standard deviation
	quantum float64
	missing float64 // share of samples
	load    float64 // at the input
	r       *rand.Rand

	x      float64
	inputs [1024]float64 // one for each millisecond
	ms     int
}

func newLoop(gain, timeConstant, delay float64) *loop {
	return &loop{plant: control.Model{Gain: gain, TimeConstant: timeConstant, Delay: delay}, r: rand.New(rand.NewPCG(1, 2))}
}

// rough adds noise, quantisation and missing samples.
func (p *loop) rough() *loop {
	p.noise, p.quantum, p.missing = 0.004, 0.002, 0.05
	return p
}

// see is the measurement of now; NaN where it is missing.
func (p *loop) see() float64 {
	y := p.x + p.noise*p.r.NormFloat64()
	if p.quantum > 0 {
		y = p.quantum * math.Round(y/p.quantum)
	}
	if p.r.Float64() < p.missing {
		return math.NaN()
	}
	return y
}

// hold gives an input for 10 ms.
func (p *loop) hold(u float64) {
	a, b := p.plant.Discrete(1e-3)
	late := int(math.Round(p.plant.Delay * 1e3))
	for range 10 {
		p.inputs[p.ms%len(p.inputs)] = u
		v := 0.0
		if p.ms >= late {
			v = p.inputs[(p.ms-late)%len(p.inputs)]
		}
		p.x = a*p.x + b*(v+p.load)
		p.ms++
	}
}

// outcome of a step of the set-point, as shares of the step's size, and in s.
type outcome struct {
	overshoot float64
	settled   float64 // from when on the error is below 5 %
	absolute  float64 // integral of the absolute error
}

func (o *outcome) worst(p outcome) {
	o.overshoot, o.settled, o.absolute = max(o.overshoot, p.overshoot), max(o.settled, p.settled), max(o.absolute, p.absolute)
}

// to runs the loop for 2 s to a set-point one away from the last.
func (p *loop) to(set, direction float64, each func(k int), step func(set, y float64) float64) (o outcome) {
	for k := range 200 {
		if each != nil {
			each(k)
		}
		p.hold(step(set, p.see()))
		e := direction * (p.x - set)
		o.overshoot = max(o.overshoot, e)
		o.absolute += 0.01 * math.Abs(e)
		if math.Abs(e) > 0.05 {
			o.settled = 0.01 * float64(k+1)
		}
	}
	return o
}

// steps goes to and fro between 1 and 0.
func (p *loop) steps(n int, each func(step, k int), step func(set, y float64) float64) []outcome {
	var all []outcome
	for s := range n {
		set := float64(1 - s%2)
		var f func(int)
		if each != nil {
			f = func(k int) { each(s, k) }
		}
		all = append(all, p.to(set, 2*set-1, f, step))
	}
	return all
}

// expected is what is known of the plant before: it is off by up to half in the tests.
var expected = control.Model{Gain: 1, TimeConstant: 0.08}

func newSelfTuning(t testing.TB, change func(*control.SelfTuningConfig)) *control.SelfTuning {
	t.Helper()
	cfg := control.SelfTuningConfig{IdentifierConfig: control.IdentifierConfig{Nominal: expected, Noise: 0.004}, Min: -4, Max: 4}
	if change != nil {
		change(&cfg)
	}
	c, err := control.NewSelfTuning(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	delays     = []float64{0.010, 0.020, 0.035, 0.045, 0.055, 0.065, 0.080, 0.120}
	variations = []float64{0.5, 1, 1.5}
)
