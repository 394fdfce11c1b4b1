package defects

import "math"

// Where a picture changes fast, a little misplacement, blur or compression makes a large difference. How
// fast it changes around a pixel is its activity: the largest gradient of its 3 x 3 pixels, and half of the
// mean of the 9 x 9 around. It is kept as a class on a logarithmic scale.

// classes is how many there are; outside is that of a pixel that is not compared. What is expected to be white or
// black has cutOff on top of its class: there is less noise than elsewhere, or none.
const (
	classes = 32
	cutOff  = 32
	outside = 255
)

// classLevel is the activity at which a class begins, in grey levels a pixel.
func classLevel(c int) float64 { return math.Exp2(float64(c)/4) - 1 }

// activity gives the class of each pixel.
func activity(p *plane, t team) []byte {
	w, h := p.w, p.h
	class := make([]byte, w*h)
	var table [4096]byte
	for i := range table {
		// Index i stands for an activity of i/16.
		table[i] = byte(min(int(4*math.Log2(1+float64(i)/16)), classes-1))
	}
	squares := func(dst []float32, y int) {
		up, row, down := p.row(max(y-1, 0)), p.row(y), p.row(min(y+1, h-1))
		for x := range dst {
			gx, gy := row[min(x+1, w-1)]-row[max(x-1, 0)], down[x]-up[x]
			dst[x] = (gx*gx + gy*gy) / 4
		}
	}
	t.rows(h, func(_, r0, r1 int) {
		// Squared gradients of the rows r-4 to r+4, in a ring.
		const ring = 9
		var rows [ring][]float32
		for i := range rows {
			rows[i] = make([]float32, w)
		}
		slot := func(y int) []float32 { return rows[(y+2*ring)%ring] }
		for y := r0 - 4; y < r0+4; y++ {
			squares(slot(y), min(max(y, 0), h-1))
		}
		column, tall := make([]float32, w), make([]float32, w)
		for r := r0; r < r1; r++ {
			squares(slot(r+4), min(max(r+4, 0), h-1))
			clear(column)
			for i := range rows {
				for x, v := range rows[i] {
					column[x] += v
				}
			}
			a, b, c := slot(r-1), slot(r), slot(r+1)
			for x := range tall {
				tall[x] = max(a[x], b[x], c[x])
			}
			var sum float32
			for x := -4; x < 4; x++ {
				sum += column[min(max(x, 0), w-1)]
			}
			out := class[r*w:][:w]
			for x := range out {
				sum += column[min(x+4, w-1)]
				peak := max(tall[max(x-1, 0)], tall[x], tall[min(x+1, w-1)])
				act := math.Sqrt(float64(max(peak+sum/162, 0)))
				out[x] = table[min(int(16*act), len(table)-1)]
				sum -= column[max(x-4, 0)]
			}
		}
	})
	return class
}
