package sensor

import (
	"math"
	"math/bits"
)

// sight is a row of the depth camera's pixels, and what each of them sees. The kernels know its
// fields.
type sight struct {
	at      []uint32 // the row's part of the lens
	part    []uint16
	slant   []float32 // depth over range of a pixel
	fixed   []float32 // constant part of the systematic error of a pixel, mm
	inverse []float32 // the flat image
	facing  []float32
	color   []byte
	stride  int
	state   uint64   // of the row's random numbers
	random  []uint32 // their low halves
	edges   uint32   // all bits set where edges mix, none where they do not

	// What a pixel sees: 1/z in 1/m, 0 for nothing, and the light that comes back from there, over
	// that of a white surface seen head-on at 1 m.
	iz, light []float32
	slow      []uint8 // of each group of 8, those that the kernel leaves to plain Go

	z    []float32 // what it makes of it, in the frame
	conf []uint8
}

func newSight(t *tof) *sight {
	w := t.k.W
	s := &sight{stride: t.flat.W, random: make([]uint32, w), iz: make([]float32, w), light: make([]float32, w), slow: make([]uint8, w/8)}
	s.inverse, s.facing, s.color = t.flat.Inverse, t.flat.Facing, t.flat.Color
	if t.edges {
		s.edges = math.MaxUint32
	}
	return s
}

// begin goes to row y of the frame in hand.
func (s *sight) begin(t *tof, y int) {
	w := t.k.W
	from, to := y*w, (y+1)*w
	s.at, s.part, s.slant, s.fixed = t.lens.at[from:to], t.lens.part[from:to], t.slant[from:to], t.fixed[from:to]
	s.z, s.conf = t.frame.Depth.Z[from:to], t.frame.Confidence[from:to]
	s.state = stream(t.seed^depthStream, y)
	state := s.state
	for x := range s.random {
		state += weyl
		s.random[x] = uint32(draw(state))
	}
}

// drawn is all of the random number of pixel x.
func (s *sight) drawn(x int) uint64 { return draw(s.state + weyl*(uint64(x)+1)) }

// look finds out what each pixel of the row sees.
func (s *sight) look(t *tof) {
	first := 0
	if n := len(s.at) / 8; vector && n > 0 {
		lookGroups(s, n)
		first = 8 * n
		for g, left := range s.slow[:n] {
			for ; left != 0; left &= left - 1 {
				s.pixel(t, 8*g+bits.TrailingZeros8(left))
			}
		}
	}
	for x := first; x < len(s.at); x++ {
		s.pixel(t, x)
	}
}

// pixel finds out what pixel x sees: on one surface what is between the four pixels of the flat
// image around it, over an edge what mix says.
func (s *sight) pixel(t *tof, x int) {
	s.iz[x], s.light[x] = 0, 0
	a, p := s.at[x], s.part[x]
	if a == unseen {
		return
	}
	u, v := int(a&0xffff), int(a>>16)
	j := v*s.stride + u
	px, py := float32(p&255)*(1.0/256), float32(p>>8)*(1.0/256)
	i0, i1, i2, i3 := s.inverse[j], s.inverse[j+1], s.inverse[j+s.stride], s.inverse[j+s.stride+1]
	edge := areApart(i0, i1, i2, i3)
	if edge && t.edges {
		s.iz[x], s.light[x] = s.mix(t, j, px, py, s.slant[x], x)
		return
	}
	// What it is like is asked of the nearest pixel.
	n := j + int(p>>15)*s.stride + int(p>>7&1)
	iz := s.inverse[n]
	if !edge {
		top, bottom := i0+(i1-i0)*px, i2+(i3-i2)*px
		iz = top + (bottom-top)*py
	}
	s.iz[x], s.light[x] = iz, s.reflectance(n, s.slant[x])*iz*iz
}

// mixed is the least share of either side of an edge in a pixel's signal that counts.
const mixed = 0.02

// mix is what pixel x sees over an edge: the mean of the depths around it, each weighted by
// its area and the light that comes back from there, as 1/z; and that light. It is nothing
// where nothing is there, or the pixel is found inconsistent.
func (s *sight) mix(t *tof, j int, px, py, slant float32, x int) (iz, light float32) {
	px = min(max((px-0.5)*t.sharp+0.5, 0), 1)
	py = min(max((py-0.5)*t.sharp+0.5, 0), 1)
	areas := [4]float32{(1 - px) * (1 - py), px * (1 - py), (1 - px) * py, px * py}
	var share, depth [4]float32
	var depths float32
	nearest := float32(math.Inf(1))
	for i := range share {
		n := j + i>>1*s.stride + i&1
		in := s.inverse[n]
		if in <= 0 {
			continue
		}
		share[i] = areas[i] * s.reflectance(n, slant) * in * in
		depth[i] = 1 / in
		light += share[i]
		depths += share[i] * depth[i]
		nearest = min(nearest, depth[i])
	}
	if light <= 0 {
		return 0, 0
	}
	var hidden float32
	for i, d := range depth {
		if d > nearest*apart {
			hidden += share[i]
		}
	}
	if hidden > mixed*light && hidden < (1-mixed)*light && s.drawn(x)>>(64-quantileBits) < t.loss {
		return 0, 0
	}
	return light / depths, light
}

// reflectance is how much light comes back from where a flat pixel looks, over that of
// a white surface at the same range that is seen head-on: after Lambert, with a shiny
// surface's reflection of the camera's own lamp after Blinn and Phong, normalised so that
// a narrower one is as much stronger.
func (s *sight) reflectance(n int, slant float32) float32 {
	p := s.color[3*n : 3*n+3 : 3*n+3]
	cos := s.facing[n] * s.inverse[n] * slant
	back := float32(p[0]) * (1.0 / 255) * cos
	if p[1] != 0 {
		back += float32(p[1]) * (1.0 / 255) * glare(float32(p[2]), cos)
	}
	return back
}

// dazzle is -ln of the part of a reflection that is too little to be seen.
const dazzle = 8

// glare is what a shiny surface gives back beyond what a white one does.
func glare(shine, cos float32) float32 {
	d := max(0, 1-cos)
	x := shine * d * (1 + d*0.5) // -ln cos^shine, as far as that matters
	if x > dazzle {
		return 0
	}
	return (shine + 2) * 0.5 * float32(math.Exp(-float64(x)))
}
