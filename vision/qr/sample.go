package qr

import "math"

// sampler takes the brightness of modules and decides which are dark.
type sampler struct {
	n      int
	corner []Point   // of the modules: (n+1) x (n+1) places in the image
	raw    []float32 // of each module: its brightness
	value  []float32 // brightness with the blur of its neighbours taken out
	soft   []float32 // how dark it is, from -1 to 1
	mid    []float32 // threshold
	span   []float32 // difference of dark and light around it
	sums   [4][]float32
}

// take samples all modules of a grid: five points in the middle half of each.
func (s *sampler) take(g *grid, p *plane, w *work) {
	n := g.n
	s.n = n
	w.spend(40 * n * n)
	s.corner = sized(s.corner, (n+1)*(n+1))
	s.raw = sized(s.raw, n*n)
	s.value, s.soft = sized(s.value, n*n), sized(s.soft, n*n)
	s.mid, s.span = sized(s.mid, n*n), sized(s.span, n*n)
	for r := range n + 1 {
		for c := range n + 1 {
			s.corner[r*(n+1)+c] = g.at(float64(c), float64(r))
		}
	}
	for r := range n {
		for c := range n {
			i := r*(n+1) + c
			a, b, d, e := s.corner[i], s.corner[i+1], s.corner[i+n+1], s.corner[i+n+2]
			m := Point{(a.X + b.X + d.X + e.X) / 4, (a.Y + b.Y + d.Y + e.Y) / 4}
			sum := 2 * p.at(m)
			for _, q := range [4]Point{a, b, d, e} {
				sum += p.at(Point{(m.X*1.1 + q.X*0.9) / 2, (m.Y*1.1 + q.Y*0.9) / 2})
			}
			s.raw[r*n+c] = float32(sum / 6)
		}
	}
}

// How far the threshold of a module looks around.
const (
	wideReach  = 4
	closeReach = 2
)

// classify decides which modules are dark. sharpen is how much of a module's difference from
// its four neighbours is added to it, against blur.
func (s *sampler) classify(sharpen float32, reach int, w *work) {
	n := s.n
	w.spend(27 * n * n)
	copy(s.value, s.raw)
	if sharpen > 0 {
		for r := range n {
			for c := range n {
				i := r*n + c
				v := s.raw[i]
				up, down, left, right := v, v, v, v
				if r > 0 {
					up = s.raw[i-n]
				}
				if r < n-1 {
					down = s.raw[i+n]
				}
				if c > 0 {
					left = s.raw[i-1]
				}
				if c < n-1 {
					right = s.raw[i+1]
				}
				s.value[i] = v + sharpen*(4*v-up-down-left-right)/4
			}
		}
	}
	// Begin with the mean around, then take the middle of the means of dark and light.
	s.box(func(i int) (float32, float32) { return s.value[i], 1 })
	lo, hi := float32(math.MaxFloat32), float32(-math.MaxFloat32)
	for i, v := range s.value[:n*n] {
		s.mid[i] = s.mean(0, 1, i, reach)
		lo, hi = min(lo, v), max(hi, v)
	}
	floor := max((hi-lo)*0.08, 2)
	for range 2 {
		s.box2()
		for i := range n * n {
			dark, light := s.mean(0, 1, i, reach), s.mean(2, 3, i, reach)
			if dark < 0 || light < 0 || light-dark < floor {
				s.span[i] = max(floor, s.span[i])
				continue
			}
			s.mid[i], s.span[i] = (dark+light)/2, light-dark
		}
	}
	for i, v := range s.value[:n*n] {
		s.soft[i] = min(max(2*(s.mid[i]-v)/max(s.span[i], floor), -1), 1)
	}
}

// box fills the first two sum tables.
func (s *sampler) box(of func(i int) (a, b float32)) {
	n := s.n
	for t := range s.sums {
		s.sums[t] = sized(s.sums[t], (n+1)*(n+1))
		clear(s.sums[t][:n+1])
	}
	clear(s.span[:n*n])
	for r := range n {
		var a, b float32
		row := (r + 1) * (n + 1)
		s.sums[0][row], s.sums[1][row] = 0, 0
		for c := range n {
			x, y := of(r*n + c)
			a, b = a+x, b+y
			s.sums[0][row+c+1] = s.sums[0][row-n+c] + a
			s.sums[1][row+c+1] = s.sums[1][row-n+c] + b
		}
	}
}

// box2 sums dark modules and light ones apart: brightness and number of each.
func (s *sampler) box2() {
	n := s.n
	for r := range n {
		var t [4]float32
		row := (r + 1) * (n + 1)
		for k := range s.sums {
			s.sums[k][row] = 0
		}
		for c := range n {
			v := s.value[r*n+c]
			if v < s.mid[r*n+c] {
				t[0] += v
				t[1]++
			} else {
				t[2] += v
				t[3]++
			}
			for k := range s.sums {
				s.sums[k][row+c+1] = s.sums[k][row-n+c] + t[k]
			}
		}
	}
}

// mean is a sum over a square around module i by its weight, or -1 where there is too little.
func (s *sampler) mean(sum, weight, i, reach int) float32 {
	n := s.n
	r, c := i/n, i%n
	r0, r1 := max(r-reach, 0), min(r+reach+1, n)
	c0, c1 := max(c-reach, 0), min(c+reach+1, n)
	a, b, d, e := r0*(n+1)+c0, r0*(n+1)+c1, r1*(n+1)+c0, r1*(n+1)+c1
	t := s.sums[weight]
	count := t[e] - t[d] - t[b] + t[a]
	if count < 4 {
		return -1
	}
	t = s.sums[sum]
	return max((t[e]-t[d]-t[b]+t[a])/count, 0)
}
