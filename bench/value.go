package bench

import "fmt"

// Value is one metric as it stands, and as summary.json holds it. A scalar has
// Value; a distribution has Count and, unless that is 0, the parts. Numbers are in
// the SI unit of Unit.
type Value struct {
	Kind  Kind     `json:"kind"`
	Value *float64 `json:"value,omitempty"`
	Unit  Unit     `json:"unit"`
	Clock Clock    `json:"clock,omitzero"` // "wall"; absent for virtual time
	// Hits of a ratio; Count is then the number of cases.
	Hits  *uint64  `json:"hits,omitempty"`
	Count *uint64  `json:"count,omitempty"`
	Mean  *float64 `json:"mean,omitempty"`
	RMS   *float64 `json:"rms,omitempty"`
	Min   *float64 `json:"min,omitempty"`
	P50   *float64 `json:"p50,omitempty"`
	P90   *float64 `json:"p90,omitempty"`
	P99   *float64 `json:"p99,omitempty"`
	P999  *float64 `json:"p999,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	// Invalid counts samples that were not numbers, or below 0 in a histogram.
	Invalid uint64 `json:"invalid,omitempty"`
	// About says what the metric is; Key marks it for the short verdict.
	About string `json:"about,omitempty"`
	Key   bool   `json:"key,omitempty"`
}

// partNames are the parts of a distribution, in the order in which they are shown.
var partNames = []string{"count", "mean", "rms", "min", "p50", "p90", "p99", "p999", "max"}

// value starts a snapshot with what was declared.
func (m *meta) value() Value {
	return Value{Kind: m.kind, Unit: m.unit, Clock: m.clock, About: m.about, Key: m.key}
}

// Part of the metric by its name without the dot ("p99", "max", "count", ...); the
// empty name is the value of a scalar. ok is false when the metric has no such
// part, or no samples yet.
func (v Value) Part(name string) (x float64, ok bool) {
	p := map[string]*float64{
		"": v.Value, "mean": v.Mean, "rms": v.RMS, "min": v.Min,
		"p50": v.P50, "p90": v.P90, "p99": v.P99, "p999": v.P999, "max": v.Max,
	}[name]
	if name == "count" && v.Count != nil {
		return float64(*v.Count), true
	}
	if p == nil {
		return 0, false
	}
	return *p, true
}

// hasPart tells whether metrics of this kind have the part.
func (k Kind) hasPart(name string) bool {
	switch {
	case name == "":
		return true
	case k == KindRatio:
		return name == "count"
	default:
		return k.distribution()
	}
}

// scale that shows x well.
func (v Value) scale(x float64) scale {
	if v.Kind == KindRatio {
		return scalePercent
	}
	return v.Unit.scale(x)
}

// String is the value for people: "1.2 % (5 of 412)", "p50 4 ms, p99 6 ms, max 9
// ms (36,000 samples)".
func (v Value) String() string {
	switch {
	case v.Kind == KindRatio && v.Value != nil && v.Hits != nil && v.Count != nil:
		return fmt.Sprintf("%s (%s of %s)", scalePercent.format(*v.Value, 3), count(*v.Hits), count(*v.Count))
	case v.Value != nil:
		return v.scale(*v.Value).format(*v.Value, 4)
	case v.P50 != nil && v.P99 != nil && v.Max != nil && v.Count != nil:
		s := v.scale(*v.Max)
		return fmt.Sprintf("p50 %s, p99 %s, max %s (%s)", s.format(*v.P50, 3), s.format(*v.P99, 3), s.format(*v.Max, 3), plural(*v.Count, "sample"))
	}
	return v.absent()
}

// absent says why there is no value.
func (v Value) absent() string {
	switch {
	case v.Invalid > 0 && v.Kind == KindGauge:
		return "not a number"
	case v.Kind == KindGauge:
		return "never set"
	default:
		return "no samples"
	}
}

func number(v float64) *float64 { return &v }

func count(n uint64) string { return fixed(float64(n), 0, false) }

// plural is "1 sample", "2 samples".
func plural(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return count(n) + " " + what
}
