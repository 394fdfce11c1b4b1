package main

import "github.com/spf13/cobra"

func newBench() *cobra.Command {
	return group(&cobra.Command{
		Use:     "bench",
		Short:   "Measure how often the product is right, on labelled input",
		Example: "  linetwin bench vision --seed 2",
	}, newBenchVision())
}
