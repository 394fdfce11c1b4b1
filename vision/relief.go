package vision

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/specs"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
	"linetwin.dev/vision/depth"
)

// relief is the depth of a good part, in the depth camera's own pixels, where nothing is
// interpolated.
type relief struct {
	spec     specs.Relief
	view     view // of the depth camera
	template *depth.Template
	box      Rect // of the template in the depth image
	base     placing
}

// edgeReach is how near to an edge, in pixels, depth is not compared: there the slightest
// displacement makes all the difference. edgeStep is what makes an edge.
const edgeReach = 2

var edgeStep = depth.DefaultStep

// What is compared is the mean of the pixels around each, which is calmer than one pixel: a
// capture's tolerances, which are of one pixel, count for a part.
const (
	calmRadius = 2
	calmRange  = 20 // mm
	calm       = 1.0 / 3
)

// newRelief prepares the comparison with a capture. The part in it is looked for as in any
// frame, so that it need not stand exactly in its nominal place.
func (in *Inspector) newRelief(c *capture.Capture) (*relief, error) {
	cfg := &in.cfg
	if c == nil || cfg.Inspection.Relief == nil {
		return nil, nil
	}
	if align.Camera(cfg.DepthK) != c.DepthK {
		return nil, fmt.Errorf("the capture is of a depth camera of %dx%d pixels and focal length %.6g, this one has %dx%d and %.6g, or another lens; take a capture of this camera in this mode",
			c.DepthK.W, c.DepthK.H, c.DepthK.FX, cfg.DepthK.W, cfg.DepthK.H, cfg.DepthK.FX)
	}
	r := &relief{spec: *cfg.Inspection.Relief, view: newView(cfg.DepthK, cfg.Camera.Mul(cfg.DepthInColor), cfg.Nominal)}
	sc := in.newScratch()
	whole, ok := in.aligned(&Frame{Depth: Depth(c.Depth)}, sc)
	if ok {
		r.base, ok = in.locate(whole, sc)
	}
	if !ok {
		return nil, errors.New("no part is found in the capture where one must stand; take a capture of a good part in its nominal place")
	}
	mask := r.reliable(c, in)
	all := []Point{}
	for i, m := range mask {
		if m != 0 {
			all = append(all, Point{float64(i % c.Depth.W), float64(i / c.Depth.W)})
		}
	}
	const fewest = 200
	if len(all) < fewest {
		return nil, fmt.Errorf("%d pixels of the capture see the part, count and lie at no edge; at least %d are needed: give it a mask that holds the part", len(all), fewest)
	}
	r.box = Around(all...)
	w, h := r.box.X1-r.box.X0, r.box.Y1-r.box.Y0
	want, part := depth.NewMap(w, h), make([]byte, w*h)
	least := float32(1000 * r.spec.Tolerance)
	tol := depth.Uniform(least, least)
	if c.Near != nil && c.Far != nil {
		tol = depth.Tolerance{Near: make([]float32, w*h), Far: make([]float32, w*h)}
	}
	for y := range h {
		from := (r.box.Y0+y)*c.Depth.W + r.box.X0
		copy(want.Row(y), c.Depth.Z[from:])
		copy(part[y*w:][:w], mask[from:])
		for x := range min(w, len(c.Near)) {
			tol.Near[y*w+x] = max(c.Near[from+x]*calm, least)
			tol.Far[y*w+x] = max(c.Far[from+x]*calm, least)
		}
	}
	var err error
	r.template, err = depth.NewTemplate(want, part, tol, cfg.DepthK.FX, cfg.DepthK.FY)
	return r, err
}

// reliable is the capture's mask where the part is, without pixels at an edge. What is behind the part
// and below it stays where it is when the part stands elsewhere, and says nothing about it.
func (r *relief) reliable(c *capture.Capture, in *Inspector) []byte {
	w, h, within := c.Depth.W, c.Depth.H, in.depthROI
	mask := make([]byte, w*h)
	for y := max(edgeReach, within.Y0); y < min(h-edgeReach, within.Y1); y++ {
	next:
		for x := max(edgeReach, within.X0); x < min(w-edgeReach, within.X1); x++ {
			z := c.Depth.Z[y*w+x]
			if c.Mask != nil && c.Mask[y*w+x] == 0 || !depth.Valid(z) || !r.onPart(x, y, float64(z), in.shape) {
				continue
			}
			for v := y - edgeReach; v <= y+edgeReach; v++ {
				for _, o := range c.Depth.Z[v*w+x-edgeReach:][:2*edgeReach+1] {
					if d := max(o-z, z-o); !depth.Valid(o) || d > edgeStep.Abs+edgeStep.Rel*min(o, z) {
						continue next
					}
				}
			}
			mask[y*w+x] = 255
		}
	}
	return mask
}

