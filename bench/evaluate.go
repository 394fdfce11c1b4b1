package bench

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Result is a bound, judged.
type Result struct {
	Metric string `json:"metric"` // as written, with its part
	Bound  string `json:"bound"`  // as written
	// Value that was compared, in SI; nil where there was none.
	Value *float64 `json:"value"`
	Pass  bool     `json:"pass"`
	Unit  Unit     `json:"unit,omitempty"`
	// Limit in SI; nil where the bound could not be read.
	Limit *float64 `json:"limit,omitempty"`
	// Text for people: "6.1 ms <= 16 ms", "17.3 ms is not <= 16 ms".
	Text string `json:"text"`
	// Shown is the value as Text shows it, "6.1 ms", or why there is none.
	Shown string `json:"shown"`
}

// Evaluate judges the bounds by the metrics as they stand, sorted by metric. What
// [CheckBounds] would have refused fails, with the reason. A distribution without
// samples, a gauge that was never set, and a metric with samples that were not
// numbers fail too, except in a bound on .count.
func Evaluate(expect map[string]string, m *Metrics) []Result {
	results := make([]Result, 0, len(expect))
	metrics := m.Snapshot()
	for _, name := range sortedKeys(expect) {
		r := Result{Metric: name, Bound: expect[name]}
		t, err := resolve(name, expect[name], metrics)
		if err != nil {
			r.Shown, r.Text = "cannot be judged", err.Reason
		} else {
			t.judge(&r)
		}
		results = append(results, r)
	}
	return results
}

func (t target) judge(r *Result) {
	r.Unit, r.Limit = t.unit(), number(t.limit)
	part := t.part
	if part == "" && t.value.Kind.distribution() {
		part = t.bound.worst(t.value, t.limit)
	}
	v, ok := t.value.Part(part)
	switch {
	case !ok:
		r.Shown = t.value.absent()
		r.Text = fmt.Sprintf("%s; expected %s", r.Shown, t.bound)
		return
	case t.value.Invalid > 0 && t.part != "count":
		r.Shown = plural(t.value.Invalid, "invalid sample")
		r.Text = fmt.Sprintf("%s; expected %s", r.Shown, t.bound)
		return
	}
	r.Value = &v
	r.Pass = t.bound.Holds(v, t.limit)
	r.Shown = t.show(v)
	note := ""
	if t.value.Kind == KindRatio && part == "" && t.value.Hits != nil && t.value.Count != nil {
		note = fmt.Sprintf(" (%s of %s)", count(*t.value.Hits), count(*t.value.Count))
	}
	verb := ""
	if !r.Pass {
		verb = "is not "
	}
	r.Text = fmt.Sprintf("%s%s %s%s", r.Shown, note, verb, t.bound)
	r.Shown += note
}

// show writes the value in the unit of the bound where that suits its size, with
// as many digits as it takes to be on the right side of the limit.
func (t target) show(v float64) string {
	s := t.value.scale(v)
	if t.part == "count" {
		s = scalePlain
	}
	if b, ok := t.bound.scale(t.unit()); ok {
		if a := abs(v / b.per); a == 0 || a >= 0.01 && a < 10000 {
			s = b
		}
	}
	for digits := 3; digits < 17; digits++ {
		text := s.number(v, digits)
		shown, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if err == nil && about(shown*s.per, t.limit) == cmp.Compare(v, t.limit) {
			return text + s.label
		}
	}
	return s.format(v, 17)
}

// about compares like cmp.Compare, with what differs only by rounding taken as equal.
func about(a, b float64) int {
	if abs(a-b) <= 1e-12*max(abs(a), abs(b)) {
		return 0
	}
	return cmp.Compare(a, b)
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}
