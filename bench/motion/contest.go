//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
)

// contender does one thing as often as it is told to, and says how long that took.
type contender struct {
	name   string
	do     func(times int) (time.Duration, error)
	absent bool // it is not installed
	// allocates is how often one time does, for a contender in Go.
	allocates *float64
	ns        []float64 // for one time, in each round
}

// inGo is a contender in this process. Its error, if any, is that of the last time.
func inGo(name string, do func(times int) error) *contender {
	c := &contender{name: name}
	var failed error
	n := testing.AllocsPerRun(100, func() { failed = do(1) })
	c.allocates = &n
	c.do = func(times int) (time.Duration, error) {
		if failed != nil {
			return 0, failed
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		begin := suite.ThreadTime()
		err := do(times)
		return suite.ThreadTime() - begin, err
	}
	return c
}

// turn is how long a contender's turn is: shorter than what a scheduler gives to others.
const turn = 2 * time.Millisecond

// contest has the contenders take turns, with another one first in each round.
func (s *session) contest(contenders ...*contender) error {
	times := make([]int, len(contenders))
	for i, c := range contenders {
		for times[i] = 1; !c.absent; times[i] *= 2 {
			took, err := c.do(times[i])
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if took >= turn/2 {
				break
			}
		}
	}
	for round := range s.rounds {
		for k := range contenders {
			i := (k + round) % len(contenders)
			c := contenders[i]
			if c.absent {
				continue
			}
			took, err := c.do(times[i])
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.ns = append(c.ns, float64(took)/float64(times[i]))
		}
	}
	return nil
}

// median of the rounds in a unit of so many ns; nil for a contender that is absent.
func (c *contender) median(unit float64) *float64 {
	if len(c.ns) == 0 {
		return nil
	}
	m := suite.Median(c.ns) / unit
	return &m
}

// row judges a contender of ours, beside a peer if there is one.
func (c *contender) row(what, unit, reach string, peer *contender) bench.Row {
	scale := map[string]float64{"ns": 1, "us": 1e3}[unit]
	r := bench.Measured(what, *c.median(scale), unit, reach)
	if peer == nil {
		return r
	}
	return r.Against(peer.name, peer.median(scale), bench.Lower)
}

// contests of one part, to be shown together.
type contests struct {
	of   string
	list []round
}

type round struct {
	what       string
	contenders []*contender
}

func (l *contests) add(what string, contenders ...*contender) {
	l.list = append(l.list, round{what, contenders})
}

// show prints what each contender did: the median with the least and the most, and how often
// it allocates.
func (l *contests) show() {
	fmt.Printf("\n%s\n", l.of)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"what", "contender", "median (least..most)", "allocations"}, "\t"))
	for _, r := range l.list {
		for _, c := range r.contenders {
			figures, allocations := "not installed", "-"
			if len(c.ns) > 0 {
				figures = fmt.Sprintf("%.3g ns (%.3g..%.3g)", suite.Median(c.ns), slices.Min(c.ns), slices.Max(c.ns))
			}
			if c.allocates != nil {
				allocations = fmt.Sprint(*c.allocates)
			}
			fmt.Fprintln(w, strings.Join([]string{r.what, c.name, figures, allocations}, "\t"))
		}
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
}

// allocations is the row that no contender of ours allocates.
func (l *contests) allocations(what string) bench.Row {
	most := 0.
	for _, r := range l.list {
		for _, c := range r.contenders {
			if c.name == ours {
				most = max(most, *c.allocates)
			}
		}
	}
	return bench.Measured(what+": allocations", most, "1", "<= 0")
}

// ours is the name of the contenders that are judged.
const ours = "linetwin"

// uniform is a small generator of numbers in [lo, hi), which the peers in C++ have too.
type uniform uint64

func (u *uniform) next(lo, hi float64) float64 {
	*u = *u*6364136223846793005 + 1442695040888963407
	return lo + (hi-lo)*float64(*u>>11)/(1<<53)
}

// allocations that a function makes, as testing counts them.
func allocations(do func()) float64 { return testing.AllocsPerRun(1, do) }
