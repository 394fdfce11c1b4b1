package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/twin/recording"
)

func newCompare() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Show two runs side by side, and the first event in which their logs differ",
		Args:  exactly(2, "two runs, the folders that they left"),
		RunE:  func(cmd *cobra.Command, args []string) error { return compare(args[0], args[1], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the comparison as JSON")
	return cmd
}

// compare exits 0 when the logs are the same, 1 when they differ.
func compare(pathA, pathB string, asJSON bool) error {
	a, err := bench.ReadSummary(pathA)
	if err != nil {
		return err
	}
	b, err := bench.ReadSummary(pathB)
	if err != nil {
		return err
	}
	ra, err := recording.Open(recordingOf(pathA))
	if err != nil {
		return err
	}
	rb, err := recording.Open(recordingOf(pathB))
	if err != nil {
		return err
	}
	diff, err := recording.Diff(ra, rb)
	if err != nil {
		return err
	}
	text := "the event logs are the same"
	if diff != nil {
		text = diff.String()
	}
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(struct {
			Same    bool          `json:"same"`
			First   string        `json:"first_difference,omitempty"`
			Metrics []bench.Delta `json:"metrics"`
		}{diff == nil, differenceOrEmpty(diff), bench.Compare(a, b)})
	} else {
		if err = bench.WriteComparison(os.Stdout, a, b); err == nil {
			_, err = fmt.Println(text)
		}
	}
	if err == nil && diff != nil {
		return &exitError{code: exitBroken}
	}
	return err
}

func differenceOrEmpty(d *recording.Difference) string {
	if d == nil {
		return ""
	}
	return d.String()
}
