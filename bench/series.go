package bench

import (
	"fmt"
	"math"
	"sort"
	"sync"
	"time"
)

// DefaultSeriesPoints is the number of points that a series keeps at most.
const DefaultSeriesPoints = 4000

// SeriesOptions shape a series and its plot. The zero value works.
type SeriesOptions struct {
	Points int    // kept at most; 0: DefaultSeriesPoints, at least 8
	Draw   Draw   // how it is plotted; "": Line
	Of     string // name of the metric to whose plots this one belongs, with its bounds
	About  string // what it is, in a few words
}

// Draw is a way to plot a series.
type Draw string

// The ways.
const (
	Line  Draw = "line"
	Steps Draw = "steps" // the value holds until the next sample
	Dots  Draw = "dots"  // samples that no line should join, such as one for each part
)

// Series is a value over time, for plots. Its memory is bounded: when it is full,
// neighbouring samples are joined in intervals of a power of two nanoseconds, of
// which the first, the least, the greatest and the last are kept, so that peaks and
// levels survive (M4: Jugel et al., VLDB 2014). The same samples give the same
// points. It may be used concurrently; Append does not allocate.
type Series struct {
	name    string
	unit    Unit
	options SeriesOptions

	mu      sync.Mutex
	cells   []cell
	shift   uint          // cells are 2^shift ns wide
	now     time.Duration // of the last sample
	n, lost uint64
}

// cell is what is kept of the samples in one interval.
type cell struct{ first, lo, hi, last Point }

// Point of a series: time in the run, and value in the series' SI unit.
type Point struct {
	T time.Duration
	V float64
}

// Series declares a value over time. The rules for names are those of metrics.
func (m *Metrics) Series(name string, unit Unit, options SeriesOptions) *Series {
	checkName(name)
	if unit == "" {
		panic(fmt.Sprintf("bench: series %q has no unit; a plain number has the unit \"1\"", name))
	}
	if options.Points == 0 {
		options.Points = DefaultSeriesPoints
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.byName[name]; ok {
		panic(fmt.Sprintf("bench: %q is declared as %s, and again as a series in %s", name, old.describe(), unit))
	}
	if old, ok := m.series[name]; ok {
		if old.unit != unit || old.options != options {
			panic(fmt.Sprintf("bench: series %q is declared in %s, and again in %s or with other options", name, old.unit, unit))
		}
		return old
	}
	s := &Series{name: name, unit: unit, options: options}
	s.cells = make([]cell, 0, max(2, options.Points/4))
	m.series[name] = s
	return s
}

// Append a sample. Time must not go back: a sample that is older than the one
// before, or not a number, is left out and counted by Lost.
func (s *Series) Append(t time.Duration, v float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if math.IsNaN(v) || math.IsInf(v, 0) || t < s.now {
		s.lost++
		return
	}
	s.n++
	s.now = t
	p := Point{t, v}
	c := cell{p, p, p, p}
	if s.joined(c) {
		return
	}
	for len(s.cells) == cap(s.cells) {
		s.halve()
	}
	if !s.joined(c) {
		s.cells = append(s.cells, c)
	}
}

// joined puts c into the last interval, if it belongs there.
func (s *Series) joined(c cell) bool {
	if len(s.cells) == 0 {
		return false
	}
	last := &s.cells[len(s.cells)-1]
	if last.first.T>>s.shift != c.first.T>>s.shift {
		return false
	}
	last.join(c)
	return true
}

// halve makes the intervals twice as wide.
func (s *Series) halve() {
	s.shift++
	all := s.cells
	s.cells = s.cells[:0]
	for _, c := range all {
		if !s.joined(c) {
			s.cells = append(s.cells, c)
		}
	}
}

func (c *cell) join(o cell) {
	if o.lo.V < c.lo.V {
		c.lo = o.lo
	}
	if o.hi.V > c.hi.V {
		c.hi = o.hi
	}
	c.last = o.last
}

// Lost is the number of samples that were left out.
func (s *Series) Lost() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// Curve is a series as a report draws it.
type Curve struct {
	Name    string
	Unit    Unit
	Draw    Draw
	Of      string
	About   string
	Samples uint64  // that were appended
	Points  []Point // that were kept, in order of time
}

// Curve of the series, as it stands.
func (s *Series) Curve() Curve {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Curve{Name: s.name, Unit: s.unit, Draw: s.options.Draw, Of: s.options.Of, About: s.options.About, Samples: s.n}
	c.Points = make([]Point, 0, 4*len(s.cells))
	for _, x := range s.cells {
		a, b := x.lo, x.hi
		if b.T < a.T {
			a, b = b, a
		}
		start := len(c.Points)
		for _, p := range [...]Point{x.first, a, b, x.last} {
			if len(c.Points) == start || p != c.Points[len(c.Points)-1] {
				c.Points = append(c.Points, p)
			}
		}
	}
	return c
}

// Curves of all series, sorted by name.
func (m *Metrics) Curves() []Curve {
	m.mu.Lock()
	all := make([]*Series, 0, len(m.series))
	for _, s := range m.series {
		all = append(all, s)
	}
	m.mu.Unlock()
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	curves := make([]Curve, len(all))
	for i, s := range all {
		curves[i] = s.Curve()
	}
	return curves
}
