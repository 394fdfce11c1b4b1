package vision

import "math"

// correlatePlain is the normalised correlation coefficient of a template with
// every place of an image, row by row. Sums of pixels are integers, so that
// nothing depends on their order; a place without contrast scores 0.
func correlatePlain(g Gray, t *Template) []float32 {
	w, h := g.W-t.g.W+1, g.H-t.g.H+1
	scores := make([]float32, w*h)
	w1 := g.W + 1
	sum, squares := make([]uint32, w1*(g.H+1)), make([]uint64, w1*(g.H+1))
	for y := range g.H {
		var s uint32
		var q uint64
		for x, p := range g.row(y) {
			s += uint32(p)
			q += uint64(p) * uint64(p)
			sum[(y+1)*w1+x+1] = sum[y*w1+x+1] + s
			squares[(y+1)*w1+x+1] = squares[y*w1+x+1] + q
		}
	}
	n := float64(t.g.W * t.g.H)
	for y := range h {
		for x := range w {
			a, b := y*w1+x, (y+t.g.H)*w1+x
			s := float64(sum[b+t.g.W] - sum[b] - sum[a+t.g.W] + sum[a])
			q := float64(squares[b+t.g.W] - squares[b] - squares[a+t.g.W] + squares[a])
			variance := q - s*s/n
			if variance < n { // less than one grey level
				continue
			}
			var cross uint64
			for ty := range t.g.H {
				cross += uint64(dotBytes(t.g.row(ty), g.Pix[(y+ty)*g.Stride+x:]))
			}
			score := (float64(cross) - t.mean*s) / (t.norm * math.Sqrt(variance))
			scores[y*w+x] = float32(min(max(score, -1), 1))
		}
	}
	return scores
}

// dotBytes is the sum of products of a with the start of b.
func dotBytes(a, b []byte) uint32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 uint32
	for len(a) >= 8 && len(b) >= 8 {
		s0 += uint32(a[0])*uint32(b[0]) + uint32(a[4])*uint32(b[4])
		s1 += uint32(a[1])*uint32(b[1]) + uint32(a[5])*uint32(b[5])
		s2 += uint32(a[2])*uint32(b[2]) + uint32(a[6])*uint32(b[6])
		s3 += uint32(a[3])*uint32(b[3]) + uint32(a[7])*uint32(b[7])
		a, b = a[8:], b[8:]
	}
	for i, v := range a {
		s0 += uint32(v) * uint32(b[i])
	}
	return s0 + s1 + s2 + s3
}
