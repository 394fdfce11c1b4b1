package control

import (
	"math"
	"math/cmplx"
)

// Margins tell how far a loop is from instability. They are of the frequency response of the
// discrete loop, up to half the sampling frequency.
type Margins struct {
	// Crossover is the greatest frequency at which the loop's gain is 1, in rad/s, and Phase the
	// phase that is left to -180 degrees there, in rad: the least one if there are several
	// crossovers. Phase is +Inf where there is none.
	Crossover, Phase float64
	// Gain is the factor by which the loop's gain may grow; +Inf if it may grow at will.
	Gain float64
	// Delay is the dead time, in s, that may be added at any crossover; +Inf where there is none.
	Delay float64
	// Sensitivity is the greatest gain of 1/(1+L) (M_s): up to 2 is robust.
	Sensitivity float64
}

// FindMargins looks at a loop's frequency response L(omega), omega in rad/s, with feedback of
// negative sign: the closed loop is L/(1+L). It looks from 1e-4 to 1 times half the sampling
// frequency, on a grid of 2,000 points, and refines crossings by bisection.
//
// Margins are a statement about a stable closed loop: whether it is stable they do not tell,
// except that a negative Phase of a loop with one crossover says no.
func FindMargins(loop func(omega float64) complex128, period float64) Margins {
	const points = 2000
	m := Margins{Phase: math.Inf(1), Gain: math.Inf(1), Delay: math.Inf(1)}
	top := math.Pi / period
	at := func(i int) float64 { return top * math.Pow(1e-4, 1-float64(i)/points) }
	over := func(w float64) bool { return cmplx.Abs(loop(w)) > 1 }
	above := func(w float64) bool { return imag(loop(w)) > 0 }
	w0 := at(0)
	l0 := loop(w0)
	for i := 1; i <= points; i++ {
		w := at(i)
		l := loop(w)
		m.Sensitivity = max(m.Sensitivity, 1/cmplx.Abs(1+l))
		if (cmplx.Abs(l) > 1) != (cmplx.Abs(l0) > 1) {
			c := bisect(over, w0, w)
			phase := cmplx.Phase(-loop(c)) // 0 where the loop is at -1
			m.Crossover = c
			m.Phase = min(m.Phase, phase)
			lag := phase // that brings the loop to -1; a turn further where it is past it
			if lag < 0 {
				lag += 2 * math.Pi
			}
			m.Delay = min(m.Delay, lag/c)
		}
		if (imag(l) > 0) != (imag(l0) > 0) && real(l)+real(l0) < 0 && i < points {
			c := loop(bisect(above, w0, w))
			if g := 1 / cmplx.Abs(c); g > 1 {
				m.Gain = min(m.Gain, g)
			}
		}
		w0, l0 = w, l
	}
	if l := real(loop(top)); l < 0 && l > -1 {
		m.Gain = min(m.Gain, -1/l)
	}
	return m
}

// bisect finds where a condition changes between a and b.
func bisect(cond func(float64) bool, a, b float64) float64 {
	first := cond(a)
	for range 50 {
		m := (a + b) / 2
		if cond(m) == first {
			a = m
		} else {
			b = m
		}
	}
	return (a + b) / 2
}

// Response of the PID's feedback, from the error to the output, at omega rad/s and with the
// given period, without limits.
func (g Gains) Response(omega, period float64) complex128 {
	z := cmplx.Exp(complex(0, omega*period))
	h := complex(period, 0)
	c := complex(g.P, 0) + complex(g.I, 0)*h/2*(z+1)/(z-1)
	if g.D != 0 {
		keep := complex(0, 0)
		if g.Filter > 0 {
			keep = complex(math.Exp(-period/g.Filter), 0)
		}
		c += complex(g.D, 0) * (1 - keep) / h * (z - 1) / (z - keep)
	}
	return c
}
