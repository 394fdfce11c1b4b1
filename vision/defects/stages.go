package defects

import "math"

// stage is a level of the search for what differs: each has pixels twice as large as the one before. What an
// earlier one found is left out of a later one, so that this does not find the same again, blurred.
type stage struct {
	z            [3]plane // differences over their noise
	smooth       [3]plane
	smoothEnergy plane
	energy       plane      // mean square of z, each at most mostEnergy
	part         plane      // share of a pixel that is compared and not found yet
	over         [3]float32 // one over the threshold of each channel
	ratio        plane      // smooth over the threshold, of the channel where it is largest
	mask         []uint8    // found
	queue        []int32
}

const stagesMost = 5

// contrast is the least difference in grey levels that is reported at a stage where nothing changes: what
// is small has to be clear, what is large may be faint.
var contrast = [stagesMost]float64{16, 12, 10, 8, 7.5}

// certainty is how many times the noise of its own stage a difference must be.
var certainty = [stagesMost]float64{7.5, 7.5, 7.5, 7.5, 8}

// mostZ bounds what a single pixel counts.
const mostZ = 40

// mostEnergy bounds what a single pixel counts as energy.
const mostEnergy = 16

// What a flat place may differ by, in grey levels, and how far an edge may be misplaced, in pixels, before it counts
// as energy: rounding and resampling do as much to pictures without noise, and no other place tells of a lone edge.
const (
	easyFlat  = 1.0
	easyShift = 0.1
)

// ease gives for each class what the square of a difference over its noise is multiplied by.
func ease(sigma *[classes]float64) (f [256]float32) {
	for k, s := range sigma {
		f[k] = float32(s * s / (max(s*s, easyFlat*easyFlat) + sq(easyShift*classLevel(k))))
		f[k|cutOff] = f[k]
	}
	return f
}

// low is the share of the threshold down to which a region is followed.
const low = 0.5

// How many times the spread of the logarithms of energies is surely another texture, and the least factor; the
// energy that is usual where there is noise, and the factor over it that is sure in a picture with less.
const (
	busyCertainty = 9
	busyLeast     = 4.0
	usualEnergy   = 0.8
	busyMost      = 10.0
)

// mark is a place that was found, in pixels of stage 0, and how many times the threshold it was.
type mark struct {
	x, y  int
	score float64
}

// locate finds what differs. The mask is left in found, in pixels of the luma.
func (c *comparison) locate(sensitivity float64) []mark {
	w, h := c.want[0].w, c.want[0].h
	n := 1
	for n < stagesMost && min(w, h)>>n >= 8 {
		n++
	}
	if len(c.steps) < stagesMost {
		c.steps = make([]stage, stagesMost)
	}
	if cap(c.found) < w*h {
		c.found = make([]uint8, w*h)
	}
	c.found = c.found[:w*h]
	clear(c.found)
	c.mark()
	var quiet [3]float64
	var marks []mark
	for s := range n {
		st := &c.steps[s]
		if s == 0 {
			sigma := c.noise(0, c.class)
			quiet[0] = flat(&sigma)
			c.residual = quiet[0]
			c.ease = ease(&sigma)
			st.begin(&c.diff[0], c.class, &sigma, c.t)
		} else {
			st.follow(&c.steps[s-1], s, c)
			if s == 1 && c.coloured {
				for k := 1; k < 3; k++ {
					sigma := c.noise(k, c.half)
					quiet[k] = flat(&sigma)
					st.divide(k, &c.diff[k], c.half, &sigma, c.t)
				}
			}
		}
		channels := 1
		if s > 0 {
			channels = c.channels()
		}
		st.decide(channels, s, quiet, sensitivity, c)
		marks = append(marks, st.trace(s)...)
		st.paint(c.found, w, h, s, c.t)
		st.widen()
	}
	return marks
}

