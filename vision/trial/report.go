package trial

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"image/png"
	"io"
	"strconv"
	"strings"

	"linetwin.dev/bench"
)

// metricName is the name of a subject's or category's metric.
func metricName(parts ...string) string {
	for i, p := range parts {
		p = strings.ToLower(p)
		parts[i] = strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, p), "_")
		if parts[i] == "" {
			parts[i] = "all" // the folder itself
		}
	}
	return strings.Join(parts, ".")
}

// atLeast is the bound of a rate.
func atLeast(rate float64) string { return fmt.Sprintf(">= %.6g%%", 100*rate) }

// metrics of the report, and the bounds that they are held to.
func (r *Report) metrics() (*bench.Metrics, map[string]string) {
	m, expect := bench.NewMetrics(), map[string]string{}
	for i := range r.Subjects {
		t := &r.Subjects[i]
		s := t.Subject
		took := m.Histogram(metricName(s.Name, "time"), bench.Seconds, bench.Wall, bench.About("a picture"))
		var precision *bench.Error
		if s.Error != "" {
			precision = m.Error(metricName(s.Name, s.Error, "error"), bench.Unit(s.Unit), bench.About("of "+s.Item+"s that were read"), bench.Resolution(1e-4))
		}
		if t.asked() {
			m.Gauge(metricName(s.Name, "mean_rate"), bench.One, bench.Key, bench.About("mean rate of the categories")).Set(t.Mean())
		}
		if s.Detection {
			m.Gauge(metricName(s.Name, "mean_f"), bench.One, bench.Key, bench.About("mean F score of the categories")).Set(t.F())
		}
		if t.judged() {
			expect[metricName(s.Name, "mean_rate")] = atLeast(s.LeastMean)
		}
		wrong := m.Counter(metricName(s.Name, "wrong"), bench.One, bench.Key, bench.About("found, and not there"))
		wrong.Add(uint64(t.Wrong()))
		if s.Strict {
			expect[metricName(s.Name, "wrong")] = "== 0"
		}
		for k := range t.Groups {
			t.Groups[k].record(m, s, took, precision, expect)
		}
	}
	return m, expect
}

func (g *Group) record(m *bench.Metrics, s *Subject, took *bench.Histogram, precision *bench.Error, expect map[string]string) {
	name := func(what string) string { return metricName(s.Name, g.Category.Name, what) }
	rate := m.Ratio(name("read"), bench.About(g.Category.About))
	rate.Add(uint64(g.Right), uint64(g.Items))
	if g.Judged() {
		expect[name("read")] = atLeast(g.Category.Least)
	}
	m.Counter(name("wrong"), bench.One).Add(uint64(g.Wrong))
	for _, d := range g.Times {
		took.RecordDuration(d)
	}
	if len(g.Times) > 0 {
		m.Gauge(name("time_median"), bench.Seconds, bench.Wall).Set(quantile(g.Times, 0.5).Seconds())
		m.Gauge(name("time_p99"), bench.Seconds, bench.Wall).Set(quantile(g.Times, 0.99).Seconds())
	}
	for _, e := range g.Errors {
		precision.Record(e)
	}
	pair := func(what string, unit bench.Unit, values []float64) {
		if len(values) > 0 {
			m.Gauge(name(what+"_error_median"), unit).Set(quantile(values, 0.5))
			m.Gauge(name(what+"_error_max"), unit).Set(values[len(values)-1])
		}
	}
	pair(s.Error, bench.Unit(s.Unit), g.Errors)
	pair(s.Spread, bench.One, g.Spreads)
	if g.Graded > 0 {
		m.Gauge(name("grade"), bench.One, bench.About("mean, 4 is A and 0 is F")).Set(g.Grade)
	}
}

// Summary is the report for machines, and Page for people, under a name and a title. Notes are
// shown in both. The hash is that of all that the seed determines.
func (r *Report) Summary(name, title string, notes ...string) (bench.Summary, bench.Report) {
	m, expect := r.metrics()
	sum := sha256.Sum256(m.Canonical())
	results := bench.Evaluate(expect, m)
	s := bench.Summary{
		Scenario: name, Title: title, Seed: r.Seed, Verdict: bench.Judge(results, true), Hash: hex.EncodeToString(sum[:]),
		WallS: r.Took.Seconds(), Metrics: m.Snapshot(), Expect: results, Notes: notes, Build: bench.ReadBuild(),
	}
	for i := range r.Subjects {
		for _, g := range r.Subjects[i].Groups {
			if g.Category.Skipped != "" {
				s.Notes = append(s.Notes, fmt.Sprintf("%s, %s: %s.", r.Subjects[i].Subject.Title, g.Category.Name, g.Category.Skipped))
			}
		}
	}
	page := bench.NewReport(s, m)
	for i := range r.Subjects {
		page.Tables = append(page.Tables, r.Subjects[i].table())
	}
	for _, f := range r.Failures() {
		var b bytes.Buffer
		if err := png.Encode(&b, f.Picture); err != nil {
			page.Summary.Notes = append(page.Summary.Notes, fmt.Sprintf("The picture of %s %d cannot be shown: %v.", f.Category, f.Number, err))
			continue
		}
		page.Pictures = append(page.Pictures, bench.Picture{
			Caption: fmt.Sprintf("%s, %s, picture %d", f.Subject, f.Category, f.Number), Verdict: f.Note, Kind: bench.Bad, Data: b.Bytes(),
		})
	}
	return s, page
}

// table of a subject for the page.
func (t *Tried) table() bench.Table {
	out := bench.Table{Title: t.Subject.Title, About: "* measured on the wall clock; the rest is the same for the same seed.", Head: t.tableHead()}
	for k := range t.Groups {
		row := bench.TableRow{Cells: t.tableRow(&t.Groups[k])}
		if !t.Groups[k].Pass() {
			row.Kind = bench.Bad
		}
		out.Rows = append(out.Rows, row)
	}
	out.Rows = append(out.Rows, bench.TableRow{Cells: t.tableMean()})
	return out
}

// WritePictures writes a line of comma-separated values for each picture: what was to be found in it and what
// was, and the time on the wall clock.
func (r *Report) WritePictures(w io.Writer) error {
	c := csv.NewWriter(w)
	// Write's errors come out of Error.
	_ = c.Write([]string{"subject", "category", "picture", "items", "right", "wrong", "ms", "note"})
	for _, t := range r.Subjects {
		for _, g := range t.Groups {
			for i, o := range g.Outcomes {
				_ = c.Write([]string{t.Subject.Name, g.Category.Name, strconv.Itoa(i), strconv.Itoa(o.Items), strconv.Itoa(o.Right),
					strconv.Itoa(o.Wrong), milliseconds(o.Took), o.Note})
			}
		}
	}
	c.Flush()
	return c.Error()
}
