package match

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Options of a search.
type Options struct {
	// Max is how many matches of each template are looked for, at most MaxMatches; 0 means 1.
	Max int
	// MinScore is the least score of a match of a template that says nothing itself, from 0 to 1; 0
	// means DefaultMinScore. A template of which half is covered scores a little below 0.5.
	MinScore float64
	// MaxOverlap is the share of its area that a match may have in common with a better one of the
	// same template; 0 means 0.3.
	MaxOverlap float64
	// Workers is how many goroutines share a search; 0 means runtime.GOMAXPROCS. Results do not
	// depend on it.
	Workers int
}

// DefaultMinScore finds a template of which half is covered. README.md tells how often something
// else scores as much.
const DefaultMinScore = 0.4

// MaxMatches is the most matches of a template that a search can look for.
const MaxMatches = 1000

func (o Options) fill() (Options, error) {
	switch {
	case o.Max < 0 || o.Max > MaxMatches:
		return o, fmt.Errorf("match: at most %d matches: write 1 to %d", o.Max, MaxMatches)
	case !(o.MinScore >= 0 && o.MinScore <= 1):
		return o, fmt.Errorf("match: a least score of %v: write 0 to 1", o.MinScore)
	case !(o.MaxOverlap >= 0 && o.MaxOverlap <= 1):
		return o, fmt.Errorf("match: an overlap of up to %v: write 0 to 1", o.MaxOverlap)
	case o.Workers < 0:
		return o, fmt.Errorf("match: %d workers: write 1 or more, or 0 for one on each processor", o.Workers)
	}
	if o.Max == 0 {
		o.Max = 1
	}
	if o.MinScore == 0 {
		o.MinScore = DefaultMinScore
	}
	if o.MaxOverlap == 0 {
		o.MaxOverlap = 0.3
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}

// Searcher finds templates in images. It keeps its buffers: after the first image of a size, a search
// allocates nothing. One goroutine at a time may use it; a search fans out over workers itself, and
// has ended all of them when it returns.
type Searcher struct {
	opts    Options
	targets []target
	pyr     pyramid
	fields  []field // by level
	needed  []int   // levels with a field, the smallest image first
	workers []worker
	pending sync.WaitGroup
	taken   atomic.Int64
	count   int
	task    func(w *worker, i int)

	halveTask, fillTask, scanTask, descendTask, fitTask func(w *worker, i int)

	level  int // what the tasks work at
	bands  []band
	scans  []scanJob
	jobs   []job
	result Result
	cells  []float64
}

// target is a template and what a search knows about it.
type target struct {
	t     *Template
	plan  plan
	least float64 // score of a match
	area  bounds
	from  int // its first scan
	scans int
	c     []candidate
	half  []fitted // places that were fitted, best first
}

// fitted is a place with what the fit said.
type fitted struct {
	candidate
	verdict
	full  bool // fitted at full size
	agree [mostCells]float64
}

// worker is what one goroutine needs for itself.
type worker struct {
	column []uint16
	placed placed
	poses  poses
	fit    fitter
	run    func()
}

type band struct{ level, from, to int }

type scanJob struct {
	target, band int
	pose         pose
	list         shortlist
}

type job struct{ target, index int }

// Result is what a search found. It belongs to the searcher, until its next search.
type Result struct {
	// Matches of all templates, the best score first.
	Matches []Match
	// Rejected are places that were looked at closely and are no match, for each template the best
	// ones, the best score first. Those that a first look at half size rules out have the score of that.
	Rejected []Rejected
}

// NewSearcher prepares a search for templates, all of them in each image.
func NewSearcher(templates []*Template, o Options) (*Searcher, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	if len(templates) == 0 {
		return nil, errors.New("match: there is no template to look for")
	}
	s := &Searcher{opts: o, targets: make([]target, len(templates))}
	top := 0
	for i, t := range templates {
		if t == nil {
			return nil, fmt.Errorf("match: template %d is nil", i)
		}
		g := &s.targets[i]
		*g = target{t: t, plan: t.plan(), least: cmp.Or(t.minScore, o.MinScore), from: len(s.scans)}
		top = max(top, t.coarse)
		for _, p := range g.plan.poses {
			for b := range g.plan.bands {
				s.scans = append(s.scans, scanJob{i, b, p, shortlist{c: make([]candidate, 0, g.plan.keep+2*o.Max/g.plan.bands)}})
			}
		}
		g.scans = len(s.scans) - g.from
		g.half = make([]fitted, 0, s.mostFits())
	}
	s.fields = make([]field, top+1)
	for l := top; l >= 0; l-- {
		for _, t := range templates {
			if t.fine <= l && l <= t.coarse {
				s.needed = append(s.needed, l)
				break
			}
		}
	}
	s.workers = make([]worker, o.Workers)
	for i := range s.workers {
		w := &s.workers[i]
		w.run = func() {
			s.work(w)
			s.pending.Done()
		}
	}
	s.halveTask, s.fillTask, s.scanTask, s.descendTask, s.fitTask = s.halve, s.fill, s.scan, s.descend, s.fit
	return s, nil
}

// parallel does a task n times, each index once, on all workers.
func (s *Searcher) parallel(n int, task func(w *worker, i int)) {
	s.count, s.task = n, task
	s.taken.Store(0)
	for i := 1; i < min(len(s.workers), n); i++ {
		s.pending.Add(1)
		go s.workers[i].run()
	}
	s.work(&s.workers[0])
	s.pending.Wait()
}

func (s *Searcher) work(w *worker) {
	for {
		i := int(s.taken.Add(1)) - 1
		if i >= s.count {
			return
		}
		s.task(w, i)
	}
}

// Search finds the templates in an image. Their centres are looked for in the region; the empty
// region is the whole image. A template may reach beyond the image's border by up to half its
// size; what is beyond counts as covered. It returns an error for an image that is none, a region
// outside it, and ErrTooLarge, wrapped, for a template that is larger than the image.
func (s *Searcher) Search(m Image, region Rect) (*Result, error) {
	if err := s.prepare(m, region); err != nil {
		return nil, err
	}
	s.buildPyramid()
	s.parallel(len(s.scans), s.scanTask)
	s.gather()
	s.descendAll()
	s.fitAll()
	s.conclude()
	return &s.result, nil
}

// prepare checks the image and gives the buffers their size.
func (s *Searcher) prepare(m Image, region Rect) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("match: the image: %w", err)
	}
	clipped := region.clip(m.W, m.H)
	if clipped.Empty() {
		return fmt.Errorf("match: the region from (%d, %d) to (%d, %d) has no pixel of the image of %dx%d",
			region.X0, region.Y0, region.X1, region.Y1, m.W, m.H)
	}
	top := len(s.fields) - 1
	for i := range s.targets {
		g := &s.targets[i]
		if err := g.t.fits(m.W, m.H); err != nil {
			return err
		}
		// At least half of a template is in the image, or a quarter in a corner.
		g.area = bounds{float64(clipped.X0) - 0.5, float64(clipped.Y0) - 0.5, float64(clipped.X1) - 0.5, float64(clipped.Y1) - 0.5}
		top = max(top, g.t.fitFrom)
	}
	s.pyr.resize(m, top)
	for _, l := range s.needed {
		reach := 0.0
		for i := range s.targets {
			if t := s.targets[i].t; t.fine <= l && l <= t.coarse {
				reach = max(reach, t.models[l].reach*t.scales.High)
			}
		}
		level := s.pyr.level[l]
		s.fields[l].resize(level.W, level.H, int(reach)+12)
	}
	for i := range s.workers {
		s.workers[i].column = sized(s.workers[i].column, m.W+66)
	}
	return nil
}

