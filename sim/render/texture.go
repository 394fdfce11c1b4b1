package render

import (
	"fmt"
	"math"
	"math/bits"
)

// Texture is an immutable image with its mip maps. Outside of 0..1 it either repeats
// or continues its border.
type Texture struct {
	levels []mip
	repeat bool
}

// Pixels are what the texture was made from, as a copy.
func (t *Texture) Pixels() (w, h int, rgb []byte, repeat bool) {
	m := &t.levels[0]
	rgb = make([]byte, 0, 3*len(m.texels))
	for _, p := range m.texels {
		rgb = append(rgb, byte(p), byte(p>>16), byte(p>>32))
	}
	return int(m.w), int(m.h), rgb, t.repeat
}

// mip is one level: w x h texels, both powers of two. A texel holds R, G, B in three
// lanes of 16 bits, so that one multiplication weighs all of them.
type mip struct {
	w, h   int32
	shift  uint // log2 w
	texels []uint64
}

const maxTexture = 4096

// NewTexture takes RGB pixels, rows from the top; both sides must be powers of two of
// at most 4096. The pixels are copied.
func NewTexture(w, h int, rgb []byte, repeat bool) (*Texture, error) {
	if !powerOfTwo(w) || !powerOfTwo(h) || w > maxTexture || h > maxTexture {
		return nil, fmt.Errorf("render: texture of %dx%d texels; each side must be a power of two of at most %d", w, h, maxTexture)
	}
	if len(rgb) != 3*w*h {
		return nil, fmt.Errorf("render: texture of %dx%d texels needs %d bytes, got %d", w, h, 3*w*h, len(rgb))
	}
	t := &Texture{repeat: repeat}
	m := newMip(w, h)
	for i := range m.texels {
		m.texels[i] = pack(uint64(rgb[3*i]), uint64(rgb[3*i+1]), uint64(rgb[3*i+2]))
	}
	t.levels = append(t.levels, m)
	for w > 1 || h > 1 {
		w, h = max(1, w/2), max(1, h/2)
		m = m.half(w, h)
		t.levels = append(t.levels, m)
	}
	return t, nil
}

func powerOfTwo(n int) bool { return n > 0 && n&(n-1) == 0 }

func newMip(w, h int) mip {
	return mip{w: int32(w), h: int32(h), shift: uint(bits.Len(uint(w)) - 1), texels: make([]uint64, w*h)}
}

func pack(r, g, b uint64) uint64 { return r | g<<16 | b<<32 }

// half averages blocks of 2x2 texels (2x1 or 1x2 when one side is 1 already).
func (m *mip) half(w, h int) mip {
	n := newMip(w, h)
	sx, sy := int(m.w)/w, int(m.h)/h
	stride := int(m.w)
	for y := range h {
		for x := range w {
			i := y*sy*stride + x*sx
			j := i + (sy-1)*stride
			s := m.texels[i] + m.texels[i+sx-1] + m.texels[j] + m.texels[j+sx-1] + 2<<32 + 2<<16 + 2
			n.texels[y*w+x] = s >> 2 & 0x00ff_00ff_00ff
		}
	}
	return n
}

// lod is the level of detail, as a real number of mip maps, for steps of du, dv (in
// texels of level 0) a pixel along x and along y.
func (t *Texture) lod(dux, dvx, duy, dvy float64) float64 {
	r := max(dux*dux+dvx*dvx, duy*duy+dvy*dvy)
	if !(r > 0) {
		return 0
	}
	return min(max(0.5*log2(r), 0), float64(len(t.levels)-1))
}

// log2 is straight between powers of two, and so off by up to 0.09: enough to choose
// between textures by, and much faster than the exact one.
func log2(x float64) float64 {
	b := math.Float64bits(x)
	return float64(int(b>>52)-1023) + float64(b&(1<<52-1))/(1<<52)
}

// clamped samples at u, v in 1/256 texels, with texel centres at 128 mod 256; the
// lanes of the result are 8.8 fixed point.
func (m *mip) clamped(u, v int32) uint64 {
	u -= 128
	v -= 128
	fx, fy := uint64(u&255), uint64(v&255)
	x0, y0 := u>>8, v>>8
	x1 := min(max(x0+1, 0), m.w-1)
	y1 := min(max(y0+1, 0), m.h-1)
	x0 = min(max(x0, 0), m.w-1)
	y0 = min(max(y0, 0), m.h-1)
	r0, r1 := y0<<m.shift, y1<<m.shift
	return blend(m.texels[r0+x0], m.texels[r0+x1], m.texels[r1+x0], m.texels[r1+x1], fx, fy)
}

// wrapped is clamped for a texture that repeats.
func (m *mip) wrapped(u, v int32) uint64 {
	u -= 128
	v -= 128
	fx, fy := uint64(u&255), uint64(v&255)
	x0, y0 := u>>8, v>>8
	x1, y1 := (x0+1)&(m.w-1), (y0+1)&(m.h-1)
	x0 &= m.w - 1
	y0 &= m.h - 1
	r0, r1 := y0<<m.shift, y1<<m.shift
	return blend(m.texels[r0+x0], m.texels[r0+x1], m.texels[r1+x0], m.texels[r1+x1], fx, fy)
}

func blend(a, b, c, d, fx, fy uint64) uint64 {
	w11 := fx * fy >> 8
	w10 := fx - w11
	w01 := fy - w11
	return a*(256-fx-w01) + b*w10 + c*w01 + d*w11
}
