package align

// ToDepth sets out, of the depth image's size, to the colour of each depth pixel, interpolated between
// the colour pixels around the place at which its point is seen. A pixel without depth, one whose point
// lies out of the colour image, and one that is hidden from the colour camera by something nearer
// (by more than a Step) are black, and marked so.
//
// The first call takes memory for a depth image of the colour image's size. It fails, and leaves out
// alone, when a size is wrong.
func (a *Aligner) ToDepth(out Colored, color Image, src Depth) error {
	if err := fits("depth image", src.W, src.H, len(src.Z), a.w, a.h, 1); err != nil {
		return err
	}
	if err := fits("colour image", color.W, color.H, len(color.Pix), a.cw, a.ch, 3); err != nil {
		return err
	}
	if err := fits("coloured image", out.W, out.H, len(out.Pix), a.w, a.h, 3); err != nil {
		return err
	}
	if err := marksFit(out.Marks, a.w, a.h); err != nil {
		return err
	}
	if a.behind == nil {
		a.behind = make([]float32, a.cw*a.ch)
	}
	a.src, a.color, a.picture = src.Z, color, out
	a.out = Aligned{Depth: Depth{a.cw, a.ch, a.behind}}
	a.share(stagePoints)
	a.share(stageSurface)
	a.share(stageColor)
	a.src, a.color, a.picture, a.out = nil, Image{}, Colored{}, Aligned{}
	return nil
}

// colorRow colours a row of depth pixels.
func (w *worker) colorRow(y int) {
	a := w.a
	pix := a.picture.Pix[3*y*a.w:][:3*a.w]
	var marks []Mark
	if a.picture.Marks != nil {
		marks = a.picture.Marks[y*a.w:][:a.w]
		clear(marks)
	}
	clear(pix)
	right, bottom := float32(a.cw-1), float32(a.ch-1)
	for x := a.from[y] * chunk; x < min(a.to[y]*chunk, a.w); x++ {
		i := y*a.pitch + x
		u, v := a.u[i], a.v[i]
		if a.s[i] == 0 || !(u >= -0.5 && v >= -0.5 && u < right+0.5 && v < bottom+0.5) {
			continue
		}
		mark := Seen
		k := int(v+0.5)*a.cw + int(u+0.5)
		if z := a.behind[k]; z > 0 && a.z[i] > z && !a.joined(a.z[i], z) {
			mark = Occluded
		} else {
			a.color.at(pix[3*x:3*x+3], min(max(u, 0), right), min(max(v, 0), bottom))
		}
		if marks != nil {
			marks[x] = mark
		}
	}
}

// at sets dst to the colour at u, v, which lie within the image, in steps of 1/256 of a pixel.
func (m *Image) at(dst []byte, u, v float32) {
	x, y := int(u), int(v)
	fx, fy := int(256*(u-float32(x))), int(256*(v-float32(y)))
	i := 3 * (y*m.W + x)
	side, down := 3, 3*m.W
	if x == m.W-1 {
		side = 0
	}
	if y == m.H-1 {
		down = 0
	}
	p, q := m.Pix[i:i+3+side], m.Pix[i+down:i+down+3+side]
	for c := range 3 {
		upper := int(p[c])*(256-fx) + int(p[side+c])*fx
		lower := int(q[c])*(256-fx) + int(q[side+c])*fx
		dst[c] = byte((upper*(256-fy) + lower*fy + 1<<15) >> 16)
	}
}
