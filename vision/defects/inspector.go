package defects

import (
	"fmt"
	"image"
	"math"
)

// Options of an Inspector. The zero value serves any picture.
type Options struct {
	// Sensitivity is how faint a difference may be: 2 reports what differs by half as much as what 1 reports, which
	// is the default.
	Sensitivity float64
	// MinPixels is the least number of differing pixels of a region that is reported; default 4.
	MinPixels int
	// Region is the part of the picture that is inspected; the empty rectangle is all of it.
	Region image.Rectangle
	// Workers is the number of goroutines; 0: as many as there are processors.
	Workers int
}

// Report is what an inspection found.
type Report struct {
	// Registered tells whether the picture shows what the good one does. If not, Why says so, and the one defect is
	// the whole picture.
	Registered bool
	Why        string
	Pose       Pose
	// Defects are the regions that differ, the surest first; none: the picture is good.
	Defects []Defect
}

// Pose is how a picture lies on the good one.
type Pose struct {
	// DX and DY are by how many pixels of the good picture the middle of the picture lies off its middle.
	DX, DY float64
	// Angle by which the picture is turned against the good one, clockwise as seen, in degrees.
	Angle float64
	// Scale is how many times larger things are in the picture.
	Scale float64
	// Homography takes a position in the picture to one in the good one, row-major.
	Homography [9]float64
	// Bend is the largest displacement on top of the homography, in pixels.
	Bend float64
	// Residual is the noise of what then differs where nothing changes, in grey levels.
	Residual float64
	// Alike is the median correlation of blocks of the two, 0 where there is nothing to see.
	Alike float64
	// Covered is the share of the picture that the good one tells of.
	Covered float64
}

// Defect is a region in which a picture differs.
type Defect struct {
	Box    image.Rectangle // in pixels of the picture
	Kind   Kind
	Pixels int     // how many differ
	Score  float64 // how many times the threshold the clearest of them is
}

// Inspector compares pictures with good ones. It serves one call at a time.
type Inspector struct {
	o    Options
	t    team
	good standard
	seen colour
	reg  register
	work comparison
}

