package control

import (
	"math"
	"math/cmplx"
)

// Biquad is a digital filter of second order (transposed direct form II) with gain 1 at rest. The
// zero Biquad passes nothing; make one with Notch or LowPass. It is a plain value: copies run
// each for themselves.
type Biquad struct {
	b0, b1, b2, a1, a2 float64
	s1, s2             float64
}

// Notch is a filter that takes out a resonance at frequency (rad/s): there its gain is depth (0
// for nothing left), and its -3 dB width (of depth 0) is width (rad/s). The bilinear transform
// is prewarped, so that the notch is where it should be at any period (s).
func Notch(frequency, width, depth, period float64) (Biquad, error) {
	if err := check("notch", positive("period", "s", period),
		field{"frequency", "rad/s", frequency, math.SmallestNonzeroFloat64, 0.999 * math.Pi / period},
		field{"width", "rad/s", width, math.SmallestNonzeroFloat64, 10 * frequency}, share("depth", depth)); err != nil {
		return Biquad{}, err
	}
	q := width / frequency
	return bilinear(frequency, period, [3]float64{1, depth * q, 1}, [3]float64{1, q, 1}), nil
}

// LowPass is a Butterworth low-pass of second order with its -3 dB point at frequency (rad/s),
// prewarped for the period (s).
func LowPass(frequency, period float64) (Biquad, error) {
	if err := check("low-pass", positive("period", "s", period),
		field{"frequency", "rad/s", frequency, math.SmallestNonzeroFloat64, 0.999 * math.Pi / period}); err != nil {
		return Biquad{}, err
	}
	return bilinear(frequency, period, [3]float64{1, 0, 0}, [3]float64{1, math.Sqrt2, 1}), nil
}

// bilinear discretises num/den, polynomials in s/frequency from the constant term up, so that
// the response at frequency is exact.
func bilinear(frequency, period float64, num, den [3]float64) Biquad {
	k := 1 / math.Tan(frequency*period/2) // s/frequency = k (z-1)/(z+1)
	at := func(p [3]float64) (z0, z1, z2 float64) {
		return p[0] + k*p[1] + k*k*p[2], 2*p[0] - 2*k*k*p[2], p[0] - k*p[1] + k*k*p[2]
	}
	a0, a1, a2 := at(den)
	b0, b1, b2 := at(num)
	return Biquad{b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: a1 / a0, a2: a2 / a0}
}

// Step takes a sample in and gives one out. An input or result that is not finite gives the
// state of rest at 0, and 0.
func (f *Biquad) Step(x float64) float64 {
	y := f.b0*x + f.s1
	f.s1 = f.b1*x - f.a1*y + f.s2
	f.s2 = f.b2*x - f.a2*y
	if !finite(y) || !finite(f.s1) || !finite(f.s2) {
		f.s1, f.s2 = 0, 0
		return 0
	}
	return y
}

// Settle puts the filter into the state of rest at x, where Step(x) gives x.
func (f *Biquad) Settle(x float64) {
	if !finite(x) {
		x = 0
	}
	f.s2 = (f.b2 - f.a2) * x
	f.s1 = (f.b1-f.a1)*x + f.s2
}

// Response at omega rad/s for the period that the filter was made for.
func (f *Biquad) Response(omega, period float64) complex128 {
	zi := cmplx.Exp(complex(0, -omega*period))
	num := complex(f.b0, 0) + zi*(complex(f.b1, 0)+zi*complex(f.b2, 0))
	return num / (1 + zi*(complex(f.a1, 0)+zi*complex(f.a2, 0)))
}
