package compensation

import "linetwin.dev/kinematics/numeric"

// window is a sliding window over the last samples of one number, which it keeps in their order
// of size, so that their trimmed mean and quartiles can be read off. A sample costs two binary
// searches, one block copy of the numbers between the one that goes and the one that comes,
// and two additions: the sum of those in the middle changes by what enters and what leaves it.
type window struct {
	sorted []float64
	// middle is the sum of sorted[cut:len-cut] of a full window.
	middle numeric.Sum
	trim   float64
}

func newWindow(size int, trim float64) window {
	return window{sorted: make([]float64, 0, size), trim: trim}
}

// cut is how many of n samples are left out at either end: the part to trim, but for one or
// two in the middle.
func (w *window) cut(n int) int { return min(int(w.trim*float64(n)), (n-1)/2) }

// add a sample to a window that is not full.
func (w *window) add(v float64) {
	i := search(w.sorted, v)
	w.sorted = append(w.sorted, 0)
	copy(w.sorted[i+1:], w.sorted[i:])
	w.sorted[i] = v
	n := len(w.sorted)
	w.middle = numeric.Sum{}
	for g := w.cut(n); g < n-w.cut(n); g++ {
		w.middle.Add(w.sorted[g])
	}
}

// replace an old sample, which must be there, by a new one in a full window.
func (w *window) replace(old, v float64) {
	b := w.sorted
	i, j := search(b, old), search(b, v)
	if i < j {
		j--
		copy(b[i:j], b[i+1:j+1])
	} else {
		copy(b[j+1:i+1], b[j:i])
	}
	b[j] = v
	n := len(b)
	g := w.cut(n)
	from, to := part(i, g, n), part(j, g, n)
	if from == to && to != 0 {
		return
	}
	enters, leaves := v, old
	switch to {
	case -1:
		enters = b[g]
	case 1:
		enters = b[n-g-1]
	}
	switch from {
	case -1:
		leaves = b[g-1]
	case 1:
		leaves = b[n-g]
	}
	w.middle.Add(enters)
	w.middle.Add(-leaves)
}

// search is the first index whose number is not below v, or len(s). Its steps depend on len(s)
// alone, and none is a branch that a processor could guess wrong.
func search(s []float64, v float64) int {
	at, n := 0, len(s)
	for n > 1 {
		half := n / 2
		step := 0
		if s[at+half-1] < v {
			step = 1
		}
		at += step * half
		n -= half
	}
	if n == 1 && s[at] < v {
		at++
	}
	return at
}

// part tells where index i of n lies: below (-1), in (0) or above (1) what is not cut off.
func part(i, cut, n int) int {
	switch {
	case i < cut:
		return -1
	case i >= n-cut:
		return 1
	}
	return 0
}

// mean is the trimmed mean; of an empty window 0.
func (w *window) mean() float64 {
	n := len(w.sorted)
	if n == 0 {
		return 0
	}
	return w.middle.Value() / float64(n-2*w.cut(n))
}

// spread is half the distance between the quartiles; of an empty window 0.
func (w *window) spread() float64 {
	n := len(w.sorted)
	if n == 0 {
		return 0
	}
	return 0.5 * (w.sorted[n-1-(n-1)/4] - w.sorted[(n-1)/4])
}

func (w *window) clear() {
	w.sorted = w.sorted[:0]
	w.middle = numeric.Sum{}
}
