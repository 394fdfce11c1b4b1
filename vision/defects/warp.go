package defects

import "math"

// taps are the weights of Keys' cubic convolution, a = -1/2, for 256 places between two pixels.
var taps = func() (t [257][4]float32) {
	for i := range t {
		f := float64(i) / 256
		for k := range 4 {
			d := math.Abs(f - float64(k-1))
			w := 0.0
			switch {
			case d < 1:
				w = (1.5*d-2.5)*d*d + 1
			case d < 2:
				w = ((-0.5*d+2.5)*d-4)*d + 2
			}
			t[i][k] = float32(w)
		}
	}
	return t
}()

// knotStep is the distance of the places, in pixels, between which a motion is taken as linear.
const knotStep = 16

// places gives for a row of pixels where a motion and the field on top of it take them.
type places struct {
	m    motion
	bend *field  // nil: none
	up   float64 // pixels of the field for one of the plane
	u, v []float32
}

func (p *places) row(y, w int) {
	if len(p.u) < w {
		p.u, p.v = make([]float32, w), make([]float32, w)
	}
	for x0 := 0; x0 < w; x0 += knotStep {
		n := min(knotStep, w-x0)
		u0, v0 := p.at(float64(x0), float64(y))
		u1, v1 := p.at(float64(x0+n), float64(y))
		du, dv := float32((u1-u0)/float64(n)), float32((v1-v0)/float64(n))
		u, v := float32(u0), float32(v0)
		for i := range n {
			p.u[x0+i], p.v[x0+i] = u+du*float32(i), v+dv*float32(i)
		}
	}
}

func (p *places) at(x, y float64) (u, v float64) {
	if p.bend != nil {
		dx, dy := p.bend.at((x+0.5)*p.up-0.5, (y+0.5)*p.up-0.5)
		x, y = x+dx/p.up, y+dy/p.up
	}
	return p.m.at(x, y)
}

// border is how many pixels at the border of a good picture are not compared, once it was moved: what they
// blur into is not known.
const border = 3

// copied is bytes of the pixels of the source that go with those of the result, from the nearest pixel.
type copied struct {
	dst, src []byte
	outside  byte
}

// warp fills dst, which has its size, with src as the motion shows it, and beyond it with what its border
// is. The motion takes dst's pixels to src's; up is how many pixels of the field one of dst's has.
func warp(dst, src *plane, m motion, bend *field, up float64, t team, with ...copied) {
	t.rows(dst.h, func(_, r0, r1 int) {
		p := places{m: m, bend: bend, up: up}
		for r := r0; r < r1; r++ {
			p.row(r, dst.w)
			out := dst.row(r)
			for _, c := range with {
				line := c.dst[r*dst.w:][:dst.w]
				for x := range line {
					u, v := p.u[x], p.v[x]
					if !(u >= border && v >= border && u <= float32(src.w-1-border) && v <= float32(src.h-1-border)) {
						line[x] = c.outside
						continue
					}
					line[x] = c.src[int(v+0.5)*src.w+int(u+0.5)]
				}
			}
			for x := range out {
				u, v := p.u[x], p.v[x]
				if !(u > -1e6 && v > -1e6 && u < 1e6 && v < 1e6) {
					out[x] = 0
					continue
				}
				u, v = min(max(u, 0), float32(src.w-1)), min(max(v, 0), float32(src.h-1))
				iu, iv := int(u), int(v)
				a, b := &taps[int((u-float32(iu))*256+0.5)], &taps[int((v-float32(iv))*256+0.5)]
				if iu >= 1 && iv >= 1 && iu+2 < src.w && iv+2 < src.h {
					i := (iv-1)*src.w + iu - 1
					q0 := src.pix[i : i+4 : i+4]
					i += src.w
					q1 := src.pix[i : i+4 : i+4]
					i += src.w
					q2 := src.pix[i : i+4 : i+4]
					i += src.w
					q3 := src.pix[i : i+4 : i+4]
					out[x] = b[0]*(a[0]*q0[0]+a[1]*q0[1]+a[2]*q0[2]+a[3]*q0[3]) +
						b[1]*(a[0]*q1[0]+a[1]*q1[1]+a[2]*q1[2]+a[3]*q1[3]) +
						b[2]*(a[0]*q2[0]+a[1]*q2[1]+a[2]*q2[2]+a[3]*q2[3]) +
						b[3]*(a[0]*q3[0]+a[1]*q3[1]+a[2]*q3[2]+a[3]*q3[3])
					continue
				}
				var s float32
				for k := range 4 {
					row := src.row(min(max(iv-1+k, 0), src.h-1))
					for j := range 4 {
						s += b[k] * a[j] * row[min(max(iu-1+j, 0), src.w-1)]
					}
				}
				out[x] = s
			}
		}
	})
}
