package bench

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBoundsAreReadInSI(t *testing.T) {
	for _, c := range []struct {
		text  string
		unit  Unit
		op    Op
		limit float64
	}{
		{"<= 30ms", Seconds, AtMost, 0.03},
		{"<=30 ms", Seconds, AtMost, 0.03},
		{"< 250us", Seconds, Below, 250e-6},
		{"< 250µs", Seconds, Below, 250e-6},
		{">= 10", One, AtLeast, 10},
		{"== 0", One, Equal, 0},
		{"== 0", Metres, Equal, 0},
		{"<= 0.2mm", Metres, AtMost, 0.0002},
		{"<= 1%", One, AtMost, 0.01},
		{"> -1.5e-3 m", Metres, Above, -0.0015},
		{"<= 2min", Seconds, AtMost, 120},
		{"<= .5deg", Radians, AtMost, 0.5 * math.Pi / 180},
		{">= 30Hz", PerSecond, AtLeast, 30},
		{">= 30/min", PerSecond, AtLeast, 0.5},
		{">= 0.5m/s", MetresPerSecond, AtLeast, 0.5},
		{"<= 3px", Pixels, AtMost, 3},
		{"<= 4widgets", "widgets", AtMost, 4},
	} {
		b, err := ParseBound(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		limit, err := b.Limit(c.unit)
		if err != nil || b.Op != c.op || limit != c.limit {
			t.Errorf("%q in %s: %s %v, %v; want %s %v", c.text, c.unit, b.Op, limit, err, c.op, c.limit)
		}
	}
}

func TestBoundsThatCannotBeReadSayWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "operator"},
		{"30ms", "operator"},
		{"=< 3", "operator"},
		{"<=", "no number"},
		{"<= ms", "no number"},
		{"<= 1e999", "exponent"},
		{"<= 3 m s", "not a unit"},
		{"<= 3$", "not a unit"},
		{"<= 1" + strings.Repeat("0", 400), "too large"},
	} {
		if _, err := ParseBound(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v; want one about %q", c.text, err, c.want)
		}
	}
}

func TestUnitsThatDoNotFitAreRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		unit Unit
		want string
	}{
		{"<= 30ms", Metres, "does not fit a metric in m"},
		{"<= 30", Seconds, "has no unit"},
		{"<= 30ms", One, "plain number"},
		{"<= 3%", Seconds, "does not fit"},
		{"<= 3furlong", Metres, `unknown unit "furlong"`},
	} {
		b, err := ParseBound(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Limit(c.unit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q on %s: error %v; want one about %q", c.text, c.unit, err, c.want)
		}
	}
}

// schemaBound is the form that a scenario's schema lets through.
const schemaBound = `(<=|>=|<|>|==) ?[+-]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})([eE][+-]?[0-9]{1,2})? ?(%|[a-zA-Z]{1,4}(/[a-z]{1,3}2?)?)?`

func TestEveryBoundThatASchemaLetsThroughIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(schemaBound).Draw(t, "bound")
		b, err := ParseBound(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ParseBound(b.String())
		if err != nil || again != b {
			t.Fatalf("%q is written as %q, which reads as %+v, %v", text, b, again, err)
		}
	})
}

func FuzzParseBound(f *testing.F) {
	for _, s := range []string{"<= 30ms", ">= 10", "== 0", "<1%", "> -1.5e-3 m/s2", "<= 1e", "<=\x00", "<= +.5E+3µs", ">= 30/min"} {
		f.Add(s)
	}
	full := regexp.MustCompile("^" + schemaBound + "$")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBound(s)
		if err != nil {
			if full.MatchString(s) {
				t.Fatalf("%q is refused: %v", s, err)
			}
			return
		}
		again, err := ParseBound(b.String())
		if err != nil || again != b {
			t.Fatalf("%q is written as %q, which reads as %+v, %v", s, b, again, err)
		}
		for _, u := range []Unit{One, Seconds, Metres, PerSecond, "widgets"} {
			if limit, err := b.Limit(u); err == nil && math.IsNaN(limit) {
				t.Fatalf("%q in %s is not a number", s, u)
			}
		}
	})
}
