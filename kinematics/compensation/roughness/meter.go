package roughness

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/numeric"
)

// Config says how a profile is sampled and filtered.
type Config struct {
	Spacing float64 // m between samples; it has to be given, 1/400 of the cutoff is good
	// Cutoff (lambda c) in m parts roughness from waviness, and is the section length; 0
	// stands for 0.8 mm, which suits Ra from 0.1 to 2 um.
	Cutoff float64
	// Short (lambda s) in m takes out what is shorter, as a stylus does; 2.5 um goes with the
	// cutoff of 0.8 mm. 0 stands for none.
	Short float64
}

// Sections is the number of section lengths, of one cutoff each, in an evaluation length.
const Sections = 5

// maxTaps bounds the samples in a cutoff: memory, and the time for a sample.
const maxTaps = 50_000

func (c Config) withDefaults() Config {
	if c.Cutoff == 0 {
		c.Cutoff = 0.8e-3
	}
	return c
}

func (c Config) check() error {
	bad := func(field string, value float64, want string) error {
		return fmt.Errorf("roughness: %s is %v m; it has to be %s", field, value, want)
	}
	switch {
	case !(c.Cutoff > 0) || math.IsInf(c.Cutoff, 0):
		return bad("Cutoff", c.Cutoff, "positive and finite")
	case !(c.Spacing > 0):
		return bad("Spacing", c.Spacing, "positive")
	case !(c.Spacing <= c.Cutoff/20):
		return bad("Spacing", c.Spacing, fmt.Sprintf("at most a twentieth of the cutoff, %v", c.Cutoff/20))
	case c.Cutoff/c.Spacing > maxTaps:
		return bad("Spacing", c.Spacing, fmt.Sprintf("at least %v, for %d samples in a cutoff", c.Cutoff/maxTaps, maxTaps))
	case !(c.Short >= 0 && c.Short < c.Cutoff):
		return bad("Short", c.Short, "0 for none, or below the cutoff")
	case c.Short > 0 && c.Short < 2*c.Spacing:
		return bad("Short", c.Short, fmt.Sprintf("at least two spacings, %v, or 0 for none", 2*c.Spacing))
	}
	return nil
}

// Meter takes a profile, height by height, and tells its roughness. The first and the last
// cutoff of a profile, and a twentieth of it, serve the filters (and as much of Short). What lies
// between counts in whole sections.
//
// Add does not allocate. Its time does not depend on the spacing, but now and then it takes a mean
// over two cutoffs.
type Meter struct {
	c            Config
	short, long  gaussian
	perSection   int
	section      section
	total        section
	sections     int
	abs, squares numeric.Sum
	cubes, forth numeric.Sum
	peaks, pits  numeric.Sum
	worst        float64
	wave         spread
}

// section is what is kept of the samples of a section, and of all.
type section struct {
	n                          int
	peak, pit                  float64
	abs, squares, cubes, forth float64
	wave                       spread
}

// spread is a mean, a sum of squares about it and a range (Welford's update, and Chan's for
// joining two).
type spread struct {
	n             int
	mean, squares float64
	low, high     float64
}

func (s *spread) add(v float64) {
	if s.n == 0 {
		s.low, s.high = v, v
	}
	s.n++
	d := v - s.mean
	s.mean += d / float64(s.n)
	s.squares += d * (v - s.mean)
	s.low, s.high = min(s.low, v), max(s.high, v)
}

func (s *spread) join(o *spread) {
	if s.n == 0 {
		*s = *o
		return
	}
	n := float64(s.n + o.n)
	d := o.mean - s.mean
	s.mean += d * float64(o.n) / n
	s.squares += o.squares + d*d*float64(s.n)*float64(o.n)/n
	s.n += o.n
	s.low, s.high = min(s.low, o.low), max(s.high, o.high)
}

// NewMeter makes a meter. The error names the field of the configuration that makes no sense.
func NewMeter(c Config) (*Meter, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	m := &Meter{c: c, long: newGaussian(c.Cutoff / c.Spacing), perSection: int(math.Round(c.Cutoff / c.Spacing))}
	if c.Short > 0 {
		m.short = newGaussian(c.Short / c.Spacing)
	}
	return m, nil
}

