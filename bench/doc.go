// Package bench measures a run and judges it: histograms of latencies, metrics of
// error, counts, the bounds that a scenario states, and the two documents that are
// left behind, summary.json for machines and report.html for people.
//
// The main type is [Metrics]. Every metric is declared before the run, so that a
// bound on a name that does not exist is found before anything moves:
//
//	m := bench.NewMetrics()
//	lat := m.Histogram("inspection.latency", bench.Seconds, bench.Virtual)
//	expect := map[string]string{"inspection.latency.p99": "<= 30ms"}
//	if err := bench.CheckBounds(expect, m); err != nil { ... }
//	lat.Record(0.0123)
//	for _, r := range bench.Evaluate(expect, m) {
//		fmt.Println(r.Metric, r.Pass, r.Text)
//	}
//
// The package knows nothing of production lines and can be used alone.
//
// Values are SI (s, m, rad, ...); display units are chosen when text is written.
// A metric has a clock: what was measured in virtual time is reproducible and goes
// into [Metrics.Canonical], what was measured on the wall clock is not and does
// not; the two are never mixed in one metric.
//
// Percentiles come from an HDR histogram with three significant digits
// (G. Tene, hdrhistogram.org) by the nearest-rank definition: the p-quantile of n
// samples is the one of rank ceil(p n). The reported value is never below the true
// one, and above it by at most 0.1 % or one step of the resolution. Count, mean,
// rms, minimum and maximum are kept beside the histogram, from the values as given.
package bench
