//go:build unix

package recording

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// benchLine is the part of a line that fills a log: a belt at 200 Hz, the joints of
// a machine and their setpoints at 250 Hz, and a station that counts.
func benchLine() Header {
	h := Header{Scenario: "bench", Seed: 1, Build: "test", Components: []string{"belt", "capper", "capping", "main"}, Spec: []byte(`{}`)}
	add := func(owner, name, typ, unit string) {
		h.Registers = append(h.Registers, Register{Name: owner + "." + name, Type: typ, Unit: unit, Owner: owner})
	}
	add("belt", "position", "f64", "m")
	add("belt", "speed", "f64", "m/s")
	for i := range 5 {
		add("capper", fmt.Sprintf("joint%d", i), "f64", "rad")
	}
	add("capping", "seq", "u32", "")
	add("main", "count", "u64", "")
	return h
}

// benchLog is d of such a line's log, in the pieces in which the engine hands it on.
func benchLog(d time.Duration) (pieces [][]byte, records int) {
	var b, data []byte
	change := func(ref uint32, bits uint64) {
		data = binary.LittleEndian.AppendUint32(data, ref)
		data = append(data, 0)
		data = binary.LittleEndian.AppendUint64(data, bits)
	}
	emit := func(at time.Duration, ph engine.Phase, comp uint16) {
		b = engine.Record{At: at, Phase: ph, Kind: device.Registers, Component: comp, Data: data}.AppendTo(b)
		data = data[:0]
		records++
		if len(b) >= 1<<18 {
			pieces, b = append(pieces, b), nil
		}
	}
	for at := time.Duration(0); at < d; at += time.Millisecond {
		s := at.Seconds()
		if at%(5*time.Millisecond) == 0 {
			change(0, math.Float64bits(math.Round(s*0.5*4096)/4096))
			if at%(15*time.Millisecond) == 0 {
				change(1, math.Float64bits(0.5+1e-3*math.Round(math.Sin(s)*8)))
			}
			emit(at, engine.Sense, 0)
		}
		if at%(4*time.Millisecond) == 0 {
			for i := range uint32(5) {
				change(2+i, math.Float64bits(math.Sin(s*float64(i+1)*0.7)))
			}
			emit(at, engine.Sense, 1)
			change(7, uint64(at/(4*time.Millisecond)))
			emit(at, engine.Control, 2)
		}
		if at%(3*time.Millisecond) == 0 {
			change(8, uint64(at/(3*time.Millisecond)))
			emit(at, engine.Control, 3)
		}
	}
	return append(pieces, b), records
}

// BenchmarkWriteFiveMinutes writes the log of a run to a file; cpu-ms/op is what it
// costs on all cores together.
func BenchmarkWriteFiveMinutes(b *testing.B) {
	pieces, n := benchLog(5 * time.Minute)
	h := benchLine()
	path := filepath.Join(b.TempDir(), "events.mcap")
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		w, err := Create(path, h)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range pieces {
			w.Records(p, func([]byte) {})
		}
		if err := w.Close(Trailer{Until: 5 * time.Minute}); err != nil {
			b.Fatal(err)
		}
		os.Rename(path, path+"~") // the next one is a new file
	}
	st, err := os.Stat(path + "~")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(processorTime(b)-before)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n), "records/op")
	b.ReportMetric(float64(st.Size())/1e6, "MB/op")
}

// BenchmarkReadFiveMinutes reads the same log, record by record.
func BenchmarkReadFiveMinutes(b *testing.B) {
	r := benchRecording(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Each(func(engine.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.Records), "records/op")
}

// BenchmarkOpenFiveMinutes reads and hashes.
func BenchmarkOpenFiveMinutes(b *testing.B) {
	r := benchRecording(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(r.Path()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDiffFiveMinutes compares the log with itself, to the end.
func BenchmarkDiffFiveMinutes(b *testing.B) {
	r := benchRecording(b)
	b.ReportAllocs()
	for b.Loop() {
		if d, err := Diff(r, r); d != nil || err != nil {
			b.Fatal(d, err)
		}
	}
}

func benchRecording(b *testing.B) *Recording {
	pieces, _ := benchLog(5 * time.Minute)
	return record(b, benchLine(), pieces...)
}

// processorTime that this process has used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
