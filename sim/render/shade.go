package render

import "math"

// chunk is the number of pixels for which one level of detail is chosen.
const chunk = 32

// shade colours a row, run by run.
func (b *band) shade(s *setup, scene *Scene, t *Target, y int, rs []run, iz []float32) {
	out := t.Color[3*y*t.W : 3*(y+1)*t.W]
	fy := float64(y)
	for k := range rs {
		x0, x1 := int(rs[k].x), b.end(rs, k)
		px := out[3*x0 : 3*x1]
		if rs[k].id == 0 {
			sky := scene.Sky
			if t.Reflectance {
				sky = RGB{}
			}
			fill(px, sky)
			continue
		}
		tr := &s.tris[rs[k].id&triMask]
		z := iz[x0:x1]
		fx := float64(x0)
		switch {
		case t.Reflectance:
			s.reflectance(tr, px, z, fx, fy)
			if t.Facing != nil {
				far := s.distance(tr)
				for i, facing := 0, t.Facing[y*t.W+x0:y*t.W+x1]; i < len(facing); i++ {
					facing[i] = far
				}
			}
		case tr.mat.Texture != nil:
			s.texture(tr, px, z, fx, fy)
		case tr.constant:
			l := int32(tr.light * 256)
			fill(px, RGB{scale(int32(tr.mat.Color.R), l), scale(int32(tr.mat.Color.G), l), scale(int32(tr.mat.Color.B), l)})
		default:
			gradient(px, z, float32(tr.lz.at(fx, fy)*256), float32(tr.lz.a*256), tr.mat.Color)
		}
	}
}

// reflectance tells of a run of a triangle what it gives back, its gloss and its shine.
func (s *setup) reflectance(t *tri, px []byte, iz []float32, fx, fy float64) {
	gloss := uint8(min(max(t.mat.Gloss, 0), 1)*255 + 0.5)
	shine := uint8(min(max(t.mat.Shine, 0), 255) + 0.5)
	if t.mat.Texture == nil {
		c := t.mat.Color
		fill(px, RGB{share(c.R, c.G, c.B), gloss, shine})
		return
	}
	s.texture(t, px, iz, fx, fy)
	for len(px) >= 3 {
		px[0], px[1], px[2] = share(px[0], px[1], px[2]), gloss, shine
		px = px[3:]
	}
}

// distance of a triangle's plane from the camera: its normal over that is the gradient of
// 1/z.
func (s *setup) distance(t *tri) float32 {
	c := &s.lens
	n := [3]float64{t.iz.a * c.FX, t.iz.b * c.FY, t.iz.at(c.CX, c.CY)}
	return float32(1 / math.Sqrt(dot(n, n)))
}

func share(r, g, b uint8) uint8 { return uint8((uint32(r) + 2*uint32(g) + uint32(b) + 2) >> 2) }

// scale is a channel times a light of 256 for 1, cut off at white.
func scale(c, l int32) uint8 { return uint8(min(uint32(c*l)>>8, 255)) }

// fill doubles what is filled already, which is as fast as memory is.
func fill(px []byte, c RGB) {
	if len(px) < 3 {
		return
	}
	px[0], px[1], px[2] = c.R, c.G, c.B
	for n := 3; n < len(px); n *= 2 {
		copy(px[n:], px[:n])
	}
}

// gradient is one colour under light that varies: l0 + dl i over z at pixel i.
func gradient(px []byte, iz []float32, l0, dl float32, c RGB) {
	r, g, bl := int32(c.R), int32(c.G), int32(c.B)
	for i, w := range iz {
		l := light256((l0 + dl*float32(i)) / w)
		p := px[3*i : 3*i+3 : 3*i+3]
		p[0], p[1], p[2] = scale(r, l), scale(g, l), scale(bl, l)
	}
}

// light256 keeps rounding at the far ends of a span from going out of range.
func light256(l float32) int32 { return min(max(int32(l), 0), maxLight256) }

// texture colours a run of a textured triangle.
func (s *setup) texture(t *tri, px []byte, iz []float32, fx, fy float64) {
	for x := 0; x < len(iz); x += chunk {
		n := min(chunk, len(iz)-x)
		s.textureChunk(t, px[3*x:3*(x+n)], iz[x:x+n], fx+float64(x), fy)
	}
}

// blurFrom is the motion in pixels from which a texture is blurred.
const blurFrom = 0.2

func (s *setup) textureChunk(t *tri, px []byte, iz []float32, x, y float64) {
	tex := t.mat.Texture
	mid := x + float64(len(iz)/2)
	z := float64(iz[len(iz)/2])
	lod := t.lodAt(mid, y, z, float64(tex.levels[0].w), float64(tex.levels[0].h))
	slide := s.slid(t, mid, y)
	dx, dy := s.way(t, mid, y, z)
	if dx*dx+dy*dy < blurFrom*blurFrom {
		t.textureRun(px, iz, x, y, lod, slide)
		return
	}
	// Two looks, a quarter of the way before and after, have the spread of a way that is
	// gone steadily, near enough.
	dx, dy = dx/4, dy/4
	var other [3 * chunk]byte
	var shifted [chunk]float32
	dz := float32(t.iz.a*dx + t.iz.b*dy)
	for i, w := range iz {
		shifted[i] = w + dz
	}
	t.textureRun(px, shifted[:len(iz)], x+dx, y+dy, lod, slide)
	for i, w := range iz {
		shifted[i] = w - dz
	}
	t.textureRun(other[:len(px)], shifted[:len(iz)], x-dx, y-dy, lod, slide)
	for i, v := range other[:len(px)] {
		px[i] = byte((uint32(px[i]) + uint32(v) + 1) >> 1)
	}
}

