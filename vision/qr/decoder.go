package qr

import "math"

// Options set up a Decoder. The zero value reads every code of an image.
type Options struct {
	// Max is how many codes are looked for; 0: as many as there are.
	Max int
	// Quick gives up after the cheap stages, as where the next frame comes soon.
	Quick bool
	// NoInverted leaves out codes of light modules on a dark ground.
	NoInverted bool
}

// Result is one code that was read.
type Result struct {
	Text string
	Raw  []byte // the characters' bytes, before a character set is applied
	// Corners of the code without its quiet zone, to a fraction of a pixel: its top left, then
	// clockwise as the code is printed (so anticlockwise in the image where it is mirrored).
	Corners    [4]Point
	Version    int // 1 to 40
	Level      Level
	Mask       int // 0 to 7
	Mirrored   bool
	Inverted   bool
	GS1        bool   // FNC1 stands first: the text is of GS1 element strings, 0x1D between them
	Append     Append // the part of a structured append that it is
	Errors     int    // code words that were wrong and corrected
	Quality    Quality
	Confidence float64 // 0 to 1: how much evidence there is besides the error correction
	Stage      string  // which stage of the cascade found it
}

// Decoder reads QR codes. It keeps its buffers from image to image, so it is for one
// goroutine at a time. Use NewDecoder.
type Decoder struct {
	opt      Options
	work     work
	budget   int
	stop     int // what must be left of the budget for a stage to go on
	image    Image
	*view    // that is looked at
	views    [variants]view
	bin      binarizer
	locate   locator
	grid     grid
	fine     grid
	spare    grid
	sampler  sampler
	align    aligner
	relax    relaxer
	solver   solver
	stage    string
	idle     int // stages in a row that found nothing more
	attempts []attempt
	results  []Result
}

// variant is a way to take the grey values of an image.
type variant int

const (
	plain variant = iota
	inverted
	logarithm
	variants
)

// view is an image in one variant, and what is known of it.
type view struct {
	variant variant
	begun   bool
	pyr     pyramid
	search  finderSearch
	groups  grouper
}

var variantNames = [variants]string{inverted: "inverted ", logarithm: "logarithm "}

// NewDecoder returns a decoder.
func NewDecoder(o Options) *Decoder {
	d := &Decoder{opt: o}
	for v := range d.views {
		d.views[v].variant = variant(v)
		d.views[v].groups.tried = make(map[uint64]struct{})
	}
	return d
}

// Use changes the options from the next image on.
func (d *Decoder) Use(o Options) { d.opt = o }

// Decode reads the codes of an image. budget is the work that it may do, in units of about one
// pixel looked at (2 ns); 0 is DefaultBudget. The image is only read. Besides the
// results nothing is allocated once the buffers have grown to the size of the images.
// Equal images and budgets give equal results.
func (d *Decoder) Decode(m Image, budget int) []Result {
	d.results = nil
	if !m.Valid() {
		return nil
	}
	if budget <= 0 {
		budget = DefaultBudget
	}
	d.image = m
	d.work, d.budget, d.idle = work{left: budget}, budget, 0
	for v := range d.views {
		d.views[v].begun = false
	}
	for _, p := range passes {
		if p.variant != plain && d.opt.Quick || p.variant == inverted && d.opt.NoInverted {
			continue
		}
		if len(d.results) > 0 && d.idle >= patience && !d.unread() {
			break
		}
		d.look(p.variant)
		d.cascade(stages[p.from:p.to])
	}
	r := d.results
	d.results = nil
	return r
}

// passes are the order in which stages are tried on the variants of an image: what is
// cheap first.
var passes = [...]struct {
	variant  variant
	from, to int
}{
	{plain, 0, 2},
	{inverted, 0, 2},
	{plain, 2, 8},
	{logarithm, 0, 4},
	{inverted, 2, 4},
	{plain, 8, len(stages)},
	{logarithm, 4, len(stages)},
}

// look turns to a variant of the image; the first time, it is begun.
func (d *Decoder) look(v variant) {
	d.view = &d.views[v]
	if d.begun || d.work.spent() {
		return
	}
	d.begun = true
	switch v {
	case inverted:
		d.pyr.turn(&d.views[plain].pyr, &invertTable)
	case logarithm:
		d.pyr.turn(&d.views[plain].pyr, &logTable)
	default:
		d.pyr.set(d.image)
	}
	d.search.list, d.search.ids = d.search.list[:0], 0
	clear(d.groups.tried)
}

