package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/twin/recording"
)

func newCompare() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Show two runs side by side, and the first event in which they differ",
		Long: `Show two runs side by side: what they were, their metrics, and the first event in
which their logs differ. Exit 0: they are the same, 1: they differ, 2: one cannot be read.`,
		Example: "  linetwin compare runs/bottling-1 runs/bottling-2",
		Args:    exactly(2, "two runs, the folders that they left"),
		RunE:    func(_ *cobra.Command, args []string) error { return compare(args[0], args[1], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the comparison as JSON")
	return cmd
}

// runHead is what a run was, as JSON.
type runHead struct {
	Run      string        `json:"run"`
	Scenario string        `json:"scenario"`
	Seed     uint64        `json:"seed"`
	Verdict  bench.Verdict `json:"verdict"`
	Hash     string        `json:"hash"`
}

func head(run string, s bench.Summary) runHead {
	return runHead{run, s.Scenario, s.Seed, s.Verdict, s.Hash}
}

// compare exits 0 when the runs are the same, 1 when they differ.
func compare(pathA, pathB string, asJSON bool) error {
	a, ra, err := openRun(pathA)
	if err != nil {
		return err
	}
	b, rb, err := openRun(pathB)
	if err != nil {
		return err
	}
	diff, err := recording.Diff(ra, rb)
	if err != nil {
		return err
	}
	same := diff == nil && a.Hash == b.Hash
	first := ""
	if diff != nil {
		first = strings.TrimRight(diff.String(), "\n")
	}
	if asJSON {
		err = printJSON(os.Stdout, struct {
			Same    bool          `json:"same"`
			A       runHead       `json:"a"`
			B       runHead       `json:"b"`
			First   string        `json:"first_difference,omitempty"`
			Metrics []bench.Delta `json:"metrics"`
		}{same, head(pathA, a), head(pathB, b), first, bench.Compare(a, b)})
	} else if err = bench.WriteComparison(os.Stdout, a, b); err == nil {
		switch {
		case same:
			first = "the event logs are the same"
		case diff == nil:
			first = "the event logs are the same; " + metricsDiffer(a, b)
		}
		_, err = fmt.Printf("\n%s\n", first)
	}
	if err == nil && !same {
		return &exitError{code: exitBroken}
	}
	return err
}
