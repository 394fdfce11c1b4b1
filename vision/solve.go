package vision

import "math"

// solve solves n linear equations in place, by elimination with pivots: m has n rows of n
// coefficients and the right side, which becomes the solution. It is false for equations that do
// not determine it.
func solve(m []float64, n int) bool {
	w := n + 1
	row := func(i int) []float64 { return m[i*w : (i+1)*w] }
	for c := range n {
		best := c
		for r := c + 1; r < n; r++ {
			if math.Abs(row(r)[c]) > math.Abs(row(best)[c]) {
				best = r
			}
		}
		if !(math.Abs(row(best)[c]) > 1e-9) {
			return false
		}
		if best != c {
			for k := range w {
				row(c)[k], row(best)[k] = row(best)[k], row(c)[k]
			}
		}
		pivot := row(c)
		for r := range n {
			if r == c {
				continue
			}
			other := row(r)
			f := other[c] / pivot[c]
			for k := c; k < w; k++ {
				other[k] -= f * pivot[k]
			}
		}
	}
	for i := range n {
		m[i*w+n] /= m[i*w+i]
	}
	return true
}
