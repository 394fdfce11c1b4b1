// Package numeric is the arithmetic under a motion core: positions that do not drift
// however many cycles a machine runs, sines and cosines from a table, and small
// symmetric systems of equations, all without allocation.
//
// Sum is a running sum that keeps what rounding cuts off. Grid is better where it
// fits: the position after n cycles in closed form, from n alone. Method tells how far
// each of them, and plain addition, can be off the true value after how many steps.
//
//	var travelled numeric.Sum
//	for range cycles {
//		travelled.Add(0.1)
//	}
//	fmt.Println(travelled.Value())                               // by steps
//	fmt.Println(numeric.Grid{Step: 0.1}.At(cycles))              // by the count
//	fmt.Println(numeric.Compensated.Bound(0, 0.1, cycles) < 1e-8) // and how far off
//
// Sincos is math.Sincos from a table, in less than half the time, with an error of its
// own of at most SincosError; SincosLinear interpolates linearly, with
// SincosLinearError. SolveSym6 and LDL solve symmetric positive definite systems, as
// they come with mass matrices and least squares. NearestTurn unwinds an angle.
//
// Everything is a pure function or a plain value: no goroutines, no clocks, no
// allocation. Equal arguments give equal bits on one binary.
//
// Sources: Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
// Summen (1974); Dekker (1971) and Ogita, Rump, Oishi (2005) for sums and products
// without error; Cody and Waite (1980) for the reduction of angles; Golub and Van Loan,
// Matrix Computations (2013), for L D L'.
package numeric
