package machine

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestInverseUndoesForwardOnEveryMachine(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			n := m.Axes()
			q, near, got := make([]float64, n), make([]float64, n), make([]float64, n)
			u := uniform(1)
			for range cases() {
				u.joints(&m, q)
				u.joints(&m, near)
				tip, axis := m.Forward(q)
				if _, err := m.Inverse(tip, axis, near, got); err != nil {
					// The other answer may need more way than the linear axes have; but
					// the one that we come from is there.
					t.Fatalf("joints %v: %v", q, err)
				}
				if err := m.Check(got); err != nil {
					t.Fatal(err)
				}
				p, a := m.Forward(got)
				close3(t, "tip", p, tip, 2e-15*4)
				close3(t, "axis", a, axis, 1e-14)
			}
		})
	}
}

func TestSolutionsContainTheJointsThatThePoseCameFrom(t *testing.T) {
	for _, m := range every(t) {
		if m.Rotaries() < 2 {
			continue
		}
		t.Run(m.Name(), func(t *testing.T) {
			var s Solutions
			q := make([]float64, m.Axes())
			u := uniform(3)
			twice := 0
			for range cases() {
				u.joints(&m, q)
				tip, axis := m.Forward(q)
				if err := m.Solutions(tip, axis, q, &s); err != nil {
					t.Fatal(err)
				}
				for i, x := range s.All[0].Joints[:m.Axes()] {
					within1(t, "joint "+m.AxisName(i), x, q[i], 1e-13/s.All[0].Singularity)
				}
				for i := range s.N {
					p, a := m.Forward(s.All[i].Joints[:m.Axes()])
					close3(t, "tip", p, tip, 1e-14)
					close3(t, "axis", a, axis, 1e-14)
				}
				if s.N == 2 {
					twice++
					if s.All[0].Cost > s.All[1].Cost {
						t.Fatalf("the first solution costs %v, the second %v", s.All[0].Cost, s.All[1].Cost)
					}
					if s.All[1].Cost < 1e-12 {
						t.Fatalf("two solutions are the same: %v", s.All)
					}
				}
			}
			if twice < cases()/2 {
				t.Errorf("only %d of %d poses have two solutions", twice, cases())
			}
		})
	}
}

func TestAtThePoleTheFreeAxisStaysWhereItIs(t *testing.T) {
	for _, name := range Types() {
		m := named(t, name, Geometry{Table: [3]float64{0.1, 0.2, 0.3}, Pivot: [3]float64{0, 0, 0.2}})
		m = m.WithTool([3]float64{0, 0, 0.1})
		q := make([]float64, 5)
		for _, c := range []float64{0, 1.25, -40} {
			for _, off := range []float64{0, 1e-12, -3e-11} {
				ans, err := m.Inverse([3]float64{0.3, 0, 0.1}, [3]float64{off, off / 2, 2}, []float64{0, 0, 0, 0.1, c}, q)
				if err != nil {
					t.Fatal(err)
				}
				if !ans.Free || ans.Singularity > 1e-10 || q[4] != c || math.Abs(q[3]) > 1e-10 {
					t.Errorf("%s: %+v, joints %v; C was at %v", name, ans, q, c)
				}
				tip, _ := m.Forward(q)
				close3(t, "tip", tip, [3]float64{0.3, 0, 0.1}, 1e-15)
			}
		}
		ans, err := m.Inverse([3]float64{}, [3]float64{1, 0, 0}, make([]float64, 5), q)
		if err != nil || ans.Free || math.Abs(ans.Singularity-1) > 1e-15 {
			t.Errorf("%s with its tool level: %+v, %v", name, ans, err)
		}
	}
}

func TestAPathThroughThePoleNeedsNoJump(t *testing.T) {
	for _, name := range Types() {
		m := named(t, name, Geometry{Pivot: [3]float64{0, 0, 0.2}})
		q, last := make([]float64, 5), make([]float64, 5)
		// Tilted by 0.2 rad towards -x, upright, and as much towards x, in one plane.
		lean := func(s float64) [3]float64 {
			a := 0.2 * (s/500 - 1)
			return [3]float64{math.Sin(a), 0.3 * math.Sin(a), math.Cos(a)}
		}
		if _, err := m.Inverse([3]float64{}, lean(0), last, last); err != nil {
			t.Fatal(err)
		}
		start := last[4]
		for s := 1.0; s <= 1000; s++ {
			if _, err := m.Inverse([3]float64{}, lean(s), last, q); err != nil {
				t.Fatal(err)
			}
			for i := range q {
				within1(t, name+" "+m.AxisName(i), q[i], last[i], 1e-3)
			}
			copy(last, q)
		}
		within1(t, "C at the end", q[4], start, 1e-9)
	}
}

