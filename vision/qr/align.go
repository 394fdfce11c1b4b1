package qr

import "math"

// aligner finds alignment patterns near to where a grid has them.
type aligner struct {
	patch [24 * 24]float64
	found [7][7]Point // displacement in modules
	state [7][7]bool
	marks []mark
}

// minAlike is the least correlation with an alignment pattern's picture to be taken for one.
const minAlike = 0.55

// find looks for the alignment patterns of a version, beginning next to the top left; each is
// expected where its neighbours were displaced to. It gives the number that it found.
func (a *aligner) find(g *grid, p *plane, version int, w *work) int {
	at, count := alignment(version)
	n := 0
	last := count - 1
	for sum := 0; sum <= 2*last; sum++ {
		for i := max(0, sum-last); i <= min(sum, last); i++ {
			j := sum - i
			a.state[i][j] = false
			if i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				a.found[i][j], a.state[i][j] = Point{}, true
				continue
			}
			// What the neighbours say.
			var guess Point
			have := func(r, c int) bool { return r >= 0 && c >= 0 && a.state[r][c] }
			switch {
			case have(i-1, j) && have(i, j-1) && have(i-1, j-1) && count > 2:
				guess = a.found[i-1][j].add(a.found[i][j-1]).sub(a.found[i-1][j-1])
			case have(i-1, j) && have(i, j-1):
				guess = mix(a.found[i-1][j], a.found[i][j-1], 0.5)
			case have(i-1, j):
				guess = a.found[i-1][j]
			case have(i, j-1):
				guess = a.found[i][j-1]
			}
			guess.X, guess.Y = clamp(guess.X, -8, 8), clamp(guess.Y, -8, 8)
			steps := 3
			if count == 2 {
				steps = 6
			}
			u, v := float64(at[j])+0.5, float64(at[i])+0.5
			if d, ok := a.match(g, p, u+guess.X, v+guess.Y, steps, w); ok {
				a.found[i][j], a.state[i][j] = guess.add(d), true
				n++
			} else {
				a.found[i][j] = guess
			}
		}
	}
	a.marks = a.marks[:0]
	for i := range count {
		for j := range count {
			if !a.state[i][j] || i == 0 && j == 0 || i == 0 && j == last || i == last && j == 0 {
				continue
			}
			u, v := float64(at[j])+0.5, float64(at[i])+0.5
			d := a.found[i][j]
			a.marks = append(a.marks, mark{u, v, g.at(u+d.X, v+d.Y), 2})
		}
	}
	return n
}

// match looks up to steps half modules around a place for what is most like an alignment
// pattern, to a fraction of a step.
func (a *aligner) match(g *grid, p *plane, u, v float64, steps int, w *work) (Point, bool) {
	size := 2*steps + 9 // half modules; five modules are 9 half modules from first to last centre
	w.spend(size*size*9 + (2*steps+1)*(2*steps+1)*60)
	for y := range size {
		for x := range size {
			a.patch[y*size+x] = p.at(g.at(u+float64(x-size/2)/2, v+float64(y-size/2)/2))
		}
	}
	n := 2*steps + 1
	var scores [13 * 13]float64
	best, at := 0.0, -1
	for y := range n {
		for x := range n {
			s := a.alike(size, x, y)
			scores[y*n+x] = s
			d := math.Hypot(float64(x-steps), float64(y-steps)) / 2
			if s -= 0.06 * d; s > best {
				best, at = s, y*n+x
			}
		}
	}
	if at < 0 || scores[at] < minAlike {
		return Point{}, false
	}
	x, y := at%n, at/n
	d := Point{float64(x - steps), float64(y - steps)}
	if x > 0 && x < n-1 {
		d.X += peak(scores[at-1], scores[at], scores[at+1])
	}
	if y > 0 && y < n-1 {
		d.Y += peak(scores[at-n], scores[at], scores[at+n])
	}
	return d.mul(0.5), true
}

// peak is the top of the parabola through three values, from -1/2 to 1/2.
func peak(a, b, c float64) float64 {
	curve := a - 2*b + c
	if curve >= -1e-12 {
		return 0
	}
	return clamp((a-c)/(2*curve), -0.5, 0.5)
}

// alike correlates the five by five modules at an offset in the patch with the pattern's
// dark ring, light ring and dark middle: 1 where they are the same.
func (a *aligner) alike(size, x, y int) float64 {
	var dark, light, squares float64
	for r := range 5 {
		for c := range 5 {
			v := a.patch[(y+2*r)*size+x+2*c]
			squares += v * v
			if max(abs(r-2), abs(c-2)) == 1 {
				light += v
			} else {
				dark += v
			}
		}
	}
	mean := (dark + light) / 25
	deviation := math.Sqrt(math.Max(squares/25-mean*mean, 0))
	const ideal = 0.466476 // deviation of the pattern of 8 light and 17 dark modules
	return (light/8 - dark/17) * ideal / math.Max(deviation, 2)
}
