package path

import (
	"math"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

// distance is how far a point is from the nearest of some moves, in the path's measure.
func distance(c *Config, start [MaxAxes]float64, moves []Move, at *[MaxAxes]float64) float64 {
	best := math.Inf(1)
	weight := func(i int) float64 {
		if c.Axes[i].Rotary {
			return 0.1
		}
		return 1
	}
	from := start
	for _, mv := range moves {
		if mv.Sweep == 0 {
			var along, square float64
			for i := range c.Axes {
				w := weight(i)
				d := (mv.To[i] - from[i]) * w
				along += (at[i] - from[i]) * w * d
				square += d * d
			}
			t := 0.0
			if square > 0 {
				t = min(max(along/square, 0), 1)
			}
			best = min(best, apart(c, at, &from, &mv.To, t, weight))
		} else {
			p := arcPoint(from, mv)
			for k := range 2001 {
				q := p(float64(k) / 2000)
				best = min(best, apart(c, at, &q, &q, 0, weight)-math.Abs(mv.Sweep)*1e-5)
			}
		}
		from = mv.To
	}
	return best
}

func apart(c *Config, at, from, to *[MaxAxes]float64, t float64, weight func(int) float64) float64 {
	sum := 0.0
	for i := range c.Axes {
		d := (from[i] + (to[i]-from[i])*t - at[i]) * weight(i)
		sum += d * d
	}
	return math.Sqrt(sum)
}

// arcPoint gives points of an arc from its definition.
func arcPoint(from [MaxAxes]float64, mv Move) func(t float64) [MaxAxes]float64 {
	n := mv.Normal
	var a, b [3]float64
	h := 0.0
	for i := range 3 {
		a[i] = from[i] - mv.Centre[i]
		h += a[i] * n[i]
	}
	for i := range 3 {
		a[i] -= h * n[i]
	}
	b = [3]float64{n[1]*a[2] - n[2]*a[1], n[2]*a[0] - n[0]*a[2], n[0]*a[1] - n[1]*a[0]}
	return func(t float64) [MaxAxes]float64 {
		p := from
		for i := range p {
			p[i] += (mv.To[i] - from[i]) * t
		}
		rise := 0.0
		for i := range 3 {
			rise += (mv.To[i] - from[i]) * n[i]
		}
		sin, cos := math.Sincos(mv.Sweep * t)
		for i := range 3 {
			p[i] = mv.Centre[i] + n[i]*(h+rise*t) + a[i]*cos + b[i]*sin
		}
		return p
	}
}

func TestThePathKeepsTheToleranceOfEveryCorner(t *testing.T) {
	seeds(t, 12, func(t *testing.T, r *random) {
		n := 2 + int(r.next()*4)
		tolerance := math.Pow(10, r.between(-6, -3.5))
		var moves []Move
		for _, mv := range program(r, n, 40) {
			mv.Tolerance, mv.Feed = tolerance, 0.05
			moves = append(moves, mv)
		}
		c := Config{Axes: axes(n), Cycle: 4e-3}
		each(t, c, moves, nil, func(_ *Runner, s *Sample) {
			first := max(s.Line-20, 0)
			from := [MaxAxes]float64{}
			if first > 0 {
				from = moves[first-1].To
			}
			if d := distance(&c, from, moves[first:min(s.Line+20, len(moves))], &s.Joints); d > tolerance*(1+1e-6)+1e-9 {
				t.Fatalf("line %d: the path is %g m from every move; the tolerance is %g", s.Line, d, tolerance)
			}
		})
	})
}

func TestACircleIsOne(t *testing.T) {
	for _, tolerance := range []float64{0, 1e-5} {
		moves := []Move{
			{To: [MaxAxes]float64{0.01}, Feed: 0.05, Tolerance: tolerance},
			{To: [MaxAxes]float64{0.01}, Centre: [3]float64{0, 0, 0}, Normal: [3]float64{0, 0, 1}, Sweep: 2 * math.Pi, Feed: 0.05, Tolerance: tolerance},
			{To: [MaxAxes]float64{0.01}, Centre: [3]float64{0, 0, 0}, Normal: [3]float64{0, 0, 1}, Sweep: 2 * math.Pi, Feed: 0.05, Tolerance: tolerance},
			{To: [MaxAxes]float64{0.02}, Feed: 0.05, Tolerance: tolerance},
		}
		moves[1].Line, moves[2].Line = 1, 1
		worst, seen := 0.0, 0
		each(t, Config{Axes: axes(3), Cycle: 1e-3}, moves, nil, func(_ *Runner, s *Sample) {
			if s.Line == 1 && (tolerance == 0 || math.Abs(math.Atan2(s.Joints[1], s.Joints[0])) > 0.2) {
				seen++
				worst = max(worst, math.Abs(math.Hypot(s.Joints[0], s.Joints[1])-0.01))
			}
		})
		if worst > 1e-9 || seen < 1000 {
			t.Errorf("tolerance %g: %d samples of the circle, up to %g m off it", tolerance, seen, worst)
		}
	}
}

func TestAnArcThatIsAPointIsPassed(t *testing.T) {
	moves := []Move{
		{To: [MaxAxes]float64{0.01}, Feed: 0.05, Tolerance: 1e-5},
		{To: [MaxAxes]float64{0.01 + 1e-16}, Centre: [3]float64{0.01, 0, 0}, Normal: [3]float64{0, 0, 1}, Sweep: math.Pi, Feed: 0.05, Tolerance: 1e-5},
		{To: [MaxAxes]float64{0.02}, Feed: 0.05, Tolerance: 1e-5},
	}
	if end := each(t, Config{Axes: axes(3), Cycle: 1e-3}, moves, nil, nil); math.Abs(end.Joints[0]-0.02) > 1e-12 {
		t.Errorf("it ends at %g", end.Joints[0])
	}
}

func TestATangentJunctionOfLineAndArcNeedsNoStop(t *testing.T) {
	moves := []Move{
		{To: [MaxAxes]float64{0.05}, Feed: 0.05, Line: 1},
		{To: [MaxAxes]float64{0.05, 0.04}, Centre: [3]float64{0.05, 0.02, 0}, Normal: [3]float64{0, 0, 1}, Sweep: math.Pi, Feed: 0.05, Line: 2},
		{To: [MaxAxes]float64{0, 0.04}, Feed: 0.05, Line: 3},
	}
	slowest := math.Inf(1)
	each(t, Config{Axes: axes(3), Cycle: 1e-3}, moves, nil, func(_ *Runner, s *Sample) {
		if s.Line == 2 {
			slowest = min(slowest, s.Speed)
		}
	})
	if slowest < 0.01 {
		t.Errorf("the arc's ends are passed at %g m/s", slowest)
	}
}

// A straight move takes hardly longer than the quickest one there is.
func TestASingleMoveIsNearlyTimeOptimal(t *testing.T) {
	all := axes(1)
	l := all[0].Limit
	for _, way := range []float64{1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 1} {
		var pr jerk.Profile
		limits := jerk.Symmetric(l.Speed, l.Accel, l.Jerk)
		if err := pr.Plan(jerk.State{}, jerk.State{P: way}, &limits); err != nil {
			t.Fatal(err)
		}
		n := 0
		each(t, Config{Axes: all, Cycle: 1e-4}, []Move{{To: [MaxAxes]float64{way}}}, nil, func(_ *Runner, s *Sample) {
			if s.State == Running {
				n++
			}
		})
		got, best := float64(n)*1e-4, pr.Duration()
		t.Logf("%g m: %.4f s, the quickest move %.4f s", way, got, best)
		// The acceleration builds up in the smoothing time, whatever is left to go.
		if got > best+2*l.Accel/l.Jerk || got < best-2e-4 {
			t.Errorf("%g m take %g s; the quickest move takes %g s", way, got, best)
		}
		if way >= 0.05 && got > best*1.01+2e-4 {
			t.Errorf("%g m take %g s; that should be the quickest move's %g s", way, got, best)
		}
	}
}

func TestRoundingIsForRotaryAxesToo(t *testing.T) {
	run := func(tolerance float64) (samples int) {
		var moves []Move
		for i := range 50 {
			to := [MaxAxes]float64{float64(i+1) * 1e-3, 0, 0, float64(i%2) * 0.02}
			moves = append(moves, Move{To: to, Feed: 0.02, Tolerance: tolerance})
		}
		each(t, Config{Axes: axes(5), Cycle: 1e-3}, moves, nil, func(*Runner, *Sample) { samples++ })
		return samples
	}
	rounded, exact := run(2e-4), run(0)
	if rounded > exact*2/3 {
		t.Errorf("with corners rounded the path takes %d ms, with stops %d ms", rounded, exact)
	}
}

// Runs of short lines along a curve are run at the curve's speed.
func TestShortLinesAlongACurveAreRunAtItsSpeed(t *testing.T) {
	const radius, feed = 0.02, 0.05
	var moves []Move
	for i := range 2000 {
		phi := float64(i+1) * 5e-3 // 0.1 mm each, rounded to a micrometre
		to := [MaxAxes]float64{radius * math.Sin(phi), radius * (1 - math.Cos(phi))}
		for k := range 2 {
			to[k] = math.Round(to[k]*1e6) / 1e6
		}
		moves = append(moves, Move{To: to, Feed: feed, Tolerance: 1e-5, Line: i + 1})
	}
	slowest := math.Inf(1)
	each(t, Config{Axes: axes(3), Cycle: 1e-3}, moves, nil, func(_ *Runner, s *Sample) {
		if s.Line > 150 && s.Line < 1850 {
			slowest = min(slowest, s.Speed)
		}
	})
	t.Logf("slowest %g m/s of %g", slowest, feed)
	if slowest < 0.9*feed {
		t.Errorf("short lines along a circle are run at %g m/s, of %g", slowest, feed)
	}
}
