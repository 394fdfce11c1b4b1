package mill

import (
	"math"

	"linetwin.dev/specs"
)

// lag is a quantity that follows another one as a system of first order, exactly for one that
// rests meanwhile.
type lag struct {
	now  float64
	part float64 // of the way that is gone in a cycle
}

func newLag(time, cycle float64) lag {
	if time <= 0 {
		return lag{part: 1}
	}
	return lag{part: -math.Expm1(-cycle / time)}
}

func (l *lag) follow(to float64) { l.now += (to - l.now) * l.part }

// Steel is the thermal expansion of a screw, 1/K.
const Steel = 11.5e-6

// warmth is how warm a mill is, and what that makes of it.
type warmth struct {
	spec   specs.MillSim
	sensor lag // K of the spindle over ambient
	growth lag // m
	drift  lag // share of the shift in the long run
	screws []screw
}

// screw of a linear axis.
type screw struct {
	spec specs.ScrewSim
	top  float64 // speed of the axis, m/s
	warm lag     // K over ambient
}

func newWarmth(s specs.MillSim, axes []specs.LinearAxis, cycle float64) *warmth {
	w := &warmth{
		spec: s, sensor: newLag(s.Spindle.Time.Seconds(), cycle), growth: newLag(s.Spindle.Lag.Seconds(), cycle),
		drift: newLag(s.Drift.Time.Seconds(), cycle),
	}
	for _, a := range axes {
		w.screws = append(w.screws, screw{spec: a.Sim, top: float64(a.Speed), warm: newLag(a.Sim.Time.Seconds(), cycle)})
	}
	return w
}

// pass a cycle in which the spindle turns with a share of its top speed and the axes move.
func (w *warmth) pass(load float64, speeds []float64) {
	w.sensor.follow(float64(w.spec.Spindle.Warming) * load)
	w.growth.follow(float64(w.spec.Spindle.Growth) * w.sensor.now)
	w.drift.follow(load)
	for i := range w.screws {
		s := &w.screws[i]
		s.warm.follow(float64(s.spec.Warming) * math.Abs(speeds[i]) / s.top)
	}
}

// sensorStep is what temperature sensors resolve, K.
const sensorStep = 0.1

// spindle is the temperature that the spindle's sensor shows, degC; axis that of a screw.
func (w *warmth) spindle() float64   { return w.shown(w.sensor.now) }
func (w *warmth) axis(i int) float64 { return w.shown(w.screws[i].warm.now) }

func (w *warmth) shown(warm float64) float64 {
	return math.Round((float64(w.spec.Ambient)+warm)/sensorStep) * sensorStep
}

func (s *screw) error(position float64) float64 { return ScrewError(s.spec, s.warm.now, position) }

// ScrewError is how far a screw's nut is from where the encoder has it, in m: once a lead to and
// fro, and by its growth from the fixed bearing, when it is some K warmer than ambient.
func ScrewError(s specs.ScrewSim, warm, position float64) float64 {
	return float64(s.Periodic)*math.Sin(2*math.Pi*position/float64(s.Lead)) + Steel*warm*(position-float64(s.Fixed))
}
