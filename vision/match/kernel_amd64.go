package match

import "golang.org/x/sys/cpu"

// vector tells whether this processor has what the kernels in assembly need. They give the same
// as plain Go, bit for bit: those that score and halve are in whole numbers, and those of samples do the
// same operations in the same order, with no fused products.
var vector = cpu.X86.HasAVX2

// addColumnsVector is addColumns for n pixels, a multiple of 16.
//
//go:noescape
func addColumnsVector(dst *uint16, a, b, c, d *byte, n int)

// addPairsVector is addPairs for n pixels, a multiple of 16.
//
//go:noescape
func addPairsVector(dst *byte, sums *uint16, n int)

// scoreBlockVector is scorePlain for a block.
//
//go:noescape
func scoreBlockVector(dst *[block]int16, base *byte, points *feature, n int, bias int16) int16

// scoreFewVector is scorePlain for a few.
//
//go:noescape
func scoreFewVector(dst *[few]int16, base *byte, points *feature, n int, bias int16)

// splineVector is spline for n samples, a multiple of 4, at the places that on gives them.
//
//go:noescape
func splineVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid)

// linearVector is linear for such samples.
//
//go:noescape
func linearVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid)
