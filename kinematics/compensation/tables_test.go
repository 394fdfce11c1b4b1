package compensation_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
)

// rising draws coordinates of a table within a machine's reach.
func rising(t *rapid.T, most int, label string) []float64 {
	n := rapid.IntRange(1, most).Draw(t, label+" count")
	at := rapid.Float64Range(-1, 1).Draw(t, label+" start")
	c := make([]float64, n)
	for i := range c {
		c[i] = at
		at += rapid.Float64Range(1e-3, 0.2).Draw(t, label+" step")
	}
	return c
}

func errorsOf(t *rapid.T, n int, label string) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-1e-4, 1e-4), n, n).Draw(t, label)
}

func drawVolume(t *rapid.T, most int) (*compensation.Volume, [3][]float64, []kinematics.Twist) {
	axes := [3][]float64{rising(t, most, "x"), rising(t, most, "y"), rising(t, most, "z")}
	errors := make([]kinematics.Twist, len(axes[0])*len(axes[1])*len(axes[2]))
	for i := range errors {
		errors[i] = kinematics.Twist(errorsOf(t, 6, "error"))
	}
	v, err := compensation.NewVolume(axes[0], axes[1], axes[2], errors)
	if err != nil {
		t.Fatal(err)
	}
	return v, axes, errors
}

func drawPoint(t *rapid.T, label string) [3]float64 {
	return [3]float64(rapid.SliceOfN(rapid.Float64Range(-1.5, 3), 3, 3).Draw(t, label))
}

func TestAVolumeHasItsErrorsAtItsNodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, axes, errors := drawVolume(t, 4)
		i := 0
		for _, x := range axes[0] {
			for _, y := range axes[1] {
				for _, z := range axes[2] {
					got := v.At([3]float64{x, y, z})
					for c := range got {
						if math.Abs(got[c]-errors[i][c]) > 1e-19 {
							t.Fatalf("node %d: %v, want %v", i, got, errors[i])
						}
					}
					i++
				}
			}
		}
	})
}

func TestAVolumeIsContinuousWithinItsSlopes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, _, _ := drawVolume(t, 4)
		p, q := drawPoint(t, "p"), drawPoint(t, "q")
		if rapid.Bool().Draw(t, "near") {
			for i := range q {
				q[i] = p[i] + 1e-3*q[i]
			}
		}
		a, b, slope := v.At(p), v.At(q), v.MaxSlope()
		for c := range a {
			most := 0.
			for i := range p {
				most += slope[c][i] * math.Abs(p[i]-q[i])
			}
			if math.Abs(a[c]-b[c]) > most*(1+1e-12)+1e-18 {
				t.Fatalf("component %d changes by %g from %v to %v, MaxSlope allows %g", c, a[c]-b[c], p, q, most)
			}
		}
	})
}

// The bound of the slopes is met somewhere: along the edge that has it.
func TestTheSlopeOfAVolumeIsThatOfAnEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, axes, _ := drawVolume(t, 4)
		slope := v.MaxSlope()
		var found [6][3]float64
		for i, x := range axes[0] {
			for j, y := range axes[1] {
				for k, z := range axes[2] {
					at := [3]int{i, j, k}
					for axis := range 3 {
						if at[axis]+1 == len(axes[axis]) {
							continue
						}
						p := [3]float64{x, y, z}
						q := p
						q[axis] = axes[axis][at[axis]+1]
						a, b := v.At(p), v.At(q)
						for c := range a {
							found[c][axis] = max(found[c][axis], math.Abs(b[c]-a[c])/(q[axis]-p[axis]))
						}
					}
				}
			}
		}
		for c := range slope {
			for i := range slope[c] {
				if math.Abs(slope[c][i]-found[c][i]) > 1e-12*slope[c][i]+1e-15 {
					t.Fatalf("component %d along %d: slope %g, edges have %g", c, i, slope[c][i], found[c][i])
				}
			}
		}
	})
}

