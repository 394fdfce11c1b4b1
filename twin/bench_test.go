package twin_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin"
)

// The standard scenario, as it stands, in times of real time. It names no peer:
// nothing else runs a line with its MES from pixels.
func BenchmarkBottling(b *testing.B) {
	for _, c := range []struct {
		name  string
		shape func(twin.Scenario) twin.Scenario
	}{
		{"pixels", func(s twin.Scenario) twin.Scenario { return s }},
		{"pixels-no-pictures", func(s twin.Scenario) twin.Scenario { s.MES.Pictures = specs.Pictures{}; return s }},
		{"pixels-all-pictures", func(s twin.Scenario) twin.Scenario { s.MES.Pictures.Good = 1; return s }},
		{"modelled", modelled},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				sc := c.shape(short(b, 1))
				sc.Duration = specs.Duration(5 * time.Minute)
				b.StopTimer()
				dir := b.TempDir()
				t := build(b, sc, twin.Options{Dir: dir})
				b.StartTimer()
				out, err := t.Run(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				f, err := os.Stat(filepath.Join(dir, "mes.db"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(out.Summary.RealtimeFactor, "x-real-time")
				b.ReportMetric(*out.Summary.Metrics["mes.pictures"].Value, "pictures")
				b.ReportMetric(float64(f.Size()), "mes.db-bytes")
			}
		})
	}
}
