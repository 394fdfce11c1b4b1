package vision

import "math"

// What is printed is compared in patches: for each its mean colour, and how far its pattern
// follows the artwork's. A patch has patchSide pixels a side, each the mean of two by two of the
// label looked at squarely, about 4 mm together.
const patchSide = 4

// When a patch differs: a colour by more than patchColor of 255 grey levels of the artwork, once
// the light is taken out; or, where the artwork's grey level varies by at least patchContrast
// RMS, of its pattern less than patchPattern is there.
const (
	patchColor    = 14
	patchContrast = 10
	patchPattern  = 0.5
)

// labelPrint is a label's artwork, as it is compared.
type labelPrint struct {
	w, h         int // of the label looked at squarely, in pixels
	across, down int // patches
	want         []patch
	luma         Gray      // of the same pixels
	slopes       []float32 // two a pixel: how its grey level grows to the right and down
}

// patch is what a patch shows.
type patch struct {
	mean [3]float64
	gray [patchSide * patchSide]float64 // of its pixels
}

func newLabelPrint(art Image, width, height, scale float64) *labelPrint {
	side := func(mm float64) int { return 2 * patchSide * max(int(math.Round(mm*scale/(2*patchSide))), 1) }
	p := &labelPrint{w: side(width), h: side(height)}
	p.across, p.down = p.w/(2*patchSide), p.h/(2*patchSide)
	p.want = make([]patch, p.across*p.down)
	p.luma = art.Gray(art.Bounds(), nil).Resize(p.w, p.h).smooth()
	p.slopes = make([]float32, 2*p.w*p.h)
	for y := 1; y < p.h-1; y++ {
		for x := 1; x < p.w-1; x++ {
			i := y*p.luma.Stride + x
			p.slopes[2*(y*p.w+x)] = (float32(p.luma.Pix[i+1]) - float32(p.luma.Pix[i-1])) / 2
			p.slopes[2*(y*p.w+x)+1] = (float32(p.luma.Pix[i+p.luma.Stride]) - float32(p.luma.Pix[i-p.luma.Stride])) / 2
		}
	}
	plane := Gray{W: art.W, H: art.H, Stride: art.W, Pix: make([]byte, art.W*art.H)}
	for c := range 3 {
		for i := range plane.Pix {
			plane.Pix[i] = art.Pix[3*i+c]
		}
		small := plane.Resize(p.w, p.h).smooth()
		for y := range p.h {
			for x, v := range small.row(y) {
				p.want[p.patch(x, y)].add(x, y, c, float64(v))
			}
		}
	}
	return p
}

func (p *labelPrint) patch(x, y int) int { return y/(2*patchSide)*p.across + x/(2*patchSide) }

var luma = [3]float64{0.299, 0.587, 0.114}

// add one channel of a pixel.
func (a *patch) add(x, y, c int, v float64) {
	const n = 2 * patchSide
	a.mean[c] += v / (n * n)
	a.gray[y%n/2*patchSide+x%n/2] += luma[c] * v / 4
}

// align moves a sheet onto the print that lies nearly there: Gauss-Newton on the grey levels over an
// affine map, so that a label that a rolling shutter shears is met as well (Baker and Matthews,
// Lucas-Kanade 20 years on, 2004), reweighted with Tukey's biweight against what is torn off. gain and
// offset are those of the light.
func (p *labelPrint) align(v *view, s sheet, g Gray, origin Rect, gain, offset float64, sc *scratch) sheet {
	start := s
	mx, my := float64(p.w-1)/2, float64(p.h-1)/2
	for _, width := range [...]float64{80, 60, 45} {
		got := sc.square.gray(v, s, g, origin)
		// What has no contrast stays where it is. Pixels; parts of a pixel on each.
		var m [42]float64
		for k, sigma := range [6]float64{2, 0.05, 0.05, 2, 0.05, 0.05} {
			m[8*k] = 2500 / (sigma * sigma)
		}
		for y := 1; y < p.h-1; y++ {
			want, is := p.luma.row(y), got.row(y)
			for x := 1; x < p.w-1; x++ {
				sx, sy := float64(p.slopes[2*(y*p.w+x)]), float64(p.slopes[2*(y*p.w+x)+1])
				r := (float64(is[x])-offset)/gain - float64(want[x])
				e := r / width
				if e *= e; e >= 1 || sx == 0 && sy == 0 {
					continue
				}
				w := (1 - e) * (1 - e)
				dx, dy := float64(x)-mx, float64(y)-my
				row := [6]float64{sx, sx * dx, sx * dy, sy, sy * dx, sy * dy}
				for a, f := range row {
					f *= w
					for b := a; b < 6; b++ {
						m[7*a+b] += f * row[b]
					}
					m[7*a+6] -= f * r
				}
			}
		}
		for a := range 6 {
			for b := range a {
				m[7*a+b] = m[7*b+a]
			}
		}
		if !solve(m[:], 6) {
			return start
		}
		s = s.warped(m[6], m[13], m[20], m[27], m[34], m[41])
	}
	if !(s.off(start) < mostAligned) {
		return start
	}
	return s
}