// Config of the meter, with its defaults filled in.
func (m *Meter) Config() Config { return m.c }

// Add a height in m, one spacing after the last. A height that is no number ends the run, as
// Break does.
func (m *Meter) Add(height float64) {
	if height-height != 0 {
		m.Break()
		return
	}
	if m.c.Short > 0 {
		_, mean, ok := m.short.add(height)
		if !ok {
			return
		}
		height = mean
	}
	z, mean, ok := m.long.add(height)
	if !ok {
		return
	}
	s := &m.section
	r := z - mean
	if s.n == 0 {
		s.peak, s.pit = r, r
	}
	s.n++
	s.peak, s.pit = max(s.peak, r), min(s.pit, r)
	rr := r * r
	s.abs += math.Abs(r)
	s.squares += rr
	s.cubes += rr * r
	s.forth += rr * rr
	s.wave.add(mean)
	if s.n == m.perSection {
		m.close()
	}
}

// close a section that is full.
func (m *Meter) close() {
	s := &m.section
	if m.sections == 0 {
		m.total.peak, m.total.pit = s.peak, s.pit
	}
	m.sections++
	m.total.peak, m.total.pit = max(m.total.peak, s.peak), min(m.total.pit, s.pit)
	m.abs.Add(s.abs)
	m.squares.Add(s.squares)
	m.cubes.Add(s.cubes)
	m.forth.Add(s.forth)
	m.peaks.Add(s.peak)
	m.pits.Add(-s.pit)
	m.worst = max(m.worst, s.abs/float64(s.n))
	m.wave.join(&s.wave)
	*s = section{}
}

// Break ends a run: what follows does not join what was before, as after a lift of the tool. A
// section that is not full is left out.
func (m *Meter) Break() {
	m.short.reset()
	m.long.reset()
	m.section = section{}
}

// Reset forgets everything.
func (m *Meter) Reset() {
	m.Break()
	*m = Meter{c: m.c, short: m.short, long: m.long, perSection: m.perSection}
}

// Result are the parameters of the whole sections that a Meter has seen, in m but for Rsk and Rku.
type Result struct {
	Ra  float64 // arithmetic mean height: the mean of |z|
	Rq  float64 // root mean square height
	Rz  float64 // maximum height: of each section from its lowest to its highest point, the mean of them
	Rp  float64 // mean peak height: of each section the highest point
	Rv  float64 // mean pit depth: of each section the lowest
	Rt  float64 // total height: over all sections
	Rsk float64 // skewness, 1; 0 for a flat profile
	Rku float64 // kurtosis, 1; 0 for a flat profile
	// MaxRa is the Ra of the worst section.
	MaxRa float64
	// Wq and Wt are what the cutoff takes out: the deviation of the waviness from its mean,
	// and its range. Slow errors, as of temperature, are there and not in Ra.
	Wq, Wt   float64
	Sections int
	Length   float64 // m, of all sections
}

// Complete tells whether there is an evaluation length at least.
func (r Result) Complete() bool { return r.Sections >= Sections }

// Result so far; all zero before the first section is full.
func (m *Meter) Result() Result {
	if m.sections == 0 {
		return Result{}
	}
	k := float64(m.sections)
	n := k * float64(m.perSection)
	r := Result{
		Ra: m.abs.Value() / n, Rq: math.Sqrt(m.squares.Value() / n),
		Rp: m.peaks.Value() / k, Rv: m.pits.Value() / k,
		Rt: m.total.peak - m.total.pit, MaxRa: m.worst,
		Wq: math.Sqrt(m.wave.squares / n), Wt: m.wave.high - m.wave.low,
		Sections: m.sections, Length: n * m.c.Spacing,
	}
	r.Rz = r.Rp + r.Rv
	if rq2 := m.squares.Value() / n; rq2*rq2 > 0 {
		r.Rsk = m.cubes.Value() / n / (rq2 * r.Rq)
		r.Rku = m.forth.Value() / n / (rq2 * rq2)
	}
	return r
}
