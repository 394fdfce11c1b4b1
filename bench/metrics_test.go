package bench

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestDeclaringAgainGivesTheSameMetric(t *testing.T) {
	m := NewMetrics()
	if first := m.Counter("a.b", One); m.Counter("a.b", One) != first {
		t.Error("two counters of one name")
	}
	if first := m.Series("s", One, SeriesOptions{}); m.Series("s", One, SeriesOptions{}) != first {
		t.Error("two series of one name")
	}
}

func TestWrongDeclarationsPanicWithAReason(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Metrics)
		want string
	}{
		{"other kind", func(m *Metrics) { m.Gauge("a.b", One) }, `metric "a.b" is declared as a counter in 1 (virtual time), and again as a gauge in 1 (virtual time)`},
		{"other unit", func(m *Metrics) { m.Counter("a.b", Bytes) }, "again as a counter in B"},
		{"other clock", func(m *Metrics) { m.Counter("a.b", One, Wall) }, "(wall time)"},
		{"a series of that name", func(m *Metrics) { m.Series("a.b", One, SeriesOptions{}) }, "again as a series"},
		{"a metric named like a series", func(m *Metrics) { m.Ratio("s") }, "declared as a series"},
		{"other unit of a series", func(m *Metrics) { m.Series("s", Metres, SeriesOptions{}) }, "again in m"},
		{"a part's name", func(m *Metrics) { m.Counter("a.max", One) }, ".max names a part"},
		{"no name", func(m *Metrics) { m.Counter("", One) }, "not a metric's name"},
		{"capitals", func(m *Metrics) { m.Counter("A", One) }, "not a metric's name"},
		{"no unit", func(m *Metrics) { m.Gauge("g", "") }, "has no unit"},
		{"negative resolution", func(m *Metrics) { m.Error("e", One, Resolution(-1)) }, "above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMetrics()
			m.Counter("a.b", One)
			m.Series("s", One, SeriesOptions{})
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("panic %q; want %q in it", got, c.want)
				}
			}()
			c.do(m)
		})
	}
}

func TestCanonicalBytesTellEverySampleOfVirtualTimeAndNoneOfWallTime(t *testing.T) {
	a, b := sample(), sample()
	if !bytes.Equal(a.Canonical(), b.Canonical()) {
		t.Fatal("the same samples give different bytes")
	}
	before := a.Canonical()
	a.Histogram("idle.latency", Seconds, Wall).Record(1)
	a.Series("line.speed", MetresPerSecond, SeriesOptions{}).Append(1, 1)
	if !bytes.Equal(a.Canonical(), before) {
		t.Error("wall time and series are in the bytes")
	}
	for name, change := range map[string]func(*Metrics){
		"histogram": func(m *Metrics) { m.Histogram("inspection.latency", Seconds, Virtual).Record(0.05) },
		"error":     func(m *Metrics) { m.Error("servo.error", Metres).Record(1e-12) },
		"counter":   func(m *Metrics) { m.Counter("line.passed", One).Add(1) },
		"gauge":     func(m *Metrics) { m.Gauge("mes.never", One).Set(0) },
		"ratio":     func(m *Metrics) { m.Ratio("inspection.unseen").Hit(false) },
		"new":       func(m *Metrics) { m.Counter("line.more", One) },
	} {
		m := sample()
		change(m)
		if bytes.Equal(m.Canonical(), before) {
			t.Errorf("a change of the %s is not in the bytes", name)
		}
	}
	if !bytes.HasPrefix(before, []byte("inspection.escape_rate ratio 1 hits=0 n=31\n")) {
		t.Errorf("canonical form is\n%s", before)
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Seconds, 0.0061, "6.1 ms"}, {Seconds, 0, "0 s"}, {Seconds, 300, "5 min"}, {Seconds, 60, "60 s"},
		{Seconds, 3.2e-8, "32 ns"}, {Seconds, 0.00099999, "1 ms"}, {Seconds, 9000, "2.5 h"}, {Seconds, 1.895, "1.9 s"},
		{Metres, 0.0002, "0.2 mm"}, {Metres, 6, "6 m"}, {Metres, 25e-6, "25 µm"}, {Metres, -0.0123, "-12.3 mm"},
		{One, 1234567, "1,234,567"}, {One, 1234, "1234"}, {One, 0.25, "0.25"},
		{PerSecond, 0.8, "48 /min"}, {Hertz, 0, "0 Hz"}, {Hertz, 12500, "12.5 kHz"},
		{Radians, 0.0174532925199433, "1 deg"}, {MetresPerSecond, 0.5, "0.5 m/s"}, {Bytes, 2_500_000, "2.5 MB"},
		{"widgets", 3, "3 widgets"}, {One, 1e-9, "1e-09"},
	} {
		if got := c.unit.Format(c.v); got != c.want {
			t.Errorf("%v %s is %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}