// onPart tells whether a pixel of the capture at a depth sees the front of the part: its body without what
// turns away, as the round edges at its sides and the shoulder, where a part that is turned looks another one,
// and neither the belt below it nor a rail before it. The cap, which is on at any turn, is judged by itself.
func (r *relief) onPart(x, y int, z float64, of shape) bool {
	ray := r.view.ray(Point{float64(x), float64(y)})
	t := z - r.base.bias
	f := r.base.stand.face(of.depth)
	px, py, up := r.view.c[0]+t*ray[0]-f.ox, r.view.c[1]+t*ray[1]-f.oy, r.view.c[2]+t*ray[2]
	u, behind := math.Abs(px*f.cos+py*f.sin), py*f.cos-px*f.sin
	return u < of.width/2-rim && math.Abs(behind) < of.edge && up > foot && up < of.height-shoulder
}

// at is where in the depth image a part that stands somewhere has its front's middle.
func (r *relief) at(s stand, of shape) (Point, bool) {
	return r.view.pixel(s.face(of.depth).at(0, of.height/2))
}

// frontDepth is how far away, along the optical axis, the front's plane is at a pixel.
func (r *relief) frontDepth(f face, x, y int) float64 {
	ray := r.view.ray(Point{float64(x), float64(y)})
	return ((f.oy-r.view.c[1])*f.cos - (f.ox-r.view.c[0])*f.sin) / (ray[1]*f.cos - ray[0]*f.sin)
}

// further is by how much a part's front is further away, at a pixel that is (dx, dy) from that of the
// template: at the template's top left, and how that changes from pixel to pixel along and down. A part that
// is turned by some degrees is nearer on one side.
func (r *relief) further(s stand, of shape, dx, dy int) (z0, along, down float64) {
	was, is := r.base.stand.face(of.depth), s.face(of.depth)
	at := func(x, y int) float64 { return r.frontDepth(is, x+dx, y+dy) - r.frontDepth(was, x, y) }
	b := r.box
	x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
	along = (at(b.X1-1, y) - at(b.X0, y)) / float64(max(b.X1-1-b.X0, 1))
	down = (at(x, b.Y1-1) - at(x, b.Y0)) / float64(max(b.Y1-1-b.Y0, 1))
	return at(x, y) - along*float64(x-b.X0) - down*float64(y-b.Y0), along, down
}

// judgeRelief compares the depth of a part with the template, moved to where the part stands.
func (in *Inspector) judgeRelief(f *Frame, pl placing, sc *scratch, v *finding) {
	r := in.relief
	if r == nil {
		return
	}
	from, ok := r.at(r.base.stand, in.shape)
	to, seen := r.at(pl.stand, in.shape)
	if !ok || !seen {
		v.Reason |= NotJudged
		return
	}
	dx, dy := int(math.Round(to.X-from.X)), int(math.Round(to.Y-from.Y))
	z0, along, down := r.further(pl.stand, in.shape, dx, dy)
	z0 += pl.bias - r.base.bias
	w, h := r.box.X1-r.box.X0, r.box.Y1-r.box.Y0
	if cap(sc.relief) < w*h {
		sc.relief = make([]float32, w*h)
	}
	got := depth.Map{W: w, H: h, Z: sc.relief[:w*h]}
	for y := range h {
		row := got.Row(y)
		clear(row)
		sy := r.box.Y0 + y + dy
		if sy < 0 || sy >= f.Depth.H {
			continue
		}
		start := z0 + down*float64(y)
		for x := range row {
			if sx := r.box.X0 + x + dx; sx >= 0 && sx < f.Depth.W {
				if z := f.Depth.Z[sy*f.Depth.W+sx]; depth.Valid(z) {
					row[x] = z - float32(start+along*float64(x))
				}
			}
		}
	}
	sc.smoother.Radius, sc.smoother.Range = calmRadius, calmRange
	if err := sc.smoother.Smooth(got, got); err != nil {
		v.Reason |= NotJudged
		return
	}
	res, err := r.template.Compare(got, nil)
	if err != nil || float64(res.Compared) < float64(r.spec.MinSeen)*float64(res.Expected) {
		v.Reason |= NotJudged
		return
	}
	v.Relief = float64(res.Out) / float64(max(res.Compared, 1))
	bad := v.Relief > float64(r.spec.MaxOut)
	v.mark("relief", bad, OffRelief, r.outline(in, res.X+r.box.X0+dx, res.Y+r.box.Y0+dy, f))
}

// outline is a small square in the colour image around what a pixel of the depth image sees.
func (r *relief) outline(in *Inspector, x, y int, f *Frame) []Point {
	if x < 0 || y < 0 || x >= f.Depth.W || y >= f.Depth.H {
		return nil
	}
	z := float64(f.Depth.Z[y*f.Depth.W+x])
	rx, ry := r.view.k.Ray(Point{float64(x), float64(y)})
	at := in.cfg.DepthInColor.Apply([3]float64{rx * z / 1000, ry * z / 1000, z / 1000})
	p, ok := in.cfg.K.Project(at[0], at[1], at[2])
	if !ok {
		return nil
	}
	const half = 12
	return []Point{{p.X - half, p.Y - half}, {p.X + half, p.Y - half}, {p.X + half, p.Y + half}, {p.X - half, p.Y + half}}
}
