package verdicts

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"linetwin.dev/bench"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// Point is what a station made of bottles under one stress.
type Point struct {
	Step
	Good, Rejected int // good bottles, and those of them that were called bad
	Bad, Escaped   int // bad ones, and those that were called good
	Misread        int
}

// Sweep tries a station at all steps of an axis on n bottles each, every other one bad, on all
// processors. It ends early, with the context's error, when the context ends. done, which may be nil, is told
// after each bottle, from several goroutines.
func Sweep(ctx context.Context, sc *specs.Loaded, inspection string, a Axis, seed uint64, n int, done func()) ([]Point, error) {
	points := make([]Point, len(a.Steps))
	for k, step := range a.Steps {
		s, err := New(sc, inspection, step.Stress)
		if err != nil {
			return nil, err
		}
		points[k] = Point{Step: step}
		if err := s.many(ctx, seed, n, &points[k], done); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// many judges n bottles.
func (s *Station) many(ctx context.Context, seed uint64, n int, p *Point, done func()) error {
	var mu sync.Mutex
	var first error
	var wait sync.WaitGroup
	next := 0
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := first != nil || i >= n || ctx.Err() != nil
				mu.Unlock()
				if stop {
					return
				}
				c, d, err := s.one(seed, i)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				p.count(d, c)
				mu.Unlock()
				if done != nil {
					done()
				}
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return first
}

// one judges a bottle of a number: even ones are good, odd ones have one defect each in turns. One
// with a harmless defect counts as good.
func (s *Station) one(seed uint64, i int) (Case, device.Defect, error) {
	k := kinds[0]
	if i%2 == 1 {
		k = kinds[1+i/2%(len(kinds)-1)]
	}
	d := k.is &^ device.Harmless
	shot, err := s.shootKind(seed, i, k.is, k.least)
	if err != nil {
		return Case{}, d, err
	}
	defer shot.Release()
	return shot.Judge(), d, nil
}

func (p *Point) count(d device.Defect, c Case) {
	one := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	if d == 0 {
		p.Good++
	} else {
		p.Bad++
	}
	p.Rejected += one(c.Rejected)
	p.Escaped += one(c.Escaped)
	p.Misread += one(c.Misread)
}

// Chart of an axis for a report.
func Chart(a Axis, points []Point) bench.Chart {
	escaped := bench.ChartLine{Name: "bad called good", Kind: bench.Bad}
	rejected := bench.ChartLine{Name: "good called bad", Kind: bench.Warn}
	add := func(l *bench.ChartLine, at float64, n, all int) {
		if all > 0 {
			l.Points = append(l.Points, bench.ChartPoint{At: at, Rate: float64(n) / float64(all), Note: fmt.Sprintf("%d of %d", n, all)})
		}
	}
	for _, p := range points {
		add(&escaped, p.At, p.Escaped, p.Bad)
		add(&rejected, p.At, p.Rejected, p.Good)
	}
	return bench.Chart{
		Title: "Verdicts over " + a.Name,
		About: fmt.Sprintf("How many bottles are judged wrongly as %s grows, as a factor of what the scenario says.", a.About),
		X:     a.Name, Usual: 1, Lines: []bench.ChartLine{escaped, rejected},
	}
}
