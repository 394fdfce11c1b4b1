//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/hil/realtime"
)

// part of the benchmark: some lines of the table that are measured together.
type part struct {
	name string
	run  func(*session) ([]bench.Row, error)
}

var all = []part{
	{"chain", measureChain},
	{"dynamics", measureDynamics},
	{"solve", measureSolve},
	{"inverse", measureInverse},
	{"sincos", measureSincos},
	{"jerk", measureJerk},
	{"gcode", measureGCode},
	{"path", measurePath},
	{"ring", measureRing},
	{"thread", measureThread},
}

// session is one run of the benchmark.
type session struct {
	rounds int
	arms   []*arm
	kdl    *kdl
}

func main() {
	realtime.Main(nil) // the deadline thread has a process of its own
	only := flag.String("only", "", "measure the parts whose names have this `prefix`, and write no file: "+strings.Join(names(), ", "))
	rounds := flag.Int("rounds", 21, "rounds of each contender, of which the median counts")
	out := flag.String("out", "", "write the table as JSON to this `file`; without it and -only, to out/bench-motion.json")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("there are no arguments beside flags; %q is one", flag.Arg(0))
	case len(chosen(*only)) == 0:
		err = fmt.Errorf("no part begins with %q; there is %s", *only, strings.Join(names(), ", "))
	case *rounds < 1:
		err = fmt.Errorf("%d rounds measure nothing; take 1 or more", *rounds)
	default:
		err = run(chosen(*only), *rounds, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func names() []string {
	var s []string
	for _, p := range all {
		s = append(s, p.name)
	}
	return s
}

func chosen(prefix string) []part {
	return slices.DeleteFunc(slices.Clone(all), func(p part) bool { return !strings.HasPrefix(p.name, prefix) })
}

func run(parts []part, rounds int, out string) error {
	begin := time.Now()
	arms, err := referenceArms()
	if err != nil {
		return err
	}
	s := &session{rounds: rounds, arms: arms, kdl: newKDL()}
	defer s.kdl.close()
	var rows []bench.Row
	for _, p := range parts {
		fmt.Fprintf(os.Stderr, "measuring %s\n", p.name)
		more, err := p.run(s)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		rows = append(rows, more...)
	}
	fmt.Println()
	if err := bench.WriteTable(os.Stdout, rows); err != nil {
		return err
	}
	fmt.Printf("\n%d rounds, in %.0f s\n", rounds, time.Since(begin).Seconds())
	switch {
	case out != "":
		err = bench.WriteRowsFile(out, rows)
	case len(parts) == len(all):
		err = bench.Publish(os.Stdout, "motion", rows)
	}
	if err != nil {
		return err
	}
	return bench.Reached(rows)
}