func (st *stage) begin(d *plane, class []byte, sigma *[classes]float64, t team) {
	st.part.resize(d.w, d.h)
	t.rows(d.h, func(_, r0, r1 int) {
		for i := r0 * d.w; i < r1*d.w; i++ {
			st.part.pix[i] = 1
			if class[i] == outside {
				st.part.pix[i] = 0
			}
		}
	})
	st.divide(0, d, class, sigma, t)
}

func (st *stage) divide(channel int, d *plane, class []byte, sigma *[classes]float64, t team) {
	var over [256]float32
	for k, s := range sigma {
		over[k] = float32(1 / s)
		over[k|cutOff] = over[k]
	}
	z := &st.z[channel]
	z.resize(d.w, d.h)
	t.rows(d.h, func(_, r0, r1 int) {
		for i := r0 * d.w; i < r1*d.w; i++ {
			z.pix[i] = min(max(d.pix[i]*over[class[i]], -mostZ), mostZ)
		}
	})
}

// follow makes a stage from the one before: means over 2 x 2 pixels of what was not found.
func (st *stage) follow(last *stage, s int, c *comparison) {
	w, h := last.part.w/2, last.part.h/2
	st.part.resize(w, h)
	st.energy.resize(w, h)
	channels := 1
	if s > 1 {
		channels = c.channels()
	}
	for k := range channels {
		st.z[k].resize(w, h)
	}
	lw := last.part.w
	c.t.rows(h, func(_, r0, r1 int) {
		for r := r0; r < r1; r++ {
			for x := range w {
				i := 2*r*lw + 2*x
				var p [4]float32
				var sum, energy float32
				for j, q := range [4]int{i, i + 1, i + lw, i + lw + 1} {
					if last.mask[q] != 0 {
						continue
					}
					p[j] = last.part.pix[q]
					sum += p[j]
					if s > 1 {
						energy += p[j] * last.energy.pix[q]
					} else {
						v := last.z[0].pix[q]
						energy += p[j] * min(v*v*c.ease[c.class[q]], mostEnergy)
					}
				}
				o := r*w + x
				st.energy.pix[o] = energy / max(sum, 1e-3)
				if sum < 2 { // what is around a find would smear into this
					sum = 0
				}
				st.part.pix[o] = sum / 4
				for k := range channels {
					z := last.z[k].pix
					v := p[0]*z[i] + p[1]*z[i+1] + p[2]*z[i+lw] + p[3]*z[i+lw+1]
					if sum > 0 {
						v /= sum
					}
					st.z[k].pix[o] = v
				}
			}
		}
	})
}

// decide smooths, and puts the differences over their thresholds.
func (st *stage) decide(channels, s int, quiet [3]float64, sensitivity float64, c *comparison) {
	t := c.t
	w, h := st.part.w, st.part.h
	st.ratio.resize(w, h)
	st.over = [3]float32{}
	for k := range channels {
		st.smooth[k].resize(w, h)
		smooth(&st.smooth[k], &st.z[k], &st.part, t)
		own := spread(&st.smooth[k], &st.part, c.ordinary(s))
		sure := certainty[s]
		if k > 0 {
			sure *= 1.3 // compression leaves less of colours, above all at edges
		}
		limit := max(sure*own, contrast[s]/quiet[k]) / sensitivity
		st.over[k] = float32(1 / limit)
	}
	over := st.over
	t.rows(h, func(_, r0, r1 int) {
		for i := r0 * w; i < r1*w; i++ {
			v := st.smooth[0].pix[i]
			r := max(v, -v) * over[0]
			for k := 1; k < channels; k++ {
				v := st.smooth[k].pix[i]
				r = max(r, max(v, -v)*over[k])
			}
			st.ratio.pix[i] = r
		}
	})
	if s >= 2 {
		st.busy(sensitivity, c.ordinary(s), t)
	}
}

