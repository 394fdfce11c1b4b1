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
func (in *Inspector) judgeQR(gray Gray, front face, sc *scratch, v *finding) {
	s := in.shape
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
	flat := sc.code.gray(&in.view, front.sheet(n, n, float64(n)/scale, float64(n)/scale, 0, s.qrAt, 0), gray, in.roi)
	if scan := in.flat.ScanGray(flat, Rect{}); len(scan.Codes) > 0 {
		c := scan.Codes[0]
		middle := float64(n-1) / 2
		for i, p := range c.Corners {
			x, y, z := front.at((p.X-middle)/scale, s.qrAt-(p.Y-middle)/scale)
			c.Corners[i], _ = in.view.pixel(x, y, z)
		}
		in.foundQR(c, v)
		return
	}
	v.mark("QR", true, NoQR, in.view.outline(front, -s.qrSize/2, s.qrSize/2, s.qrAt-s.qrSize/2, s.qrAt+s.qrSize/2))
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
	c := in.view.corners(front, -s.qrSize/2-margin, s.qrSize/2+margin, s.qrAt-s.qrSize/2-margin, s.qrAt+s.qrSize/2+margin)
	return append(to, Around(c[:]...))
}

func (in *Inspector) foundQR(c Code, v *finding) {
	v.Text = c.Text
	v.Serial, _ = serial(c.Text, in.cfg.Product.QR.Prefix)
	v.Grade = c.Quality.Grade
	v.mark("QR", v.Grade < in.cfg.Inspection.MinGrade, PoorQR, slices.Clone(c.Corners[:]))
}

// leastSeen is the part of the front face that must have depth: a face of which
// more is hidden could hide a dent.
const leastSeen = 0.8

// judgeFront looks for the patches of the front face that lie furthest behind its plane, and
// furthest before it.
func (in *Inspector) judgeFront(p placing, front face, sc *scratch, v *finding) {
	s, spec := in.shape, &in.cfg.Inspection
	x0, x1, z0, z1, full := front.ox-s.width/2+rim, front.ox+s.width/2-rim, float64(foot), s.height-shoulder, in.cellFull()
	dent, bulge, seen := sc.grid.extremes(p, sc.grid.bend(p, x0, x1, z0, z1, full), x0, x1, z0, z1, full)
	if seen < leastSeen {
		v.Reason |= NotJudged
	}
	v.DentDepth, v.BulgeHeight = dent.by/1000, bulge.by/1000
	dented, bulged := !(v.DentDepth <= float64(spec.MaxDent)), !(v.BulgeHeight <= float64(spec.MaxBulge))
	v.mark("front", dented || bulged, 0, in.view.outline(front, -s.width/2, s.width/2, 0, s.height))
	patch := func(name string, why Reason, at spot) {
		const half = spotSide * cell / 2.
		u := at.x - front.ox
		v.mark(name, true, why, in.view.outline(front, u-half, u+half, at.z-half, at.z+half))
	}
	if dented {
		patch("dent", Dent, dent)
	}
	if bulged {
		patch("bulge", Bulge, bulge)
	}
}
