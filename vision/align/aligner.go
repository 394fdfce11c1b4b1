package align

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"linetwin.dev/kinematics"
)

// Step is the largest difference in depth of neighbours on one surface, in millimetres: Abs + Rel
// times the smaller depth. A larger one is an edge.
type Step struct{ Abs, Rel float64 }

// Config is a calibration and how to use it.
type Config struct {
	Depth, Color Camera
	// DepthInColor is the pose of the depth camera in the colour camera's frame, in metres.
	DepthInColor kinematics.Pose
	// Edge tells edges from slopes. The zero Step stands for 10 mm + 1.5 %.
	Edge Step
	// Nearest and Furthest depth that is used, in millimetres. 0 stands for 100 and 20,000. A
	// Nearest that is no nearer than needed spares the search for what could be seen.
	Nearest, Furthest float64
	// Workers is how many goroutines share the work; 0 stands for GOMAXPROCS. What comes out is the
	// same.
	Workers int
}

// chunk is the number of depth pixels of a row that are taken at a time, a multiple of lanes.
const (
	lanes = 8
	chunk = 32
)

// Aligner aligns the images of one calibration. It holds tables and the work of the frame that it
// aligns: one call at a time.
type Aligner struct {
	cfg       Config
	lens      constants
	unbounded constants // the same, for any depth above 0
	vector    bool      // whether the kernels in assembly are used
	w, h      int       // of depth
	cw, ch    int       // of colour
	pitch     int       // from row to row of the tables and points: whole chunks, and one more that stays empty
	// Of each depth pixel: the direction in which it looks, along the colour camera's axes, so that a
	// point at depth z lies at z times it, plus the translation. NaN where the lens sees nothing.
	rx, ry, rz []float32
	// Of each row: the chunks of which something may be seen in the colour image.
	from, to []int
	// Of each depth pixel that may be seen, for the frame in work: where it is seen in the colour
	// image, its z there, and its depth, 0 where there is none.
	u, v, z, s []float32
	// Of each chunk: the rows of the colour image between which its points are seen.
	top, bottom       []float32
	rowTop, rowBottom []float32 // and of each row
	chunks            int
	reach             float32 // most pixels by which a depth pixel's half can stand out of its chunk

	// The work of a call.
	src     []float32
	out     Aligned
	picture Colored
	color   Image
	behind  []float32 // the depth image of the colour camera, for ToDepth
	workers []worker
	next    atomic.Int64
	done    sync.WaitGroup
	stage   int
}