// invertTable makes light dark; logTable makes shadows as rich in contrast as what is lit.
var (
	invertTable = tableOf(func(v float64) float64 { return 255 - v })
	logTable    = tableOf(func(v float64) float64 { return 255 * math.Log1p(v/10) / math.Log1p(25.5) })
)

func tableOf(f func(v float64) float64) (t [256]byte) {
	for i := range t {
		t[i] = byte(math.Round(f(float64(i))))
	}
	return t
}

// stage is one way to look for finders; each costs more than the one before.
type stage struct {
	name  string
	level int // 0: about 400,000 pixels; 1, 2: twice, four times as fine
	cell  int
	reach int
	bias  int
	step  int // of rows
	blobs bool
	pairs bool
	quick bool
	mean  int // radius of the local mean to split by; 0: by cells
}

const (
	finest  = 8
	doubled = 9
)

// cost is about the work for each pixel.
func (s *stage) cost() int {
	c := 3
	if s.blobs {
		c++
	}
	return c
}

var stages = [...]stage{
	{name: "coarse", level: 0, cell: 8, reach: 2, step: 2, quick: true},
	{name: "finer", level: 1, cell: 8, reach: 2, step: 2, quick: true},
	{name: "blobs", level: 0, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "finer blobs", level: 1, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "local mean", level: 0, mean: 11, step: 1, blobs: true},
	{name: "coarser", level: -1, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "coarse, small window", level: 0, cell: 4, reach: 2, step: 1, blobs: true},
	{name: "coarse, wide window", level: 0, cell: 8, reach: 6, step: 1, blobs: true},
	{name: "finer, small window", level: 1, cell: 4, reach: 2, step: 1, blobs: true},
	{name: "finest", level: finest, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "coarse, darker", level: 0, cell: 8, reach: 2, bias: -14, step: 1, blobs: true},
	{name: "coarse, lighter", level: 0, cell: 8, reach: 2, bias: 14, step: 1, blobs: true},
	{name: "wide local mean", level: 0, mean: 20, step: 1, blobs: true},
	{name: "close local mean", level: 0, mean: 6, step: 1, blobs: true},
	{name: "finer local mean", level: 1, mean: 11, step: 1, blobs: true},
	{name: "two finders", level: 0, pairs: true},
	{name: "coarsest", level: -2, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "doubled", level: doubled, cell: 8, reach: 2, step: 1, blobs: true},
	{name: "finest, small window", level: finest, cell: 4, reach: 3, step: 1, blobs: true},
	{name: "doubled, darker", level: doubled, cell: 16, reach: 2, bias: -10, step: 1, blobs: true},
	{name: "two finders again", level: 0, pairs: true},
}

const (
	coarsePixels = 400_000
	// A stage may spend a part of the budget on groups of finders that come to nothing, so that in
	// a picture with much that looks like finders the other stages have their turn.
	stageShare    = 12
	stageLeast    = 5_000_000
	doubledPixels = 1_500_000
	// patience is how many stages in a row may find nothing more once a code was read, unless
	// there are finders that belong to none.
	patience = 2
	// unreadRays are the rays of such finders.
	unreadRays = 11
)

// unread tells whether there may be codes besides those that were read: two finders that are
// in none of them, of like size, in one variant of the picture.
func (d *Decoder) unread() bool {
	for v := range d.views {
		if !d.views[v].begun {
			continue
		}
		list := d.views[v].search.list
		for i := range list {
			a := &list[i]
			if a.used || a.rays < unreadRays {
				continue
			}
			for j := range list[:i] {
				b := &list[j]
				if !b.used && b.rays >= unreadRays && a.module < 2*b.module && b.module < 2*a.module {
					return true
				}
			}
		}
	}
	return false
}

// cascade runs stages until all is read, or the budget is spent.
func (d *Decoder) cascade(list []stage) {
	m := d.image
	base := 0
	for n := m.W * m.H; n > coarsePixels; n /= 4 {
		base++
	}
	for i := range list {
		s := &list[i]
		if d.work.spent() || d.full() || d.opt.Quick && !s.quick {
			return
		}
		if len(d.results) > 0 && d.idle >= patience && !d.unread() {
			return
		}
		before := len(d.results)
		d.stage = s.name
		if s.pairs {
			d.tryPairs()
		} else {
			p := d.planeOf(s, base)
			if p == nil || p.W < 12 || p.H < 12 || s.cost()*p.W*p.H > d.work.left {
				continue
			}
			var b *bitmap
			if s.mean > 0 {
				b = d.bin.localMean(p.Image, s.mean, 2, &d.work)
			} else {
				b = d.bin.threshold(p.Image, s.cell, s.reach, s.bias, &d.work)
			}
			d.search.flat = max(6, float64(d.bin.flat)/2)
			d.search.scanRows(b, p, s.step, &d.work)
			if s.blobs {
				d.search.scanBlobs(b, p, &d.work)
			}
			for j := range d.results {
				d.markUsed(d.results[j].Corners)
			}
			d.tryTriples()
		}
		if len(d.results) > before {
			d.idle = 0
		} else {
			d.idle++
		}
	}
}

