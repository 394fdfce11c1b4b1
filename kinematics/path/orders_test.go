package path

import (
	"errors"
	"math"
	"strings"
	"testing"

	"linetwin.dev/kinematics/machine"
)

// A machine that is held anywhere comes to rest soon, on its path, and goes on from there
// as if nothing had been.
func TestEveryPrefixOfAHoldIsSafe(t *testing.T) {
	r := random(7)
	moves := program(&r, 5, 30)
	c := Config{Axes: axes(5), Cycle: 2e-3}
	total := 0
	want := each(t, c, moves, nil, func(*Runner, *Sample) { total++ })
	for at := 1; at < total; at += max(total/60, 1) {
		j := judge{c: c, fail: t.Fatalf}
		n, stopping := 0, 0
		end := each(t, c, moves, nil, func(run *Runner, s *Sample) {
			j.look(s)
			if n++; n == at {
				run.Hold()
			}
			if n >= at && s.State == Held && stopping >= 0 {
				if stopping++; stopping > 2000 {
					t.Fatalf("held at sample %d: the machine moves at %g m/s after %d cycles", at, s.Speed, stopping)
				}
				if run.still() {
					for i := range 5 {
						if s.Velocity[i] != 0 || s.Acceleration[i] != 0 {
							t.Fatalf("at rest the machine moves: %v", s.Velocity)
						}
					}
					stopping = -1
					run.Resume()
				}
			}
		})
		if end.Joints != want.Joints {
			t.Fatalf("held at sample %d the program ends at %v, not at %v", at, end.Joints, want.Joints)
		}
	}
}

func TestAMachineThatIsResumedWhileItComesToRestGoesOn(t *testing.T) {
	c := Config{Axes: axes(1), Cycle: 1e-3}
	for wait := range 120 {
		held, n := 0, 0
		end := each(t, c, []Move{{To: [MaxAxes]float64{0.2}, Feed: 0.1}}, nil, func(run *Runner, s *Sample) {
			n++
			if n > 1e5 {
				t.Fatalf("resumed after %d cycles, the machine stands", wait)
			}
			if n == 300 {
				run.Hold()
			}
			if n >= 300 && held >= 0 {
				if held++; held > wait {
					run.Resume()
					held = -1
				}
			}
		})
		if math.Abs(end.Joints[0]-0.2) > 1e-12 {
			t.Fatalf("resumed after %d cycles, the machine ends at %g", wait, end.Joints[0])
		}
	}
}

func TestAnOverrideChangesTheFeedAndNoMore(t *testing.T) {
	c := Config{Axes: axes(3), Cycle: 1e-3, MostOverride: 1.5}
	moves := []Move{{To: [MaxAxes]float64{0.3}, Feed: 0.05}}
	var fastest float64
	for _, override := range []float64{0.5, 1, 1.5, 7} {
		fastest = 0
		each(t, c, moves, nil, func(run *Runner, s *Sample) {
			run.Override(override, 1)
			fastest = max(fastest, s.Speed)
		})
		if want := 0.05 * min(override, 1.5); math.Abs(fastest-want) > 1e-9 {
			t.Errorf("at an override of %g the speed is %g m/s, not %g", override, fastest, want)
		}
	}
}

