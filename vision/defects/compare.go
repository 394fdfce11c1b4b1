package defects

import "math"

// comparison is what two registered pictures differ by, and what that means.
type comparison struct {
	t        team
	got      [3]plane // luma, and two colour differences at half the size: of the picture
	want     [3]plane // of the good one, as the picture should show it but for the light
	class    []byte   // activity of each pixel of want[0]
	half     []byte   // of want[1]
	slack    [3][]byte
	coloured bool
	ease     [256]float32 // what energy is multiplied by, for each class
	residual float64      // noise of the differences in luma where nothing changes
	light    light
	whole    bool // nothing of the good picture is cut off

	warped  [3]plane // buffers
	blurred [4]plane
	bytes   [5][]byte
	diff    [3]plane
	counts  []histogram
	steps   []stage
	found   []uint8 // the final mask
}

// noiseFloor is the least noise that is taken for granted, in grey levels: pictures have whole ones.
const noiseFloor = 0.7

// white is what a good picture may have been cut off at: whether the picture is brighter is then not told.
const white = 253.5

// channels is how many are compared.
func (c *comparison) channels() int {
	if c.coloured {
		return 3
	}
	return 1
}

// relight estimates the light and the sharpness, and leaves the differences in diff.
func (c *comparison) relight() {
	list := patches(&c.got, &c.want, c.class, c.coloured)
	c.light, c.whole = fitLight(list, c.coloured, c.t)
	c.differLuma()
	for round := range 2 {
		a := c.sharpness()
		if math.Abs(a) < 0.04 {
			break
		}
		// A Gaussian of variance s changes a picture by s/2 times its Laplacian, to first order.
		sigma := math.Sqrt(2 * min(math.Abs(a), 2))
		if dst := &c.blurred[round]; a > 0 {
			blur(dst, &c.want[0], sigma, c.t)
			c.want[0] = *dst
		} else {
			dst = &c.blurred[2+round]
			blur(dst, &c.got[0], sigma, c.t)
			c.got[0] = *dst
		}
		c.differLuma()
	}
	if c.coloured {
		c.differChroma()
	}
}

// lamp is a light along a row.
type lamp struct {
	gain, offset   [3][]float32
	square, cube   [3]float32
	light          *light
	w, h, channels int
	band           int // of rows with one light, from 1; 0: none yet
}

func newLamp(l *light, w, h int, coloured bool) *lamp {
	a := &lamp{light: l, w: w, h: h, channels: 1}
	if coloured {
		a.channels = 3
	}
	for k := range a.channels {
		a.gain[k], a.offset[k] = make([]float32, w), make([]float32, w)
		a.square[k], a.cube[k] = float32(l[k][6]/255), float32(l[k][7]/(255*255))
	}
	return a
}

// row moves to a row. Four rows have one light: it does not change much over them.
func (a *lamp) row(r int) {
	if a.band == r/4+1 {
		return
	}
	a.band = r/4 + 1
	s := float64(max(a.w, a.h)) / 2
	y := (float64(r/4*4+2) - float64(a.h)/2) / s
	for k := range a.channels {
		p := &a.light[k]
		g0, g1, g2 := float32(p[0]+p[2]*y+p[5]*y*y), float32(p[1]+p[4]*y), float32(p[3])
		o0, o1 := float32(p[8]+p[10]*y), float32(p[9])
		gain, offset := a.gain[k], a.offset[k]
		for x := range gain {
			f := (float32(x) + 0.5 - float32(a.w)/2) / float32(s)
			gain[x], offset[x] = g0+f*(g1+f*g2), o0+f*o1
		}
	}
}

// shine is a channel's value in this light.
func (a *lamp) shine(k, x int, v float32) float32 {
	return min(max(v*(a.gain[k][x]+v*(a.square[k]+v*a.cube[k]))+a.offset[k][x], 0), 255)
}

// all is the luma, and red and blue, of a colour in this light.
func (a *lamp) all(x int, luma, u, v float32) (lit, red, blue float32) {
	red, blue = a.shine(0, x, luma+u), a.shine(2, x, luma+v)
	green := a.shine(1, x, luma-(0.299*u+0.114*v)*(1/0.587))
	return 0.299*red + 0.587*green + 0.114*blue, red, blue
}

// differLuma is the picture's luma less what is expected.
func (c *comparison) differLuma() {
	w, h := c.want[0].w, c.want[0].h
	d := &c.diff[0]
	d.resize(w, h)
	c.t.rows(h, func(_, r0, r1 int) {
		lamp := newLamp(&c.light, w, h, c.coloured)
		for r := r0; r < r1; r++ {
			lamp.row(r)
			got, want, class, out := c.got[0].row(r)[:w], c.want[0].row(r), c.class[r*w:][:w], d.row(r)
			if c.coloured {
				u, v := c.want[1].row(min(r/2, c.want[1].h-1)), c.want[2].row(min(r/2, c.want[2].h-1))
				for x := range out {
					i := min(x/2, len(u)-1)
					lit, _, _ := lamp.all(x, want[x], u[i], v[i])
					out[x] = got[x] - lit
				}
			} else {
				for x := range out {
					out[x] = got[x] - lamp.shine(0, x, want[x])
				}
			}
			for x, e := range out {
				if class[x] == outside || !c.whole && want[x] >= white && e > 0 {
					out[x] = 0
				}
			}
			c.allow(0, r, w, out)
		}
	})
}

