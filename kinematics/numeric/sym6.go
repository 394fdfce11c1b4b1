package numeric

// SolveSym6 solves A x = b for a symmetric positive definite A of 6 x 6, row-major, of
// which only the lower triangle is read. It returns x and true; or false where A is not
// positive definite to within rounding, or holds a NaN: there x means nothing.
//
// It is A = L D L' (Golub, Van Loan) with every loop written out, so that numbers stay
// in registers and the substitution runs beside the factorisation. The result is that
// of an A changed by a few units of rounding.
func SolveSym6(a *[36]float64, b [6]float64) (x [6]float64, ok bool) {
	d0 := a[0]
	i0 := 1 / d0
	a10, a20, a30, a40, a50 := a[6], a[12], a[18], a[24], a[30]
	l10, l20, l30, l40, l50 := a10*i0, a20*i0, a30*i0, a40*i0, a50*i0

	d1 := a[7] - l10*a10
	i1 := 1 / d1
	a21, a31, a41, a51 := a[13]-l20*a10, a[19]-l30*a10, a[25]-l40*a10, a[31]-l50*a10
	l21, l31, l41, l51 := a21*i1, a31*i1, a41*i1, a51*i1

	d2 := a[14] - l20*a20 - l21*a21
	i2 := 1 / d2
	a32, a42, a52 := a[20]-l30*a20-l31*a21, a[26]-l40*a20-l41*a21, a[32]-l50*a20-l51*a21
	l32, l42, l52 := a32*i2, a42*i2, a52*i2

	d3 := a[21] - l30*a30 - l31*a31 - l32*a32
	i3 := 1 / d3
	a43, a53 := a[27]-l40*a30-l41*a31-l42*a32, a[33]-l50*a30-l51*a31-l52*a32
	l43, l53 := a43*i3, a53*i3

	d4 := a[28] - l40*a40 - l41*a41 - l42*a42 - l43*a43
	i4 := 1 / d4
	a54 := a[34] - l50*a40 - l51*a41 - l52*a42 - l53*a43
	l54 := a54 * i4

	d5 := a[35] - l50*a50 - l51*a51 - l52*a52 - l53*a53 - l54*a54

	y1 := b[1] - l10*b[0]
	y2 := b[2] - l20*b[0] - l21*y1
	y3 := b[3] - l30*b[0] - l31*y1 - l32*y2
	y4 := b[4] - l40*b[0] - l41*y1 - l42*y2 - l43*y3
	y5 := b[5] - l50*b[0] - l51*y1 - l52*y2 - l53*y3 - l54*y4

	x5 := y5 / d5
	x4 := y4*i4 - l54*x5
	x3 := y3*i3 - l43*x4 - l53*x5
	x2 := y2*i2 - l32*x3 - l42*x4 - l52*x5
	x1 := y1*i1 - l21*x2 - l31*x3 - l41*x4 - l51*x5
	x0 := b[0]*i0 - l10*x1 - l20*x2 - l30*x3 - l40*x4 - l50*x5
	ok = d0 > 0 && d1 > lost*a[7] && d2 > lost*a[14] && d3 > lost*a[21] && d4 > lost*a[28] && d5 > lost*a[35]
	return [6]float64{x0, x1, x2, x3, x4, x5}, ok
}

// lost is the part of a diagonal element below which a pivot is nothing but rounding.
const lost = 1e-15
