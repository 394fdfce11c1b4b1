package scenes

import "math"

// Region is a connected group of expected pixels whose surface is off by more than the tolerance.
type Region struct {
	X, Y, W, H int // box
	Pixels     int
	// Peak is the deviation that is largest either way, in mm, negative towards the camera.
	Peak float64
	// Area that the pixels cover, in square millimetres, and Volume between the surface and
	// what is expected over it, in cubic millimetres.
	Area, Volume float64
}

// regions groups the pixels of dev that are out of tolerance; neighbours touch by a side or a corner.
func regions(dev []float64, want Map, mask []byte, tolerance float64, fx, fy float64) []Region {
	w, h := want.W, want.H
	out := func(i int) bool { return mask[i] != 0 && math.Abs(dev[i]) > tolerance }
	seen := make([]bool, w*h)
	var list []Region
	var stack []int
	for start := range dev {
		if seen[start] || !out(start) {
			continue
		}
		r := Region{X: w, Y: h}
		x1, y1 := 0, 0
		stack = append(stack[:0], start)
		seen[start] = true
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := i%w, i/w
			r.X, r.Y, x1, y1 = min(r.X, x), min(r.Y, y), max(x1, x), max(y1, y)
			r.Pixels++
			if math.Abs(dev[i]) > math.Abs(r.Peak) {
				r.Peak = dev[i]
			}
			z := float64(want.Z[i])
			r.Area += z * z / (fx * fy)
			r.Volume += math.Abs(dev[i]) * z * z / (fx * fy)
			for v := max(y-1, 0); v <= min(y+1, h-1); v++ {
				for u := max(x-1, 0); u <= min(x+1, w-1); u++ {
					if j := v*w + u; !seen[j] && out(j) {
						seen[j] = true
						stack = append(stack, j)
					}
				}
			}
		}
		r.W, r.H = x1-r.X+1, y1-r.Y+1
		list = append(list, r)
	}
	return list
}

// eroded clears what lies within reach pixels of a place that is not set.
func eroded(mask []byte, w, h, reach int) []byte {
	out := append([]byte(nil), mask...)
	for y := range h {
		for x := range w {
			for v := y - reach; v <= y+reach && out[y*w+x] != 0; v++ {
				for u := x - reach; u <= x+reach; u++ {
					if u < 0 || v < 0 || u >= w || v >= h || mask[v*w+u] == 0 {
						out[y*w+x] = 0
						break
					}
				}
			}
		}
	}
	return out
}
