package kinematics

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

const deg = math.Pi / 180

func mustChain(t testing.TB, base Pose, links []Link, tool Pose) *Chain {
	t.Helper()
	c, err := NewChain(base, links, tool)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// arm5 is the reference machine: a vertical axis, three parallel ones, the tool's own.
func arm5(t testing.TB) *Chain {
	return mustChain(t, FromRPY([3]float64{0.2, -0.5, 0.1}, [3]float64{0, 0, 90 * deg}), []Link{
		{Alpha: -90 * deg, D: 0.4, Min: -170 * deg, Max: 170 * deg},
		{A: 0.42, Min: -150 * deg, Max: 60 * deg},
		{A: 0.38, Min: -20 * deg, Max: 150 * deg},
		{Alpha: -90 * deg, Min: -200 * deg, Max: 80 * deg},
		{D: 0.12, Min: -360 * deg, Max: 360 * deg},
	}, Translation(0, 0, 0.05))
}

// ur5 is the Universal Robots UR5 by its published parameters.
func ur5(t testing.TB) *Chain {
	l := []Link{
		{Alpha: 90 * deg, D: 0.089159},
		{A: -0.425},
		{A: -0.39225},
		{Alpha: 90 * deg, D: 0.10915},
		{Alpha: -90 * deg, D: 0.09465},
		{D: 0.0823},
	}
	for i := range l {
		l[i].Min, l[i].Max = -2*math.Pi, 2*math.Pi
	}
	return mustChain(t, Identity(), l, Identity())
}

// gantry has three linear axes, at right angles, and a wrist of three.
func gantry(t testing.TB) *Chain {
	return mustChain(t, Identity(), []Link{
		{Kind: Prismatic, Alpha: 90 * deg, Theta: 90 * deg, Min: 0, Max: 0.6},
		{Kind: Prismatic, Alpha: 90 * deg, Theta: 90 * deg, Min: -1, Max: 1},
		{Kind: Prismatic, Min: -0.5, Max: 0.5},
		{Alpha: 90 * deg, Min: -170 * deg, Max: 170 * deg},
		{Alpha: -90 * deg, Min: -100 * deg, Max: 100 * deg},
		{D: 0.1, Min: math.Inf(-1), Max: math.Inf(1)},
	}, Identity())
}

// arm7 is redundant, with axes as in a KUKA iiwa.
func arm7(t testing.TB) *Chain {
	l := []Link{
		{Alpha: -90 * deg, D: 0.34}, {Alpha: 90 * deg}, {Alpha: 90 * deg, D: 0.4}, {Alpha: -90 * deg},
		{Alpha: -90 * deg, D: 0.4}, {Alpha: 90 * deg}, {D: 0.126},
	}
	for i := range l {
		l[i].Min, l[i].Max = -160*deg, 160*deg
	}
	return mustChain(t, Identity(), l, Identity())
}

// all gives every link the same limits.
func all(l []Link, lo, hi float64) []Link {
	for i := range l {
		l[i].Min, l[i].Max = lo, hi
	}
	return l
}

// wrist is the last three links of an industrial arm.
func wrist(forearm, flange float64) []Link {
	return []Link{{Alpha: 90 * deg, D: forearm}, {Alpha: -90 * deg}, {D: flange}}
}

func placed(t testing.TB, arm []Link, rest []Link, lo, hi float64) *Chain {
	return mustChain(t, FromRPY([3]float64{0.3, -0.2, 0.5}, [3]float64{0.1, 0.2, 1}),
		append(arm, all(rest, lo, hi)...), FromRPY([3]float64{0.01, 0.02, 0.1}, [3]float64{0.3, -0.4, 0.5}))
}

// offset6 is an arm as most of the industry builds it: offsets at shoulder and elbow,
// and a spherical wrist.
func offset6(t testing.TB) *Chain {
	return placed(t, nil, append([]Link{{A: 0.15, Alpha: -90 * deg, D: 0.45}, {A: 0.6}, {A: 0.12, Alpha: -90 * deg}}, wrist(0.64, 0.1)...),
		-185*deg, 185*deg)
}

// puma has an offset along its parallel axes in place of those.
func puma(t testing.TB) *Chain {
	return placed(t, nil, append([]Link{{Alpha: -90 * deg}, {A: 0.4318, D: 0.15}, {A: -0.0203, Alpha: 90 * deg, D: 0.02}},
		Link{Alpha: -90 * deg, D: 0.4318}, Link{Alpha: 90 * deg}, Link{D: 0.06}), -math.Pi, math.Pi)
}

// crooked has no right angle anywhere, but axes 1 and 2 meet.
func crooked(t testing.TB) *Chain {
	return placed(t, nil, []Link{{Alpha: 50 * deg, D: 0.3, Theta: 0.3}, {A: 0.3, Alpha: 35 * deg, D: 0.1}, {A: 0.2, Alpha: -70 * deg, D: -0.1, Theta: 1},
		{Alpha: 60 * deg, D: 0.4}, {Alpha: -75 * deg, Theta: -0.5}, {A: 0.05, Alpha: 20 * deg, D: 0.1}}, -math.Pi, math.Pi)
}

// scara6 has axes 1 and 2 parallel, and a wrist.
func scara6(t testing.TB) *Chain {
	return placed(t, nil, append([]Link{{A: 0.4, D: 0.2}, {A: 0.3, Alpha: 90 * deg}, {A: 0.1, Alpha: 90 * deg}}, wrist(0.35, 0.1)...), -math.Pi, math.Pi)
}

// stanford has a slide for its third joint.
func stanford(t testing.TB) *Chain {
	return placed(t, []Link{
		{Alpha: -90 * deg, D: 0.4, Min: -math.Pi, Max: math.Pi}, {Alpha: 90 * deg, D: 0.15, Min: -math.Pi, Max: math.Pi},
		{Kind: Prismatic, Min: 0.2, Max: 1}}, wrist(0, 0.2), -math.Pi, math.Pi)
}

// lift is a horizontal arm with a slide up and down, and a wrist.
func lift(t testing.TB) *Chain {
	return placed(t, []Link{
		{A: 0.4, D: 0.3, Min: -math.Pi, Max: math.Pi}, {A: 0.3, Min: -math.Pi, Max: math.Pi},
		{Kind: Prismatic, Alpha: 90 * deg, Min: -0.4, Max: 0.4}}, wrist(0.1, 0.1), -math.Pi, math.Pi)
}

// tilted6 is of the kind of the UR arms, but without right angles in its wrist and at its
// shoulder.
func tilted6(t testing.TB) *Chain {
	return placed(t, nil, []Link{{A: 0.05, Alpha: 70 * deg, D: 0.1}, {A: -0.4, D: 0.1}, {A: 0.35, D: -0.05, Theta: 0.4},
		{A: 0.03, Alpha: 80 * deg, D: 0.1}, {Alpha: -60 * deg, D: 0.09}, {A: 0.02, Alpha: 10 * deg, D: 0.08, Theta: 1}}, -2*math.Pi, 2*math.Pi)
}

// tilted5 is the same less the last axis.
func tilted5(t testing.TB) *Chain {
	return placed(t, nil, []Link{{A: 0.05, Alpha: 70 * deg, D: 0.1}, {A: -0.4, D: 0.1}, {A: 0.35, D: -0.05, Theta: 0.4},
		{A: 0.03, Alpha: 80 * deg, D: 0.1}, {A: 0.02, Alpha: -60 * deg, D: 0.09, Theta: 1}}, -math.Pi, math.Pi)
}

// general6 has no structure at all, and so no closed form here.
func general6(t testing.TB) *Chain {
	return placed(t, nil, []Link{{A: 0.1, Alpha: 50 * deg, D: 0.3}, {A: 0.3, Alpha: 35 * deg, D: 0.1}, {A: 0.2, Alpha: -70 * deg, D: -0.1},
		{A: 0.1, Alpha: 60 * deg, D: 0.4}, {A: 0.05, Alpha: -75 * deg, D: 0.1}, {A: 0.05, Alpha: 20 * deg, D: 0.1}}, -math.Pi, math.Pi)
}

// closedForms are machines with the form that they have.
var closedForms = []struct {
	name string
	make func(testing.TB) *Chain
	form Form
}{
	{"5R", arm5, ParallelArm}, {"UR5", ur5, ParallelArm}, {"tilted 6R", tilted6, ParallelArm}, {"tilted 5R", tilted5, ParallelArm},
	{"industrial 6R", offset6, SphericalWrist}, {"Puma", puma, SphericalWrist}, {"crooked 6R", crooked, SphericalWrist},
	{"Scara 6R", scara6, SphericalWrist}, {"Stanford 2RP3R", stanford, SphericalWrist}, {"lift 2RP3R", lift, SphericalWrist},
	{"gantry 3P3R", gantry, SphericalWrist},
}

var machines = []struct {
	name string
	make func(testing.TB) *Chain
}{
	{"5R", arm5}, {"6R", ur5}, {"3P3R", gantry}, {"7R", arm7}, {"6R industrial", offset6}, {"6R crooked", crooked}, {"6R general", general6},
	{"2RP3R", stanford}, {"5R tilted", tilted5},
}

// joints draws joint values within the limits.
func joints(t *rapid.T, c *Chain, label string) []float64 {
	q := make([]float64, c.Joints())
	for i := range q {
		lo, hi := c.searchRange(i)
		q[i] = rapid.Float64Range(lo, hi).Draw(t, label)
	}
	return q
}

// uniform is a small generator of numbers in [lo, hi) for the tests that need many.
type uniform uint64

func (u *uniform) next(lo, hi float64) float64 {
	*u = *u*6364136223846793005 + 1442695040888963407
	return lo + (hi-lo)*float64(*u>>11)/(1<<53)
}

func (u *uniform) joints(c *Chain, q []float64) {
	for i := range q {
		q[i] = u.next(c.searchRange(i))
	}
}

func drawVec(t *rapid.T, size float64, label string) [3]float64 {
	g := rapid.Float64Range(-size, size)
	return [3]float64{g.Draw(t, label), g.Draw(t, label), g.Draw(t, label)}
}

func drawPose(t *rapid.T, label string) Pose {
	return FromRPY(drawVec(t, 3, label), drawVec(t, 7, label))
}

// near fails unless the poses agree to tol metres and radians.
func near(t rapid.TB, what string, got, want Pose, tol float64) {
	t.Helper()
	d, a := Distance(got, want)
	if !(d <= tol) || !(a <= tol) {
		t.Fatalf("%s: %.3g m and %.3g rad off:\n got %v\nwant %v", what, d, a, got, want)
	}
}

func within(t rapid.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Fatalf("%s is %v; want %v to within %v", what, got, want, tol)
	}
}