func TestMarksComeInTheirOrderAndDwellsLast(t *testing.T) {
	p, r, err := New(Config{Axes: axes(3), Cycle: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	add := func(mv Move) {
		if err := p.Add(mv); err != nil {
			t.Fatal(err)
		}
	}
	rest := func(mark int, dwell float64) {
		if err := p.Rest(mark, dwell); err != nil {
			t.Fatal(err)
		}
	}
	rest(1, 0)
	add(Move{To: [MaxAxes]float64{0.01}, Feed: 0.1, Tolerance: 1e-4})
	add(Move{To: [MaxAxes]float64{0.02}, Feed: 0.1, Tolerance: 1e-4, Mark: 2})
	rest(3, 0.25)
	rest(4, 0)
	add(Move{To: [MaxAxes]float64{0.03}, Feed: 0.1})
	rest(5, 0)
	var s Sample
	where := map[int]float64{}
	dwelt, last := 0, 0
	for r.Next(&s) {
		if s.Mark < last {
			t.Fatalf("mark %d comes after %d", s.Mark, last)
		}
		if s.Mark != last {
			where[s.Mark] = s.Joints[0]
		}
		last = s.Mark
		if s.State == Marked {
			dwelt++
		}
	}
	if where[2] < 0.01 || where[2] > 0.0102 || math.Abs(where[4]-0.02) > 1e-7 || math.Abs(where[5]-0.03) > 1e-12 {
		t.Errorf("the marks are reached at %v", where)
	}
	if dwelt < 249 || dwelt > 252 {
		t.Errorf("a dwell of 0.25 s lasts %d cycles of a millisecond", dwelt)
	}
}

func TestTheCycleDoesNotChangeThePath(t *testing.T) {
	r := random(3)
	moves := program(&r, 4, 20)
	for i := range moves {
		moves[i].Stop = false // rests end with a cycle
		moves[i].Tolerance = 1e-4
	}
	at := func(cycle float64, every int) (all [][MaxAxes]float64) {
		n := 0
		each(t, Config{Axes: axes(4), Cycle: cycle}, moves, nil, func(_ *Runner, s *Sample) {
			if n++; n%every == 0 {
				all = append(all, s.Joints)
			}
		})
		return all
	}
	coarse, fine := at(1e-3, 1), at(1e-4, 10)
	for k := range min(len(coarse), len(fine)) {
		for i := range 4 {
			if d := math.Abs(coarse[k][i] - fine[k][i]); d > 1e-10 {
				t.Fatalf("after %d ms axis %d differs by %g", k+1, i, d)
			}
		}
	}
}

func TestEqualMovesGiveEqualBits(t *testing.T) {
	r := random(11)
	moves := program(&r, 5, 60)
	run := func() (all []Sample) {
		each(t, Config{Axes: axes(5), Cycle: 1e-3}, moves, nil, func(_ *Runner, s *Sample) { all = append(all, *s) })
		return all
	}
	a, b := run(), run()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("sample %d differs", i)
		}
	}
}

// Planner and Runner may be in two goroutines: make soak runs this with the race detector.
func TestPlanningGoesOnBesideRunning(t *testing.T) {
	r := random(5)
	moves := program(&r, 5, 200)
	c := Config{Axes: axes(5), Cycle: 1e-3, Queue: 1024}
	p, run, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for _, mv := range moves {
			err := p.Add(mv)
			for errors.Is(err, ErrFull) {
				err = p.Add(mv)
			}
			if err != nil {
				done <- err
				return
			}
		}
		err := p.Rest(1, 0)
		for errors.Is(err, ErrFull) {
			err = p.Rest(1, 0)
		}
		for err == nil || errors.Is(err, ErrFull) {
			if err = p.Flush(); err == nil {
				break
			}
		}
		done <- err
	}()
	j := judge{c: c, fail: t.Fatalf}
	var s Sample
	for s.Mark == 0 {
		run.Next(&s)
		j.look(&s)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	last := moves[len(moves)-1].To
	for i := range 5 {
		if math.Abs(s.Joints[i]-last[i]) > 1e-10 {
			t.Errorf("axis %d ends at %g, not at %g", i, s.Joints[i], last[i])
		}
	}
}

