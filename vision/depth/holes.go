package depth

import "fmt"

// FillHoles sets out to in with small holes closed: a pixel without depth is filled when, in its row or in its
// column, it lies in a gap of at most widest pixels whose two ends are on one surface: they differ by at
// most a step. It gets what lies on the straight line between them; where both row and column close,
// their mean. Other pixels without depth become 0.
//
// Nothing is filled across an edge, at the image's border, or in a larger hole, so a part that is missing
// stays missing. Filled depth is as noisy as its ends, and no more than a guess: a comparison should
// count it only where holes are known to come from the camera.
//
// out and in have one size and do not overlap. It allocates nothing.
func FillHoles(out, in Map, step Step, widest int) error {
	if err := filterFits(out, in, step); err != nil {
		return err
	}
	if widest < 0 {
		return fmt.Errorf("depth: gaps of up to %d pixels; that is none", widest)
	}
	step = step.orDefault()
	for y := range in.H {
		row, dst := in.Row(y), out.Row(y)
		clean(dst, row)
		step.fillRow(dst, row, widest)
	}
	if widest == 0 {
		return nil
	}
	for y := 1; y < in.H; y++ {
		step.fillColumns(out, in, y, widest)
	}
	return nil
}

// fillRow fills the gaps of a row.
func (s Step) fillRow(dst, row []float32, widest int) {
	last := -1 // the last pixel with depth
	for x, z := range row {
		if !Valid(z) {
			continue
		}
		if gap := x - last - 1; gap > 0 && gap <= widest && last >= 0 && s.joins(row[last], z) {
			slope := (z - row[last]) / float32(gap+1)
			for k := 1; k <= gap; k++ {
				dst[last+k] = row[last] + float32(slope*float32(k))
			}
		}
		last = x
	}
}

// fillColumns fills the gaps of columns that end in row y.
func (s Step) fillColumns(out, in Map, y, widest int) {
	row, above := in.Row(y), in.Row(y-1)
	for x, z := range row {
		if !Valid(z) || Valid(above[x]) {
			continue
		}
		top := y - 2
		for top >= 0 && y-top-1 <= widest && !Valid(in.Row(top)[x]) {
			top--
		}
		gap := y - top - 1
		if top < 0 || gap > widest || !s.joins(in.Row(top)[x], z) {
			continue
		}
		first := in.Row(top)[x]
		slope := (z - first) / float32(gap+1)
		for k := 1; k <= gap; k++ {
			fill := first + float32(slope*float32(k))
			dst := &out.Row(top + k)[x]
			if *dst > 0 { // its row closes, too
				fill = (*dst + fill) / 2
			}
			*dst = fill
		}
	}
}