// differChroma is the same for the two colour differences.
func (c *comparison) differChroma() {
	w, h := c.want[1].w, c.want[1].h
	c.diff[1].resize(w, h)
	c.diff[2].resize(w, h)
	c.t.rows(h, func(_, r0, r1 int) {
		lamp := newLamp(&c.light, w, h, true)
		for r := r0; r < r1; r++ {
			lamp.row(r)
			class := c.half[r*w:][:w]
			up, down := c.want[0].row(2*r), c.want[0].row(min(2*r+1, c.want[0].h-1))
			u, v := c.want[1].row(r), c.want[2].row(r)
			gotU, gotV, outU, outV := c.got[1].row(r), c.got[2].row(r), c.diff[1].row(r), c.diff[2].row(r)
			for x := range outU {
				if class[x] == outside {
					outU[x], outV[x] = 0, 0
					continue
				}
				luma := (up[2*x] + up[2*x+1] + down[2*x] + down[2*x+1]) / 4
				lit, red, blue := lamp.all(x, luma, u[x], v[x])
				outU[x], outV[x] = gotU[x]-(red-lit), gotV[x]-(blue-lit)
				if !c.whole && luma >= white {
					outU[x], outV[x] = 0, 0
				}
			}
			c.allow(1, r, w, outU)
			c.allow(2, r, w, outV)
		}
	})
}

// allow takes off what good pictures differ by among themselves.
func (c *comparison) allow(channel, r, w int, d []float32) {
	if c.slack[channel] == nil {
		return
	}
	slack := c.slack[channel][r*w:][:w]
	for x, e := range d {
		s := float32(slack[x])
		switch {
		case e > s:
			d[x] = e - s
		case e < -s:
			d[x] = e + s
		default:
			d[x] = 0
		}
	}
}

// sharpness is the share of the expected picture's Laplacian that is in the differences: above 0 where the
// picture is the blurrier of the two.
func (c *comparison) sharpness() float64 {
	w, h := c.want[0].w, c.want[0].h
	var sums []([2]float64)
	spread := 6.0
	a := 0.0
	for range 3 {
		sums = make([][2]float64, c.t.strips(h))
		c.t.rows(h, func(strip, r0, r1 int) {
			var n, z float64
			for r := max(r0, 1); r < min(r1, h-1); r += 3 {
				up, row, down := c.want[0].row(r-1), c.want[0].row(r), c.want[0].row(r+1)
				class, d := c.class[r*w:][:w], c.diff[0].row(r)
				for x := 1; x < w-1; x += 2 {
					if class[x] == outside || class[x] < 8 {
						continue
					}
					l := float64(up[x]+down[x]+row[x-1]+row[x+1]-4*row[x]) * c.light[1][0]
					e := float64(d[x])
					wt := 1 / (1 + sq((e-a*l)/spread))
					n, z = n+wt*l*l, z+wt*l*e
				}
			}
			sums[strip] = [2]float64{n, z}
		})
		n, z := 0.0, 0.0
		for _, s := range sums {
			n, z = n+s[0], z+s[1]
		}
		if n < 2000 {
			return 0
		}
		a = z / n
	}
	return a
}

// blur is a Gaussian of a standard deviation up to 2 pixels.
func blur(dst, src *plane, sigma float64, t team) {
	dst.resize(src.w, src.h)
	n := int(math.Ceil(3 * sigma))
	k := make([]float32, n+1)
	sum := 0.0
	for i := range k {
		v := math.Exp(-sq(float64(i)/sigma) / 2)
		k[i] = float32(v)
		sum += v * float64(min(i+1, 2))
	}
	for i := range k {
		k[i] /= float32(sum)
	}
	w, h := src.w, src.h
	t.rows(h, func(_, r0, r1 int) {
		line := make([]float32, w+2*n)
		for r := r0; r < r1; r++ {
			mid := line[n:][:w]
			for x, v := range src.row(r) {
				mid[x] = k[0] * v
			}
			for i := 1; i <= n; i++ {
				a, b, f := src.row(max(r-i, 0))[:w], src.row(min(r+i, h-1))[:w], k[i]
				for x := range mid {
					mid[x] += f * (a[x] + b[x])
				}
			}
			for i := range n {
				line[i], line[n+w+i] = mid[0], mid[w-1]
			}
			out := dst.row(r)
			for x := range out {
				out[x] = k[0] * mid[x]
			}
			for i := 1; i <= n; i++ {
				a, b, f := line[n-i:][:w], line[n+i:][:w], k[i]
				for x := range out {
					out[x] += f * (a[x] + b[x])
				}
			}
		}
	})
}
