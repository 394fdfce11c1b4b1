package suite

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"linetwin.dev/bench"
)

// Part of a benchmark: some lines of the table that are measured together, on what all parts share.
type Part[S any] struct {
	Name    string
	Measure func(S) ([]bench.Row, error)
}

// Names of the parts.
func Names[S any](parts []Part[S]) []string {
	var s []string
	for _, p := range parts {
		s = append(s, p.Name)
	}
	return s
}

// Command is the command line of a benchmark.
type Command struct {
	name   string
	parts  []string
	only   string
	out    string
	rounds int
	// Table is where the table goes; standard output.
	Table io.Writer
}

// Flags declares the flags that all benchmarks have, on the program's command line: -only, -out, and -rounds with
// a default, which are said to be of something.
func Flags(name string, parts []string, rounds int, of string) *Command {
	return flags(flag.CommandLine, name, parts, rounds, of)
}

func flags(fs *flag.FlagSet, name string, parts []string, rounds int, of string) *Command {
	c := &Command{name: name, parts: parts, Table: os.Stdout}
	fs.StringVar(&c.only, "only", "", "measure the parts whose names have this `prefix`, and write no file: "+strings.Join(parts, ", "))
	fs.IntVar(&c.rounds, "rounds", rounds, "rounds "+of+", of which the median counts")
	fs.StringVar(&c.out, "out", "", "write the table as JSON to this `file`; without it and -only, to out/bench-"+name+".json")
	return c
}

// Check says what is wrong with the flags, or with arguments beside them.
func (c *Command) Check(args []string) error {
	switch {
	case len(args) > 0:
		return fmt.Errorf("there are no arguments beside flags; %q is one", args[0])
	case !slices.ContainsFunc(c.parts, c.Chosen):
		return fmt.Errorf("no part begins with %q; there is %s", c.only, strings.Join(c.parts, ", "))
	case c.rounds < 1:
		return fmt.Errorf("%d rounds measure nothing; take 1 or more", c.rounds)
	}
	return nil
}

// Rounds that were asked for.
func (c *Command) Rounds() int { return c.rounds }

// All tells whether all parts are measured.
func (c *Command) All() bool { return c.only == "" }

// Chosen tells whether a part is measured.
func (c *Command) Chosen(part string) bool { return strings.HasPrefix(part, c.only) }

// Run measures the parts that are chosen, prints their table, and publishes it where all are or a file is
// named. The error is that of a part, or says which lines were not reached.
func Run[S any](c *Command, parts []Part[S], s S) error {
	begin := time.Now()
	var rows []bench.Row
	for _, p := range parts {
		if !c.Chosen(p.Name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s\n", p.Name)
		more, err := p.Measure(s)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		rows = append(rows, more...)
	}
	fmt.Fprintln(c.Table)
	if err := bench.WriteTable(c.Table, rows); err != nil {
		return err
	}
	fmt.Fprintf(c.Table, "\n%d rounds, in %.0f s\n", c.rounds, time.Since(begin).Seconds())
	var err error
	switch {
	case c.out != "":
		err = bench.WriteRowsFile(c.out, rows)
	case c.All():
		err = bench.Publish(c.Table, c.name, rows)
	}
	if err != nil {
		return err
	}
	return bench.Reached(rows)
}

// Exit ends the program: with 1 and the error on standard error, if there is one.
func Exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Median of some values; it is not a number where there are none.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile of some values, interpolated between the two nearest; it is not a number where there are none.
func Quantile(values []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s) == 0 {
		return math.NaN()
	}
	at := q * float64(len(s)-1)
	i := min(int(at), max(len(s)-2, 0))
	t := at - float64(i)
	return s[i] + t*(s[min(i+1, len(s)-1)]-s[i])
}
