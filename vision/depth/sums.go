package depth

import "math"

// lanes in which sums are taken: pixel x goes into lane x mod lanes.
const lanes = 8

// group is the number of pixels that a kernel takes at a time: rows are filled up to whole groups.
const group = 4 * lanes

// sums are what is added up over an image. The kernel in assembly knows their layout. Running sums
// take the place of products with coordinates: a value that is added in block j of m blocks of eight pixels is
// in m-j of the running sums that follow.
type sums struct {
	sum, rows       [lanes]float64 // of d, and of d times its row
	squares, moment [lanes]float64 // of d^2; and of the running sums of d
	// Of one row: compared pixels, running sums of them, and running sums of those.
	count, once, twice [lanes]int32
	furthest, nearest  [lanes]float32
	largest            [lanes]float32 // what a deviation must exceed to be told, the same in all lanes
	out                int64          // pixels of one row out of tolerance
	// Sums of coordinates of the compared pixels: exact.
	n, x, y, xx, xy, yy int64
}

// addRow is the kernel in plain Go: it adds row y, and tells whether a deviation of it exceeds
// largest either way.
func (s *sums) addRow(got, want, low, far []float32, bad []byte, y int) bool {
	n := len(got)
	want, low, far, bad = want[:n], low[:n], far[:n], bad[:n]
	s.count, s.once, s.twice = [lanes]int32{}, [lanes]int32{}, [lanes]int32{}
	s.out = 0
	var row [lanes]float64
	inf := float32(math.Inf(1))
	for x0 := 0; x0 < n || x0%group != 0; x0 += lanes {
		for l := range max(min(lanes, n-x0), 0) {
			x := x0 + l
			g := got[x]
			d := g - want[x]
			bad[x] = 0
			if !(g > 0) || !(d < inf) { // also for a NaN in either
				continue
			}
			s.count[l]++
			if d > s.furthest[l] {
				s.furthest[l] = d
			}
			if d < s.nearest[l] {
				s.nearest[l] = d
			}
			if d < low[x] || d > far[x] {
				bad[x] = 255
				s.out++
			}
			// The product of two float32 is exact in float64: fused or not, the sum is the same.
			f := float64(d)
			row[l] += f
			s.squares[l] += f * f
		}
		for l := range lanes {
			s.moment[l] += row[l]
			s.once[l] += s.count[l]
			s.twice[l] += s.once[l]
		}
	}
	found := false
	for l := range lanes {
		s.sum[l] += row[l]
		s.rows[l] += float64(float64(y) * row[l])
		found = found || s.furthest[l] > s.largest[l] || -s.nearest[l] > s.largest[l]
	}
	return found
}

// extremes of the lanes.
func (s *sums) extremes() (nearest, furthest float32) {
	for l := range lanes {
		nearest, furthest = min(nearest, s.nearest[l]), max(furthest, s.furthest[l])
	}
	return nearest, furthest
}

// addCoordinates adds those of the compared pixels of row y, of w pixels.
func (s *sums) addCoordinates(y, w int) {
	var count, x, xx int64
	for l := range lanes {
		count += int64(s.count[l])
	}
	switch last := int64(w - 1); count {
	case 0:
		return
	case last + 1:
		x = last * (last + 1) / 2
		xx = last * (last + 1) * (2*last + 1) / 6
	default:
		m := int64(blocks(w))
		for l := range int64(lanes) {
			c, once, twice := int64(s.count[l]), int64(s.once[l]), int64(s.twice[l])
			// once is the sum of m-j, twice that of (m-j)(m-j+1)/2; x is l + 8 j.
			j := m*c - once
			jj := m*m*c - 2*m*once + 2*twice - once
			x += l*c + lanes*j
			xx += l*l*c + 2*lanes*l*j + lanes*lanes*jj
		}
	}
	row := int64(y)
	s.n += count
	s.x += x
	s.xx += xx
	s.y += row * count
	s.xy += row * x
	s.yy += row * row * count
}

// blocks is the number of blocks of eight pixels that a row of w takes, in whole groups.
func blocks(w int) int { return (w + group - 1) / group * (group / lanes) }

// join adds up lanes in a fixed order.
func join(v *[lanes]float64) float64 {
	return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
}

// finish turns the sums over an image of t into what they say.
func (s *sums) finish(r *Result, t *Template) {
	r.Compared = int(s.n)
	r.Missing = r.Expected - r.Compared
	if s.n == 0 {
		return
	}
	n := float64(s.n)
	d, dd := join(&s.sum), join(&s.squares)
	// The sum of x d: l d of the lanes, and 8 j d of the running sums.
	var xd float64
	for l := range lanes {
		xd += float64(float64(l) * s.sum[l])
	}
	xd += lanes * (float64(float64(blocks(t.w))*d) - join(&s.moment))
	yd := join(&s.rows)
	r.Mean, r.RMS = d/n, math.Sqrt(dd/n)

	// Normal equations about the mean; those of coordinates are formed of whole numbers.
	mx, my := float64(s.x)/n, float64(s.y)/n
	cxx, cyy, cxy := centred(s.n, s.xx, s.x, s.x), centred(s.n, s.yy, s.y, s.y), centred(s.n, s.xy, s.x, s.y)
	cxd, cyd, cdd := xd-float64(mx*d), yd-float64(my*d), dd-float64(r.Mean*d)
	det := float64(cxx*cyy) - float64(cxy*cxy)
	if s.n < 3 || !(det > 1e-12*cxx*cyy) {
		return
	}
	p := &r.Plane
	p.OK = true
	p.SlopeX = (float64(cxd*cyy) - float64(cyd*cxy)) / det
	p.SlopeY = (float64(cyd*cxx) - float64(cxd*cxy)) / det
	p.Offset = r.Mean - float64(p.SlopeX*mx) - float64(p.SlopeY*my)
	p.Flatness = math.Sqrt(max(cdd-float64(p.SlopeX*cxd)-float64(p.SlopeY*cyd), 0) / n)
	z := math.Sqrt(t.area * t.fx * t.fy / float64(t.expected))
	p.Tilt = math.Atan(math.Hypot(p.SlopeX*t.fx, p.SlopeY*t.fy) / z)
}

// centred is the sum of (a - mean a)(b - mean b) from whole sums: products of sums go beyond 64
// bits, so whole means are taken off first.
func centred(n, ab, a, b int64) float64 {
	ma, mb := a/n, b/n
	a1, b1 := a-ma*n, b-mb*n // sums of a - ma and of b - mb
	ab1 := ab - ma*b - mb*a + ma*mb*n
	return float64(ab1) - float64(float64(a1)*float64(b1))/float64(n)
}
