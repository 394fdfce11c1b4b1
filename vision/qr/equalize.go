package qr

// equalize takes the blur of the lens or of motion out of the modules that were classified.
// How much of each neighbour a module shows is measured on the finders, where all modules are
// known: a least-squares fit of the eight neighbours in four opposite pairs. The modules
// then are the numbers from -1 to 1 that, blurred in the same way, give what was seen
// (Landweber's iteration with the bounds as constraint). It is false where the finders do not
// tell, or show no blur.
func (s *sampler) equalize(l *layout, w *work) bool {
	n := s.n
	known := func(r, c int) float64 {
		if r < 0 || c < 0 || r >= n || c >= n {
			return -1
		}
		switch l.kind[r*n+c] {
		case moduleDark:
			return 1
		case moduleLight:
			return -1
		}
		return 0
	}
	var eq normal
	eq.reset(6)
	for _, corner := range [3][2]int{{0, 0}, {0, n - 7}, {n - 7, 0}} {
		for r := corner[0]; r < corner[0]+7; r++ {
			for c := corner[1]; c < corner[1]+7; c++ {
				row := [maxUnknowns]float64{
					1, known(r, c), known(r, c-1) + known(r, c+1), known(r-1, c) + known(r+1, c),
					known(r-1, c-1) + known(r+1, c+1), known(r-1, c+1) + known(r+1, c-1),
				}
				eq.add(&row, float64(s.relative(r*n+c)), 1)
			}
		}
	}
	for i := 1; i < 6; i++ {
		eq.a[i][i] += 0.5
	}
	if !eq.solve() {
		return false
	}
	var k [6]float32
	for i := range k {
		k[i] = float32(eq.x[i])
	}
	spread := 2 * (absf(k[2]) + absf(k[3]) + absf(k[4]) + absf(k[5]))
	if k[1] < 0.1 || spread < 0.08 {
		return false
	}
	const rounds = 24
	w.spend(rounds * 4 * n * n)
	// A step of which the iteration converges: the kernel's gain is at most k1 + spread.
	step := 1.2 / (k[1] + spread)
	x, next := s.soft[:n*n], s.value[:n*n]
	at := func(r, c int) float32 {
		if r < 0 || c < 0 || r >= n || c >= n {
			return -1
		}
		return x[r*n+c]
	}
	for range rounds {
		for r := range n {
			for c := range n {
				i := r*n + c
				var seen float32
				if r > 0 && c > 0 && r < n-1 && c < n-1 {
					seen = k[1]*x[i] + k[2]*(x[i-1]+x[i+1]) + k[3]*(x[i-n]+x[i+n]) +
						k[4]*(x[i-n-1]+x[i+n+1]) + k[5]*(x[i-n+1]+x[i+n-1])
				} else {
					seen = k[1]*x[i] + k[2]*(at(r, c-1)+at(r, c+1)) + k[3]*(at(r-1, c)+at(r+1, c)) +
						k[4]*(at(r-1, c-1)+at(r+1, c+1)) + k[5]*(at(r-1, c+1)+at(r+1, c-1))
				}
				next[i] = min(max(x[i]+step*(s.relative(i)-k[0]-seen), -1), 1)
			}
		}
		copy(x, next)
	}
	return true
}

// relative is how dark a module is against its surroundings, about -1 to 1, without bounds.
func (s *sampler) relative(i int) float32 {
	return 2 * (s.mid[i] - s.raw[i]) / max(s.span[i], 2)
}