// planeOf is the scale that a stage works on; nil where it has none of its own.
func (d *Decoder) planeOf(s *stage, base int) *plane {
	m := d.image
	switch k := base - s.level; {
	case s.level == doubled:
		if m.W*m.H > doubledPixels {
			return nil
		}
		return d.pyr.double(&d.work)
	case s.level == finest:
		if base < 2 {
			return nil
		}
		return d.pyr.level(0, &d.work)
	case k < 0:
		return nil
	default:
		return d.pyr.level(k, &d.work)
	}
}

func (d *Decoder) full() bool { return d.opt.Max > 0 && len(d.results) >= d.opt.Max }

// mostWrong is the part of the fixed patterns that may be wrong in a grid that is worth more work.
const mostWrong = 0.35

// tryFlat fits a grid to the alignment patterns and tries to read it. It tells the part of the fixed
// patterns that is wrong; 1 where the grid is none of a code.
func (d *Decoder) tryFlat(p *plane) (wrong float64, read bool) {
	version := (d.grid.n - 17) / 4
	d.solver.lay.set(version)
	d.fitAlignment(p, version)
	wrong = d.sample(p)
	if version >= 7 {
		if v, bad := readVersion(d.sampler.soft, d.grid.n); bad <= 3 && v != version {
			return 1, false // its right size will be tried, or the finders are not of one code
		}
	}
	return wrong, wrong <= mostWrong && d.read(p, wrong, 2)
}

// tryHarder refines the grid that tryFlat left, step by step, and tries to read it after each.
func (d *Decoder) tryHarder(p *plane, wrong float64) bool {
	g := &d.grid
	if d.readHarder(p, wrong) {
		return true
	}
	d.spare = *g
	if d.relax.farCorner(g, &d.sampler, p, &d.work) {
		now := d.sample(p)
		if now <= wrong+0.02 {
			wrong = min(wrong, now)
			if d.read(p, now, 2) {
				return true
			}
		} else {
			*g = d.spare
			d.sample(p)
		}
	}
	for i, degree := range [...]int{2, 2, 3, 3, 0, 0, 0} {
		if d.work.spent() {
			return false
		}
		moved := d.relax.step(g, &d.sampler, p, degree, &d.work)
		if math.IsInf(moved, 1) {
			return false
		}
		now := d.sample(p)
		if now > wrong+0.08 || now > 0.3 {
			return false
		}
		wrong = min(wrong, now)
		if degree == 2 && i == 0 {
			continue
		}
		if d.read(p, now, 2) {
			return true
		}
	}
	return d.readHarder(p, wrong)
}

// readHarder tries to read the modules as they are sampled, with blur taken out of them and with
// thresholds that follow the light more closely.
func (d *Decoder) readHarder(p *plane, wrong float64) bool {
	n := d.grid.n
	s := &d.sampler
	if s.equalize(&d.solver.lay, &d.work) &&
		d.read(p, min(wrong, d.solver.lay.fixedFit(s.soft[:n*n])), 3) {
		return true
	}
	s.classify(0.3, closeReach, &d.work)
	if d.read(p, min(wrong, d.solver.lay.fixedFit(s.soft[:n*n])), 2) {
		return true
	}
	s.classify(0, wideReach, &d.work)
	return false
}

// fitAlignment fits the grid to the finders and to the alignment patterns that are found.
func (d *Decoder) fitAlignment(p *plane, version int) {
	g := &d.grid
	d.fitCurve(d.locate.marks)
	if version < 2 || d.align.find(g, p, version, &d.work) == 0 {
		return
	}
	d.locate.marks = append(d.locate.marks, d.align.marks...)
	d.fine = *g
	if !g.fitPlane(d.locate.marks) {
		*g = d.fine
		return
	}
	d.fitCurve(d.locate.marks)
}

// flatEnough is how many modules marks may be off a flat grid in the mean (root of squares).
const flatEnough = 0.1