func TestAVolumeIsTrilinear(t *testing.T) {
	// A product of three linear functions is met everywhere in the grid.
	f := func(p [3]float64) float64 { return 1e-5 * (1 + p[0]) * (2 - p[1]) * (0.5 + p[2]) }
	axes := [3][]float64{{0, 0.1, 0.5}, {-0.3, 0.2}, {0, 0.25, 0.3, 0.4}}
	var errors []kinematics.Twist
	for _, x := range axes[0] {
		for _, y := range axes[1] {
			for _, z := range axes[2] {
				e := f([3]float64{x, y, z})
				errors = append(errors, kinematics.Twist{e, -e, 2 * e, 0, 0, e})
			}
		}
	}
	v, err := compensation.NewVolume(axes[0], axes[1], axes[2], errors)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		p := [3]float64{0.5 * r.Float64(), -0.3 + 0.5*r.Float64(), 0.4 * r.Float64()}
		if got, want := v.At(p)[1], -f(p); math.Abs(got-want) > 1e-19 {
			t.Fatalf("at %v: %g, want %g", p, got, want)
		}
	}
	// Beyond the edges it is held, in each axis alone.
	for _, c := range [][2][3]float64{
		{{-9, 0, 0.1}, {0, 0, 0.1}}, {{9, 9, 9}, {0.5, 0.2, 0.4}}, {{0.2, math.Inf(1), 0.1}, {0.2, 0.2, 0.1}},
	} {
		if got, want := v.At(c[0]), v.At(c[1]); got != want {
			t.Errorf("at %v: %v, want that of %v", c[0], got, want)
		}
	}
}

func TestCorrectIsUndoneByTheMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, _, _ := drawVolume(t, 3)
		pose := kinematics.FromRPY(drawPoint(t, "p"), drawPoint(t, "rpy"))
		m, rad := kinematics.Distance(pose, v.Actual(v.Correct(pose)))
		if m > 1e-12 || rad > 1e-14 {
			t.Fatalf("%g m and %g rad are left", m, rad)
		}
	})
}

// The steepest table that is allowed still has its corrections found.
func TestCorrectConvergesAtTheSteepestSlope(t *testing.T) {
	a, err := compensation.NewAxis([]float64{0, 1}, []float64{-0.25, 0.25}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []float64{-3, 0, 0.1, 0.5, 0.77, 1, 3} {
		x := a.Correct(want, 1)
		if got := x + a.At(x, 1); math.Abs(got-want) > 1e-12 {
			t.Errorf("sent to %v it is at %v, want %v", x, got, want)
		}
	}
}

// chain is where the tool's reference point is, in the workpiece, for 21 errors: not by lever
// arms but by the product of the transforms of all parts of the machine. Each axis moves along
// its own line and turns what comes after it.
func chain(g *compensation.Geometric, order string, at [3]int) kinematics.Pose {
	axes := [3]compensation.AxisErrors{g.X, g.Y, g.Z}
	p := kinematics.Identity()
	for _, letter := range []byte(order) {
		i := int(letter - 'X')
		e, q := axes[i].Errors[at[i]], axes[i].Positions[at[i]]
		move := kinematics.Identity()
		move.P[i] = q
		switch i {
		case 1: // turned about z by C0Y
			c := kinematics.ExpSO3([3]float64{0, 0, g.C0Y})
			move.P = kinematics.Pose{R: c}.Rotate(move.P)
		case 2:
			c := kinematics.ExpSO3([3]float64{g.A0Z, g.B0Z, 0})
			move.P = kinematics.Pose{R: c}.Rotate(move.P)
		}
		for c := range 3 {
			move.P[c] += e[c]
		}
		move.R = kinematics.ExpSO3(e.Angular())
		p = p.Mul(move)
	}
	return p
}

func drawGeometric(t *rapid.T) *compensation.Geometric {
	angle := rapid.Float64Range(-1e-4, 1e-4)
	g := &compensation.Geometric{
		Order: rapid.SampledFrom([]string{"XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"}).Draw(t, "order"),
		A0Z:   angle.Draw(t, "A0Z"), B0Z: angle.Draw(t, "B0Z"), C0Y: angle.Draw(t, "C0Y"),
	}
	for i, a := range []*compensation.AxisErrors{&g.X, &g.Y, &g.Z} {
		a.Positions = rising(t, 4, string("xyz"[i]))
		for range a.Positions {
			a.Errors = append(a.Errors, kinematics.Twist(errorsOf(t, 6, "error")))
		}
	}
	return g
}

func TestThe21ErrorsAreThoseOfTheChainToFirstOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGeometric(t)
		v, err := g.Volume()
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			i := rapid.IntRange(0, len(g.X.Positions)-1).Draw(t, "i")
			j := rapid.IntRange(0, len(g.Y.Positions)-1).Draw(t, "j")
			k := rapid.IntRange(0, len(g.Z.Positions)-1).Draw(t, "k")
			nominal := [3]float64{g.X.Positions[i], g.Y.Positions[j], g.Z.Positions[k]}
			actual := chain(g, g.Order, [3]int{i, j, k})
			e := v.At(nominal)
			w := kinematics.LogSO3(actual.R)
			for c := range 3 {
				// Angles of up to 3e-4 rad, ways of up to 2 m.
				if d := math.Abs(actual.P[c] - nominal[c] - e[c]); d > 3e-7 {
					t.Fatalf("%s at %v: off along %d by %g m", g.Order, nominal, c, d)
				}
				if d := math.Abs(w[c] - e[c+3]); d > 1e-7 {
					t.Fatalf("%s at %v: off about %d by %g rad", g.Order, nominal, c, d)
				}
			}
		}
	})
}

