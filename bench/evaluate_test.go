package bench

import (
	"errors"
	"strings"
	"testing"
)

// sample is a set of metrics of every kind.
func sample() *Metrics {
	m := NewMetrics()
	lat := m.Histogram("inspection.latency", Seconds, Virtual)
	for i := 1; i <= 100; i++ {
		lat.Record(float64(i) / 1000)
	}
	e := m.Error("servo.error", Metres)
	for _, v := range []float64{-0.0001, 0.0001, 0.00015, -0.00005} {
		e.Record(v)
	}
	m.Counter("line.passed", One).Add(412)
	m.Gauge("mes.good", One).Set(400)
	m.Gauge("mes.never", One)
	r := m.Ratio("inspection.escape_rate")
	r.Add(0, 31)
	m.Ratio("inspection.unseen")
	m.Histogram("idle.latency", Seconds, Wall)
	m.Counter("line.bytes", Bytes).Add(15_000_000)
	return m
}

func TestResultsSayValueAndBoundInWords(t *testing.T) {
	for _, c := range []struct {
		metric, bound string
		pass          bool
		text          string
	}{
		{"inspection.latency.p50", "<= 51ms", true, "50 ms <= 51 ms"},
		{"inspection.latency.p99", "<= 30ms", false, "99 ms is not <= 30 ms"},
		{"inspection.latency.max", "<= 0.1s", true, "0.1 s <= 0.1 s"},
		{"inspection.latency.max", "<= 99.99999ms", false, "100 ms is not <= 99.99999 ms"},
		{"inspection.latency.count", "== 100", true, "100 == 100"},
		{"inspection.latency", "<= 100ms", true, "100 ms <= 100 ms"},
		{"inspection.latency", ">= 1ms", true, "1 ms >= 1 ms"},
		{"inspection.latency", "== 100ms", false, "1 ms is not == 100 ms"},
		{"servo.error", "<= 0.2mm", true, "0.15 mm <= 0.2 mm"},
		{"servo.error.mean", ">= 0", true, "25 µm >= 0"},
		{"servo.error.rms", "< 110um", true, "106 um < 110 um"},
		{"line.passed", ">= 400", true, "412 >= 400"},
		{"line.bytes", "<= 16MB", true, "15 MB <= 16 MB"},
		{"mes.good", "== 401", false, "400 is not == 401"},
		{"mes.never", "<= 3", false, "never set; expected <= 3"},
		{"inspection.escape_rate", "<= 0", true, "0 % (0 of 31) <= 0"},
		{"inspection.escape_rate.count", ">= 1", true, "31 >= 1"},
		{"inspection.unseen", "<= 0", true, "0 % (0 of 0) <= 0"},
		{"idle.latency.p99", "<= 30ms", false, "no samples; expected <= 30 ms"},
		{"idle.latency", ">= 0", false, "no samples; expected >= 0"},
		{"idle.latency.count", "== 0", true, "0 == 0"},
		{"nothing.here", "== 0", false, "there is no such metric; there are: idle.latency, inspection.escape_rate, inspection.latency, inspection.unseen, line.bytes and 4 more"},
	} {
		rs := Evaluate(map[string]string{c.metric: c.bound}, sample())
		if len(rs) != 1 {
			t.Fatalf("%d results", len(rs))
		}
		r := rs[0]
		if r.Metric != c.metric || r.Bound != c.bound || r.Pass != c.pass || r.Text != c.text {
			t.Errorf("%s %s: %v, %q; want %v, %q", c.metric, c.bound, r.Pass, r.Text, c.pass, c.text)
		}
	}
}

func TestAPassingValueIsNeverShownBeyondItsBound(t *testing.T) {
	m := NewMetrics()
	h := m.Histogram("x", Seconds, Virtual)
	h.Record(0.0159999)
	r := Evaluate(map[string]string{"x": "< 16ms"}, m)[0]
	if !r.Pass || r.Text != "15.9999 ms < 16 ms" {
		t.Errorf("%v, %q", r.Pass, r.Text)
	}
}

func TestInvalidSamplesBreakEveryBoundButTheCount(t *testing.T) {
	m := NewMetrics()
	h := m.Histogram("x", Seconds, Virtual)
	h.Record(0.01)
	h.Record(-0.01)
	rs := Evaluate(map[string]string{"x.max": "<= 1s", "x.count": "== 1"}, m)
	if !rs[0].Pass || rs[1].Pass || rs[1].Text != "1 invalid sample; expected <= 1 s" {
		t.Errorf("%+v", rs)
	}
}

func TestResultsAreSortedByMetric(t *testing.T) {
	rs := Evaluate(map[string]string{"mes.good": ">= 1", "line.passed": ">= 1", "inspection.latency.p99": "<= 1s"}, sample())
	for i, want := range []string{"inspection.latency.p99", "line.passed", "mes.good"} {
		if rs[i].Metric != want {
			t.Errorf("result %d is %s, want %s", i, rs[i].Metric, want)
		}
	}
}

func TestCheckBoundsNamesEveryMistakeAndWhatIsNear(t *testing.T) {
	err := CheckBounds(map[string]string{
		"inspection.latncy.p99":  "<= 30ms",
		"inspection.latency.p95": "<= 30ms",
		"inspection.latency.p99": "<= 30mm",
		"line.passed.p99":        "<= 3",
		"line.passed":            "> 0",
	}, sample())
	var list BoundErrors
	if !errors.As(err, &list) || len(list) != 4 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{
		"has no part .p95",
		"does not fit a metric in s; write one of ns, us, ms, s, min, h",
		"near it: inspection.latency",
		`line.passed is a counter and has no part .p99; bound "line.passed" itself`,
	} {
		if !strings.Contains(list[i].Error(), want) {
			t.Errorf("error %d is %q; want %q in it", i, list[i], want)
		}
	}
	var one *BoundError
	if !errors.As(err, &one) || one.Metric != "inspection.latency.p95" && one.Metric != "inspection.latncy.p99" {
		t.Errorf("the single errors cannot be had: %v", one)
	}
	if err := CheckBounds(map[string]string{"line.passed": "> 0"}, sample()); err != nil {
		t.Error(err)
	}
}

func TestVerdictIsPartialWhateverTheBoundsOfARunThatWasCutShort(t *testing.T) {
	good, bad := []Result{{Pass: true}}, []Result{{Pass: true}, {}}
	for _, c := range []struct {
		results  []Result
		complete bool
		want     Verdict
	}{{good, true, Pass}, {bad, true, Fail}, {good, false, Partial}, {bad, false, Partial}, {nil, true, Pass}} {
		if got := Judge(c.results, c.complete); got != c.want {
			t.Errorf("Judge(%v, %v) = %s, want %s", c.results, c.complete, got, c.want)
		}
	}
}