// fitCurve bends a flat grid where marks show that the surface is not: finders tell not only
// where they are, but by the size of their modules how steep the surface is there.
func (d *Decoder) fitCurve(marks []mark) {
	g, f := &d.grid, &d.relax.fit
	f.reset(3)
	sum, weights := 0.0, 0.0
	for _, m := range marks {
		r := g.residual(m.at, m.u, m.v)
		sum += m.weight * r.dot(r)
		weights += m.weight
		row := monomials(2*m.u/float64(g.n)-1, 2*m.v/float64(g.n)-1)
		f.x.add(&row, r.X, m.weight)
		f.y.add(&row, r.Y, m.weight)
	}
	if sum < weights*flatEnough*flatEnough {
		return
	}
	if _, ok := f.bake(g, 0.01); !ok {
		g.flat()
	}
}

// sample takes the modules and gives the part of the fixed patterns that is wrong.
func (d *Decoder) sample(p *plane) float64 {
	d.sampler.take(&d.grid, p, &d.work)
	d.sampler.classify(0, wideReach, &d.work)
	return d.solver.lay.fixedFit(d.sampler.soft[:d.grid.n*d.grid.n])
}

// read tries to read the modules as they are sampled, and keeps the result.
func (d *Decoder) read(p *plane, wrong float64, tries int) bool {
	g := &d.grid
	n := g.n
	r, ok := d.solver.solve((n-17)/4, d.sampler.soft[:n*n], tries, &d.work)
	if !ok {
		return false
	}
	m, ok := parseMessage(r.version, r.data)
	if !ok || !believable(&r, &m, wrong) {
		return false
	}
	// Corners to a fraction of a pixel: by all borders of modules there are.
	d.fine = *g
	d.relax.step(&d.fine, &d.sampler, p, 2, &d.work)
	if d.fine.sound() {
		g = &d.fine
	}
	size := float64(n)
	out := Result{
		Text: m.text, Raw: m.raw, Version: r.version, Level: r.level, Mask: r.mask,
		Mirrored: r.mirrored, Inverted: d.variant == inverted, GS1: m.gs1, Append: m.append, Errors: r.errors + r.restored,
		Corners:    [4]Point{g.at(0, 0), g.at(size, 0), g.at(size, size), g.at(0, size)},
		Quality:    grade(g, &d.sampler, &d.solver.lay, &r),
		Confidence: confidence(&r, &m, wrong),
		Stage:      variantNames[d.variant] + d.stage,
	}
	if r.mirrored {
		out.Corners[1], out.Corners[3] = out.Corners[3], out.Corners[1]
	}
	d.markUsed(out.Corners)
	for i := range d.results {
		if o := &d.results[i]; inside(o.Corners, centre(out.Corners)) || inside(out.Corners, centre(o.Corners)) {
			return true // the same code again
		}
	}
	d.results = append(d.results, out)
	return true
}

// markUsed takes the finders of a code that was read out of the search.
func (d *Decoder) markUsed(corners [4]Point) {
	mid := centre(corners)
	var wide [4]Point
	for i, c := range corners {
		wide[i] = mix(mid, c, 1.02)
	}
	for i := range d.search.list {
		if f := &d.search.list[i]; inside(wide, f.c) {
			f.used = true
		}
	}
}

func centre(q [4]Point) Point {
	return q[0].add(q[1]).add(q[2]).add(q[3]).mul(0.25)
}

// inside tells whether a point lies in a convex quadrangle.
func inside(q [4]Point, p Point) bool {
	left, right := false, false
	for i := range q {
		if s := q[(i+1)%4].sub(q[i]).cross(p.sub(q[i])); s > 0 {
			left = true
		} else if s < 0 {
			right = true
		}
	}
	return !left || !right
}

// believable holds evidence besides the error correction against a reading: where much was
// corrected, the fixed patterns, the format and what follows the message must bear it out.
func believable(r *reading, m *message, wrong float64) bool {
	if len(m.raw) == 0 {
		return false
	}
	return confidence(r, m, wrong) >= 0.15
}

// confidence weighs the evidence.
func confidence(r *reading, m *message, wrong float64) float64 {
	c := clamp(1-2.5*wrong, 0, 1) * (1 - 0.08*float64(r.format))
	c *= 0.5 + 0.5*clamp(2*r.unused, 0, 1)
	if !m.clean {
		c *= 0.7
	}
	return clamp(c, 0, 1)
}

// Spent is the work that the last Decode did, in the units of its budget.
func (d *Decoder) Spent() int { return d.budget - d.work.left }
