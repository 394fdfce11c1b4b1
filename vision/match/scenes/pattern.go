package scenes

import (
	"math"
	"math/rand/v2"
)

// fine is how many samples of a pattern there are along the side of a pixel.
const fine = 4

// pattern is a picture in fine samples, grey levels from 0 to 255.
type pattern struct {
	w, h int // fine samples
	v    []float32
}

func newPattern(w, h int) pattern { return pattern{w, h, make([]float32, w*h)} }

// at is the grey level between fine samples; outside it is that of the border.
func (p pattern) at(x, y float64) float64 {
	x, y = min(max(x, 0), float64(p.w-1)), min(max(y, 0), float64(p.h-1))
	ix, iy := min(int(x), p.w-2), min(int(y), p.h-2)
	fx, fy := x-float64(ix), y-float64(iy)
	r := p.v[iy*p.w+ix:]
	top := float64(r[0]) + fx*float64(r[1]-r[0])
	bottom := float64(r[p.w]) + fx*float64(r[p.w+1]-r[p.w])
	return top + fy*(bottom-top)
}

// addNoise adds smooth noise with a wavelength and an amplitude: random values on a lattice, with
// cubic steps between.
func (p pattern) addNoise(rng *rand.Rand, wavelength, amplitude float64) {
	nx, ny := int(float64(p.w)/wavelength)+3, int(float64(p.h)/wavelength)+3
	lattice := make([]float64, nx*ny)
	for i := range lattice {
		lattice[i] = amplitude * rng.NormFloat64()
	}
	dx, dy := rng.Float64(), rng.Float64()
	ease := func(f float64) float64 { return f * f * (3 - 2*f) }
	for y := range p.h {
		v := float64(y)/wavelength + dy
		iy := int(v)
		fy := ease(v - float64(iy))
		for x := range p.w {
			u := float64(x)/wavelength + dx
			ix := int(u)
			fx := ease(u - float64(ix))
			r := lattice[iy*nx+ix:]
			top, bottom := r[0]+fx*(r[1]-r[0]), r[nx]+fx*(r[nx+1]-r[nx])
			p.v[y*p.w+x] += float32(top + fy*(bottom-top))
		}
	}
}

// addShapes paints discs, bars and frames with sharp edges; size is that of the largest ones.
func (p pattern) addShapes(rng *rand.Rand, n int, size float64) {
	for range n {
		cx, cy := rng.Float64()*float64(p.w), rng.Float64()*float64(p.h)
		a, b := size*(0.15+0.5*rng.Float64()), size*(0.08+0.3*rng.Float64())
		sin, cos := math.Sincos(rng.Float64() * 2 * math.Pi)
		grey := float32(20 + 215*rng.Float64())
		kind := rng.IntN(3)
		reach := int(math.Hypot(a, b)) + 1
		for y := max(int(cy)-reach, 0); y < min(int(cy)+reach, p.h); y++ {
			for x := max(int(cx)-reach, 0); x < min(int(cx)+reach, p.w); x++ {
				u, v := cos*(float64(x)-cx)+sin*(float64(y)-cy), cos*(float64(y)-cy)-sin*(float64(x)-cx)
				in := false
				switch kind {
				case 0:
					in = u*u/(a*a)+v*v/(b*b) < 1
				case 1:
					in = math.Abs(u) < a && math.Abs(v) < b
				case 2:
					in = math.Abs(u) < a && math.Abs(v) < b && (math.Abs(u) > a*0.7 || math.Abs(v) > b*0.6)
				}
				if in {
					p.v[y*p.w+x] = grey
				}
			}
		}
	}
}

// limit brings all grey levels into what a camera can show.
func (p pattern) limit() {
	for i := range p.v {
		p.v[i] = min(max(p.v[i], 8), 247)
	}
}

// addPrint paints lines of signs, as letters are: three by five squares each, some of them black.
func (p pattern) addPrint(rng *rand.Rand, dot float64) {
	grey := float32(20 + 50*rng.Float64())
	for y := 2 * dot; y+6*dot < float64(p.h); y += 8 * dot {
		for x := 2 * dot; x+4*dot < float64(p.w); x += 4 * dot {
			for k, sign := 0, rng.IntN(1<<15); k < 15; k++ {
				if sign>>k&1 == 0 {
					continue
				}
				x0, y0 := x+float64(k%3)*dot, y+float64(k/3)*dot
				for yy := int(y0); yy < int(y0+dot); yy++ {
					for xx := int(x0); xx < int(x0+dot); xx++ {
						p.v[yy*p.w+xx] = grey
					}
				}
			}
		}
	}
}

// kinds of pattern.
const (
	art     = iota // sharp edges
	texture        // smooth noise of several wavelengths
	both
	grain // noise of two pixels and nothing else
	print // lines of signs on a plain ground
	kinds
)

// draw makes a pattern of some kind for w x h pixels with some samples in each.
func draw(rng *rand.Rand, kind, w, h, samples int) pattern {
	p := newPattern(w*samples, h*samples)
	base := float32(70 + 110*rng.Float64())
	if kind == print {
		base = float32(170 + 70*rng.Float64())
	}
	for i := range p.v {
		p.v[i] = base
	}
	side := math.Sqrt(float64(w * h))
	f := float64(samples)
	switch kind {
	case texture, both:
		p.addNoise(rng, f*32, 22)
		p.addNoise(rng, f*12, 20)
		p.addNoise(rng, f*5, 14)
	case grain:
		p.addNoise(rng, f*2, 30)
	case print:
		p.addPrint(rng, f*(1.5+side/60))
	}
	if kind == art || kind == both {
		p.addShapes(rng, 10+int(side*side/400), f*min(max(side*0.5, 10), 60))
	}
	if kind == texture || kind == both {
		p.addNoise(rng, f*2.5, 7)
	}
	p.limit()
	return p
}
