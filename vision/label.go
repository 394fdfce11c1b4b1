package vision

import (
	"fmt"
	"math"

	"linetwin.dev/vision/match"
)

// labelSlack is how far from its place a label is looked for, in millimetres; labelTurn is how
// far it may be turned and still be found, in degrees either way, labelScale how much larger or
// smaller it may look: where depth is off by so much of the distance.
const (
	labelSlack = 11
	labelTurn  = 12
	labelScale = 0.03
)

// labelFinder is the label's artwork at the scale of the face looked at squarely.
type labelFinder struct {
	scale    float64 // pixels a millimetre
	template *match.Template
	w, h     int // of the search window, in pixels
	options  match.Options
	region   match.Rect // where the label's middle is looked for
	print    *labelPrint
}

func newLabelFinder(art Image, s shape, perMM, minScore float64) (*labelFinder, error) {
	l := &labelFinder{scale: min(max(math.Round(4*perMM)/4, 0.75), 3)}
	px := func(mm float64) int { return max(int(math.Round(mm*l.scale)), match.MinSide) }
	// One smoothing stands for the lens, the sensor and the resampling.
	pattern := art.Gray(art.Bounds(), nil).Resize(px(s.labelW), px(s.labelH)).smooth()
	var err error
	if l.template, err = match.NewTemplate(match.Image(pattern), match.TemplateOptions{
		Name: "label", Angles: match.Range{Low: -labelTurn, High: labelTurn},
		Scales: match.Range{Low: 1 - labelScale, High: 1 + labelScale},
	}); err != nil {
		return nil, err
	}
	slack := px(labelSlack)
	l.w, l.h = pattern.W+2*slack, pattern.H+2*slack
	l.region = match.Rect{X0: pattern.W / 2, Y0: pattern.H / 2, X1: l.w - pattern.W/2, Y1: l.h - pattern.H/2}
	l.options = match.Options{MinScore: minScore, Workers: 1} // frames share the cores
	if _, err := match.NewSearcher([]*match.Template{l.template}, l.options); err != nil {
		return nil, err
	}
	l.print = newLabelPrint(art, s.labelW, s.labelH, l.scale)
	return l, nil
}

func (l *labelFinder) searcher() *match.Searcher {
	s, err := match.NewSearcher([]*match.Template{l.template}, l.options)
	if err != nil {
		panic(fmt.Sprintf("vision: label: %v", err)) // newLabelFinder has tried it
	}
	return s
}

// judgeLabel finds the label on the face looked at squarely, measures how far it is from its
// place on the bottle and how far it is turned, and what of its print is not as it must be.
func (in *Inspector) judgeLabel(color Image, gray Gray, front face, sc *scratch, v *finding) {
	s, l, spec := in.shape, in.label, &in.cfg.Inspection
	flat := sc.square.gray(&in.view, front.sheet(l.w, l.h, float64(l.w)/l.scale, float64(l.h)/l.scale, 0, s.labelAt, 0), gray, in.roi)
	found, err := sc.label.Search(match.Image(flat), l.region)
	if err != nil || len(found.Matches) == 0 {
		if err == nil && len(found.Rejected) > 0 {
			v.Score = found.Rejected[0].Score
		}
		v.mark("label", true, WrongLabel, in.view.outline(front,
			-s.labelW/2, s.labelW/2, s.labelAt-s.labelH/2, s.labelAt+s.labelH/2))
		return
	}
	m := &found.Matches[0]
	u, z := (m.X-float64(l.w-1)/2)/l.scale, s.labelAt-(m.Y-float64(l.h-1)/2)/l.scale
	p := l.print
	on := front.sheet(p.w, p.h, m.Scale*s.labelW, m.Scale*s.labelH, u, z, m.Angle*math.Pi/180)
	on = p.align(&in.view, on, gray, in.roi, m.Gain, m.Offset, sc)
	across, up := in.labelPlace(front, on)
	v.Score, v.Shift = m.Score, math.Hypot(across, up-s.labelAt)/1000
	// Its long sides tell: a rolling shutter shears, and leaves what is level level.
	v.Turn = math.Atan2(-on.right[2], on.right[0]*front.cos+on.right[1]*front.sin)
	var why Reason
	if v.Shift > float64(spec.MaxShift) {
		why |= ShiftedLabel
	}
	if math.Abs(v.Turn) > float64(spec.MaxTurn) {
		why |= RotatedLabel
	}
	v.Damage = p.damage(p.look(&in.view, on, color, sc), m.Gain, m.Offset)
	if v.Damage > float64(spec.MaxDamage) {
		why |= DamagedLabel
	}
	poly := make([]Point, 4)
	for i, c := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		q := on.corner(c[0], c[1])
		poly[i], _ = in.view.pixel(q[0], q[1], q[2])
	}
	v.mark("label", why != 0, why, poly)
}

// labelPlace is where the middle of a label is on the bottle that looks as if it were where the sheet
// is. A label has its true size, so where it looks larger the face is as much nearer: depth is good to
// some millimetres, this to some tenths.
func (in *Inspector) labelPlace(front face, on sheet) (across, up float64) {
	s, c := in.shape, in.view.c
	scale := math.Sqrt(length(on.right) * float64(on.w) / s.labelW * length(on.down) * float64(on.h) / s.labelH)
	x, y, z := c[0]+(on.middle(0)-c[0])/scale, c[1]+(on.middle(1)-c[1])/scale, c[2]+(on.middle(2)-c[2])/scale
	return (x-front.ox)*front.cos + (y-front.oy)*front.sin, z
}
