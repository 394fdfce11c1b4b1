package render

// chunk is the number of pixels for which one mip level is chosen.
const chunk = 32

// shade colours a row, run by run.
func (b *band) shade(s *setup, scene *Scene, t *Target, y int, rs []run, iz []float32) {
	out := t.Color[3*y*t.W : 3*(y+1)*t.W]
	fy := float64(y)
	for k := range rs {
		x0, x1 := int(rs[k].x), b.end(rs, k)
		px := out[3*x0 : 3*x1]
		if rs[k].id == 0 {
			fill(px, scene.Sky)
			continue
		}
		tr := &s.tris[rs[k].id&triMask]
		z := iz[x0:x1]
		fx := float64(x0)
		switch {
		case tr.mat.Texture != nil:
			tr.texture(px, z, fx, fy)
		case tr.constant:
			l := int32(tr.light * 256)
			fill(px, RGB{scale(int32(tr.mat.Color.R), l), scale(int32(tr.mat.Color.G), l), scale(int32(tr.mat.Color.B), l)})
		default:
			gradient(px, z, float32(tr.lz.at(fx, fy)*256), float32(tr.lz.a*256), tr.mat.Color)
		}
	}
}

// scale is a channel times a light of 256 for 1, cut off at white.
func scale(c, l int32) uint8 { return uint8(min(uint32(c*l)>>8, 255)) }

func fill(px []byte, c RGB) {
	for len(px) >= 3 {
		px[0], px[1], px[2] = c.R, c.G, c.B
		px = px[3:]
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
func (t *tri) texture(px []byte, iz []float32, fx, fy float64) {
	tex := t.mat.Texture
	base := &tex.levels[0]
	w0, h0 := float64(base.w), float64(base.h)
	uz, vz := t.uz.at(fx, fy), t.vz.at(fx, fy)
	lz, dl := float32(t.lz.at(fx, fy)*256), float32(t.lz.a*256)
	if t.constant {
		lz, dl = 0, 0
	}
	for x := 0; x < len(iz); x += chunk {
		n := min(chunk, len(iz)-x)
		z := iz[x : x+n]
		m := &tex.levels[t.mipAt(fx+float64(x+n/2), fy, float64(z[n/2]), w0, h0)]
		su, sv := float64(m.w)*256, float64(m.h)*256
		f := float64(x)
		a := texel{
			u: float32((uz + t.uz.a*f) * su), du: float32(t.uz.a * su),
			v: float32((vz + t.vz.a*f) * sv), dv: float32(t.vz.a * sv),
			l: lz + dl*float32(x), dl: dl, flat: t.light * 256,
		}
		switch {
		case tex.repeat:
			wrappedRun(px[3*x:3*(x+n)], z, m, &a)
		default:
			clampedRun(px[3*x:3*(x+n)], z, m, &a)
		}
	}
}

// mipAt chooses the mip level at a pixel, from the derivatives of (u z)/(1 z).
func (t *tri) mipAt(x, y, iz, w0, h0 float64) int {
	z := 1 / iz
	u, v := t.uz.at(x, y)*z, t.vz.at(x, y)*z
	return t.mat.Texture.level(
		float32((t.uz.a-u*t.iz.a)*z*w0), float32((t.vz.a-v*t.iz.a)*z*h0),
		float32((t.uz.b-u*t.iz.b)*z*w0), float32((t.vz.b-v*t.iz.b)*z*h0))
}

// texel is a run's start and step of texture coordinates (in 1/256 texels) and light
// (256 for 1), all over z; flat is light to be added that is not over z.
type texel struct{ u, du, v, dv, l, dl, flat float32 }

func clampedRun(px []byte, iz []float32, m *mip, a *texel) {
	for i, w := range iz {
		z, f := 1/w, float32(i)
		c := m.clamped(int32((a.u+a.du*f)*z), int32((a.v+a.dv*f)*z))
		store(px[3*i:3*i+3:3*i+3], c, uint32(light256((a.l+a.dl*f)*z+a.flat)))
	}
}

func wrappedRun(px []byte, iz []float32, m *mip, a *texel) {
	for i, w := range iz {
		z, f := 1/w, float32(i)
		c := m.wrapped(int32((a.u+a.du*f)*z), int32((a.v+a.dv*f)*z))
		store(px[3*i:3*i+3:3*i+3], c, uint32(light256((a.l+a.dl*f)*z+a.flat)))
	}
}

// store writes a texel (lanes of 8.8) under light l.
func store(p []byte, c uint64, l uint32) {
	_ = p[2]
	p[0] = uint8(min(uint32(c&0xffff)*l>>16, 255))
	p[1] = uint8(min(uint32(c>>16&0xffff)*l>>16, 255))
	p[2] = uint8(min(uint32(c>>32&0xffff)*l>>16, 255))
}
