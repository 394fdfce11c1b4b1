//go:build !amd64

package depth

// vector tells whether addRowVector is there.
const vector = false

func (s *sums) addRowVector(got, want, low, far []float32, bad []byte, y int) bool {
	return s.addRow(got, want, low, far, bad, y)
}