// Tables between nodes are what the linear functions between nodes make: no new error.
func TestTheVolumeOf21ErrorsIsExactBetweenTheNodes(t *testing.T) {
	linear := func(lo, hi kinematics.Twist, part float64) (e kinematics.Twist) {
		for c := range e {
			e[c] = lo[c] + part*(hi[c]-lo[c])
		}
		return e
	}
	rapid.Check(t, func(t *rapid.T) {
		g := drawGeometric(t)
		coarse, err := g.Volume()
		if err != nil {
			t.Fatal(err)
		}
		// A node more in each interval, on the line between.
		fine := *g
		for _, a := range []*compensation.AxisErrors{&fine.X, &fine.Y, &fine.Z} {
			var n compensation.AxisErrors
			for i, at := range a.Positions {
				if i > 0 {
					part := rapid.Float64Range(0.1, 0.9).Draw(t, "part")
					n.Positions = append(n.Positions, a.Positions[i-1]+part*(at-a.Positions[i-1]))
					n.Errors = append(n.Errors, linear(a.Errors[i-1], a.Errors[i], part))
				}
				n.Positions = append(n.Positions, at)
				n.Errors = append(n.Errors, a.Errors[i])
			}
			*a = n
		}
		finer, err := fine.Volume()
		if err != nil {
			t.Fatal(err)
		}
		p := drawPoint(t, "p")
		a, b := coarse.At(p), finer.At(p)
		for c := range a {
			if math.Abs(a[c]-b[c]) > 1e-16 {
				t.Fatalf("component %d at %v: %g and %g", c, p, a[c], b[c])
			}
		}
	})
}

func TestATipIsCarriedByTheTurnOfItsReferencePoint(t *testing.T) {
	v, err := compensation.NewVolume([]float64{0}, []float64{0}, []float64{0}, []kinematics.Twist{{1e-6, 2e-6, 3e-6, 1e-5, 0, -2e-5}})
	if err != nil {
		t.Fatal(err)
	}
	got := v.TipAt([3]float64{1, 2, 3}, [3]float64{0, 0, -0.1})
	want := [3]float64{1e-6, 2e-6 + 1e-5*0.1, 3e-6}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-18 {
			t.Errorf("tip %v, want %v", got, want)
		}
	}
}

