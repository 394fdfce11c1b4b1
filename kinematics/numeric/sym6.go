package numeric

// SolveSym6 replaces b by the solution of A x = b for a symmetric positive definite A of
// 6 x 6, row-major, of which only the lower triangle is read. It returns true; or false,
// with b as it was, where A is not positive definite to within rounding, or holds a NaN.
//
// It is A = L D L' (Golub, Van Loan) with every loop written out, so that numbers stay
// in registers and the substitution runs beside the factorisation. The result is that
// of an A changed by a few units of rounding.
func SolveSym6(a *[36]float64, b *[6]float64) bool {
	d0 := a[0]
	y0 := b[0]
	l10 := a[6] / d0
	l20 := a[12] / d0
	l30 := a[18] / d0
	l40 := a[24] / d0
	l50 := a[30] / d0

	d1 := a[7] - l10*l10*d0
	y1 := b[1] - l10*y0
	l21 := (a[13] - l20*l10*d0) / d1
	l31 := (a[19] - l30*l10*d0) / d1
	l41 := (a[25] - l40*l10*d0) / d1
	l51 := (a[31] - l50*l10*d0) / d1

	d2 := a[14] - l20*l20*d0 - l21*l21*d1
	y2 := b[2] - l20*y0 - l21*y1
	l32 := (a[20] - l30*l20*d0 - l31*l21*d1) / d2
	l42 := (a[26] - l40*l20*d0 - l41*l21*d1) / d2
	l52 := (a[32] - l50*l20*d0 - l51*l21*d1) / d2

	d3 := a[21] - l30*l30*d0 - l31*l31*d1 - l32*l32*d2
	y3 := b[3] - l30*y0 - l31*y1 - l32*y2
	l43 := (a[27] - l40*l30*d0 - l41*l31*d1 - l42*l32*d2) / d3
	l53 := (a[33] - l50*l30*d0 - l51*l31*d1 - l52*l32*d2) / d3

	d4 := a[28] - l40*l40*d0 - l41*l41*d1 - l42*l42*d2 - l43*l43*d3
	y4 := b[4] - l40*y0 - l41*y1 - l42*y2 - l43*y3
	l54 := (a[34] - l50*l40*d0 - l51*l41*d1 - l52*l42*d2 - l53*l43*d3) / d4

	d5 := a[35] - l50*l50*d0 - l51*l51*d1 - l52*l52*d2 - l53*l53*d3 - l54*l54*d4
	y5 := b[5] - l50*y0 - l51*y1 - l52*y2 - l53*y3 - l54*y4

	if !(d0 > lost*a[0] && d1 > lost*a[7] && d2 > lost*a[14] && d3 > lost*a[21] && d4 > lost*a[28] && d5 > lost*a[35]) {
		return false
	}
	x5 := y5 / d5
	x4 := y4/d4 - l54*x5
	x3 := y3/d3 - l43*x4 - l53*x5
	x2 := y2/d2 - l32*x3 - l42*x4 - l52*x5
	x1 := y1/d1 - l21*x2 - l31*x3 - l41*x4 - l51*x5
	x0 := y0/d0 - l10*x1 - l20*x2 - l30*x3 - l40*x4 - l50*x5
	*b = [6]float64{x0, x1, x2, x3, x4, x5}
	return true
}

// lost is the part of a diagonal element below which a pivot is nothing but rounding.
const lost = 1e-15