// New makes an Aligner. It computes tables, which takes a second or so for a large depth image. An error
// says which parameter is wrong and what would be right.
func New(cfg Config) (*Aligner, error) {
	depth, err := cfg.Depth.Lens()
	if err != nil {
		return nil, fmt.Errorf("depth camera: %w", err)
	}
	color, err := cfg.Color.Lens()
	if err != nil {
		return nil, fmt.Errorf("colour camera: %w", err)
	}
	if err := cfg.DepthInColor.Check(); err != nil {
		return nil, fmt.Errorf("align: pose of the depth camera: %w", err)
	}
	if cfg.Edge == (Step{}) {
		cfg.Edge = Step{10, 0.015}
	}
	if cfg.Nearest == 0 {
		cfg.Nearest = 100
	}
	if cfg.Furthest == 0 {
		cfg.Furthest = 20_000
	}
	switch {
	case !(cfg.Edge.Abs >= 0) || !(cfg.Edge.Rel >= 0) || cfg.Edge.Abs > 1e6 || cfg.Edge.Rel > 1e3:
		return nil, fmt.Errorf("align: an edge of %g mm + %g of the depth; neither is negative nor endless", cfg.Edge.Abs, cfg.Edge.Rel)
	case !(cfg.Nearest > 0) || !(cfg.Furthest > cfg.Nearest) || cfg.Furthest > 1e6:
		return nil, fmt.Errorf("align: depths from %g to %g mm; they are above 0, in order, and up to 1e6", cfg.Nearest, cfg.Furthest)
	case cfg.Workers < 0:
		return nil, fmt.Errorf("align: %d workers; give 0 for as many as there are processors", cfg.Workers)
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	a := &Aligner{cfg: cfg, vector: vector, w: cfg.Depth.W, h: cfg.Depth.H, cw: cfg.Color.W, ch: cfg.Color.H}
	a.chunks = (a.w + chunk - 1) / chunk
	a.pitch = (a.chunks + 1) * chunk
	a.lens = newConstants(cfg, color.Domain())
	cfg.Nearest, cfg.Furthest = math.SmallestNonzeroFloat32, math.MaxFloat32
	a.unbounded = newConstants(cfg, color.Domain())
	a.tabulate(&depth, &color)
	a.allocate()
	return a, nil
}

// Clone is an Aligner of the same calibration, for another goroutine: it shares the tables, so
// that it takes no time to make.
func (a *Aligner) Clone() *Aligner {
	c := &Aligner{
		cfg: a.cfg, lens: a.lens, unbounded: a.unbounded, vector: a.vector, w: a.w, h: a.h, cw: a.cw, ch: a.ch, chunks: a.chunks, pitch: a.pitch,
		rx: a.rx, ry: a.ry, rz: a.rz, from: a.from, to: a.to, reach: a.reach,
	}
	c.allocate()
	return c
}

// allocate takes the memory that a call needs.
func (a *Aligner) allocate() {
	n := a.pitch * (a.h + 1)
	points := make([]float32, 4*n)
	a.u, a.v, a.z, a.s = points[:n], points[n:2*n], points[2*n:3*n], points[3*n:]
	a.top = make([]float32, (a.chunks+1)*(a.h+1))
	a.bottom = make([]float32, len(a.top))
	for i := range a.top {
		a.top[i], a.bottom[i] = inf, -inf
	}
	a.rowTop, a.rowBottom = make([]float32, a.h), make([]float32, a.h)
	a.workers = make([]worker, a.cfg.Workers)
	for i := range a.workers {
		a.workers[i].begin(a)
	}
}

var inf = float32(math.Inf(1))

// ToColor sets out, of the colour image's size, to the depth of src as the colour camera sees it. It fails,
// and leaves out alone, when a size is wrong.
func (a *Aligner) ToColor(out Aligned, src Depth) error {
	if err := fits("depth image", src.W, src.H, len(src.Z), a.w, a.h, 1); err != nil {
		return err
	}
	if err := fits("aligned image", out.W, out.H, len(out.Z), a.cw, a.ch, 1); err != nil {
		return err
	}
	if err := marksFit(out.Marks, a.cw, a.ch); err != nil {
		return err
	}
	a.src, a.out = src.Z, out
	a.share(stagePoints)
	a.share(stageSurface)
	a.src, a.out = nil, Aligned{}
	return nil
}

// The stages of an alignment. Within one, tasks do not depend on each other.
const (
	stagePoints  = iota // a row of depth pixels into the colour camera's frame
	stageSurface        // a band of the aligned image
	stageColor          // a row of the coloured depth image
)

// tasks of a stage.
func (a *Aligner) tasks(stage int) int {
	if stage == stageSurface {
		return a.bands()
	}
	return a.h
}

// share lets all workers do a stage. Each result has its one place and does not depend on who
// works it out.
func (a *Aligner) share(stage int) {
	a.stage = stage
	a.next.Store(0)
	a.done.Add(len(a.workers) - 1)
	for i := 1; i < len(a.workers); i++ {
		go a.workers[i].run()
	}
	a.workers[0].work()
	a.done.Wait()
}

// worker is what one goroutine needs for itself.
type worker struct {
	a       *Aligner
	run     func()    // work, and say that it is done; made once, so that starting it allocates nothing
	near    []float32 // a band of the aligned image, +Inf where nothing is seen yet
	gap     []float32 // the same band, of what spans edges
	rest    [chunk]float32
	plan    plan
	corners [4]corners // by which of four it is
	gaps    gaps
}

func (w *worker) begin(a *Aligner) {
	w.a = a
	w.run = func() {
		defer a.done.Done()
		w.work()
	}
	n := band * a.bandPitch()
	w.near, w.gap = make([]float32, n), make([]float32, n)
	fill(w.near)
	fill(w.gap)
}

// bandPitch is the width of a band's rows: rasters write eight pixels at a time, beyond the last.
func (a *Aligner) bandPitch() int { return (a.cw+lanes-1)/lanes*lanes + lanes }

// fill sets all of s to +Inf.
func fill(s []float32) {
	s[0] = inf
	for n := 1; n < len(s); n *= 2 {
		copy(s[n:], s[:n])
	}
}

func (w *worker) work() {
	a := w.a
	n := a.tasks(a.stage)
	for {
		i := int(a.next.Add(1)) - 1
		if i >= n {
			return
		}
		switch a.stage {
		case stagePoints:
			w.points(i)
		case stageSurface:
			w.band(i)
		case stageColor:
			w.colorRow(i)
		}
	}
}
