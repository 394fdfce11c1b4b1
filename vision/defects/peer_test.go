package defects_test

import (
	"image"

	"linetwin.dev/vision/defects"
)

// absdiff is the naive peer: the absolute difference of grey levels above 30, in connected regions of at least 9
// pixels. Pictures of other sizes differ as a whole.
func absdiff(good, m defects.Image) []image.Rectangle {
	if good.W != m.W || good.H != m.H {
		return []image.Rectangle{image.Rect(0, 0, m.W, m.H)}
	}
	w, h := m.W, m.H
	mask := make([]bool, w*h)
	grey := func(p []byte) int { return (77*int(p[0]) + 150*int(p[1]) + 29*int(p[2])) >> 8 }
	for i := range mask {
		d := grey(m.Pix[3*i:3*i+3]) - grey(good.Pix[3*i:3*i+3])
		mask[i] = d > 30 || d < -30
	}
	return grouped(mask, w, h, 9, func(x, y int) image.Rectangle { return image.Rect(x, y, x+1, y+1) })
}

// ssim is the second peer: the structural similarity of grey levels in windows of 8 x 8 pixels every 4 pixels, by
// Wang, Bovik, Sheikh and Simoncelli, Image quality assessment: from error visibility to structural similarity
// (2004); windows below 0.5 that touch are a region.
func ssim(good, m defects.Image) []image.Rectangle {
	if good.W != m.W || good.H != m.H {
		return []image.Rectangle{image.Rect(0, 0, m.W, m.H)}
	}
	grey := func(m defects.Image) []float64 {
		g := make([]float64, m.W*m.H)
		for i := range g {
			p := m.Pix[3*i:]
			g[i] = 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
		}
		return g
	}
	a, b := grey(good), grey(m)
	w, h := (m.W-8)/4+1, (m.H-8)/4+1
	low := make([]bool, w*h)
	const c1, c2 = 6.5025, 58.5225
	for y := range h {
		for x := range w {
			var sa, sb, saa, sbb, sab float64
			for j := range 8 {
				o := (4*y+j)*m.W + 4*x
				for i := range 8 {
					p, q := a[o+i], b[o+i]
					sa, sb, saa, sbb, sab = sa+p, sb+q, saa+p*p, sbb+q*q, sab+p*q
				}
			}
			sa, sb = sa/64, sb/64
			va, vb, cov := saa/64-sa*sa, sbb/64-sb*sb, sab/64-sa*sb
			low[y*w+x] = (2*sa*sb+c1)*(2*cov+c2)/((sa*sa+sb*sb+c1)*(va+vb+c2)) < 0.5
		}
	}
	return grouped(low, w, h, 1, func(x, y int) image.Rectangle { return image.Rect(4*x+2, 4*y+2, 4*x+6, 4*y+6) })
}

// grouped are the boxes of connected cells of a mask, of at least so many.
func grouped(mask []bool, w, h, least int, cell func(x, y int) image.Rectangle) (boxes []image.Rectangle) {
	var queue []int
	for i := range mask {
		if !mask[i] {
			continue
		}
		mask[i] = false
		queue = append(queue[:0], i)
		var box image.Rectangle
		for k := 0; k < len(queue); k++ {
			x, y := queue[k]%w, queue[k]/w
			box = box.Union(cell(x, y))
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if px, py := x+dx, y+dy; px >= 0 && px < w && py >= 0 && py < h && mask[py*w+px] {
						mask[py*w+px] = false
						queue = append(queue, py*w+px)
					}
				}
			}
		}
		if len(queue) >= least {
			boxes = append(boxes, box)
		}
	}
	return boxes
}
