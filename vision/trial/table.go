package trial

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// tableHead names the columns of a subject's table; those that end in * are measured on the wall clock.
func (t *Tried) tableHead() []string {
	s := t.Subject
	head := []string{"category", "pictures", s.Item + "s", "read", "wrong", "missed", "rate", "bound"}
	if s.Detection {
		head = append(head, "F")
	}
	if s.Error != "" {
		head = append(head, fmt.Sprintf("%s %s", s.Error, s.Unit), "max")
	}
	if s.Spread != "" {
		head = append(head, s.Spread+" %", "max")
	}
	head = append(head, "ms*", "P99*")
	if t.graded() {
		head = append(head, "grade")
	}
	return append(head, "")
}

func (t *Tried) graded() bool {
	for i := range t.Groups {
		if t.Groups[i].Graded > 0 {
			return true
		}
	}
	return false
}

// tableRow is a category as cells below those of the head.
func (t *Tried) tableRow(g *Group) []string {
	s := t.Subject
	n := func(v int) string { return fmt.Sprint(v) }
	bound := ""
	if g.Category.Least > 0 {
		bound = fmt.Sprintf("%.4g %%", 100*g.Category.Least)
	}
	rate := "-"
	if g.Items > 0 {
		rate = fmt.Sprintf("%.1f %%", 100*g.Rate())
	}
	row := []string{g.Category.Name, n(g.Pictures), n(g.Items), n(g.Right), n(g.Wrong), n(g.Missed()), rate, bound}
	if s.Detection {
		row = append(row, fmt.Sprintf("%.2f", g.F()))
	}
	pair := func(values []float64, scale float64) {
		if len(values) == 0 {
			row = append(row, "-", "-")
			return
		}
		row = append(row, fmt.Sprintf("%.2f", scale*quantile(values, 0.5)), fmt.Sprintf("%.2f", scale*values[len(values)-1]))
	}
	if s.Error != "" {
		pair(g.Errors, 1)
	}
	if s.Spread != "" {
		pair(g.Spreads, 100)
	}
	if len(g.Times) > 0 {
		row = append(row, milliseconds(quantile(g.Times, 0.5)), milliseconds(quantile(g.Times, 0.99)))
	} else {
		row = append(row, "-", "-")
	}
	if t.graded() {
		grade := "-"
		if g.Graded > 0 {
			grade = fmt.Sprintf("%.1f", g.Grade)
		}
		row = append(row, grade)
	}
	verdict := "ok"
	switch {
	case g.Category.Skipped != "":
		verdict = g.Category.Skipped
	case !g.Pass():
		verdict = "BROKEN"
	case s.Strict && g.Wrong > 0:
		verdict = "WRONG"
	case !g.Judged():
		verdict = ""
	}
	return append(row, verdict)
}

// tableMean is the row of the mean over categories.
func (t *Tried) tableMean() []string {
	pictures, items, right, missed := 0, 0, 0, 0
	for i := range t.Groups {
		g := &t.Groups[i]
		pictures, items, right, missed = pictures+g.Pictures, items+g.Items, right+g.Right, missed+g.Missed()
	}
	bound, verdict := "", ""
	if t.Subject.LeastMean > 0 {
		bound = fmt.Sprintf("%.4g %%", 100*t.Subject.LeastMean)
	}
	if t.judged() {
		if verdict = "ok"; t.Mean() < t.Subject.LeastMean {
			verdict = "BROKEN"
		}
	}
	mean := "-"
	if t.asked() {
		mean = fmt.Sprintf("%.1f %%", 100*t.Mean())
	}
	row := []string{"mean of categories", fmt.Sprint(pictures), fmt.Sprint(items), fmt.Sprint(right), fmt.Sprint(t.Wrong()), fmt.Sprint(missed),
		mean, bound}
	if t.Subject.Detection {
		row = append(row, fmt.Sprintf("%.2f", t.F()))
	}
	for len(row) < len(t.tableHead())-1 {
		row = append(row, "")
	}
	return append(row, verdict)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// WriteTable writes a table of each subject.
func (r *Report) WriteTable(w io.Writer) error {
	for i := range r.Subjects {
		t := &r.Subjects[i]
		if _, err := fmt.Fprintf(w, "%s\n", t.Subject.Title); err != nil {
			return err
		}
		var aligned bytes.Buffer
		tab := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
		put := func(cells []string) { fmt.Fprintln(tab, "  "+strings.Join(cells, "\t")) }
		put(t.tableHead())
		for k := range t.Groups {
			put(t.tableRow(&t.Groups[k]))
		}
		put(t.tableMean())
		if err := tab.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(aligned.String()) {
			if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "* measured on the wall clock, with %s in all; the rest is the same for seed %d on any machine of this kind.\n",
		r.Took.Round(100*time.Millisecond), r.Seed)
	return err
}
