package bench_test

import (
	"fmt"

	"linetwin.dev/bench"
)

func Example() {
	m := bench.NewMetrics()
	lat := m.Histogram("inspection.latency", bench.Seconds, bench.Virtual)
	passed := m.Counter("line.passed", bench.One)
	expect := map[string]string{"inspection.latency.p99": "<= 30ms", "line.passed": ">= 3"}
	if err := bench.CheckBounds(expect, m); err != nil {
		fmt.Println(err)
	}
	for _, v := range []float64{0.0123, 0.0250, 0.0201} {
		lat.Record(v)
	}
	passed.Add(2)
	for _, r := range bench.Evaluate(expect, m) {
		fmt.Println(r.Pass, r.Metric, r.Text)
	}
	// Output:
	// true inspection.latency.p99 25 ms <= 30 ms
	// false line.passed 2 is not >= 3
}

func ExampleCheckBounds() {
	m := bench.NewMetrics()
	m.Error("servo.error.final", bench.Metres)
	fmt.Println(bench.CheckBounds(map[string]string{
		"servo.eror.final":      "<= 0.2mm",
		"servo.error.final.p99": "<= 30ms",
		"servo.error.final.p95": "<= 1mm",
		"servo.error.final":     "0.2mm",
	}, m))
	// Output:
	// expect "servo.eror.final": "<= 0.2mm": there is no such metric; near it: servo.error.final
	// expect "servo.error.final": "0.2mm": does not start with an operator (<=, >=, <, >, ==); write it like "<= 30ms"
	// expect "servo.error.final.p95": "<= 1mm": servo.error.final has no part .p95; it has .count, .mean, .rms, .min, .p50, .p90, .p99, .p999, .max
	// expect "servo.error.final.p99": "<= 30ms": unit "ms" does not fit a metric in m; write one of nm, um, mm, cm, m, km
}
