//go:build linux

package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

const (
	segments = 20_000
	feed     = 0.02 // m/s
	cycle    = 1e-3 // s
	// Queues of the planner, of which the longer one must not make a segment dearer.
	shortQueue, longQueue = 512, 8192
)

// planning is one way to plan the same moves.
type planning struct {
	what    string
	queue   int
	centre  bool      // tool centre point control, through the machine's inverse kinematics
	ns      []float64 // of the planner for a segment, in each round
	running []float64 // of the runner, for all samples of a segment
	samples int
	stops   int     // instants at rest, on the way
	allocs  float64 // of a segment
}

// measurePath plans short moves of five axes along curved faces, rounded within 10 um.
func measurePath(s *session) ([]bench.Row, error) {
	trunnion, err := machine.Named("XYZAC-TRT", machine.Geometry{Offset: [3]float64{0, 0.01, 0.05}})
	if err != nil {
		return nil, err
	}
	trunnion = trunnion.WithTool([3]float64{0, 0, 0.12})
	moves := curvedFaces()
	joints := &planning{what: "of joints", queue: longQueue}
	centre := &planning{what: "of the tool's tip", queue: longQueue, centre: true}
	short := &planning{what: fmt.Sprintf("of joints, a queue of %d", shortQueue), queue: shortQueue}
	list := []*planning{joints, centre, short}
	for round := range min(s.rounds, 7) {
		for k := range list {
			p := list[(k+round)%len(list)]
			if err := p.run(moves, &trunnion); err != nil {
				return nil, fmt.Errorf("%s: %w", p.what, err)
			}
		}
	}
	fmt.Printf("\nPlanning of %d moves of five axes at once, of 0.4 mm, jerk-limited, rounded within 10 um; processor time\n", segments)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join([]string{"moves", "planner, for each", "runner, with samples at 1 kHz", "together", "samples", "stops on the way", "allocations"}, "\t"))
	for _, p := range list {
		if p.allocs, err = p.allocations(moves, &trunnion); err != nil {
			return nil, fmt.Errorf("%s: %w", p.what, err)
		}
		fmt.Fprintf(w, "%s\t%.0f ns\t%.0f ns\t%.0f /s\t%d\t%d\t%v\n", p.what, suite.Median(p.ns), suite.Median(p.running), 1e9/p.each(), p.samples, p.stops, p.allocs)
	}
	// Standard output takes it, or the table after it says so.
	_ = w.Flush()
	constant := short.each()
	return []bench.Row{
		bench.Measured("planned segments, 5 axes", 1e9/joints.each(), "1/s", ">= 20000/s"),
		bench.Measured("planned segments, 5 axes, tool centre point control", 1e9/centre.each(), "1/s", ">= 20000/s"),
		bench.Measured("planned segments: stops between them, rotary axes moving", float64(joints.stops+centre.stops), "1", "<= 0"),
		bench.Measured(fmt.Sprintf("planned segments: cost of one, with a queue of %d", longQueue), joints.each(), "ns", ">= 0.8").
			Against(fmt.Sprintf("a queue of %d", shortQueue), &constant, bench.Lower),
		bench.Measured("planned segments: allocations", max(joints.allocs, centre.allocs), "1", "<= 0"),
	}, nil
}

// each is how many ns a segment takes: the planner's part of looking ahead and the runner's,
// which gives the samples too.
func (p *planning) each() float64 { return suite.Median(p.ns) + suite.Median(p.running) }

// curvedFaces are moves of all five axes, short and rounded to what programs are rounded to.
func curvedFaces() []path.Move {
	round := func(x float64) float64 { return math.Round(x*1e7) / 1e7 }
	moves := make([]path.Move, segments)
	for i := range moves {
		t := float64(i+1) * 0.008
		moves[i] = path.Move{
			To:   [path.MaxAxes]float64{round(0.05 * math.Sin(t)), round(0.05 * (math.Cos(t) - 1)), round(0.002 * math.Sin(t/7)), round(0.1 * math.Sin(t/3)), round(0.3 * math.Sin(t/5))},
			Feed: feed, Tolerance: 1e-5, Line: i + 1,
		}
	}
	return moves
}

