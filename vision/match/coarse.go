package match

import "math"

// plan is over which turns and scales a template is looked for everywhere: steps of at most a pixel
// of the coarse level where its points are, in the middle.
type plan struct {
	poses     []pose  // turns and scales
	stepAngle float64 // radians
	stepScale float64 // as the logarithm
	bands     int     // into which the rows are cut, so that there is work for several workers
	keep      int     // candidates of each pose and band
}

// stepPixels is how far a point may move between two neighbouring turns or scales.
const stepPixels = 1.1

func (t *Template) plan() plan {
	spread := max(t.models[t.coarse].spread*t.scales.High, 2)
	var p plan
	angles, low := 1, t.angles.Low
	if span := t.angles.High - t.angles.Low; span > 0 {
		angles = int(math.Ceil(span*spread/stepPixels)) + 1
		if p.stepAngle = span / float64(angles-1); span > 2*math.Pi-1e-9 {
			angles-- // the last is the first
		}
	}
	scales := 1
	if span := math.Log(t.scales.High / t.scales.Low); span > 0 {
		scales = int(math.Ceil(span*spread/stepPixels)) + 1
		p.stepScale = span / float64(scales-1)
	}
	for s := range scales {
		for a := range angles {
			p.poses = append(p.poses, pose{
				angle: low + float64(a)*p.stepAngle,
				scale: min(t.scales.Low*math.Exp(float64(s)*p.stepScale), t.scales.High),
			})
		}
	}
	p.bands, p.keep = 1, 8
	if len(p.poses) < 8 {
		p.bands, p.keep = 4, 24
	}
	return p
}

// leastCoarse is the score below which a place is no candidate.
const leastCoarse = 0.25

// scan scores a turned template at every place of a band of the coarse level, and leaves the best
// places in list.
func (w *worker) scan(f *field, t *Template, p pose, area bounds, band, bands, order int, list *shortlist) {
	list.c = list.c[:0]
	m := &t.models[t.coarse]
	w.placed.place(m, p.angle, p.scale, f.stride)
	size := float64(int(1) << t.coarse)
	x0, x1 := int(math.Ceil((area.x0+0.5)/size-0.5-w.placed.dx)), int(math.Floor((area.x1+0.5)/size-0.5-w.placed.dx))
	y0, y1 := int(math.Ceil((area.y0+0.5)/size-0.5-w.placed.dy)), int(math.Floor((area.y1+0.5)/size-0.5-w.placed.dy))
	rows := y1 - y0 + 1
	if x0 > x1 || rows <= 0 {
		return
	}
	y0, y1 = y0+rows*band/bands, y0+rows*(band+1)/bands
	w.placed.inside(f, f.at(x0, y0), f.at(x1, y1-1)+2*block)
	var scores [block]int16
	floor := list.floor(leastCoarse)
	least := int16(floor / w.placed.perScore)
	for y := y0; y < y1; y++ {
		for x := x0; x <= x1; x += block {
			if scoreBlock(&scores, f.data, f.at(x, y), w.placed.points, w.placed.bias) <= least {
				continue
			}
			for i, s := range scores[:min(block, x1-x+1)] {
				if s > least {
					list.add(candidate{
						pose{
							(float64(x+i)+w.placed.dx+0.5)*size - 0.5, (float64(y)+w.placed.dy+0.5)*size - 0.5,
							p.angle, p.scale,
						},
						float64(s) * w.placed.perScore, order,
					}, 2*size)
					floor = list.floor(leastCoarse)
					least = int16(floor / w.placed.perScore)
				}
			}
		}
	}
}

// inside makes sure that no kernel reads beyond a field, from the bytes of the first place to the
// end of those of the last.
func (p *placed) inside(f *field, first, end int) {
	if first+p.low < 0 || end+p.high > len(f.data) {
		panic("match: a model reaches beyond the image's border")
	}
}

// bounds are where a template's centre may be, in full size.
type bounds struct{ x0, y0, x1, y1 float64 }

// descend looks for better poses next to a candidate on a finer level: turns and scales half a
// step of the coarser level apart, and places within reach pixels.
func (w *worker) descend(f *field, t *Template, level int, stepAngle, stepScale float64, area bounds, c *candidate) {
	reach := 2
	turns, scales := 0, 0
	if stepAngle > 0 {
		turns, reach = 1, 3
	}
	if stepScale > 0 {
		scales, reach = 1, 3
	}
	size := float64(int(1) << level)
	cx, cy := (c.x+0.5)/size-0.5, (c.y+0.5)/size-0.5
	from := c.pose
	c.score = -1
	var scores [few]int16
	for da := -turns; da <= turns; da++ {
		for ds := -scales; ds <= scales; ds++ {
			q := pose{angle: from.angle + float64(da)*stepAngle, scale: from.scale * math.Exp(float64(ds)*stepScale)}
			q.angle, q.scale = t.admit(q.angle, q.scale)
			m := w.poses.place(&t.models[level], q.angle, q.scale, f.stride)
			x0 := int(math.Floor(cx-m.dx+0.5)) - reach
			y0 := int(math.Floor(cy-m.dy+0.5)) - reach
			m.inside(f, f.at(x0, y0), f.at(x0, y0+2*reach)+2*few)
			for y := y0; y <= y0+2*reach; y++ {
				scoreFew(&scores, f.data, f.at(x0, y), m.points, m.bias)
				for i, s := range scores[:2*reach+1] {
					if v := float64(s) * m.perScore; v > c.score {
						q.x = (float64(x0+i)+m.dx+0.5)*size - 0.5
						q.y = (float64(y)+m.dy+0.5)*size - 0.5
						c.pose, c.score = q, v
					}
				}
			}
		}
	}
	c.x, c.y = min(max(c.x, area.x0), area.x1), min(max(c.y, area.y0), area.y1)
}

// admit moves a turn and a scale into the template's ranges.
func (t *Template) admit(angle, scale float64) (float64, float64) {
	if t.angles.High-t.angles.Low < 2*math.Pi-1e-9 {
		angle = min(max(angle, t.angles.Low), t.angles.High)
	}
	return angle, min(max(scale, t.scales.Low), t.scales.High)
}
