package control

import (
	"math"
	"math/cmplx"
)

// Model is a plant of first order with delay: Gain exp(-Delay s) / (TimeConstant s + 1). A long
// time constant makes it an integrator of gain Gain/TimeConstant.
type Model struct {
	Gain         float64 // output per input at rest
	TimeConstant float64 // s
	Delay        float64 // s
}

// Discrete is the model's exact difference equation for an input that is held between samples:
// without the delay, y(k) = a y(k-1) + b u(k-1).
func (m Model) Discrete(period float64) (a, b float64) {
	x := -period / m.TimeConstant
	return math.Exp(x), -m.Gain * math.Expm1(x)
}

// fromDiscrete is the model of a difference equation, without delay; a is between 0 and 1.
func fromDiscrete(a, b, period float64) Model {
	l := math.Log(a)
	return Model{Gain: b / -math.Expm1(l), TimeConstant: -period / l}
}

// Response is the frequency response of the model with a sample and hold of the given period
// before it, at omega rad/s. Where the delay is a whole number of periods it is exact; between,
// the model's output is interpolated in time, which is right to a part in a thousand at the
// frequencies where a loop has its crossover.
func (m Model) Response(omega, period float64) complex128 {
	a, b := m.Discrete(period)
	z := cmplx.Exp(complex(0, omega*period))
	return complex(b, 0) / (z - complex(a, 0)) * delayed(z, m.Delay/period)
}

// delayed is the response of a delay of n samples; a fraction is interpolated linearly.
func delayed(z complex128, n float64) complex128 {
	whole := math.Floor(n)
	part := complex(n-whole, 0)
	zi := 1 / z
	return cmplx.Pow(zi, complex(whole, 0)) * (1 - part + part*zi)
}

// Tune is PI or PID gains for the plant by the rule of SIMC: the closed loop answers a set-point
// like a first-order lag of time constant closed (s) behind the delay, and the integral is quick
// enough to fend off disturbances of a slow plant:
//
//	P = T / (Gain (closed + Delay)),   I = P / min(T, 4 (closed + Delay))
//
// lead (s) adds a derivative of that time constant in series, as a phase lead; Grimholt and
// Skogestad recommend a third of the delay. T is TimeConstant + lead. The filter of the derivative
// has a tenth of lead, but at least filter (s).
func (m Model) Tune(closed, lead, filter float64) Gains {
	t := m.TimeConstant + lead
	p := t / (m.Gain * (closed + m.Delay))
	ti := min(t, 4*(closed+m.Delay))
	g := Gains{P: p, I: p / ti}
	if lead > 0 { // from the series form to the parallel one
		g.P, g.D, g.Filter = p*(1+lead/ti), p*lead, max(lead/10, filter)
	}
	return g
}
