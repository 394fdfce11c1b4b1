package defects

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// fourierSide is the side of the square in which pictures are searched for each other: a power of two.
const fourierSide = 256

// spectrum is a square of complex numbers: a picture or its transform.
type spectrum []complex128

// fourier transforms squares. Its tables are only read.
type fourier struct {
	turn []complex128 // turn[k] = exp(-2 pi i k / fourierSide)
	swap []int        // bits in the opposite order
}

func newFourier() *fourier {
	f := &fourier{turn: make([]complex128, fourierSide), swap: make([]int, fourierSide)}
	shift := bits.LeadingZeros16(fourierSide - 1)
	for k := range f.turn {
		f.turn[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/fourierSide)
		f.swap[k] = int(bits.Reverse16(uint16(k)) >> shift)
	}
	return f
}

// forward transforms s in place; back is the inverse, but for a factor. The result of forward has its rows and
// columns swapped, and back takes it so: a square that goes both ways is as it was.
func (f *fourier) forward(s spectrum, t team) {
	f.lines(s, t, false)
	transpose(s)
	f.lines(s, t, false)
}

func (f *fourier) back(s spectrum, t team) {
	f.lines(s, t, true)
	transpose(s)
	f.lines(s, t, true)
}

func (f *fourier) lines(s spectrum, t team, inverse bool) {
	const n = fourierSide
	t.rows(n, func(_, r0, r1 int) {
		for r := r0; r < r1; r++ {
			f.line(s[r*n:][:n], inverse)
		}
	})
}

// line is the radix-2 transform of Cooley and Tukey, decimated in time.
func (f *fourier) line(a []complex128, inverse bool) {
	n := len(a)
	for i, j := range f.swap {
		if i < j {
			a[i], a[j] = a[j], a[i]
		}
	}
	for half := 1; half < n; half *= 2 {
		step := n / (2 * half)
		for k := range half {
			w := f.turn[k*step]
			if inverse {
				w = cmplx.Conj(w)
			}
			for i := k; i < n; i += 2 * half {
				b := a[i+half] * w
				a[i+half] = a[i] - b
				a[i] += b
			}
		}
	}
}

func transpose(s spectrum) {
	const n = fourierSide
	for y := range n {
		for x := range y {
			s[y*n+x], s[x*n+y] = s[x*n+y], s[y*n+x]
		}
	}
}

// whiten makes of two transforms that of their phase correlation, in place of a. Where a[p] = b[p-d], its
// inverse has its peak at d. Frequencies weigh less the higher they are, as noise has its share of them.
func whiten(a, b spectrum, t team) {
	const n = fourierSide
	t.rows(n, func(_, r0, r1 int) {
		for r := r0; r < r1; r++ {
			fy := float64(min(r, n-r))
			for x := range n {
				fx := float64(min(x, n-x))
				c := a[r*n+x] * cmplx.Conj(b[r*n+x])
				if m := cmplx.Abs(c); m > 1e-9 {
					a[r*n+x] = c * complex(math.Exp(-(fx*fx+fy*fy)/(2*40*40))/m, 0)
				} else {
					a[r*n+x] = 0
				}
			}
		}
	})
}

// peak is a place in a correlation, in cells from -fourierSide/2.
type peak struct{ x, y, height float64 }

// peaks are the highest local maxima, each refined by a parabola in both directions.
func (s spectrum) peaks(count, apart int) []peak {
	const n = fourierSide
	at := func(x, y int) float64 { return real(s[(y&(n-1))*n+x&(n-1)]) }
	var found []peak
	for y := range n {
		for x := range n {
			v := at(x, y)
			if len(found) == count && v <= found[count-1].height {
				continue
			}
			if v < at(x+1, y) || v < at(x-1, y) || v < at(x, y+1) || v < at(x, y-1) {
				continue
			}
			p := peak{float64(x), float64(y), v}
			near := -1
			for i, q := range found {
				dx, dy := math.Abs(p.x-q.x), math.Abs(p.y-q.y)
				if min(dx, n-dx) <= float64(apart) && min(dy, n-dy) <= float64(apart) {
					near = i
				}
			}
			switch {
			case near >= 0 && found[near].height >= v:
				continue
			case near >= 0:
				found = append(found[:near], found[near+1:]...)
			case len(found) == count:
				found = found[:count-1]
			}
			i := len(found)
			for i > 0 && found[i-1].height < v {
				i--
			}
			found = append(found, peak{})
			copy(found[i+1:], found[i:])
			found[i] = p
		}
	}
	for i, p := range found {
		x, y := int(p.x), int(p.y)
		p.x += parabola(at(x-1, y), p.height, at(x+1, y))
		p.y += parabola(at(x, y-1), p.height, at(x, y+1))
		if p.x >= n/2 {
			p.x -= n
		}
		if p.y >= n/2 {
			p.y -= n
		}
		found[i] = p
	}
	return found
}

// parabola is where the parabola through three neighbours has its top, from the middle one.
func parabola(a, b, c float64) float64 {
	d := a - 2*b + c
	if d >= 0 {
		return 0
	}
	return min(max((a-c)/(2*d), -0.5), 0.5)
}
