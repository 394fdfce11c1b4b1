package vision

// AdaptiveThreshold returns the image in black and white: a pixel is black where
// it is darker than the mean of the window around it (side pixels, odd, clipped
// at the border) by more than offset grey levels. One pass over an integral
// image, whatever the window. An invalid image gives an empty one.
func (g Gray) AdaptiveThreshold(side, offset int) Gray {
	if !g.Valid() {
		return Gray{}
	}
	out := newGray(g.W, g.H, nil)
	threshold(out, g, side, offset, nil)
	return out
}

// threshold is AdaptiveThreshold into out, on the memory sum, which it returns.
func threshold(out, g Gray, side, offset int, sum []uint32) []uint32 {
	half := max(side/2, 1)
	w1 := g.W + 1
	if cap(sum) < w1*(g.H+1) {
		sum = make([]uint32, w1*(g.H+1))
	}
	sum = sum[:w1*(g.H+1)]
	clear(sum[:w1])
	for y := range g.H {
		var s uint32
		above, here := sum[y*w1:][:w1], sum[(y+1)*w1:][:w1]
		here[0] = 0
		for x, p := range g.row(y) {
			s += uint32(p)
			here[x+1] = above[x+1] + s
		}
	}
	for y := range g.H {
		y0, y1 := max(y-half, 0), min(y+half+1, g.H)
		top, bottom := sum[y0*w1:][:w1], sum[y1*w1:][:w1]
		dst := out.row(y)
		for x, p := range g.row(y) {
			x0, x1 := max(x-half, 0), min(x+half+1, g.W)
			// Unsigned arithmetic wraps, and the difference comes out right.
			window := int(bottom[x1] - bottom[x0] - top[x1] + top[x0])
			if (int(p)+offset)*(x1-x0)*(y1-y0) < window {
				dst[x] = 0
			} else {
				dst[x] = 255
			}
		}
	}
	return sum
}