func TestAnAxisWithPlayIsContinuousWithinItsSlope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rising(t, 6, "x")
		a, err := compensation.NewAxis(at, errorsOf(t, len(at), "forward"), errorsOf(t, len(at), "backward"))
		if err != nil {
			t.Fatal(err)
		}
		width := rapid.Float64Range(1e-4, 1e-2).Draw(t, "width")
		p := compensation.Play{Width: width}
		slope := a.MaxSlope(width)
		x := rapid.Float64Range(-1, 2).Draw(t, "x")
		e := a.At(x, p.Move(x))
		for range 50 {
			to := x + rapid.Float64Range(-0.01, 0.01).Draw(t, "dx")
			next := a.At(to, p.Move(to))
			if math.Abs(next-e) > slope*math.Abs(to-x)*(1+1e-12)+1e-18 {
				t.Fatalf("from %v to %v the error changes by %g, MaxSlope allows %g", x, to, next-e, slope*math.Abs(to-x))
			}
			x, e = to, next
		}
		// After a width forward it is the forward error, after a width backward the other.
		for _, way := range []float64{1, -1} {
			x += way * width * 1.0001
			side := p.Move(x)
			if side != way || p.Side() != way {
				t.Fatalf("side %v after %v m", side, way*width)
			}
		}
	})
}

func TestPlayDependsOnTheWayAndNotOnItsSteps(t *testing.T) {
	one, many := compensation.Play{Width: 1e-3}, compensation.Play{Width: 1e-3}
	one.Move(0)
	many.Move(0)
	at := 0.
	for _, to := range []float64{0.01, 0.0098, 0.0101, 0.0050} {
		one.Move(to)
		for range 97 {
			at += (to - at) / 10
			many.Move(at)
		}
		at = to
		if a, b := one.Side(), many.Move(to); math.Abs(a-b) > 1e-9 {
			t.Errorf("at %v: side %v in one step, %v in many", to, a, b)
		}
	}
	if one.Move(math.NaN()) != -1 {
		t.Error("a position that is no number moved it")
	}
}

func TestTheErrorOfAnAxisIsLinearBetweenNodesAndHeldBeyond(t *testing.T) {
	a, err := compensation.NewAxis([]float64{0, 0.1, 0.4}, []float64{0, 1e-6, -2e-6}, []float64{2e-6, 1e-6, 0})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, side, want float64 }{
		{-5, 1, 0}, {-5, -1, 2e-6}, {0, 1, 0}, {0.05, 1, 0.5e-6}, {0.1, 1, 1e-6}, {0.25, 1, -0.5e-6},
		{0.4, 1, -2e-6}, {7, 1, -2e-6}, {7, -1, 0}, {0.4, 0, -1e-6}, {0.25, 0.5, -0.25e-6},
	} {
		if got := a.At(c.x, c.side); math.Abs(got-c.want) > 1e-20 {
			t.Errorf("at %v, side %v: %g, want %g", c.x, c.side, got, c.want)
		}
	}
	if got := a.MaxSlope(math.Inf(1)); math.Abs(got-1e-5) > 1e-18 {
		t.Errorf("slope %g, want 1e-5", got)
	}
	if got := a.MaxSlope(1e-3); math.Abs(got-(1e-5+2e-3)) > 1e-15 {
		t.Errorf("slope with reversals %g, want 1e-5 + 2e-3", got)
	}
	if got := a.MaxKink(); math.Abs(got-2e-5) > 1e-18 {
		t.Errorf("kink %g, want 2e-5", got)
	}
}

func newThermal(t testing.TB) *compensation.Thermal {
	th, err := compensation.NewThermal(
		compensation.Sensor{
			Name: "screw", Lag: 100, Temperatures: []float64{20, 30}, Positions: []float64{0, 0.5},
			Errors: []float64{0, 0, 10e-6, 60e-6},
		},
		compensation.Sensor{
			Name: "spindle", Temperatures: []float64{20, 40, 60}, Positions: []float64{0},
			Errors: []float64{0, 30e-6, 40e-6},
		})
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return th
}