// The joints themselves follow a random smooth path; asked for the tip and axis of each
// of its points, the machine must find a path as smooth.
func TestAlongASmoothPathTheAnswerDoesNotJump(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := m.Axes()
				from, way, q := drawJoints(t, &m, "from"), drawJoints(t, &m, "way"), make([]float64, n)
				phase := rapid.Float64Range(0, 6).Draw(t, "phase")
				near := make([]float64, n)
				at := func(s float64) {
					for i := range q {
						lo, hi := m.Limits(i)
						q[i] = min(max(from[i]+way[i]*math.Sin(s*(1+0.3*float64(i))+phase), lo), hi)
					}
				}
				at(0)
				copy(near, q)
				const steps = 400
				last := make([]float64, n)
				for k := 1; k <= steps; k++ {
					at(float64(k) / steps * 4)
					tip, axis := m.Forward(q)
					copy(last, near)
					ans, err := m.Inverse(tip, axis, near, near)
					if err != nil {
						t.Fatal(err)
					}
					// A step of the path is at most 0.07 rad; close to the pole the other
					// answer may take over, which turns faster there.
					if ans.Singularity < 0.3 {
						return
					}
					for i := 3; i < n; i++ {
						within1(t, m.AxisName(i), near[i], last[i], 0.3)
					}
				}
			})
		})
	}
}

func TestALimitMakesTheOtherAnswerTheOne(t *testing.T) {
	g := Geometry{Tilt: Range{-10 * deg, 120 * deg}, Turn: Range{-360 * deg, 360 * deg}}
	m := named(t, "XYZAC-TRT", g)
	q := make([]float64, 5)
	u := uniform(5)
	for range 2000 {
		axis := [3]float64{u.next(-1, 1), u.next(-1, 1), u.next(0.01, 1)}
		near := []float64{0, 0, 0, -5 * deg, u.next(-7, 7)}
		ans, err := m.Inverse([3]float64{}, axis, near, q)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(q); err != nil {
			t.Fatal(err)
		}
		_, got := m.Forward(q)
		want, _ := unit(axis)
		close3(t, "axis", got, want, 1e-14)
		if ans.Free {
			t.Fatal("free")
		}
	}
}

func TestInverseSaysWhatIsInTheWay(t *testing.T) {
	m := named(t, "XYZBC-HH", Geometry{Linear: [3]Range{{-1, 1}, {-1, 1}, {-1, 1}}, Tilt: Range{-1, 1}})
	half := math.Sqrt(0.5)
	nutating := must(t, Config{Rotary: []Rotary{
		{Name: "B", Direction: [3]float64{0, half, half}}, {Name: "C", Direction: [3]float64{0, 0, 1}}}})
	single := must(t, Config{Rotary: []Rotary{{Name: "A", Direction: [3]float64{1, 0, 0}}}})
	plain := must(t, Config{})
	up := [3]float64{0, 0, 1}
	for _, c := range []struct {
		name        string
		m           *Machine
		point, axis [3]float64
		want        error
		limit       string
	}{
		{"tilted too far", &m, [3]float64{}, [3]float64{1, 0, 0}, ErrUnreachable, "B"},
		{"too far away", &m, [3]float64{0, 3, 0}, up, ErrUnreachable, "Y"},
		{"no axis", &m, [3]float64{}, [3]float64{}, ErrArgument, ""},
		{"no number", &m, [3]float64{math.NaN()}, up, ErrArgument, ""},
		{"beyond a nutating table", &nutating, [3]float64{}, [3]float64{0, 0.1, -1}, ErrDirection, ""},
		{"out of the plane of the only axis", &single, [3]float64{}, [3]float64{0.1, 0, 1}, ErrDirection, ""},
		{"without rotary axes", &plain, [3]float64{}, [3]float64{0, 0, -1}, ErrDirection, ""},
	} {
		q := []float64{9, 9, 9, 9, 9}[:c.m.Axes()]
		_, err := c.m.Inverse(c.point, c.axis, make([]float64, c.m.Axes()), q)
		if !errors.Is(err, c.want) || q[0] != 9 {
			t.Errorf("%s: %v, joints %v", c.name, err, q)
		}
		var l *LimitError
		if errors.As(err, &l) != (c.limit != "") || l != nil && l.Axis != c.limit {
			t.Errorf("%s: %v", c.name, err)
		}
		if errors.Is(err, ErrUnreachable) == errors.Is(err, ErrArgument) {
			t.Errorf("%s: %v is both or neither", c.name, err)
		}
	}
}

// Directions next to the edge of what two axes at 45 degrees can do, where both answers
// become one.
func TestAtTheEdgeOfANutatingTableTheAnswerIsStillExact(t *testing.T) {
	half := math.Sqrt(0.5)
	m := must(t, Config{Rotary: []Rotary{
		{Name: "B", Direction: [3]float64{0, half, half}}, {Name: "C", Direction: [3]float64{0, 0, 1}}}})
	q := make([]float64, 5)
	for e := -17.0; e < -1; e += 0.5 {
		below := math.Pow(10, e)
		for _, turn := range []float64{0, 0.3, 2} {
			// The table lies at 90 degrees at the most: the tool's axis is level.
			s, c := math.Sincos(turn)
			axis := [3]float64{s * math.Cos(below), c * math.Cos(below), math.Sin(below)}
			ans, err := m.Inverse([3]float64{0.1, 0.2, 0.3}, axis, make([]float64, 5), q)
			if err != nil {
				t.Fatalf("%v above the edge: %v", below, err)
			}
			tip, got := m.Forward(q)
			close3(t, "axis", got, axis, 2e-15)
			close3(t, "tip", tip, [3]float64{0.1, 0.2, 0.3}, 1e-15)
			if ans.Singularity > 2*math.Sqrt(below)+1e-7 {
				t.Errorf("%v above the edge: singularity %v", below, ans.Singularity)
			}
		}
	}
}
