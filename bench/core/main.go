package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/bench"
)

// figure is one line of the table: one unit of one benchmark.
type figure struct {
	what      string
	pkg, name string // of the benchmark
	unit      string // as testing prints it
	scale     float64
	as, reach string
}

var figures = []figure{
	{"engine: one periodic no-op event", "./twin/engine", "BenchmarkPeriodicEvent/of20", "ns/op", 1, "ns", "<= 100ns"},
	{"engine: allocations of it", "./twin/engine", "BenchmarkPeriodicEvent/of20", "allocs/op", 1, "1", "<= 0"},
	{"bank: read one register", "./protocol", "BenchmarkReadFloat", "ns/op", 1, "ns", "<= 5ns"},
	{"bank: allocations of it", "./protocol", "BenchmarkReadFloat", "allocs/op", 1, "1", "<= 0"},
	{"bank: write one register", "./protocol", "BenchmarkWriteFloat", "ns/op", 1, "ns", "<= 25ns"},
	{"bank: allocations of it", "./protocol", "BenchmarkWriteFloat", "allocs/op", 1, "1", "<= 0"},
	{"render: 1280x720 colour + depth of the bottling scene, with noise", "./sim/sensor", "BenchmarkShootBottlingFrame", "ns/op", 1e-6, "ms", "<= 12ms"},
	{"bottling, every bottle rendered and inspected", "./twin", "BenchmarkBottling/pixels", "x-real-time", 1, "x", ">= 10"},
	{"bottling, cameras modelled", "./twin", "BenchmarkBottling/modelled", "x-real-time", 1, "x", ">= 2000"},
}

// runs of each benchmark, of which the median counts.
const runs = 5

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	results := map[string]map[string][]float64{}
	var rows []bench.Row
	for _, f := range figures {
		key := f.pkg + " " + f.name
		if results[key] == nil {
			fmt.Fprintf(os.Stderr, "measuring %s of %s\n", f.name, f.pkg)
			r, err := measure(f.pkg, f.name)
			if err != nil {
				return err
			}
			results[key] = r
		}
		samples := results[key][f.unit]
		if len(samples) == 0 {
			return fmt.Errorf("benchmark %s of %s did not report %s", f.name, f.pkg, f.unit)
		}
		slices.Sort(samples)
		rows = append(rows, bench.Measured(f.what, samples[len(samples)/2]*f.scale, f.as, f.reach))
	}
	if err := bench.WriteTable(os.Stdout, rows); err != nil {
		return err
	}
	if err := bench.Publish(os.Stdout, "core", rows); err != nil {
		return err
	}
	return bench.Reached(rows)
}

// measure runs one benchmark and gives what it reported, by unit.
func measure(pkg, name string) (map[string][]float64, error) {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + p + "$"
	}
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", strings.Join(parts, "/"), "-benchmem", "-benchtime", benchTime(name), "-count", strconv.Itoa(runs), pkg)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cmd, err), errors.New(out.String()+errs.String()))
	}
	return parse(out.String()), nil
}

// benchTime is long enough to be steady, and short where one operation is a whole run.
func benchTime(name string) string {
	if strings.HasPrefix(name, "BenchmarkBottling") {
		return "1x"
	}
	return "300ms"
}

// parse reads the lines of go test -bench: a name, a count, and pairs of value and unit.
func parse(text string) map[string][]float64 {
	got := map[string][]float64{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				got[f[i+1]] = append(got[f[i+1]], v)
			}
		}
	}
	return got
}
