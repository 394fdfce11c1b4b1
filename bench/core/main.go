package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
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
			r, err := suite.GoBench(f.pkg, f.name, benchTime(f.name), runs)
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

// benchTime is long enough to be steady, and short where one operation is a whole run.
func benchTime(name string) string {
	if strings.HasPrefix(name, "BenchmarkBottling") {
		return "1x"
	}
	return "300ms"
}