func TestMistakesAreToldAndLeaveNothing(t *testing.T) {
	m, five := trunnion(t)
	narrow := axes(3)
	narrow[1].Range = machine.Range{Min: -0.01, Max: 0.01}
	for _, test := range []struct {
		name string
		move Move
		want string
	}{
		{"beyond", Move{To: [MaxAxes]float64{0, 0.02}, Feed: 1, Line: 7}, "line 7: axis Y would be at 0.02, outside of its range from -0.01 to 0.01"},
		{"nothing", Move{To: [MaxAxes]float64{math.NaN()}, Line: 8}, "line 8: coordinate X is NaN"},
		{"arc beyond", Move{To: [MaxAxes]float64{0.03}, Centre: [3]float64{0.015, 0, 0}, Normal: [3]float64{0, 0, 1}, Sweep: math.Pi, Feed: 1, Line: 9}, "axis Y would be at -0.015"},
		{"no radius", Move{To: [MaxAxes]float64{0.001}, Normal: [3]float64{0, 0, 1}, Sweep: 1, Line: 3}, "an arc has no radius"},
		{"normal", Move{To: [MaxAxes]float64{}, Centre: [3]float64{1, 0, 0}, Sweep: 1, Line: 3}, "normal has the length 0"},
		{"feed", Move{To: [MaxAxes]float64{0.001}, Feed: -1, Line: 3}, "must not be negative"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, r, err := New(Config{Axes: narrow, Cycle: 1e-3})
			if err != nil {
				t.Fatal(err)
			}
			err = p.Add(test.move)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v; want %q", err, test.want)
			}
			if err := p.Flush(); err != nil {
				t.Error(err)
			}
			var s Sample
			if r.Next(&s) || s.Joints != ([MaxAxes]float64{}) {
				t.Errorf("the machine moves: %+v", s)
			}
		})
	}
	t.Run("a bulge of a rounded junction", func(t *testing.T) {
		three := axes(3)
		three[1].Range = machine.Range{Min: 0, Max: 0.04}
		p, _, err := New(Config{Axes: three, Cycle: 1e-3})
		if err != nil {
			t.Fatal(err)
		}
		for _, mv := range []Move{
			{To: [MaxAxes]float64{0.05}, Feed: 0.05, Tolerance: 1e-3, Line: 1},
			{To: [MaxAxes]float64{0.05, 0.04}, Centre: [3]float64{0.05, 0.02, 0}, Normal: [3]float64{0, 0, 1}, Sweep: math.Pi, Feed: 0.05, Tolerance: 1e-3, Line: 2},
			{To: [MaxAxes]float64{0, 0.04}, Feed: 0.05, Tolerance: 1e-3, Line: 3},
		} {
			if err := p.Add(mv); err != nil {
				t.Fatal(err)
			}
		}
		var outside *RangeError
		if err := p.Flush(); !errors.As(err, &outside) || outside.Axis != "Y" || outside.Value > -1e-6 {
			t.Errorf("error %v", err)
		}
	})
	t.Run("tool centre point", func(t *testing.T) {
		five := five
		five[0].Range = machine.Range{Min: -0.05, Max: 0.05}
		p, _, err := New(Config{Axes: five, Cycle: 1e-3})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Control(m); err != nil {
			t.Fatal(err)
		}
		at := p.At()
		at[4] = 3 // the table turns, and X goes with it
		at[0] += 0.2
		err = p.Add(Move{To: at, Feed: 0.1, Line: 12})
		if err == nil {
			err = p.Flush()
		}
		var outside *RangeError
		if !errors.As(err, &outside) || outside.Line != 12 || outside.Axis != "X" {
			t.Errorf("error %v", err)
		}
	})
	for _, test := range []struct {
		c    Config
		want string
	}{
		{Config{Cycle: 1e-3}, "0 axes"},
		{Config{Axes: axes(3)}, "Cycle is 0 s"},
		{Config{Axes: []Axis{{Name: "X"}}, Cycle: 1e-3}, "axis X: its limits are 0, 0 and 0"},
		{Config{Axes: axes(3), Cycle: 1e-3, Start: []float64{1}}, "Start has 1 values for 3 axes"},
		{Config{Axes: narrow, Cycle: 1e-3, Start: []float64{0, 1, 0}}, "axis Y starts at 1"},
		{Config{Axes: axes(3), Cycle: 1e-3, MostOverride: 0.5}, "MostOverride is 0.5"},
	} {
		if _, _, err := New(test.c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v; want %q", err, test.want)
		}
	}
}
