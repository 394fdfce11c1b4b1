package defects

import "math"

// histogram counts amounts of difference in steps of 1/8 grey level.
type histogram [512]uint32

const perLevel = 8

func (h *histogram) add(d float32) {
	h[min(int(max(d, -d)*perLevel), len(h)-1)]++
}

func (h *histogram) join(o *histogram) {
	for i, n := range o {
		h[i] += n
	}
}

// total is how many amounts were counted.
func (h *histogram) total() (n uint32) {
	for _, c := range h {
		n += c
	}
	return n
}

// quantile is the amount that a share of all is below.
func (h *histogram) quantile(share float64) float64 {
	n := float64(h.total()) * share
	below := 0.0
	for i, c := range h {
		if below+float64(c) >= n && c > 0 {
			return (float64(i) + (n-below)/float64(c)) / perLevel
		}
		below += float64(c)
	}
	return float64(len(h)) / perLevel
}

// scale is the standard deviation that a normal distribution with the histogram's median has, or up to
// half more where the tail is heavier. Up to half of what is counted may be defects.
func (h *histogram) scale() float64 {
	middle := h.quantile(0.5) / 0.6745
	return max(middle, min(h.quantile(0.8)/1.2816, 1.5*middle))
}

// least of pixels that tell the noise of a class.
const fewest = 150

// ends is how many grey levels from white and from black noise begins to be cut off.
const ends = 4

// mark adds cutOff to the classes of what is expected to be white or black.
func (c *comparison) mark() {
	d, got := &c.diff[0], &c.got[0]
	c.t.rows(d.h, func(_, r0, r1 int) {
		for i := r0 * d.w; i < r1*d.w; i++ {
			if v := got.pix[i] - d.pix[i]; (v < ends || v > 255-ends) && c.class[i] != outside {
				c.class[i] |= cutOff
			}
		}
	})
	if c.coloured {
		w2, h2 := c.diff[1].w, c.diff[1].h
		for y := range h2 {
			for x := range w2 {
				if k := c.class[2*y*d.w+2*x]; k != outside && c.half[y*w2+x] != outside {
					c.half[y*w2+x] |= k & cutOff
				}
			}
		}
	}
}

// noise is the scale of a channel's differences for each class, in grey levels. It grows with the class; it
// may not grow as steeply as a misplacement by half a pixel lets it, as registration is better. What is cut off
// tells of a class only where hardly anything else does.
func (c *comparison) noise(channel int, class []byte) (sigma [classes]float64) {
	d := &c.diff[channel]
	const kinds = classes + cutOff
	strips := c.t.strips(d.h)
	if len(c.counts) < strips*kinds {
		c.counts = make([]histogram, strips*kinds)
	}
	hop := 1
	if d.w*d.h > 100_000 {
		hop = 2
	}
	c.t.rows(d.h, func(strip, r0, r1 int) {
		counts := c.counts[strip*kinds:][:kinds]
		clear(counts)
		for r := r0; r < r1; r += hop {
			row, cl := d.row(r), class[r*d.w:][:d.w]
			for x := r / hop % hop; x < len(row); x += hop {
				if k := cl[x]; k != outside {
					counts[k].add(row[x])
				}
			}
		}
	})
	var both [kinds]histogram
	for s := range strips {
		for k := range both {
			both[k].join(&c.counts[s*kinds+k])
		}
	}
	all := both[:classes]
	for k := range all {
		if n := all[k].total(); n < max(fewest, both[k+cutOff].total()/100) {
			all[k].join(&both[k+cutOff])
		}
	}
	// Classes that few pixels have go with those below them.
	quiet, found := noiseFloor, false
	last := 0.0
	for k := range sigma {
		if all[k].total() >= fewest {
			s := max(all[k].scale(), noiseFloor)
			if !found {
				quiet, found = s, true
			}
			last = max(last, s)
		}
		sigma[k] = last
	}
	for k := range sigma {
		sigma[k] = max(sigma[k], quiet)
		sigma[k] = min(sigma[k], math.Hypot(quiet, 0.35*classLevel(k+1)))
	}
	return sigma
}

// unlike tells whether most of what the picture shows is not what is expected: the differences are about as
// large as what there is to see at all.
func (c *comparison) unlike() bool {
	var rest, there, middle histogram
	w, h := c.want[0].w, c.want[0].h
	const side = 4
	for pass := range 2 {
		centre := float32(middle.quantile(0.5) * 4)
		for y := 0; y+side <= h; y += side {
			for x := 0; x+side <= w; x += side {
				if c.class[y*w+x] == outside || c.class[(y+side-1)*w+x+side-1] == outside {
					continue
				}
				got := float32(mean(&c.got[0], x, y, side))
				if pass == 0 {
					middle.add(got / 4)
					continue
				}
				there.add(got - centre)
				rest.add(float32(mean(&c.diff[0], x, y, side)))
			}
		}
	}
	return rest.scale() > max(3, 0.5*there.scale())
}

// What the good picture varies by before it says that it shows something, in grey levels, and the share of that which
// a picture shows at least.
const (
	somethingThere = 4.0
	fadedTo        = 0.1
)

// faded tells whether the picture shows next to nothing where the good one shows something: any light explains that, as
// one that is all white, or out.
func (c *comparison) faded() bool {
	const side = 4
	var got, want spreading
	for y := 0; y+side <= c.want[0].h; y += side {
		for x := 0; x+side <= c.want[0].w; x += side {
			if w := c.want[0].w; c.class[y*w+x] != outside && c.class[(y+side-1)*w+x+side-1] != outside {
				got.add(mean(&c.got[0], x, y, side))
				want.add(mean(&c.want[0], x, y, side))
			}
		}
	}
	return want.deviation() > somethingThere && got.deviation() < fadedTo*want.deviation()
}

// spreading is the sums that a standard deviation is of.
type spreading struct{ n, sum, squares float64 }

func (s *spreading) add(v float64) { s.n, s.sum, s.squares = s.n+1, s.sum+v, s.squares+v*v }

func (s *spreading) deviation() float64 {
	if s.n == 0 {
		return 0
	}
	return math.Sqrt(max(s.squares/s.n-sq(s.sum/s.n), 0))
}

// flat is the noise where nothing changes.
func flat(sigma *[classes]float64) float64 { return sigma[0] }