// ErrTooLarge says that a template cannot be in an image, as it is larger.
var ErrTooLarge = errors.New("larger than the image")

// fits tells whether a template is no larger than an image, some way round.
func (t *Template) fits(w, h int) error {
	tw, th := float64(t.w)*t.scales.Low, float64(t.h)*t.scales.Low
	fw, fh := float64(w), float64(h)
	if tw <= fw && th <= fh || t.free[2] && th <= fw && tw <= fh {
		return nil
	}
	name := t.name
	if name != "" {
		name = " " + name
	}
	return fmt.Errorf("match: template%s of %dx%d is %w of %dx%d", name, t.w, t.h, ErrTooLarge, w, h)
}

// bandRows is how many rows a worker takes at once.
const bandRows = 48

func (s *Searcher) buildPyramid() {
	for l := 1; l < len(s.pyr.level); l++ {
		s.level = l
		s.parallel((s.pyr.level[l].H+bandRows-1)/bandRows, s.halveTask)
	}
	s.bands = s.bands[:0]
	for _, l := range s.needed {
		h := s.pyr.level[l].H
		for y := 0; y < h; y += bandRows {
			s.bands = append(s.bands, band{l, y, min(y+bandRows, h)})
		}
	}
	s.parallel(len(s.bands), s.fillTask)
}

