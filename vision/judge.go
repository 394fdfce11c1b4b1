package vision

import (
	"math"
	"slices"
)

// codeParams are those of the two readers of a station: a quarter of the budget goes to the
// image as it is, in the station's regions or where the code must be; the rest to the face
// looked at squarely.
func codeParams(p QRParams) (asIs, flat QRParams) {
	asIs, flat = QRParams{Codes: 1, Budget: p.Budget / 4, Invert: p.Invert}, p
	flat.Codes, flat.Regions, flat.Budget = 1, nil, p.Budget-asIs.Budget
	return asIs, flat
}

// judgeQR reads the code where it must be: first in the image as it is, then on
// the face looked at squarely and larger, with the whole cascade.
func (in *Inspector) judgeQR(gray Gray, front face, sc *scratch, v *Verdict) {
	s := in.shape
	outline := in.view.outline(front, -s.qrSize/2, s.qrSize/2, s.qrAt-s.qrSize/2, s.qrAt+s.qrSize/2)
	margin := s.qrSize/8 + 2
	sc.regions = in.codeRegions(sc.regions[:0], front, margin)
	for _, region := range sc.regions {
		local := Rect{region.X0 - in.roi.X0, region.Y0 - in.roi.Y0, region.X1 - in.roi.X0, region.Y1 - in.roi.Y0}.Clip(gray.W, gray.H)
		if local.Empty() {
			continue
		}
		if scan := in.asIs.ScanGray(gray, local); len(scan.Codes) > 0 {
			c := scan.Codes[0]
			for i := range c.Corners {
				c.Corners[i].X += float64(in.roi.X0)
				c.Corners[i].Y += float64(in.roi.Y0)
			}
			in.foundQR(c, v)
			return
		}
	}
	// A version 1 code has 21 modules a side: eight pixels each.
	side := s.qrSize + 2*margin
	scale := min(max(8*21/s.qrSize, 1.5*math.Sqrt(in.density)), 12)
	n := int(side * scale)
	flat := newGray(n, n, sc.flat)
	sc.flat = flat.Pix
	u0, z1 := -side/2, s.qrAt+side/2
	in.view.rectify(flat, gray, in.roi, front, u0, z1, scale)
	if scan := in.flat.ScanGray(flat, Rect{}); len(scan.Codes) > 0 {
		c := scan.Codes[0]
		for i, p := range c.Corners {
			x, y, z := front.at(u0+(p.X+0.5)/scale, z1-(p.Y+0.5)/scale)
			c.Corners[i], _ = in.view.pixel(x, y, z)
		}
		in.foundQR(c, v)
		return
	}
	v.mark("QR", true, NoQR, outline)
}

// codeRegions appends the regions of the image in which the code is read as it is: the
// station's, or where it must be.
func (in *Inspector) codeRegions(to []Rect, front face, margin float64) []Rect {
	for _, r := range in.cfg.Inspection.QR.Regions {
		to = append(to, Rect{r.X, r.Y, r.X + r.W, r.Y + r.H})
	}
	if len(to) > 0 {
		return to
	}
	s := in.shape
	return append(to, Around(in.view.outline(front, -s.qrSize/2-margin, s.qrSize/2+margin,
		s.qrAt-s.qrSize/2-margin, s.qrAt+s.qrSize/2+margin)...))
}

func (in *Inspector) foundQR(c Code, v *Verdict) {
	v.Text = c.Text
	v.Serial, _ = serial(c.Text, in.cfg.Product.QR.Prefix)
	v.mark("QR", false, NoQR, slices.Clone(c.Corners[:]))
}

// labelSlack is how far from its place a label is looked for, in millimetres.
const labelSlack = 11

// labelFinder is the label's artwork at the scale of the rectified face.
type labelFinder struct {
	scale    float64 // pixels a millimetre
	template *Template
	w, h     int // of the search window, in pixels
	u0, z1   float64
}

func newLabelFinder(art Image, s shape, perMM float64) (*labelFinder, error) {
	l := &labelFinder{scale: min(max(math.Round(4*perMM)/4, 0.75), 3)}
	px := func(mm float64) int { return max(int(math.Round(mm*l.scale)), 4) }
	// One smoothing stands for the lens, the sensor and the resampling.
	t, err := NewTemplate(art.Gray(art.Bounds(), nil).Resize(px(s.labelW), px(s.labelH)).smooth())
	if err != nil {
		return nil, err
	}
	l.template = t
	l.w, l.h = px(s.labelW+2*labelSlack), px(s.labelH+2*labelSlack)
	l.u0, l.z1 = -s.labelW/2-labelSlack, s.labelAt+s.labelH/2+labelSlack
	return l, nil
}

