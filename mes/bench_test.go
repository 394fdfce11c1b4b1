package mes_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"linetwin.dev/mes"
)

func open(tb testing.TB, c mes.Config) *mes.MES {
	tb.Helper()
	m, err := mes.Open(filepath.Join(tb.TempDir(), "mes.db"), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
	})
	return m
}

func must(tb testing.TB, err error) {
	if err != nil { // Helper first would cost the benchmarks 100 ns a call
		tb.Helper()
		tb.Fatal(err)
	}
}

func registers(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("device%d.value", i)
	}
	return names
}

var genealogy = []mes.Step{
	{Station: "infeed", Result: "ok"}, {Station: "inspect", Result: "ok", Value: 0.93, Unit: "1"},
	{Station: "cap", Result: "ok", Value: 0.00012, Unit: "m"}, {Station: "gate", Result: "passed"},
}

// measured is the genealogy with all that an inspection measures.
func measured() []mes.Step {
	steps := slices.Clone(genealogy)
	steps[1].Measures = inspected(1)
	return steps
}

// BenchmarkComplete is what a part costs, with one value a step and with twelve measures of an
// inspection besides.
func BenchmarkComplete(b *testing.B) {
	for _, mode := range []struct {
		name    string
		durable bool
		steps   []mes.Step
	}{{"batched", false, genealogy}, {"batched/measures", false, measured()}, {"durable", true, genealogy}, {"durable/measures", true, measured()}} {
		b.Run(mode.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "mes.db")
			m, err := mes.Open(path, mes.Config{Orders: []mes.Order{{ID: "A", Product: "still", Quantity: 1 << 60}}, Durable: mode.durable})
			must(b, err)
			b.ReportAllocs()
			now := time.Duration(0)
			track := uint64(0)
			for b.Loop() {
				now += time.Second
				track++
				must(b, m.Complete(now, mes.Part{Track: track, Serial: track, Product: "still", Good: true, Steps: mode.steps}))
			}
			must(b, m.Close())
			f, err := os.Stat(path)
			must(b, err)
			b.ReportMetric(float64(f.Size())/float64(track), "file-bytes/part")
		})
	}
}

// BenchmarkAttach is what a picture of 20 kB costs after its part: BenchmarkComplete says what
// the part alone costs. The peer is the database itself: a row of that size, synced.
func BenchmarkAttach(b *testing.B) {
	data := append(bytes.Clone(photo(1)[:len(photo(1))-2]), make([]byte, 20<<10)...)
	data = append(data, 0xff, 0xd9)
	for _, mode := range []struct {
		name    string
		durable bool
	}{{"batched", false}, {"durable", true}} {
		b.Run(mode.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "mes.db")
			m, err := mes.Open(path, mes.Config{Durable: mode.durable})
			must(b, err)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			track := uint64(0)
			for b.Loop() {
				track++
				now := time.Duration(track) * time.Second
				must(b, m.Complete(now, mes.Part{Track: track, Steps: genealogy}))
				must(b, m.Attach(track, mes.Picture{PictureInfo: mes.PictureInfo{Station: "inspect", Camera: "top", At: now, Verdict: "no cap"}, Data: data}))
			}
			kept := m.Snapshot().Pictures.Kept
			must(b, m.Close())
			f, err := os.Stat(path)
			must(b, err)
			b.ReportMetric(float64(f.Size())/float64(kept), "file-bytes/kept")
		})
	}
}

func BenchmarkSample(b *testing.B) {
	const n = 100
	m := open(b, mes.Config{Registers: registers(n)})
	values, quality := make([]float64, n), make([]uint8, n)
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 5 * time.Minute
		must(b, m.Sample(now, values, quality))
	}
}

func BenchmarkState(b *testing.B) {
	m := open(b, mes.Config{})
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Millisecond
		must(b, m.State(now, "Execute"))
	}
}

func BenchmarkSnapshot(b *testing.B) {
	m := open(b, mes.Config{Orders: []mes.Order{{ID: "A", Quantity: 1000}, {ID: "B", Quantity: 1000}}})
	for i := range 60 {
		must(b, m.Complete(time.Duration(i)*time.Second, mes.Part{Good: true}))
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Snapshot()
	}
}

// BenchmarkFiveMinutes is all that a simulated run of five minutes asks of the
// MES, from Open to Close: 300 bottles with four steps each, the state at every
// scan of 10 ms, and the samples.
func BenchmarkFiveMinutes(b *testing.B) {
	values, quality := make([]float64, 100), make([]uint8, 100)
	names := registers(100)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m, err := mes.Open(filepath.Join(b.TempDir(), fmt.Sprint(i, ".db")), mes.Config{
			Orders: []mes.Order{{ID: "A", Product: "still", Quantity: 150}, {ID: "B", Product: "still", Quantity: 300}}, Registers: names,
		})
		must(b, err)
		track := uint64(0)
		for now := time.Duration(0); now <= 5*time.Minute; now += 10 * time.Millisecond {
			must(b, m.State(now, "Execute"))
			if now%time.Second == 0 {
				track++
				must(b, m.Complete(now, mes.Part{Track: track, Serial: track, Product: "still", Good: true, Steps: genealogy}))
			}
			if now%(5*time.Minute) == 0 {
				must(b, m.Sample(now, values, quality))
			}
		}
		must(b, m.Close())
	}
}

func BenchmarkOpenAndClose(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m, err := mes.Open(filepath.Join(b.TempDir(), fmt.Sprint(i, ".db")), mes.Config{Registers: registers(100)})
		must(b, err)
		must(b, m.Close())
	}
}
