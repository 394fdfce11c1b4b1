package bench

import (
	"fmt"
	"io"
	"math"
)

// Delta is one number of two runs, side by side. A, B, Diff and Percent are nil
// where there is nothing to state: the metric is in one run only, had no samples,
// or A is 0.
type Delta struct {
	Metric  string   `json:"metric"` // with its part: "inspection.latency.p99"
	Unit    Unit     `json:"unit"`
	Clock   Clock    `json:"clock,omitzero"` // "wall" where numbers differ from run to run anyway
	A       *float64 `json:"a"`              // in SI
	B       *float64 `json:"b"`
	Diff    *float64 `json:"diff"`    // B - A
	Percent *float64 `json:"percent"` // 100 (B - A) / |A|
	kind    Kind
}

// Same tells whether both runs have the same number.
func (d Delta) Same() bool { return d.A == d.B || d.A != nil && d.B != nil && *d.A == *d.B }

// compared are the parts of a distribution that a comparison shows.
var compared = []string{"count", "mean", "p50", "p99", "max"}

// Compare puts the metrics of two runs side by side, sorted by name.
func Compare(a, b Summary) []Delta {
	all := map[string]bool{}
	for n := range a.Metrics {
		all[n] = true
	}
	for n := range b.Metrics {
		all[n] = true
	}
	var out []Delta
	for _, n := range sortedKeys(all) {
		va, inA := a.Metrics[n]
		vb, inB := b.Metrics[n]
		switch {
		case inA && inB && va.Unit.dimension() != vb.Unit.dimension():
			// Numbers in different units are not the same metric.
			out = append(out, deltas(n, va, Value{Kind: va.Kind, Unit: va.Unit})...)
			out = append(out, deltas(n, Value{Kind: vb.Kind, Unit: vb.Unit}, vb)...)
		case inA:
			out = append(out, deltas(n, va, vb)...)
		default:
			out = append(out, deltas(n, Value{Kind: vb.Kind, Unit: vb.Unit, Clock: vb.Clock}, vb)...)
		}
	}
	return out
}

func deltas(name string, a, b Value) []Delta {
	parts := []string{""}
	if a.Kind.distribution() {
		parts = compared
	}
	var out []Delta
	for _, p := range parts {
		d := Delta{Metric: name, Unit: a.Unit, Clock: a.Clock, kind: a.Kind}
		if p != "" {
			d.Metric += "." + p
		}
		if p == "count" {
			d.Unit, d.kind = One, KindCounter
		}
		x, okA := a.Part(p)
		y, okB := b.Part(p)
		if okA {
			d.A = &x
		}
		if okB {
			d.B = &y
		}
		if okA && okB {
			d.Diff = number(y - x)
			if x != 0 {
				d.Percent = number(100 * (y - x) / math.Abs(x))
			}
		}
		out = append(out, d)
	}
	return out
}

// WriteComparison writes what the two runs were, and their numbers as an aligned
// table. Rows in which the runs agree have no difference.
func WriteComparison(w io.Writer, a, b Summary) error {
	head := table{indent: "  "}
	head.add("", "A", "B")
	head.add("scenario", a.Scenario, b.Scenario)
	head.add("seed", fmt.Sprint(a.Seed), fmt.Sprint(b.Seed))
	head.add("verdict", string(a.Verdict), string(b.Verdict))
	head.add("simulated", Seconds.Format(a.SimulatedS), Seconds.Format(b.SimulatedS))
	head.add("events", count(a.Events), count(b.Events))
	switch {
	case a.Hash == "" || b.Hash == "":
		head.add("hash", short(a.Hash), short(b.Hash))
	case a.Hash == b.Hash:
		head.add("hash", short(a.Hash), short(b.Hash), "the same: the runs are identical")
	default:
		head.add("hash", short(a.Hash), short(b.Hash), "the hashes differ")
	}
	if err := head.write(w); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	t := table{indent: "  ", right: []bool{false, true, true, true, true}}
	t.add("metric", "A", "B", "B - A", "")
	for _, d := range Compare(a, b) {
		t.add(d.cells()...)
	}
	return t.write(w)
}

func (d Delta) cells() []string {
	v := Value{Kind: d.kind, Unit: d.Unit}
	show := func(x *float64) string {
		if x == nil {
			return "-"
		}
		return v.scale(*x).format(*x, 4)
	}
	c := []string{d.Metric, show(d.A), show(d.B), "", ""}
	if d.Diff != nil && *d.Diff != 0 {
		c[3] = signed(show(d.Diff))
	}
	if d.Percent != nil && *d.Percent != 0 {
		c[4] = signed(formatNumber(*d.Percent, 3)) + " %"
	}
	if d.Clock == Wall {
		c = append(c, "wall")
	}
	return c
}

func signed(s string) string {
	if s[0] == '-' {
		return s
	}
	return "+" + s
}

// short is the start of a hash, as people compare it.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}