// busy finds where differences are larger than elsewhere although their mean is none: texture that is gone, or
// another one. Energies are compared by their logarithms, whose spread over the picture is the measure.
func (st *stage) busy(sensitivity float64, ordinary func(x, y int) bool, t team) {
	w, h := st.part.w, st.part.h
	e := &st.smoothEnergy
	e.resize(w, h)
	smooth(e, &st.energy, &st.part, t)
	const scale, zero = 8, 32 // of logarithms in the histogram
	var counts, cut histogram
	for y := range h {
		part := st.part.row(y)
		for x, v := range e.row(y) {
			if part[x] > 0.5 && v > 0 {
				l := float32(math.Log(float64(v))*scale + zero)
				if ordinary(x, y) {
					counts.add(l)
				} else {
					cut.add(l)
				}
			}
		}
	}
	if counts.total() < 50 {
		counts.join(&cut)
	}
	if counts.total() < 50 {
		return
	}
	middle := counts.quantile(0.5)
	wide := max(middle-counts.quantile(0.16), min(counts.quantile(0.8)-middle, 1.5*(middle-counts.quantile(0.16))), 0.1*scale)
	// Smooth pictures differ by what they are rounded to: many times that is nothing yet, and how it spreads tells little.
	limit := max(busyCertainty*wide, math.Log(busyLeast)*scale)
	if least := math.Log(usualEnergy)*scale + zero; middle < least {
		middle = least
		limit = min(limit, math.Log(busyMost)*scale)
	}
	limit /= sensitivity
	low := math.Exp((middle - zero) / scale) // the usual energy
	t.rows(h, func(_, r0, r1 int) {
		for i := r0 * w; i < r1*w; i++ {
			if v := float64(e.pix[i]); v > low && st.part.pix[i] > 0 {
				st.ratio.pix[i] = max(st.ratio.pix[i], float32((math.Log(v)*scale+zero-middle)/limit))
			}
		}
	})
}

// smooth is the mean over 3 x 3 pixels with the weights 1 2 1, of those that count.
func smooth(dst, src, part *plane, t team) {
	w, h := src.w, src.h
	t.rows(h, func(_, r0, r1 int) {
		num, den := make([]float32, w+2), make([]float32, w+2)
		for r := r0; r < r1; r++ {
			a, b, c := src.row(max(r-1, 0)), src.row(r), src.row(min(r+1, h-1))
			pa, pb, pc := part.row(max(r-1, 0)), part.row(r), part.row(min(r+1, h-1))
			n, d := num[1:][:w], den[1:][:w]
			for x := range n {
				n[x] = pa[x]*a[x] + 2*pb[x]*b[x] + pc[x]*c[x]
				d[x] = pa[x] + 2*pb[x] + pc[x]
			}
			num[0], den[0], num[w+1], den[w+1] = num[1], den[1], num[w], den[w]
			out := dst.row(r)
			for x := range out {
				weight := den[x] + 2*den[x+1] + den[x+2]
				if weight < 5 || pb[x] == 0 { // of 16
					out[x] = 0
					continue
				}
				out[x] = (num[x] + 2*num[x+1] + num[x+2]) / weight
			}
		}
	})
}

// ordinary gives a function that tells whether a pixel of a stage has all the noise that there is.
func (c *comparison) ordinary(s int) func(x, y int) bool {
	w, h := c.diff[0].w, c.diff[0].h
	return func(x, y int) bool {
		return c.class[min(y<<s+1<<s/2, h-1)*w+min(x<<s+1<<s/2, w-1)]&cutOff == 0
	}
}

// spread is the scale of a stage's values, as of normal noise.
func spread(p, part *plane, ordinary func(x, y int) bool) float64 {
	var h, cut histogram
	hop := max(len(p.pix)/60_000, 1)
	for i := 0; i < len(p.pix); i += hop {
		if part.pix[i] > 0.5 {
			if ordinary(i%p.w, i/p.w) {
				h.add(p.pix[i] * 4)
			} else {
				cut.add(p.pix[i] * 4)
			}
		}
	}
	if h.total() < 50 {
		h.join(&cut)
	}
	if h.total() < 20 {
		return 1
	}
	// Where differences have longer tails than noise has, as beside print, the tails are what must be exceeded.
	middle := h.scale()
	return max(middle, min(h.quantile(0.95)/1.96, 1.6*middle), 0.08) / 4
}