// judgeLabel compares the label with its artwork on the face looked at squarely,
// and measures how far it is from its place on the bottle.
func (in *Inspector) judgeLabel(gray Gray, front face, sc *scratch, v *Verdict) {
	s, l := in.shape, in.label
	flat := newGray(l.w, l.h, sc.flat)
	sc.flat = flat.Pix
	in.view.rectify(flat, gray, in.roi, front, l.u0, l.z1, l.scale)
	m, err := l.template.Find(flat, Rect{})
	if err != nil {
		// Find fails only where the template does not fit, which the window's
		// size rules out; a label that cannot be looked for is not right.
		m = Match{}
	}
	w, h := l.template.Size()
	u0, z1 := l.u0+m.X/l.scale, l.z1-m.Y/l.scale
	du := u0 + float64(w)/2/l.scale
	dz := z1 - float64(h)/2/l.scale - s.labelAt
	v.Score = m.Score
	if !(m.Score >= in.cfg.Inspection.MinScore) { // so that NaN is no match
		v.mark("label", true, WrongLabel, in.view.outline(front,
			-s.labelW/2, s.labelW/2, s.labelAt-s.labelH/2, s.labelAt+s.labelH/2))
		return
	}
	v.Shift = math.Hypot(du, dz) / 1000
	v.mark("label", v.Shift > float64(in.cfg.Inspection.MaxShift), ShiftedLabel,
		in.view.outline(front, u0, u0+s.labelW, z1-s.labelH, z1))
}

// capHeadroom is how far above its place a cap is looked for, in millimetres.
const capHeadroom = 25

// judgeCap measures the height of what stands on the bottle's axis: in each
// column of the image, the height of the topmost point in the cap's cylinder; over
// the columns, the median. Depth enters only through the camera's tilt.
func (in *Inspector) judgeCap(depth Depth, p placing, sc *scratch, v *Verdict) {
	s, c, roi := in.shape, in.view.c, in.roi
	sc.tops = sc.tops[:0]
	box := in.capOutline(p.stand, 0.6*s.capRadius, s.height-capHeadroom, s.top()+capHeadroom)
	cols := Around(box...).Clip(depth.W, depth.H)
	cols = Rect{max(cols.X0, roi.X0), max(cols.Y0, roi.Y0), min(cols.X1, roi.X1), min(cols.Y1, roi.Y1)}
	radius := s.capRadius + 8
	low, high := s.height-capHeadroom, s.top()+capHeadroom
	const steady = 3 // points in a row that are no stray one
	w := roi.X1 - roi.X0
	for x := cols.X0; x < cols.X1; x++ {
		run, first, depth0 := 0, 0, 0.0
		for y := cols.Y0; y < cols.Y1 && run < steady; y++ {
			z := float64(depth.Z[y*depth.W+x])
			r := in.rays[3*((y-roi.Y0)*w+x-roi.X0):][:3]
			t := z - p.bias
			px, py, pz := c[0]+t*float64(r[0])-p.stand.x, c[1]+t*float64(r[1])-p.stand.y, c[2]+t*float64(r[2])
			if !(z > 0) || px*px+py*py > radius*radius || pz < low || pz > high {
				run = 0
				continue
			}
			if run == 0 {
				first, depth0 = y, t
			}
			run++
		}
		if run < steady {
			continue
		}
		up := in.rays[3*((max(first-1, roi.Y0)-roi.Y0)*w+x-roi.X0)+2]
		at := in.rays[3*((first-roi.Y0)*w+x-roi.X0)+2]
		sc.tops = append(sc.tops, c[2]+depth0*float64(up+at)/2)
	}
	bad := true
	if n := cols.X1 - cols.X0; n > 0 && len(sc.tops) >= max(n/2, 3) {
		slices.Sort(sc.tops)
		v.CapHeight = sc.tops[len(sc.tops)/2] / 1000
		bad = !(math.Abs(v.CapHeight-s.top()/1000) <= float64(in.cfg.Inspection.CapTolerance))
	}
	v.mark("cap", bad, NoCap, in.capOutline(p.stand, s.capRadius, s.height, s.top()))
}

// capOutline is the upright rectangle through a bottle's axis that a cap of some
// radius takes from z0 to z1, seen along y.
func (in *Inspector) capOutline(at stand, radius, z0, z1 float64) []Point {
	axis := face{ox: at.x, oy: at.y, cos: 1}
	return in.view.outline(axis, -radius, radius, z0, z1)
}

// leastSeen is the part of the front face that must have depth: a face of which
// more is hidden could hide a dent.
const leastSeen = 0.8

// judgeDent looks for the patch of the front face that lies furthest behind its
// plane.
func (in *Inspector) judgeDent(p placing, front face, sc *scratch, v *Verdict) {
	s := in.shape
	d, x, z, seen := sc.grid.deepest(p, front.ox-s.width/2+rim, front.ox+s.width/2-rim, foot, s.height-shoulder, in.cellFull())
	if seen < leastSeen {
		v.Reason |= NotJudged
	}
	v.DentDepth = max(d, 0) / 1000
	bad := !(v.DentDepth <= float64(in.cfg.Inspection.MaxDent))
	v.mark("front", bad, Dent, in.view.outline(front, -s.width/2, s.width/2, 0, s.height))
	if bad {
		u := x - front.ox
		v.mark("dent", true, Dent, in.view.outline(front, u-2*cell, u+2*cell, z-2*cell, z+2*cell))
	}
}
