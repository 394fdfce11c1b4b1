package depth

import (
	"math"

	"golang.org/x/sys/cpu"
)

// vector tells whether this processor has what addRowVector needs.
var vector = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasPOPCNT

// addGroups adds n groups of 32 pixels to the sums of a row and to those of squares and moments.
//
//go:noescape
func addGroups(s *sums, row *[lanes]float64, got, want, low, far *float32, bad *byte, n int)

// endRow adds the sums of row y to those of the image, and tells in which lanes a deviation
// exceeds the largest one.
//
//go:noescape
func endRow(s *sums, row *[lanes]float64, y float64) (larger int)

// addRowVector is addRow with AVX2, bit for bit.
func (s *sums) addRowVector(got, want, low, far []float32, bad []byte, y int) bool {
	n := len(got)
	want, low, far, bad = want[:n], low[:n], far[:n], bad[:n]
	s.count, s.once, s.twice = [lanes]int32{}, [lanes]int32{}, [lanes]int32{}
	s.out = 0
	var row [lanes]float64
	whole := n &^ (group - 1)
	if whole > 0 {
		addGroups(s, &row, &got[0], &want[0], &low[0], &far[0], &bad[0], whole/group)
	}
	if whole < n {
		s.addRest(&row, got[whole:], want[whole:], low[whole:], far[whole:], bad[whole:])
	}
	return endRow(s, &row, float64(y)) != 0
}

// addRest adds what is left of a row: a group that NaN fills up.
func (s *sums) addRest(row *[lanes]float64, got, want, low, far []float32, bad []byte) {
	var g, w, l, f [group]float32
	var b [group]byte
	for i := copy(g[:], got); i < group; i++ {
		g[i] = float32(math.NaN())
	}
	copy(w[:], want)
	copy(l[:], low)
	copy(f[:], far)
	addGroups(s, row, &g[0], &w[0], &l[0], &f[0], &b[0], 1)
	copy(bad, b[:])
}
