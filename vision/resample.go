package vision

import "math"

// Resize returns the image at another size: averaged over the area of each new
// pixel where it shrinks, bilinear where it grows. Both images cover the same
// area, so that pixel x of the new one has its centre at (x+0.5)*W/w - 0.5 of the
// old one. A size below one pixel, or an invalid image, gives an empty image.
func (g Gray) Resize(w, h int) Gray {
	if w < 1 || h < 1 || !g.Valid() {
		return Gray{}
	}
	if w == g.W && h == g.H {
		return g.packed()
	}
	out := newGray(w, h, nil)
	resize(out, g, nil)
	return out
}

// resize is Resize into out, on the memory mid, which it returns.
func resize(out, g Gray, mid []float32) []float32 {
	w, h := out.W, out.H
	cols, rows := axisWeights(g.W, w), axisWeights(g.H, h)
	if cap(mid) < w*g.H+w {
		mid = make([]float32, w*g.H+w)
	}
	mid = mid[:w*g.H+w]
	for y := range g.H {
		src, dst := g.row(y), mid[y*w:][:w]
		for x := range dst {
			a := cols[x]
			var s float32
			for i, f := range a.weight {
				s += f * float32(src[a.first+i])
			}
			dst[x] = s
		}
	}
	sum := mid[w*g.H:]
	for y := range h {
		clear(sum)
		for i, f := range rows[y].weight {
			for x, v := range mid[(rows[y].first+i)*w:][:w] {
				sum[x] += f * v
			}
		}
		for x, v := range sum {
			out.Pix[y*w+x] = byte(min(max(v+0.5, 0), 255))
		}
	}
	return mid
}

// axisWeight says which old samples, with which weights, make one new sample.
type axisWeight struct {
	first  int
	weight []float32
}

func axisWeights(from, to int) []axisWeight {
	out := make([]axisWeight, to)
	step := float64(from) / float64(to)
	arena := make([]float32, 0, max(2*to, from+2*to)) // of all weights
	for i := range out {
		if to >= from {
			c := min(max((float64(i)+0.5)*step-0.5, 0), float64(from-1))
			first := min(int(c), max(from-2, 0))
			f := float32(c - float64(first))
			arena = append(arena, 1-f, f)
			out[i] = axisWeight{first, arena[len(arena)-2:][:min(from, 2)]}
			continue
		}
		lo, hi := float64(i)*step, float64(i+1)*step
		first, last := int(lo), min(int(math.Ceil(hi))-1, from-1)
		arena = arena[:len(arena)+last-first+1]
		w := arena[len(arena)-(last-first+1):]
		for k := range w {
			p := float64(first + k)
			w[k] = float32((min(hi, p+1) - max(lo, p)) / step)
		}
		out[i] = axisWeight{first, w}
	}
	return out
}

// smooth returns the image convolved with [1 2 1]/4 along both axes: what a
// sharp lens and a demosaiced sensor do to it. The border repeats.
func (g Gray) smooth() Gray {
	if !g.Valid() {
		return Gray{}
	}
	out := newGray(g.W, g.H, nil)
	mid := make([]uint16, g.W*g.H)
	for y := range g.H {
		src, dst := g.row(y), mid[y*g.W:][:g.W]
		for x := range dst {
			l, r := max(x-1, 0), min(x+1, g.W-1)
			dst[x] = uint16(src[l]) + 2*uint16(src[x]) + uint16(src[r])
		}
	}
	for y := range g.H {
		up, at, down := mid[max(y-1, 0)*g.W:], mid[y*g.W:], mid[min(y+1, g.H-1)*g.W:]
		dst := out.row(y)
		for x := range dst {
			dst[x] = byte((up[x] + 2*at[x] + down[x] + 8) >> 4)
		}
	}
	return out
}
