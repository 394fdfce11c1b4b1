package depth

import "fmt"

// Smoother averages neighbours that lie on one surface, and leaves edges where they are. It is a
// sigma filter, along rows and then along columns: each pixel becomes the mean of those of the
// 2 Radius + 1 around it that differ from it by at most Range. It keeps its memory from one image to
// the next, so it serves one goroutine at a time.
//
// On a surface with noise of standard deviation s, and a Range of 3 s or more, noise falls to about s/3
// with a Radius of 1 and to s/5 with 2. Steps of more than Range plus the noise stay as sharp as they are, and
// straight slopes stay straight. What stands out by less than Range and is narrower than the
// window is flattened by as much as the noise: an inspection for small dents should rather average in time.
type Smoother struct {
	Radius int     // from 1 to 8
	Range  float32 // millimetres, above 0
	rows   []float32
}

// Smooth sets out to the smoothed in. Pixels without depth become 0 and do not count. out and in have
// one size; they may be the same image. It allocates only when the image is larger than any before.
func (s *Smoother) Smooth(out, in Map) error {
	if err := filterFits(out, in, DefaultStep); err != nil {
		return err
	}
	if s.Radius < 1 || s.Radius > 8 || !(s.Range > 0) || !Valid(s.Range) {
		return fmt.Errorf("depth: smoothing over %d pixels each way and %g mm; the first is from 1 to 8, the second above 0", s.Radius, s.Range)
	}
	w, h := in.W, in.H
	if cap(s.rows) < (h+1)*w {
		s.rows = make([]float32, (h+1)*w)
	}
	line := s.rows[h*w : (h+1)*w]
	half := s.rows[:h*w]
	for y := range h {
		clean(line, in.Row(y))
		dst := half[y*w : (y+1)*w]
		for x, z := range line {
			if z > 0 {
				dst[x] = s.mean(line[max(x-s.Radius, 0):min(x+s.Radius+1, w)], z)
			} else {
				dst[x] = 0
			}
		}
	}
	for y := range h {
		s.column(out.Row(y), half, w, h, y)
	}
	return nil
}

// mean of the values within range of z.
func (s *Smoother) mean(values []float32, z float32) float32 {
	var sum, n float32
	for _, v := range values {
		if d := v - z; d >= -s.Range && d <= s.Range && v > 0 {
			sum += d
			n++
		}
	}
	return z + sum/n
}

// column takes the means of row y along the columns.
func (s *Smoother) column(out, half []float32, w, h, y int) {
	row := half[y*w : (y+1)*w]
	first, last := max(y-s.Radius, 0), min(y+s.Radius, h-1)
	for x, z := range row {
		if !(z > 0) {
			out[x] = 0
			continue
		}
		var sum, n float32
		for i := first*w + x; i <= last*w+x; i += w {
			v := half[i]
			if d := v - z; d >= -s.Range && d <= s.Range && v > 0 {
				sum += d
				n++
			}
		}
		out[x] = z + sum/n
	}
}
