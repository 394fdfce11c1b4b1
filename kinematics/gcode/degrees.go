package gcode

import "math"

// Programs have angles in degrees, and compare and truncate what functions give: the
// sine of 30 degrees must be one half and not the number before it. So degrees are
// reduced while they are still exact, and only then turned into radians, with the digits
// that float64 lacks beside them.

// radianHigh and radianLow add up to the radians in a degree, with twice the digits.
const (
	radianHigh = math.Pi / 180
	radianLow  = 2.9486522708701687e-19
	degreeHigh = 180 / math.Pi
	degreeLow  = -1.9878495670576283e-15
)

// sincosDegrees computes sine and cosine of an angle in degrees, mostly to the nearest
// number. Multiples of 90 degrees are exact.
func sincosDegrees(x float64) (sin, cos float64) {
	r := math.Remainder(x, 360) // exact
	quarter := math.RoundToEven(r / 90)
	r -= quarter * 90 // exact, within 45
	high := r * radianHigh
	low := math.FMA(r, radianHigh, -high) + r*radianLow
	s, c := sincosSmall(high, low)
	switch int(quarter) {
	case 1:
		return c, -s + 0
	case -1:
		return -c, s
	case 2, -2:
		return -s + 0, -c
	}
	return s, c
}

// sincosSmall is for an angle within pi/4, high + low. The series begin with a term that
// is known with all its digits; errors of the rest are far below its last one.
func sincosSmall(high, low float64) (sin, cos float64) {
	q := high * high
	s := high * q * (-1.0/6 + q*(1.0/120+q*(-1.0/5040+q*(1.0/362880+q*(-1.0/39916800+q*(1.0/6227020800+q*(-1.0/1307674368000+q/355687428096000)))))))
	sin = high + (s + low*(1-q/2))
	// 1 - q/2, where q has its rounding beside it.
	rest := math.FMA(high, high, -q)
	half := 1 - q/2
	lost := (1 - half) - q/2
	c := q * q * (1.0/24 + q*(-1.0/720+q*(1.0/40320+q*(-1.0/3628800+q*(1.0/479001600+q*(-1.0/87178291200+q*(1.0/20922789888000-q/6402373705728000)))))))
	cos = half + (lost - rest/2 - high*low + c)
	return sin, cos
}

// toDegrees turns radians into degrees, mostly to the nearest number.
func toDegrees(r float64) float64 {
	high := r * degreeHigh
	return high + (math.FMA(r, degreeHigh, -high) + r*degreeLow)
}