// New makes an Inspector. Several good pictures of the same thing tell what may differ: each is registered to
// the first, and what lies between them is good. It returns an error if there is none, if one has no pixels, or
// if one does not show what the first does.
func New(good []Image, o Options) (*Inspector, error) {
	if len(good) == 0 {
		return nil, errNoGood
	}
	for i, m := range good {
		if err := m.check(); err != nil {
			return nil, fmt.Errorf("good picture %d: %w", i+1, err)
		}
	}
	if o.Sensitivity == 0 {
		o.Sensitivity = 1
	}
	if !(o.Sensitivity > 0) || math.IsInf(o.Sensitivity, 0) {
		return nil, fmt.Errorf("a sensitivity of %g: it is a number above 0", o.Sensitivity)
	}
	if o.MinPixels == 0 {
		o.MinPixels = 4
	}
	in := &Inspector{o: o, t: newTeam(o.Workers)}
	in.reg.t, in.work.t = in.t, in.t
	in.good.load(good[0], in.t)
	in.good.prepare(in.t)
	if len(good) > 1 {
		if err := in.blend(good); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// Inspect compares a picture. It returns an error if the picture has no pixels or the region to inspect none
// of them.
func (in *Inspector) Inspect(m Image) (Report, error) {
	if err := m.check(); err != nil {
		return Report{}, err
	}
	whole := image.Rect(0, 0, m.W, m.H)
	region := whole
	if !in.o.Region.Empty() {
		region = in.o.Region.Intersect(whole)
		if region.Empty() {
			return Report{}, fmt.Errorf("region %v lies outside of the picture, which is %dx%d", in.o.Region, m.W, m.H)
		}
	}
	in.seen.load(m, in.t)
	f := in.reg.find(&in.seen, &in.good)
	r := Report{Pose: in.pose(f, m), Registered: true}
	covered := in.compare(f, region)
	r.Pose.Covered = covered
	if why := in.strange(f, covered); why != "" {
		r.refuse(why, region)
		return r, nil
	}
	marks := in.work.locate(in.o.Sensitivity)
	r.Pose.Residual = in.work.residual
	up := 0
	if oa, _ := offsets(f.m, m.W, m.H); oa > 0 {
		up = oa
	}
	r.Defects = in.collect(marks, up, region)
	if len(r.Defects) == 0 && in.work.faded() {
		r.refuse("it shows next to nothing where the good picture shows something", region)
	}
	return r, nil
}

// refuse makes a report of a picture that cannot be compared.
func (r *Report) refuse(why string, region image.Rectangle) {
	r.Registered, r.Why = false, why
	r.Defects = []Defect{{Box: region, Kind: Changed, Pixels: region.Dx() * region.Dy(), Score: 1}}
}

// collect makes defects of the mask.
func (in *Inspector) collect(marks []mark, up int, within image.Rectangle) []Defect {
	c := &in.work
	w, h := c.want[0].w, c.want[0].h
	reach := max(2, int(math.Hypot(float64(w), float64(h))/500))
	all := regions(c.found, w, h, reach)
	for i := range all {
		for _, k := range marks {
			if image.Pt(k.x, k.y).In(all[i].box.Inset(-1)) {
				all[i].score = max(all[i].score, k.score)
			}
		}
	}
	all = sift(all, in.o.MinPixels)
	all = join(all, reach)
	rank(all)
	var list []Defect
	for _, g := range all {
		box := image.Rect(g.box.Min.X<<up, g.box.Min.Y<<up, g.box.Max.X<<up, g.box.Max.Y<<up).Intersect(within)
		if box.Empty() {
			continue
		}
		list = append(list, Defect{Box: box, Kind: c.kind(g.box), Pixels: g.pixels << (2 * up), Score: g.score})
	}
	return list
}

// reported is the least score of a region: a little above the threshold is where good pictures have theirs.
const reported = 1.12

// crowd is how many specks there may be before they are taken for noise.
const crowd = 25

// sift leaves out what is too small, or one of a crowd of specks.
func sift(all []region, least int) []region {
	specks := 0
	for _, g := range all {
		if g.pixels < 9 {
			specks++
		}
	}
	kept := all[:0]
	for _, g := range all {
		if g.pixels < least || g.score < reported || specks > crowd && g.pixels < 9 {
			continue
		}
		kept = append(kept, g)
	}
	return kept
}

// strange says why a picture cannot be compared, or "".
func (in *Inspector) strange(f fit, covered float64) string {
	switch {
	case covered < 0.05:
		return fmt.Sprintf("only %.0f %% of it lies on the good picture", 100*covered)
	case f.seen >= 6 && f.alike < 0.35 && (in.work.unlike() || in.work.faded()):
		return fmt.Sprintf("it does not show what the good picture does: their blocks correlate with %.2f", f.alike)
	}
	return ""
}

func (in *Inspector) pose(f fit, m Image) Pose {
	p := Pose{Homography: f.m, Alike: f.alike}
	cx, cy := float64(m.W-1)/2, float64(m.H-1)/2
	u, v := f.m.at(cx, cy)
	// The picture lies where its middle is in the good one; things in it moved the other way.
	p.DX, p.DY = u-float64(in.good.y[0].w-1)/2, v-float64(in.good.y[0].h-1)/2
	a0, b0 := f.m.at(cx-1, cy)
	a1, b1 := f.m.at(cx+1, cy)
	p.Angle = -math.Atan2(b1-b0, a1-a0) * 180 / math.Pi
	p.Scale = 1 / f.m.scale(cx, cy)
	if f.bent != nil {
		p.Bend = f.bent.most()
	}
	return p
}

// compare brings the good picture onto the picture and takes the light up. It returns the share of the
// region that both have.
func (in *Inspector) compare(f fit, region image.Rectangle) float64 {
	c := &in.work
	oa, ob := offsets(f.m, in.seen.y[0].w, in.seen.y[0].h)
	oa, ob = min(oa, len(in.seen.u)-1), min(ob, len(in.good.u)-1)
	c.coloured = !in.seen.grey && !in.good.grey
	c.got = [3]plane{0: in.seen.y[oa]}
	if c.coloured {
		c.got[1], c.got[2] = in.seen.u[oa], in.seen.v[oa]
	}
	w, h := c.got[0].w, c.got[0].h
	c.place(f, &in.good, oa, ob, in.t)
	inside := clip(c.class, w, h, image.Rect(region.Min.X>>oa, region.Min.Y>>oa, (region.Max.X-1)>>oa+1, (region.Max.Y-1)>>oa+1))
	if c.coloured {
		coarsen(c.half, c.class, w, h, c.want[1].w, c.want[1].h)
	}
	area := (region.Dx() >> oa) * (region.Dy() >> oa)
	share := min(float64(inside)/float64(max(area, 1)), 1)
	if inside > 0 {
		c.relight()
	}
	return share
}
