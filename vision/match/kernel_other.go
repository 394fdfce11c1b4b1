//go:build !amd64

package match

// vector tells whether there are kernels in assembly.
const vector = false

func addColumnsVector(dst *uint16, a, b, c, d *byte, n int) { panic("no AVX2") }

func addPairsVector(dst *byte, sums *uint16, n int) { panic("no AVX2") }

func scoreBlockVector(dst *[block]int16, base *byte, points *feature, n int, bias int16) int16 {
	panic("no AVX2")
}

func scoreFewVector(dst *[few]int16, base *byte, points *feature, n int, bias int16) {
	panic("no AVX2")
}

func splineVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid) {
	panic("no AVX2")
}

func linearVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid) {
	panic("no AVX2")
}