func TestThermalErrorsAddUpOverSensorsLinearlyBetween(t *testing.T) {
	th := newThermal(t)
	for _, c := range []struct{ screw, spindle, x, want float64 }{
		{20, 20, 0.3, 0}, {30, 20, 0, 10e-6}, {30, 20, 0.5, 60e-6}, {25, 20, 0.25, 17.5e-6},
		{20, 30, 0.1, 15e-6}, {20, 50, 9, 35e-6}, {25, 30, 0.25, 32.5e-6}, {0, 90, 0, 40e-6}, {99, 0, 99, 60e-6},
	} {
		w, err := th.NewWarmth(math.Inf(1), []float64{c.screw, c.spindle})
		if err != nil {
			t.Fatal(err)
		}
		if got := th.At(w, c.x); math.Abs(got-c.want) > 1e-18 {
			t.Errorf("%+v: %g", c, got)
		}
		x := th.Correct(w, c.x)
		if got := x + th.At(w, x); math.Abs(got-c.x) > 1e-12 {
			t.Errorf("%+v: corrected it is at %v", c, got)
		}
	}
	if got := th.MaxSlope(); math.Abs(got-1e-4) > 1e-15 {
		t.Errorf("slope %g, want 1e-4", got)
	}
	if got := th.MaxDrift(); math.Abs(got-6e-6) > 1e-18 {
		t.Errorf("drift %g, want 6e-6", got)
	}
	if got := fmt.Sprint(th.Sensors()); got != "[screw spindle]" {
		t.Error(got)
	}
}

func TestABodyFollowsItsSensorWithItsLag(t *testing.T) {
	th := newThermal(t)
	for _, steps := range []int{1, 10, 1000} { // whatever the steps
		w, err := th.NewWarmth(math.Inf(1), []float64{20, 20})
		if err != nil {
			t.Fatal(err)
		}
		for range steps {
			w.Step(150/float64(steps), []float64{30, 30})
		}
		got := w.Temperatures()
		if want := 30 - 10*math.Exp(-1.5); math.Abs(got[0]-want) > 1e-10 || got[1] != 30 {
			t.Errorf("%d steps: %v, want %v and 30", steps, got, want)
		}
	}
}

func TestASensorThatJumpsOrFailsDoesNotMakeTheBodyJump(t *testing.T) {
	th := newThermal(t)
	rapid.Check(t, func(t *rapid.T) {
		w, err := th.NewWarmth(0.1, []float64{20, 20})
		if err != nil {
			t.Fatal(err)
		}
		value := rapid.OneOf(rapid.Float64Range(-50, 100), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(-1), 1e300}))
		for range 30 {
			before := [2]float64(w.Temperatures())
			e := th.At(w, 0.3)
			dt := rapid.SampledFrom([]float64{0.001, 1, 60, 0, -1, math.NaN()}).Draw(t, "dt")
			w.Step(dt, []float64{value.Draw(t, "a"), value.Draw(t, "b")})
			most := 0.1 * max(dt, 0)
			if dt != dt {
				most = 0
			}
			for i, v := range w.Temperatures() {
				if !(math.Abs(v-before[i]) <= most*(1+1e-9)+1e-13) {
					t.Fatalf("from %v to %v in %v s", before[i], v, dt)
				}
			}
			if d := math.Abs(th.At(w, 0.3) - e); !(d <= 2*th.MaxDrift()*most*(1+1e-9)+1e-18) {
				t.Fatalf("the error changed by %g in %v s", d, dt)
			}
		}
	})
	w, _ := th.NewWarmth(0.1, []float64{20, 21})
	w.Step(1000, []float64{math.NaN(), math.Inf(1)})
	if got := w.Temperatures(); got[0] != 20 || got[1] != 21 {
		t.Errorf("without sensors the body came to %v", got)
	}
}

