package qr

import "math"

// Quality grades a symbol after ISO/IEC 15415, each part from 0 (worst) to 4. It is measured in
// the camera's light and not in the standard's, with modules in place of its aperture, so
// it tells stations and prints apart but is no certificate.
type Quality struct {
	Contrast   float64 // lightest less darkest module, 0 to 1
	Modulation float64 // least part of the contrast by which a word's modules stand off the threshold
	Fixed      float64 // part of the fixed patterns that is wrong
	Axial      float64 // how much modules are wider than high, or higher than wide: |x-y| / mean
	Unused     float64 // part of the power of correction that was left
	// Grade is the least of the five parts' grades: 4 is A, 3 B, 2 C, 1 D, 0 F.
	Grade int
}

// grade measures a grid that was read.
func grade(g *grid, s *sampler, l *layout, r *reading) Quality {
	n := g.n
	lo, hi := float32(math.MaxFloat32), float32(0)
	for _, v := range s.raw[:n*n] {
		lo, hi = min(lo, v), max(hi, v)
	}
	q := Quality{Contrast: float64(hi-lo) / 255, Unused: clamp(r.unused, 0, 1)}
	// Modulation: 2 |reflectance - threshold| / contrast, of the module that only one in
	// twenty is worse than; the standard lets error correction make up for single ones.
	var counts [101]int
	for i := range n * n {
		m := 2 * math.Abs(float64(s.raw[i]-s.mid[i])) / math.Max(float64(hi-lo), 1)
		counts[int(math.Min(m, 1)*100)]++
	}
	seen := 0
	for i, c := range counts {
		if seen += c; 20*seen >= n*n {
			q.Modulation = float64(i) / 100
			break
		}
	}
	q.Fixed = l.fixedFit(s.soft[:n*n])
	size := float64(n)
	x := distance(g.at(0, size/2), g.at(size, size/2))
	y := distance(g.at(size/2, 0), g.at(size/2, size))
	q.Axial = math.Abs(x-y) / math.Max((x+y)/2, 1e-9)
	q.Grade = min(
		gradeOf(q.Contrast, 0.7, 0.55, 0.4, 0.2),
		gradeOf(q.Modulation, 0.5, 0.4, 0.3, 0.2),
		gradeOf(-q.Fixed, 0, -0.02, -0.05, -0.1),
		gradeOf(-q.Axial, -0.06, -0.08, -0.1, -0.12),
		gradeOf(q.Unused, 0.62, 0.5, 0.37, 0.25),
	)
	return q
}

// gradeOf is 4 where a value reaches the first bound, 3 the second, and so on.
func gradeOf(v float64, bounds ...float64) int {
	for i, b := range bounds {
		if v >= b {
			return 4 - i
		}
	}
	return 0
}
