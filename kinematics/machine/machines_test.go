package machine

import (
	"math"
	"os"
	"testing"

	"linetwin.dev/kinematics"
	"pgregory.net/rapid"
)

const deg = math.Pi / 180

// cases is how many random poses a run tries; LINETWIN_SOAK=1 tries as many as the
// figures of the README are about.
func cases() int {
	if os.Getenv("LINETWIN_SOAK") != "" {
		return 100_000
	}
	return 4000
}

func must(t testing.TB, c Config) Machine {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func named(t testing.TB, name string, g Geometry) Machine {
	t.Helper()
	m, err := Named(name, g)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// every is one machine of each type, with offsets, and some with other axes.
func every(t testing.TB) []Machine {
	g := Geometry{
		Table: [3]float64{0.02, -0.03, -0.2}, Pivot: [3]float64{0.004, -0.006, 0.15}, Offset: [3]float64{0.01, -0.02, 0.05},
		Linear: [3]Range{{-2, 2}, {-2, 2}, {-2, 2}}, Tilt: Range{-110 * deg, 110 * deg},
	}
	var all []Machine
	for _, n := range Types() {
		all = append(all, named(t, n, g))
	}
	half := math.Sqrt(0.5)
	all = append(all,
		must(t, Config{Name: "nutating table", Rotary: []Rotary{
			{Name: "B", Direction: [3]float64{0, half, half}, Pivot: [3]float64{0.1, 0, -0.1}},
			{Name: "C", Direction: [3]float64{0, 0, -2}, Pivot: [3]float64{0.1, 0.05, 0}},
		}}),
		must(t, Config{Name: "nutating head", Rotary: []Rotary{
			{Name: "C", Side: Head, Direction: [3]float64{0, 0, 1}, Pivot: [3]float64{0, 0.03, 0.2}},
			{Name: "A", Side: Head, Direction: [3]float64{half, 0, -half}, Pivot: [3]float64{0, 0, 0.1}},
		}}),
		must(t, Config{Name: "two tilts", Rotary: []Rotary{
			{Name: "A", Side: Head, Direction: [3]float64{1, 0.1, 0}, Pivot: [3]float64{0, 0, 0.1}},
			{Name: "B", Direction: [3]float64{0, 1, 0.2}, Pivot: [3]float64{0, 0.3, 0.1}},
		}}),
		must(t, Config{Name: "XYZA table", Rotary: []Rotary{{Name: "A", Direction: [3]float64{1, 0, 0}, Pivot: [3]float64{0, 0, 0.1}}}}),
		must(t, Config{Name: "XYZB head", Rotary: []Rotary{{Name: "B", Side: Head, Direction: [3]float64{0, 1, 0}, Pivot: [3]float64{0, 0, 0.1}}}}),
		must(t, Config{Name: "XYZ"}),
	)
	for i := range all {
		all[i] = all[i].WithTool([3]float64{0.001, -0.002, 0.12}).
			WithWork(kinematics.FromRPY([3]float64{0.05, 0.02, -0.1}, [3]float64{0.02, -0.03, 0.7}))
	}
	return all
}

// uniform is a small generator of numbers in [lo, hi).
type uniform uint64

func (u *uniform) next(lo, hi float64) float64 {
	*u = *u*6364136223846793005 + 1442695040888963407
	return lo + (hi-lo)*float64(*u>>11)/(1<<53)
}

// joints within the limits, and within a metre and a turn.
func (u *uniform) joints(m *Machine, q []float64) {
	for i := range q {
		lo, hi := m.Limits(i)
		most := 1.0
		if i >= 3 {
			most = math.Pi
		}
		q[i] = u.next(max(lo, -most), min(hi, most))
	}
}

func drawJoints(t *rapid.T, m *Machine, label string) []float64 {
	q := make([]float64, m.Axes())
	for i := range q {
		lo, hi := m.Limits(i)
		most := 1.0
		if i >= 3 {
			most = math.Pi
		}
		q[i] = rapid.Float64Range(max(lo, -most), min(hi, most)).Draw(t, label)
	}
	return q
}

func drawVec(t *rapid.T, size float64, label string) [3]float64 {
	g := rapid.Float64Range(-size, size)
	return [3]float64{g.Draw(t, label), g.Draw(t, label), g.Draw(t, label)}
}

func close3(t rapid.TB, what string, got, want [3]float64, tol float64) {
	t.Helper()
	if d := norm(sub(got, want)); !(d <= tol) {
		t.Fatalf("%s is %v; want %v, off by %.3g", what, got, want, d)
	}
}

func within1(t rapid.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Fatalf("%s is %v; want %v to within %v", what, got, want, tol)
	}
}
