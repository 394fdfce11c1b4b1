package depth

import "fmt"

// RemoveFlying sets out to in without its flying pixels, which a time-of-flight camera sees between a
// near and a far surface where there is nothing: a pixel is kept when at least support of its eight
// neighbours lie within a step of it. 3 is what a corner of a real surface has; 0 stands for 3. Pixels
// without depth become 0.
//
// It removes lone pixels and lines one pixel wide, and leaves surfaces of 2 x 2 pixels and more, and
// slopes below a step from pixel to pixel, as they are. out and in have one size and do not overlap.
// It allocates nothing.
func RemoveFlying(out, in Map, step Step, support int) error {
	if err := filterFits(out, in, step); err != nil {
		return err
	}
	if support < 0 || support > 8 {
		return fmt.Errorf("depth: support of %d neighbours; there are 8", support)
	}
	if support == 0 {
		support = 3
	}
	step = step.orDefault()
	for y := range in.H {
		row, dst := in.Row(y), out.Row(y)
		above, below := row[:0], row[:0]
		if y > 0 {
			above = in.Row(y - 1)
		}
		if y < in.H-1 {
			below = in.Row(y + 1)
		}
		for x, z := range row {
			if !Valid(z) || step.support(above, row, below, x, z) < support {
				z = 0
			}
			dst[x] = z
		}
	}
	return nil
}

// support counts the neighbours of pixel x of row that lie on one surface with it.
func (s Step) support(above, row, below []float32, x int, z float32) (n int) {
	// A neighbour is on the surface from low on up to high; a NaN is not.
	high := z + (s.Abs + s.Rel*z)
	low := (z - s.Abs) / (1 + s.Rel)
	on := func(v float32) int {
		if v >= low && v <= high && v > 0 {
			return 1
		}
		return 0
	}
	from, to := max(x-1, 0), min(x+2, len(row))
	if len(above) > 0 {
		for _, v := range above[from:to] {
			n += on(v)
		}
	}
	if len(below) > 0 {
		for _, v := range below[from:to] {
			n += on(v)
		}
	}
	for _, v := range row[from:to] {
		n += on(v)
	}
	return n - on(z)
}