// mostAligned is how far, in pixels, the corners of a label may lie from where it was found. What
// lies further off has gone astray.
const mostAligned = 4

// look is the print of a label that lies on a sheet of p.w x p.h pixels. The patches are the
// scratch's, until its next look.
func (p *labelPrint) look(v *view, s sheet, m Image, sc *scratch) []patch {
	sc.patches = grown(sc.patches, len(p.want))
	got := sc.patches
	clear(got)
	maxX, maxY := float64(m.W-1), float64(m.H-1)
	sc.square.rows(v, s, func(y int, at []Point) {
		for x, q := range at {
			px, py := min(max(q.X, 0), maxX), min(max(q.Y, 0), maxY)
			ix, iy := min(int(px), max(m.W-2, 0)), min(int(py), max(m.H-2, 0))
			fx, fy := px-float64(ix), py-float64(iy)
			a := m.Pix[3*(iy*m.W+ix):]
			b := m.Pix[3*(min(iy+1, m.H-1)*m.W+ix):]
			right := 3 * min(m.W-1, 1)
			to := &got[p.patch(x, y)]
			for c := range 3 {
				top := float64(a[c]) + fx*(float64(a[right+c])-float64(a[c]))
				low := float64(b[c]) + fx*(float64(b[right+c])-float64(b[c]))
				to.add(x, y, c, top+fy*(low-top))
			}
		}
	})
	return got
}

// light is how an artwork's colour comes out: grey = (gain + across x + down y) artwork + offset,
// with x and y from -1 to 1 over the label.
type light struct{ gain, across, down, offset float64 }

func (l light) at(x, y float64) float64 { return l.gain + l.across*x + l.down*y }

// damage is the share of the patches that differ. gain and offset are a first guess of the light.
func (p *labelPrint) damage(got []patch, gain, offset float64) float64 {
	var lights [3]light
	for c := range lights {
		lights[c] = p.light(got, c, gain, offset)
	}
	n := 0
	for i := range got {
		if p.differs(&p.want[i], &got[i], p.place(i, p.across), p.place(i/p.across, p.down), &lights) {
			n++
		}
	}
	return float64(n) / float64(len(got))
}

// place is where a patch of a row of n is, from -1 to 1.
func (p *labelPrint) place(i, n int) float64 { return (2*float64(i%n)+1)/float64(n) - 1 }

// light fits the light of a channel: least squares reweighted with Tukey's biweight, so that what is
// gone does not count.
func (p *labelPrint) light(got []patch, c int, gain, offset float64) light {
	l := light{gain: gain, offset: offset}
	for _, width := range [...]float64{80, 50, 35, 25, 25} {
		// What little contrast does not tell stays near the guess.
		const tie = 4
		m := [20]float64{tie * 1e4, 0, 0, 0, tie * 1e4 * gain, 0, tie * 1e4, 0, 0, 0, 0, 0, tie * 1e4, 0, 0, 0, 0, 0, tie / 25., tie / 25. * offset}
		for i := range got {
			want, is := p.want[i].mean[c], got[i].mean[c]
			x, y := p.place(i, p.across), p.place(i/p.across, p.down)
			r := (is - l.at(x, y)*want - l.offset) / width / max(gain, 0.1)
			if r *= r; r >= 1 {
				continue
			}
			w := (1 - r) * (1 - r)
			row := [5]float64{want, x * want, y * want, 1, is}
			for a := range 4 {
				for b := range row {
					m[5*a+b] += w * row[a] * row[b]
				}
			}
		}
		if !solve(m[:], 4) {
			break
		}
		l = light{m[4], m[9], m[14], m[19]}
	}
	return l
}

// differs tells whether a patch at x, y is not what the artwork has there.
func (p *labelPrint) differs(want, got *patch, x, y float64, lights *[3]light) bool {
	gray := 0.0 // gain
	for c, l := range lights {
		gain := max(l.at(x, y), 0.02)
		gray += luma[c] * gain
		if math.Abs(got.mean[c]-gain*want.mean[c]-l.offset) > patchColor*gain {
			return true
		}
	}
	var w, g, ww, wg float64
	for i := range want.gray {
		w += want.gray[i]
		g += got.gray[i]
	}
	w, g = w/float64(len(want.gray)), g/float64(len(got.gray))
	for i := range want.gray {
		ww += (want.gray[i] - w) * (want.gray[i] - w)
		wg += (want.gray[i] - w) * (got.gray[i] - g)
	}
	return ww >= patchContrast*patchContrast*float64(len(want.gray)) && wg < patchPattern*gray*ww
}
