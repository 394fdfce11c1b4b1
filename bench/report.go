package bench

import (
	_ "embed" // the page's template and style sheet
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

// Report is what report.html shows. Everything but the summary may be absent.
type Report struct {
	Summary       Summary
	Distributions []Distribution
	Series        []Curve
	Timeline      Timeline
	Pictures      []Picture
	Tables        []Table
	Charts        []Chart
}

// Table of cells as they are to be shown.
type Table struct {
	Title, About string
	Head         []string
	Rows         []TableRow
}

// TableRow is a row of a Table; one that is not in order is marked.
type TableRow struct {
	Cells []string
	Kind  Tone
}

// NewReport gives the report of a run with the distributions and series of m, to
// which a timeline and pictures may be added.
func NewReport(s Summary, m *Metrics) Report {
	return Report{Summary: s, Distributions: m.Distributions(), Series: m.Curves()}
}

//go:embed report.tmpl.html
var reportTemplate string

//go:embed report.css
var reportStyle string

var page = template.Must(template.New("report").Parse(reportTemplate))

// WriteReport writes one HTML page that needs nothing else: style, plots and
// pictures are inside, there is no script, and it stays below 1.5 MB. The same
// report gives the same bytes.
func WriteReport(w io.Writer, r Report) error {
	return page.Execute(w, r.view())
}

// WriteFile writes the page so that a reader sees the whole of it or what was
// there before.
func (r Report) WriteFile(path string) error {
	return writeAtomic(path, func(w io.Writer) error { return WriteReport(w, r) })
}

const (
	pageBytes = 1_400_000
	plotBytes = 450_000 // of which for plots of distributions and series
)

// view is the report as its template sees it.
type view struct {
	Style    template.CSS
	Summary  Summary
	Title    string
	Word     string
	Reason   string
	Facts    []fact
	Bounds   []boundView
	Keys     []fact
	Timeline template.HTML
	Legend   bool
	Cards    []card
	Series   []card
	Undrawn  string // why some cards have no plots
	Empty    string
	drawn    int // bytes of plots in the cards
	Pictures []pictureView
	Tables   []Table
	Charts   []chartView
	Scalars  []scalarView
	Dists    []distView
	Faults   []Fault
	Notes    []string
}

// fact is a number with its name.
type fact struct{ Name, Value, About string }

// breakable lets a name break behind its dots and underscores.
func breakable(name string) template.HTML {
	s := template.HTMLEscapeString(name)
	return template.HTML(strings.NewReplacer(".", ".<wbr>", "_", "_<wbr>").Replace(s))
}

// Breakable name of the fact.
func (f fact) Breakable() template.HTML { return breakable(f.Name) }

type boundView struct {
	Result
	Name   template.HTML
	Pretty string
	Icon   string
	About  string
	Gauge  template.HTML
}

// card is a metric or series with its plots.
type card struct {
	Name, About string
	Wall        bool
	Stats       []fact
	Plots       []template.HTML
}

type scalarView struct{ Name, Value, Kind, Clock, About string }

type distView struct {
	Name, Unit, Clock, About string
	Cells                    []string
}

func (r Report) view() view {
	s := r.Summary
	v := view{Style: template.CSS(reportStyle), Summary: s, Title: s.Title, Tables: r.Tables}
	if v.Title == "" {
		v.Title = s.Scenario
	}
	for _, c := range r.Charts {
		v.Charts = append(v.Charts, chartView{c.Title, c.About, chartPlot(c, panelW), c.Lines})
	}
	v.Word, _, v.Reason = s.headline()
	v.Facts = s.facts()
	for _, pass := range []bool{false, true} { // broken bounds first
		for _, b := range s.Expect {
			if b.Pass == pass {
				v.Bounds = append(v.Bounds, s.boundView(b))
			}
		}
	}
	for _, n := range sortedKeys(s.Metrics) {
		if x := s.Metrics[n]; x.Key {
			v.Keys = append(v.Keys, keyFact(n, x))
		}
	}
	faults := r.Timeline.faults(s.Faults)
	v.Faults = faults
	end := s.SimulatedS
	v.Timeline = timelinePlot(r.Timeline, end, faults)
	v.Legend = len(r.Timeline.Ticks) > 0
	r.addCards(&v, end, faults)
	for _, n := range sortedKeys(s.Metrics) {
		v.addMetric(n, s.Metrics[n])
	}
	// Pictures get the room that is left, so that the page stays below its limit.
	room := pageBytes - len(v.Timeline) - v.drawn - 400*len(s.Metrics) - 1000*len(s.Expect)
	var notes []string
	v.Pictures, notes = pictureViews(r.Pictures, room)
	v.Notes = append(append([]string(nil), s.Notes...), notes...)
	return v
}

// facts of the run for the line below the verdict.
func (s Summary) facts() []fact {
	out := []fact{{Name: "scenario", Value: s.Scenario}, {Name: "seed", Value: fmt.Sprint(s.Seed)}}
	line := s.SimulatedS > 0 || s.Events > 0 // there was time on a line
	if line {
		out = append(out, fact{Name: "simulated", Value: Seconds.Format(s.SimulatedS)})
	}
	if s.WallS > 0 {
		out = append(out, fact{Name: "computed in", Value: Seconds.Format(s.WallS)})
	}
	if line && s.WallS > 0 {
		out = append(out, fact{Name: "speed", Value: formatNumber(s.RealtimeFactor, 3) + " × real time"})
	}
	if line {
		out = append(out, fact{Name: "events", Value: count(s.Events)})
	}
	if s.Hash != "" {
		out = append(out, fact{Name: "hash", Value: short(s.Hash)})
	}
	return out
}

// keyFact is a key metric as a large number with what it is.
func keyFact(name string, x Value) fact {
	f := fact{Name: name, Value: x.String(), About: x.About}
	switch {
	case x.Kind == KindRatio && x.Value != nil:
		f.Value = scalePercent.format(*x.Value, 3)
		f.About = strings.TrimSpace(fmt.Sprintf("%s of %s %s", count(*x.Hits), count(*x.Count), x.About))
		if x.About != "" {
			f.About = fmt.Sprintf("%s (%s of %s)", x.About, count(*x.Hits), count(*x.Count))
		}
	case x.P99 != nil:
		f.Value = x.scale(*x.P99).format(*x.P99, 3)
		f.About = strings.TrimSpace("p99 " + x.About)
	}
	return f
}

// boundView adds to a result what the metric is, and how near to its limit it came.
func (s Summary) boundView(r Result) boundView {
	b := boundView{Result: r, Name: breakable(r.Metric), Pretty: prettyBound(r.Bound), Icon: Good.icon()}
	if !r.Pass {
		b.Icon = Bad.icon()
	}
	m, ok := s.Metrics[r.Metric]
	if i := strings.LastIndexByte(r.Metric, '.'); !ok && i > 0 {
		m = s.Metrics[r.Metric[:i]]
	}
	b.About = m.About
	if r.Limit == nil {
		b.About = r.Text
	}
	if r.Value != nil && r.Limit != nil && *r.Limit > 0 && *r.Value >= 0 {
		b.Gauge = headroom(*r.Value, *r.Limit, r.Pass, strings.HasPrefix(r.Bound, ">"))
	}
	return b
}

// headroom draws a value as a bar beside the mark of its limit.
func headroom(v, limit float64, pass, atLeast bool) template.HTML {
	const w, h = 150.0, 14.0
	mark := w * 0.75
	if atLeast {
		mark = w * 0.4
	}
	x := min(v/limit*mark, w)
	c := newCanvas(w, h, "value against its limit")
	c.rect("track", 0, 4, w, 6, "")
	class := "bar good"
	if !pass {
		class = "bar bad"
	}
	c.rect(class, 0, 4, max(x, 1.5), 6, fmt.Sprintf("%s of the limit", scalePercent.format(v/limit, 3)))
	c.line("limit", mark, 0, mark, h)
	return c.html()
}

// addCards adds the distributions, the series that belong to none, and the names of
// those without samples. When the plots take too much room, the rest is named only.
func (r Report) addCards(v *view, end float64, faults []Fault) {
	var none, undrawn []string
	expect := r.Summary.Expect
	paired := map[string]bool{}
	put := func(cards *[]card, c card) {
		size := 0
		for _, p := range c.Plots {
			size += len(p)
		}
		if v.drawn+size > plotBytes {
			undrawn = append(undrawn, c.Name)
			return
		}
		v.drawn += size
		*cards = append(*cards, c)
	}
	for _, d := range r.Distributions {
		if d.Value.Count == nil || *d.Value.Count == 0 || len(d.Bars) == 0 {
			none = append(none, d.Name)
			continue
		}
		c := card{Name: d.Name, About: d.Value.About, Wall: d.Value.Clock == Wall, Stats: stats(d.Value)}
		c.Plots = []template.HTML{histogramPlot(d, expect)}
		for _, s := range r.Series {
			if s.Of == d.Name && len(s.Points) > 0 {
				paired[s.Name] = true
				c.Plots = append(c.Plots, seriesPlot(s, end, panelW, faults, expect))
			}
		}
		if len(c.Plots) == 1 {
			c.Plots = append(c.Plots, percentilePlot(d, expect))
		}
		put(&v.Cards, c)
	}
	for _, s := range r.Series {
		switch {
		case paired[s.Name]:
		case len(s.Points) == 0:
			none = append(none, s.Name)
		default:
			put(&v.Series, card{Name: s.Name, About: s.About, Plots: []template.HTML{seriesPlot(s, end, panelW, faults, expect)}})
		}
	}
	v.Empty, v.Undrawn = strings.Join(none, ", "), strings.Join(undrawn, ", ")
}

// stats of a distribution, all in the unit that suits its greatest value.
func stats(v Value) []fact {
	s := v.scale(math.Max(*v.P99, *v.P50))
	out := []fact{{Name: "samples", Value: count(*v.Count)}}
	for _, p := range partNames[1:] {
		x, _ := v.Part(p)
		name := p
		switch {
		case p == "rms" && v.Kind != KindError:
			continue
		case p == "mean" && v.Kind == KindError:
			name = "mean (bias)"
		case p == "p999":
			name = "p99.9"
		}
		shown := s
		if a := math.Abs(x) / s.per; a < 0.01 || a >= 1000 {
			shown = v.scale(x)
		}
		out = append(out, fact{Name: name, Value: shown.format(x, 3)})
	}
	if v.Invalid > 0 {
		out = append(out, fact{Name: "invalid", Value: count(v.Invalid)})
	}
	return out
}

// addMetric puts a metric into one of the tables of all metrics.
func (v *view) addMetric(name string, x Value) {
	clock := ""
	if x.Clock == Wall {
		clock = "wall"
	}
	if !x.Kind.distribution() {
		v.Scalars = append(v.Scalars, scalarView{name, x.String(), string(x.Kind), clock, x.About})
		return
	}
	d := distView{Name: name, Clock: clock, About: x.About, Unit: string(x.Unit)}
	if x.P99 != nil && x.P50 != nil {
		s := x.scale(math.Max(*x.P99, *x.P50))
		d.Unit = strings.TrimSpace(s.label)
		for _, p := range partNames[1:] {
			n, _ := x.Part(p)
			d.Cells = append(d.Cells, s.number(n, 3))
		}
	}
	n, _ := x.Part("count")
	for len(d.Cells) < len(partNames)-1 {
		d.Cells = append(d.Cells, "–")
	}
	d.Cells = append([]string{count(uint64(n))}, d.Cells...)
	v.Dists = append(v.Dists, d)
}
