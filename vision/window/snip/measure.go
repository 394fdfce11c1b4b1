package snip

import (
	"fmt"
	"math"

	"linetwin.dev/vision"
	"linetwin.dev/vision/window"
)

// poorContrast is the standard deviation, in grey levels, below which a region tells
// little by which it can be found.
const poorContrast = 10

// measure are the rows about a region.
func measure(s *Shot, r vision.Rect, depth bool) []window.Row {
	rows := []window.Row{
		{Name: "size", Value: fmt.Sprintf("%d x %d px", r.X1-r.X0, r.Y1-r.Y0)},
		{Name: "from", Value: fmt.Sprintf("%d, %d", r.X0, r.Y0)},
	}
	if s.hasColor(depth) {
		row := window.Row{Name: "contrast", Value: fmt.Sprintf("%.0f", contrast(s.Color, r))}
		if contrast(s.Color, r) < poorContrast {
			row.Value, row.Color = row.Value+", little to find it by", window.Warn
		}
		rows = append(rows, row)
	}
	if s.hasDepth(depth) {
		rows = append(rows, depthRows(s, r)...)
	}
	return rows
}

// contrast is the standard deviation of the grey levels in a region.
func contrast(m vision.Image, r vision.Rect) float64 {
	g := m.Gray(r, nil)
	var sum, squares float64
	for _, v := range g.Pix {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(max(len(g.Pix), 1))
	return math.Sqrt(max(squares/n-sum/n*sum/n, 0))
}

// depthRows tell of the depth in a region.
func depthRows(s *Shot, r vision.Rect) []window.Row {
	d := &s.Capture.Depth
	n, lo, hi, sum := 0, math.Inf(1), math.Inf(-1), 0.0
	each := func(do func(z float64)) {
		for y := r.Y0; y < r.Y1; y++ {
			for _, z := range d.Z[y*d.W+r.X0 : y*d.W+r.X1] {
				if z > 0 {
					do(float64(z))
				}
			}
		}
	}
	each(func(z float64) { n, sum, lo, hi = n+1, sum+z, min(lo, z), max(hi, z) })
	all := max((r.X1-r.X0)*(r.Y1-r.Y0), 1)
	valid := window.Row{Name: "with depth", Value: fmt.Sprintf("%.1f %%", 100*float64(n)/float64(all))}
	if 10*n < 8*all {
		valid.Color = window.Warn
	}
	rows := []window.Row{valid}
	if n == 0 {
		return rows
	}
	mean, squares := sum/float64(n), 0.0
	each(func(z float64) { squares += (z - mean) * (z - mean) })
	return append(rows,
		window.Row{Name: "depth", Value: fmt.Sprintf("%.1f mm", mean)},
		window.Row{Name: "from / to", Value: fmt.Sprintf("%.1f / %.1f mm", lo, hi)},
		window.Row{Name: "spread", Value: fmt.Sprintf("%.2f mm", math.Sqrt(squares/float64(n)))},
	)
}
