package bench

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/antzucaro/matchr"
)

// BoundError is a bound that can never be judged, with the reason.
type BoundError struct {
	Metric string // as written, with its part
	Bound  string // as written
	Reason string // what is wrong, and what would be right
}

// Error names the bound and the reason.
func (e *BoundError) Error() string {
	return fmt.Sprintf("expect %q: %q: %s", e.Metric, e.Bound, e.Reason)
}

// BoundErrors are all that is wrong with a set of bounds, sorted by metric.
type BoundErrors []*BoundError

// Error is one line for each.
func (e BoundErrors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (e BoundErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, x := range e {
		out[i] = x
	}
	return out
}

// CheckBounds says before a run what is wrong with the bounds that it will be
// judged by: a bound that cannot be read, a metric or a part of one that does not
// exist (with the names that are near), a unit that does not fit. The error is a
// [BoundErrors].
//
// The keys of expect name a metric, and for a distribution a part of it: .count,
// .mean, .rms, .min, .p50, .p90, .p99, .p999 or .max. A distribution without a part
// is bounded in every sample: by its max where the bound is from above, by its min
// where it is from below. A ratio has .count, the number of cases.
func CheckBounds(expect map[string]string, m *Metrics) error {
	var errs BoundErrors
	metrics := m.Snapshot()
	for _, name := range sortedKeys(expect) {
		if _, err := resolve(name, expect[name], metrics); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// target is a bound with the metric that it is on.
type target struct {
	bound Bound
	value Value
	part  string // "": the scalar's value, or every sample of a distribution
	limit float64
}

// unit of the number that is compared.
func (t target) unit() Unit {
	if t.part == "count" {
		return One
	}
	return t.value.Unit
}

// resolve finds what the bound is on.
func resolve(name, bound string, metrics map[string]Value) (target, *BoundError) {
	fail := func(format string, args ...any) (target, *BoundError) {
		return target{}, &BoundError{name, bound, fmt.Sprintf(format, args...)}
	}
	b, err := ParseBound(bound)
	if err != nil {
		return fail("%s", strings.TrimLeft(strings.TrimPrefix(err.Error(), fmt.Sprintf("bound %q", bound)), ": "))
	}
	t := target{bound: b}
	v, ok := metrics[name]
	if !ok {
		base, part := name, ""
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			base, part = name[:i], name[i+1:]
		}
		v, ok = metrics[base]
		switch {
		case !ok:
			return fail("there is no such metric; %s", suggest(name, metrics))
		case !slices.Contains(partNames, part) && v.Kind.distribution():
			return fail("%s has no part .%s; it has .%s", base, part, strings.Join(partNames, ", ."))
		case !v.Kind.hasPart(part) || !slices.Contains(partNames, part):
			return fail("%s is a %s and has no part .%s; bound %q itself", base, v.Kind, part, base)
		}
		t.part = part
	}
	t.value = v
	if t.limit, err = b.Limit(t.unit()); err != nil {
		return fail("%s", err)
	}
	return t, nil
}

// suggest names the metrics whose names are near.
func suggest(name string, metrics map[string]Value) string {
	base := name
	if i := strings.LastIndexByte(name, '.'); i >= 0 && slices.Contains(partNames, name[i+1:]) {
		base = name[:i]
	}
	// Names that look alike; else those of the same device; else all.
	first, _, _ := strings.Cut(base, ".")
	var near []string
	label := "near it: "
	for i, fits := range []func(string) bool{
		func(n string) bool { return matchr.OSA(base, n) <= max(2, len(base)/6) },
		func(n string) bool { return strings.HasPrefix(n, first+".") },
		func(string) bool { return true },
	} {
		for _, n := range sortedKeys(metrics) {
			if fits(n) {
				near = append(near, n)
			}
		}
		if len(near) == 0 {
			continue
		}
		switch i {
		case 0:
			slices.SortStableFunc(near, func(a, b string) int {
				return matchr.OSA(base, a) - matchr.OSA(base, b)
			})
		case 2:
			label = "there are: "
		}
		break
	}
	if len(near) == 0 {
		return "no metrics are declared"
	}
	const most = 5
	rest := ""
	if len(near) > most {
		rest = fmt.Sprintf(" and %d more", len(near)-most)
		near = near[:most]
	}
	return label + strings.Join(near, ", ") + rest
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