func (s *Searcher) halve(w *worker, i int) {
	s.pyr.halve(s.level, i*bandRows, min((i+1)*bandRows, s.pyr.level[s.level].H), w.column)
}

func (s *Searcher) fill(_ *worker, i int) {
	b := s.bands[i]
	s.fields[b.level].fill(s.pyr.level[b.level], b.from, b.to)
}

func (s *Searcher) scan(w *worker, i int) {
	j := &s.scans[i]
	g := &s.targets[j.target]
	w.scan(&s.fields[g.t.coarse], g.t, j.pose, g.area, j.band, g.plan.bands, i, &j.list)
}

// mostFits is how many places of a template are fitted.
func (s *Searcher) mostFits() int { return 12 + 2*s.opts.Max }

// gather joins what the scans of each template found.
func (s *Searcher) gather() {
	for i := range s.targets {
		g := &s.targets[i]
		g.c = g.c[:0]
		for k := g.from; k < g.from+g.scans; k++ {
			g.c = append(g.c, s.scans[k].list.c...)
		}
		for k := range g.c {
			g.c[k].order = k
		}
		most := 64 + 4*s.opts.Max
		if len(g.plan.poses) >= 8 {
			most = 200 + 8*s.opts.Max
		}
		size := float64(int(1) << g.t.coarse)
		g.c = thin(g.c, most, 1.5*size, 1.6*g.plan.stepAngle+1e-9, 1.6*g.plan.stepScale*g.t.scales.High+1e-9)
	}
}

// descendAll follows the candidates down to the finest level of directions.
func (s *Searcher) descendAll() {
	for s.level = 1; ; s.level++ {
		s.jobs = s.jobs[:0]
		for i := range s.targets {
			g := &s.targets[i]
			if g.t.coarse-s.level < g.t.fine {
				continue
			}
			for k := range g.c {
				s.jobs = append(s.jobs, job{i, k})
			}
		}
		if len(s.jobs) == 0 {
			return
		}
		s.parallel(len(s.jobs), s.descendTask)
		for i := range s.targets {
			g := &s.targets[i]
			l := g.t.coarse - s.level
			if l < g.t.fine {
				continue
			}
			most := max(len(g.c)*2/5, s.mostFits())
			size, part := float64(int(1)<<l), math.Exp2(-float64(s.level))
			g.c = thin(g.c, most, 1.5*size, 1.6*part*g.plan.stepAngle+1e-9, 1.6*part*g.plan.stepScale+1e-9)
		}
	}
}

func (s *Searcher) descend(w *worker, i int) {
	j := s.jobs[i]
	g := &s.targets[j.target]
	l := g.t.coarse - s.level
	part := math.Exp2(-float64(s.level))
	w.descend(&s.fields[l], g.t, l, part*g.plan.stepAngle, part*g.plan.stepScale, g.area, &g.c[j.index])
}