func TestTablesThatMakeNoSenseAreTold(t *testing.T) {
	one := []kinematics.Twist{{}}
	nan := math.NaN()
	volume := func(x, y, z []float64, e []kinematics.Twist) error {
		_, err := compensation.NewVolume(x, y, z, e)
		return err
	}
	axis := func(at, f, b []float64) error { _, err := compensation.NewAxis(at, f, b); return err }
	thermal := func(s ...compensation.Sensor) error { _, err := compensation.NewThermal(s...); return err }
	geometric := func(order string) error {
		a := compensation.AxisErrors{Positions: []float64{0}, Errors: one}
		_, err := (&compensation.Geometric{Order: order, X: a, Y: a, Z: a}).Volume()
		return err
	}
	warmth := func(rate float64, start ...float64) error {
		_, err := newThermal(t).NewWarmth(rate, start)
		return err
	}
	good := compensation.Sensor{Name: "a", Temperatures: []float64{20}, Positions: []float64{0}, Errors: []float64{0}}
	named := func(n string) compensation.Sensor { s := good; s.Name = n; return s }
	lagging := good
	lagging.Lag = -1
	for _, c := range []struct {
		err  error
		want string
	}{
		{volume(nil, []float64{0}, []float64{0}, nil), "no coordinate along x"},
		{volume([]float64{0, 0}, []float64{0}, []float64{0}, append(one, one...)), "they have to rise"},
		{volume([]float64{0}, []float64{nan}, []float64{0}, one), "coordinate along y 1 is NaN"},
		{volume([]float64{0}, []float64{0}, []float64{0}, nil), "1 x 1 x 1 nodes and 0 errors"},
		{volume([]float64{0}, []float64{0}, []float64{0}, []kinematics.Twist{{0, nan}}), "node (0, 0, 0)"},
		{volume([]float64{0, 1e-3}, []float64{0}, []float64{0}, []kinematics.Twist{{}, {1e-3}}), "are the units right?"},
		{volume(make([]float64, 100_000), make([]float64, 100_000), make([]float64, 100_000), nil), "they have to rise"},
		{axis(nil, nil, nil), "no position"},
		{axis([]float64{0}, []float64{0, 1}, nil), "1 positions, 2 errors"},
		{axis([]float64{0}, []float64{2}, nil), "at most 1 m or rad"},
		{axis([]float64{0, 1e-6}, []float64{0, 1e-6}, nil), "per metre"},
		{thermal(), "0 sensors"},
		{thermal(named("")), "no name"},
		{thermal(named("#a")), "not to begin with #"},
		{thermal(named(" a")), "without space around it"},
		{thermal(named(strings.Repeat("a", 65))), "65 bytes"},
		{thermal(good, good), "two sensors"},
		{thermal(lagging), "a lag of -1 s"},
		{geometric("XY"), "it has to name X, Y and Z"},
		{geometric("XYY"), "each of X, Y and Z once"},
		{warmth(0, 20, 20), "a rate of 0"},
		{warmth(1, 20), "1 temperatures to start from for 2 sensors"},
		{warmth(1, 20, nan), `"spindle" starts at NaN`},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v; want %q", c.err, c.want)
		}
	}
}

func TestTablesDoNotAllocate(t *testing.T) {
	v := benchVolume(t, 11)
	th := newThermal(t)
	w, _ := th.NewWarmth(1, []float64{20, 20})
	temps := []float64{30, 25}
	pose := kinematics.Translation(0.3, 0.4, 0.5)
	p := compensation.Play{Width: 1e-4}
	a, _ := compensation.NewAxis([]float64{0, 1}, []float64{0, 1e-5}, nil)
	if n := testing.AllocsPerRun(100, func() {
		pose = v.Correct(pose)
		w.Step(1e-3, temps)
		pose.P[0] = th.Correct(w, pose.P[0])
		pose.P[1] = a.Correct(pose.P[1], p.Move(pose.P[1]))
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// benchVolume has n nodes along each axis of a cubic metre.
func benchVolume(t testing.TB, n int) *compensation.Volume {
	r := rand.New(rand.NewPCG(4, 4))
	at := make([]float64, n)
	for i := range at {
		at[i] = float64(i) / float64(n-1)
	}
	errors := make([]kinematics.Twist, n*n*n)
	for i := range errors {
		for c := range errors[i] {
			errors[i][c] = 1e-5 * r.NormFloat64()
		}
	}
	v, err := compensation.NewVolume(at, at, at, errors)
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
	return v
}