// slid is how far the texture has slid when the pixel is exposed.
func (s *setup) slid(t *tri, x, y float64) (by [2]float64) {
	m, c := &s.motions[t.motion], &s.lens
	if m.slide == ([2]float64{}) {
		return by
	}
	dt := c.Delay((x-c.CX)/c.FX, (y-c.CY)/c.FY)
	return [2]float64{m.slide[0] * dt, m.slide[1] * dt}
}

// textureRun colours pixels from x, y on with one level of detail, and the texture moved
// by slide.
func (t *tri) textureRun(px []byte, iz []float32, x, y, lod float64, slide [2]float64) {
	tex := t.mat.Texture
	level := int(lod)
	m := &tex.levels[level]
	su, sv := float64(m.w)*256, float64(m.h)*256
	a := texel{
		u: float32(t.uz.at(x, y) * su), du: float32(t.uz.a * su),
		v: float32(t.vz.at(x, y) * sv), dv: float32(t.vz.a * sv),
		flat: t.light * 256,
	}
	if slide != ([2]float64{}) {
		z := t.iz.at(x, y)
		a.u += float32(slide[0] * z * su)
		a.du += float32(slide[0] * t.iz.a * su)
		a.v += float32(slide[1] * z * sv)
		a.dv += float32(slide[1] * t.iz.a * sv)
	}
	if !t.constant {
		a.l, a.dl = float32(t.lz.at(x, y)*256), float32(t.lz.a*256)
	}
	if tex.repeat {
		wrappedRun(px, iz, m, &a)
		return
	}
	clampedRun(px, iz, m, &tex.levels[min(level+1, len(tex.levels)-1)], uint32((lod-float64(level))*256), &a)
}

// lodAt is the level of detail at a pixel, from the derivatives of (u z)/(1 z).
func (t *tri) lodAt(x, y, iz, w0, h0 float64) float64 {
	z := 1 / iz
	u, v := t.uz.at(x, y)*z, t.vz.at(x, y)*z
	return t.mat.Texture.lod(
		(t.uz.a-u*t.iz.a)*z*w0, (t.vz.a-v*t.iz.a)*z*h0,
		(t.uz.b-u*t.iz.b)*z*w0, (t.vz.b-v*t.iz.b)*z*h0)
}

// texel is a run's start and step of texture coordinates (in 1/256 texels) and light
// (256 for 1), all over z; flat is light to be added that is not over z.
type texel struct{ u, du, v, dv, l, dl, flat float32 }

// clampedRun mixes two levels, since prints are what cameras measure by; the part of the
// coarser one is out of 256.
func clampedRun(px []byte, iz []float32, fine, coarse *mip, part uint32, a *texel) {
	halfU, halfV := min(fine.shift, 1), min(uint(fine.h)>>1, 1)
	for i, w := range iz {
		z, f := 1/w, float32(i)
		u, v := int32((a.u+a.du*f)*z), int32((a.v+a.dv*f)*z)
		l := uint32(light256((a.l+a.dl*f)*z + a.flat))
		l2 := l * part >> 8
		store(px[3*i:3*i+3:3*i+3], fine.clamped(u, v), coarse.clamped(u>>halfU, v>>halfV), l-l2, l2)
	}
}

// wrappedRun takes one level, since patterns that repeat are but ground.
func wrappedRun(px []byte, iz []float32, m *mip, a *texel) {
	px = px[:3*len(iz)]
	first := 0
	if n := len(iz) / 8; vector && n > 0 {
		wrappedGroups(&px[0], &iz[0], m, a, n)
		first = 8 * n
	}
	for i := first; i < len(iz); i++ {
		z, f := 1/iz[i], float32(i)
		c := m.wrapped(int32((a.u+a.du*f)*z), int32((a.v+a.dv*f)*z))
		store(px[3*i:3*i+3:3*i+3], c, 0, uint32(light256((a.l+a.dl*f)*z+a.flat)), 0)
	}
}

// store writes the sum of two texels (lanes of 8.8), each under its light.
func store(p []byte, c, d uint64, lc, ld uint32) {
	_ = p[2]
	p[0] = uint8(min((uint32(c&0xffff)*lc+uint32(d&0xffff)*ld)>>16, 255))
	p[1] = uint8(min((uint32(c>>16&0xffff)*lc+uint32(d>>16&0xffff)*ld)>>16, 255))
	p[2] = uint8(min((uint32(c>>32&0xffff)*lc+uint32(d>>32&0xffff)*ld)>>16, 255))
}
