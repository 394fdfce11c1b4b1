package compensation

import (
	"fmt"
	"math"
)

// MaxNodes is the largest number of nodes in a table.
const MaxNodes = 1 << 18

// nodes are the coordinates of a table along one direction: finite and rising.
type nodes []float64

// cell finds the interval of the nodes that v lies in, by the index of its lower end, and how
// far along it, from 0 to 1. Beyond the edges it is the edge; of a NaN, the lower one. A single
// node has one interval, of no length.
func (n nodes) cell(v float64) (i int, part float64) {
	last := len(n) - 1
	if !(v > n[0]) {
		return 0, 0
	}
	if v >= n[last] {
		return last, 0
	}
	i = search(n, v)
	if n[i] != v {
		i--
	}
	return i, (v - n[i]) / (n[i+1] - n[i])
}

// next is the index of the node after node i, of the last one its own.
func (n nodes) next(i int) int { return min(i+1, len(n)-1) }

// maxCoordinate bounds the coordinates of tables, in m or degrees Celsius.
const maxCoordinate = 1e5

// check that the nodes are a table's, and say which of them is not.
func (n nodes) check(what string) error {
	if len(n) == 0 {
		return fmt.Errorf("no %s; there has to be one at least", what)
	}
	for i, v := range n {
		if !(math.Abs(v) <= maxCoordinate) {
			return fmt.Errorf("%s %d is %v; it has to be a number of at most %g", what, i+1, v, float64(maxCoordinate))
		}
		if i > 0 && !(v > n[i-1]) {
			return fmt.Errorf("%s %d is %v, after %v; they have to rise", what, i+1, v, n[i-1])
		}
	}
	return nil
}

// maxError bounds the errors of tables, in m or rad.
const maxError = 1.

func checkError(v float64) error {
	if !(math.Abs(v) <= maxError) {
		return fmt.Errorf("an error of %v; it has to be a number of at most 1 m or rad", v)
	}
	return nil
}

// maxSlope is how fast the errors of a table may change with the position, in m/m: far more
// than machines have, and so little that every commanded position has one corrected position,
// which is found in few steps.
const maxSlope = 0.5

func checkSlope(slope float64) error {
	if !(slope <= maxSlope) {
		return fmt.Errorf("the error changes by %.3g m per metre; it has to be %g at most (are the units right?)", slope, maxSlope)
	}
	return nil
}
