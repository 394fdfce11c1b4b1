package bench

import "sort"

// mark is a value that a plot points out: a percentile, or the limit of a bound.
type mark struct {
	at    float64
	label string
	bound bool
}

// boundMarks are the limits of the bounds on a metric or on a part of it.
func boundMarks(name string, expect []Result) []mark {
	var marks []mark
	for _, r := range expect {
		part := ""
		if r.Metric != name {
			if len(r.Metric) <= len(name) || r.Metric[:len(name)+1] != name+"." {
				continue
			}
			part = r.Metric[len(name)+1:]
		}
		if r.Limit == nil || part == "count" {
			continue
		}
		label := prettyBound(r.Bound)
		if part != "" {
			label = part + " " + label
		}
		marks = append(marks, mark{*r.Limit, label, true})
	}
	return marks
}

// prettyBound is a bound as a page shows it: "≤ 30 ms".
func prettyBound(text string) string {
	b, err := ParseBound(text)
	if err != nil {
		return text
	}
	sign := map[Op]string{AtMost: "≤", AtLeast: "≥", Equal: "="}[b.Op]
	if sign == "" {
		sign = string(b.Op)
	}
	return sign + " " + b.limit.text()
}

const markRows = 3

// joined makes one mark of neighbours that are too near to be told apart.
func (p *plot) joined(marks []mark) []mark {
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].at < marks[j].at })
	var out []mark
	for _, m := range marks {
		if n := len(out); n > 0 && !m.bound && !out[n-1].bound && p.x.pixel(m.at)-p.x.pixel(out[n-1].at) < 12 {
			out[n-1].label += ", " + m.label
			out[n-1].at = m.at
			continue
		}
		out = append(out, m)
	}
	return out
}

// placed is a mark with the place of its label.
type placed struct {
	mark
	label  string
	left   float64
	row    int
	beyond bool // the mark is off the axis: its label stands at the edge, with an arrow
}

// place finds a row for each label, so that they do not overlap, and makes room for
// the rows above the area.
func (p *plot) place(marks []mark) []placed {
	var ends [markRows]float64
	for i := range ends {
		ends[i] = -1e9
	}
	var out []placed
	rows := 0
	for _, m := range p.joined(marks) {
		l := placed{mark: m, label: m.label, beyond: !p.x.holds(m.at)}
		switch {
		case m.at > p.x.hi:
			l.label += " →"
		case m.at < p.x.lo:
			l.label = "← " + l.label
		}
		w := textWidth(l.label)
		l.left = min(max(p.x.pixel(min(max(m.at, p.x.lo), p.x.hi))-w/2, 0), p.w-w)
		for l.row < markRows-1 && ends[l.row] > l.left-8 {
			l.row++
		}
		ends[l.row] = l.left + w
		rows = max(rows, l.row+1)
		out = append(out, l)
	}
	p.setRows(rows)
	return out
}

// vertical draws marks as lines across the plot, with their labels above it.
func (p *plot) vertical(marks []placed) {
	for _, m := range marks {
		class, text := "q", "t"
		if m.bound {
			class, text = "bd", "t bt"
		}
		y := p.top - 6 - 13*float64(m.row)
		if !m.beyond {
			x := p.x.pixel(m.at)
			p.line(class, x, y+3, x, p.bottom)
		}
		p.text(text, atStart, m.left, y, m.label)
	}
}

// horizontal draws the limits of bounds as lines across a plot over time.
func (p *plot) horizontal(marks []mark) {
	for _, m := range marks {
		if p.y.holds(m.at) {
			y := p.y.pixel(m.at)
			p.line("bd", p.left, y, p.right, y)
			p.text("t bt", atEnd, p.right, y-4, m.label)
		}
	}
}

// faultBands shades the time of faults.
func (p *plot) faultBands(faults []Fault) {
	for _, f := range faults {
		from, to := max(f.AtS, p.x.lo), min(f.AtS+f.ForS, p.x.hi)
		if from > p.x.hi || to < p.x.lo {
			continue
		}
		a, b := p.x.pixel(from), p.x.pixel(to)
		p.rect("fault", a, p.top, max(b-a, 1.5), p.bottom-p.top, f.String())
	}
}
