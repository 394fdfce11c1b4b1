//go:build linux

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
)

// figures are what the peers did in each round, in one unit.
type figures struct {
	unit string
	of   map[*peer][]float64
}

func newFigures(unit string) *figures { return &figures{unit, map[*peer][]float64{}} }

func (f *figures) add(p *peer, v float64) { f.of[p] = append(f.of[p], v) }

// median of a peer's rounds, nil for a peer that did none.
func (f *figures) median(p *peer) *float64 {
	if len(f.of[p]) == 0 {
		return nil
	}
	m := suite.Median(f.of[p])
	return &m
}

// row judges a peer's median against another one's.
func (f *figures) row(what string, of, against *peer, better bench.Better, reach string) bench.Row {
	r := bench.Measured(what, *f.median(of), f.unit, reach)
	if against == nil {
		return r
	}
	return r.Against(against.name, f.median(against), better)
}

// column of a table of figures: a heading and a peer's cell.
type column struct {
	head string
	of   *figures
	// with how many digits behind the point.
	digits int
}

// show prints what was run, and for each peer the median with the least and the most.
func show(ran string, peers []*peer, columns ...column) {
	fmt.Printf("\n%s\n", ran)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := []string{""}
	for _, c := range columns {
		head = append(head, c.head)
	}
	fmt.Fprintln(w, strings.Join(head, "\t")+"\t")
	for _, p := range peers {
		cells := []string{p.name}
		for _, c := range columns {
			v := c.of.of[p]
			if len(v) == 0 {
				cells = append(cells, "-")
				continue
			}
			cells = append(cells, fmt.Sprintf("%.*f (%.*f..%.*f)", c.digits, suite.Median(v), c.digits, slices.Min(v), c.digits, slices.Max(v)))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t")+"\t")
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
}