// start makes the two ends of a queue for the trunnion's axes.
func (p *planning) start(m *machine.Machine) (*path.Planner, *path.Runner, error) {
	linear, rotary := machine.Limit{Speed: 0.5, Accel: 5, Jerk: 200}, machine.Limit{Speed: 3, Accel: 30, Jerk: 1500}
	planner, runner, err := path.New(path.Config{Axes: []path.Axis{
		{Name: "X", Limit: linear}, {Name: "Y", Limit: linear}, {Name: "Z", Limit: linear},
		{Name: "A", Rotary: true, Limit: rotary}, {Name: "C", Rotary: true, Limit: rotary},
	}, Cycle: cycle, Queue: p.queue})
	if err != nil || !p.centre {
		return planner, runner, err
	}
	return planner, runner, planner.Control(m)
}

// run plans all moves and runs them, in turns as the queue is full and empty.
func (p *planning) run(moves []path.Move, m *machine.Machine) error {
	planner, runner, err := p.start(m)
	if err != nil {
		return err
	}
	var planned, run time.Duration
	var sample path.Sample
	first := planner.At()
	p.samples, p.stops = 0, 0
	for rest := shifted(moves, first); ; {
		begin := suite.ProcessTime()
		n, err := fill(planner, rest)
		if err != nil {
			return err
		}
		rest = rest[n:]
		planned += suite.ProcessTime() - begin
		begin = suite.ProcessTime()
		before := p.samples
		for !ready(planner, len(rest)) && runner.Next(&sample) {
			p.samples++
			if sample.Speed < feed/1000 && sample.Line > 10 && sample.Line < segments-10 {
				p.stops++
			}
		}
		run += suite.ProcessTime() - begin
		if n == 0 && p.samples == before {
			break // neither has more to do
		}
	}
	if want := shifted(moves[len(moves)-1:], first)[0].To; math.Abs(sample.Point[0]-want[0]) > 1e-9 || math.Abs(sample.Point[4]-want[4]) > 1e-9 {
		return fmt.Errorf("it ends at %v, not at %v", sample.Point, want)
	}
	p.ns = append(p.ns, float64(planned)/segments)
	p.running = append(p.running, float64(run)/segments)
	return nil
}

// ready tells whether the planner takes more moves; when there are none it is told so.
func ready(planner *path.Planner, moves int) bool {
	if moves > 0 {
		return planner.Room()
	}
	// What there is no room for yet is handed on by the next call.
	_ = planner.Flush()
	return false
}

// shifted are the moves from where the path starts: under tool centre point control the tip is
// not at 0 where the joints are.
func shifted(moves []path.Move, first [path.MaxAxes]float64) []path.Move {
	all := make([]path.Move, len(moves))
	for i, mv := range moves {
		for k := range mv.To {
			mv.To[k] += first[k]
		}
		all[i] = mv
	}
	return all
}

// fill adds moves until the queue is full, and tells how many.
func fill(planner *path.Planner, moves []path.Move) (n int, err error) {
	for n < len(moves) {
		if err := planner.Add(moves[n]); errors.Is(err, path.ErrFull) {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// allocations of a segment, its samples included.
func (p *planning) allocations(moves []path.Move, m *machine.Machine) (float64, error) {
	planner, runner, err := p.start(m)
	if err != nil {
		return 0, err
	}
	var sample path.Sample
	rest := shifted(moves, planner.At())
	const chunk = 100
	n := testing.AllocsPerRun(20, func() {
		for k := 0; k < chunk && err == nil; {
			var added int
			added, err = fill(planner, rest[:chunk-k])
			k, rest = k+added, rest[added:]
			for range 3000 {
				runner.Next(&sample)
			}
		}
	})
	return n / chunk, err
}