// trace follows what is above the threshold down to a lower one, and leaves it in mask.
func (st *stage) trace(s int) []mark {
	w, h := st.ratio.w, st.ratio.h
	if cap(st.mask) < w*h {
		st.mask = make([]uint8, w*h)
	}
	st.mask = st.mask[:w*h]
	clear(st.mask)
	var marks []mark
	for i, r := range st.ratio.pix {
		if r <= 1 || st.mask[i] != 0 {
			continue
		}
		best, at := r, i
		st.queue = append(st.queue[:0], int32(i))
		st.mask[i] = 1
		for k := 0; k < len(st.queue); k++ {
			q := int(st.queue[k])
			x, y := q%w, q/w
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if x+dx < 0 || x+dx >= w || y+dy < 0 || y+dy >= h {
						continue
					}
					j := q + dy*w + dx
					v := st.ratio.pix[j]
					if st.mask[j] != 0 || v < low {
						continue
					}
					if v > best {
						best, at = v, j
					}
					st.mask[j] = 1
					st.queue = append(st.queue, int32(j))
				}
			}
		}
		// What is only the blur of something strong is let go: where a pixel by itself is far below the
		// region's usual.
		strong := float32(st.usual())
		for _, q := range st.queue {
			if st.ratio.pix[q] < 0.3*strong {
				st.mask[q] = 2
			}
		}
		marks = append(marks, mark{(at%w)<<s + 1<<s/2, (at/w)<<s + 1<<s/2, float64(best)})
	}
	return marks
}

// widen takes the pixels next to what was found away from later stages, which its blur would mislead.
func (st *stage) widen() {
	w, h := st.ratio.w, st.ratio.h
	for i, m := range st.mask {
		if m != 1 && m != 2 {
			continue
		}
		x, y := i%w, i/w
		for py := max(y-2, 0); py <= min(y+2, h-1); py++ {
			for px := max(x-2, 0); px <= min(x+2, w-1); px++ {
				if j := py*w + px; st.mask[j] == 0 {
					st.mask[j] = 3
				}
			}
		}
	}
}

// usual is the mean ratio of the region in the queue, each counted at most at some multiple of the threshold.
func (st *stage) usual() float64 {
	sum := 0.0
	for _, q := range st.queue {
		sum += float64(min(st.ratio.pix[q], 6))
	}
	return sum / float64(len(st.queue))
}

// own tells whether a pixel differs by itself, and not only by the blur of its neighbours.
func (st *stage) own(i int) bool {
	var alone, among float32
	for k, f := range st.over {
		if f == 0 {
			continue
		}
		z, m := st.z[k].pix[i], st.smooth[k].pix[i]
		alone, among = max(alone, f*z, -f*z), max(among, f*m, -f*m)
	}
	return alone >= 0.35*among
}

// paint puts the stage's mask into one of stage 0. Pixels that were let go are not painted, but do not come
// back in later stages either.
func (st *stage) paint(found []uint8, w, h, s int, t team) {
	sw := st.ratio.w
	t.rows(st.ratio.h, func(_, r0, r1 int) {
		for r := r0; r < r1; r++ {
			for x, m := range st.mask[r*sw:][:sw] {
				if m != 1 || !st.own(r*sw+x) {
					continue
				}
				x1, y1 := min((x+1)<<s, w), min((r+1)<<s, h)
				// Stages leave out what is odd at the end: their last pixel stands for it.
				if x == sw-1 {
					x1 = w
				}
				if r == st.ratio.h-1 {
					y1 = h
				}
				for y := r << s; y < y1; y++ {
					for i := x << s; i < x1; i++ {
						found[y*w+i] = 1
					}
				}
			}
		}
	})
}
