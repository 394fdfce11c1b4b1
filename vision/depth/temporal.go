package depth

import "fmt"

// MostFrames is the most frames that Temporal looks back on.
const MostFrames = 16

// Temporal joins the last frames of a camera that looks at something that stands still: the mean or the
// median of each pixel over those of the last N frames in which it has depth. Make it with
// NewTemporal; it serves one goroutine at a time.
//
// With noise of standard deviation s, independent from frame to frame, N frames leave s / sqrt(N) of the mean and
// about 1.25 s / sqrt(N) of the median. The median is not moved by less than half of the frames, so a
// pixel that flickers between two surfaces shows one of them; the mean shows a depth between them. A
// systematic error stays as it is.
type Temporal struct {
	w, h, n int
	median  bool
	least   int
	frames  []float32 // of each pixel its last n depths, 0 where there was none
	count   int       // frames so far, up to n
	next    int       // the place of the next
}

// NewTemporal makes a filter of images of w x h over n frames. A pixel that has depth in fewer than
// least of the frames that there are has none; least is from 1 to n, and while there are fewer
// frames than least, all of them count.
func NewTemporal(w, h, n, least int, median bool) (*Temporal, error) {
	switch {
	case w < 1 || h < 1 || w > mostSide || h > mostSide:
		return nil, fmt.Errorf("depth: frames of %d x %d; each side has from 1 to %d pixels", w, h, mostSide)
	case n < 1 || n > MostFrames:
		return nil, fmt.Errorf("depth: %d frames; there are from 1 to %d", n, MostFrames)
	case least < 1 || least > n:
		return nil, fmt.Errorf("depth: depth in at least %d of %d frames; give 1 to %d", least, n, n)
	}
	return &Temporal{w: w, h: h, n: n, median: median, least: least, frames: make([]float32, w*h*n)}, nil
}

// Reset forgets all frames: the next one is the first.
func (t *Temporal) Reset() {
	clear(t.frames)
	t.count, t.next = 0, 0
}

// Add takes the next frame, and sets out to what it and those before it give. out may be the frame. It allocates
// nothing, and fails, without taking the frame, when a size is wrong.
func (t *Temporal) Add(out, frame Map) error {
	if err := sameSize("frame", frame, t.w, t.h); err != nil {
		return err
	}
	if err := sameSize("filtered image", out, t.w, t.h); err != nil {
		return err
	}
	t.count = min(t.count+1, t.n)
	least := min(t.least, t.count)
	for y := range t.h {
		row, dst := frame.Row(y), out.Row(y)
		past := t.frames[y*t.w*t.n : (y+1)*t.w*t.n]
		for x, z := range row {
			if !Valid(z) {
				z = 0
			}
			pixel := past[x*t.n : (x+1)*t.n]
			pixel[t.next] = z
			if t.median {
				dst[x] = medianOf(pixel, least)
			} else {
				dst[x] = meanOf(pixel, least)
			}
		}
	}
	t.next = (t.next + 1) % t.n
	return nil
}

// meanOf is the mean of the values above 0, in the order of their places, or 0 when they are fewer than
// least.
func meanOf(values []float32, least int) float32 {
	var sum float64
	n := 0
	for _, v := range values {
		if v > 0 {
			sum += float64(v)
			n++
		}
	}
	if n < least {
		return 0
	}
	return float32(sum / float64(n))
}

// medianOf is the median of the values above 0, of an even number the mean of the two in the
// middle, or 0 when they are fewer than least.
func medianOf(values []float32, least int) float32 {
	var sorted [MostFrames]float32
	n := 0
	for _, v := range values {
		if !(v > 0) {
			continue
		}
		i := n
		for i > 0 && sorted[i-1] > v {
			sorted[i] = sorted[i-1]
			i--
		}
		sorted[i] = v
		n++
	}
	if n < least {
		return 0
	}
	if n%2 == 1 {
		return sorted[n/2]
	}
	return sorted[n/2-1] + (sorted[n/2]-sorted[n/2-1])/2
}
