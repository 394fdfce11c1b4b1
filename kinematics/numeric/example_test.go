package numeric_test

import (
	"fmt"

	"linetwin.dev/kinematics/numeric"
)

func Example() {
	const cycles = 1_000_000
	var travelled numeric.Sum
	naive := 0.0
	for range cycles {
		travelled.Add(0.1)
		naive += 0.1
	}
	fmt.Println(travelled.Value())                                // by steps
	fmt.Println(numeric.Grid{Step: 0.1}.At(cycles))               // by the count
	fmt.Println(naive)                                            // what rounding makes of it
	fmt.Println(numeric.Compensated.Bound(0, 0.1, cycles) < 1e-8) // and how far off
	// Output:
	// 100000
	// 100000
	// 100000.00000133288
	// true
}

// The times of samples at 1 kHz, where 0.001 is no binary fraction.
func ExampleGrid() {
	times := numeric.Grid{Step: 1, Per: 1000}
	fmt.Println(times.At(3), times.At(86_400_000))
	// Output: 0.003 86400
}

func ExampleSincos() {
	s, c := numeric.Sincos(0.5)
	fmt.Printf("%.12f %.12f %.12f\n", s, c, s*s+c*c)
	// Output: 0.479425538604 0.877582561890 1.000000000000
}

func ExampleSolveSym6() {
	a := [36]float64{0: 2, 6: 1, 7: 2, 14: 1, 21: 1, 28: 1, 35: 4} // the lower triangle
	x := [6]float64{3, 3, 1, 2, 3, 4}
	ok := numeric.SolveSym6(&a, &x)
	for i := range x {
		fmt.Printf("%.6g ", x[i])
	}
	fmt.Println(ok)
	// Output: 1 1 1 2 3 1 true
}
