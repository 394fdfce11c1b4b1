package dynamics

import (
	"math"
	"testing"

	"linetwin.dev/kinematics"
	"pgregory.net/rapid"
)

const deg = math.Pi / 180

var down = [3]float64{0, 0, -9.81}

func ur5Links() []kinematics.Link {
	l := []kinematics.Link{
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
	return l
}

// ur5Bodies has the published masses and centres of mass of Universal Robots' UR5.
func ur5Bodies() []Body {
	return []Body{
		{3.7, [3]float64{0, -0.02561, 0.00193}, [6]float64{0.0100, 0.0110, 0.0067, 0.0004, -0.0003, 0.0002}},
		{8.393, [3]float64{0.2125, 0, 0.11336}, [6]float64{0.0151, 0.2260, 0.2267, 0.0011, 0.0023, -0.0007}},
		{2.33, [3]float64{0.15, 0, 0.0265}, [6]float64{0.0041, 0.0494, 0.0496, -0.0005, 0.0012, 0.0003}},
		{1.219, [3]float64{0, -0.0018, 0.01634}, [6]float64{0.0022, 0.0021, 0.0013, 0.0001, 0, -0.0002}},
		{1.219, [3]float64{0, 0.0018, 0.01634}, [6]float64{0.0022, 0.0020, 0.0014, 0, 0.0001, 0.0002}},
		{0.1879, [3]float64{0, 0, -0.001159}, [6]float64{0.00013, 0.00014, 0.00020, 0.00001, 0, 0}},
	}
}

func mustChain(t rapid.TB, base kinematics.Pose, links []kinematics.Link, tool kinematics.Pose) *kinematics.Chain {
	t.Helper()
	c, err := kinematics.NewChain(base, links, tool)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustModel(t rapid.TB, c *kinematics.Chain, bodies []Body, drives []Drive, gravity [3]float64) *Model {
	t.Helper()
	m, err := New(c, bodies, drives, gravity)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ur5 is the reference arm with six joints, without drives.
func ur5(t rapid.TB) *Model {
	return mustModel(t, mustChain(t, kinematics.Identity(), ur5Links(), kinematics.Identity()), ur5Bodies(), nil, down)
}

// arm5 is the reference arm with five joints.
func arm5(t rapid.TB) *Model {
	links := []kinematics.Link{
		{Alpha: -90 * deg, D: 0.4, Min: -3, Max: 3},
		{A: 0.42, Min: -3, Max: 3},
		{A: 0.38, Min: -3, Max: 3},
		{Alpha: -90 * deg, Min: -3, Max: 3},
		{D: 0.12, Min: -6, Max: 6},
	}
	bodies := []Body{
		{12, [3]float64{0, 0.1, 0.02}, Cylinder(12, 0.09, 0.3)},
		{9, [3]float64{-0.2, 0, 0.05}, Box(9, 0.45, 0.1, 0.12)},
		{5, [3]float64{-0.18, 0.01, 0}, Box(5, 0.4, 0.08, 0.1)},
		{2, [3]float64{0, 0.02, 0.03}, Cylinder(2, 0.05, 0.1)},
		{0.6, [3]float64{0, 0, -0.04}, Cylinder(0.6, 0.04, 0.08)},
	}
	return mustModel(t, mustChain(t, kinematics.Identity(), links, kinematics.Translation(0, 0, 0.05)), bodies, nil, down)
}

// uniform is a small generator of numbers in [lo, hi).
type uniform uint64

func (u *uniform) next(lo, hi float64) float64 {
	*u = *u*6364136223846793005 + 1442695040888963407
	return lo + (hi-lo)*float64(*u>>11)/(1<<53)
}

func (u *uniform) vector(size float64) [3]float64 {
	return [3]float64{u.next(-size, size), u.next(-size, size), u.next(-size, size)}
}

func (u *uniform) values(n int, size float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = u.next(-size, size)
	}
	return v
}

func (u *uniform) pose() kinematics.Pose { return kinematics.FromRPY(u.vector(0.5), u.vector(3)) }

// body made of six point masses, so that its inertia is one that matter can have.
func (u *uniform) body() Body {
	var b Body
	var at [6][3]float64
	var mass [6]float64
	for i := range at {
		at[i], mass[i] = u.vector(0.2), u.next(0.1, 2)
		b.Mass += mass[i]
		for k := range 3 {
			b.Centre[k] += mass[i] * at[i][k]
		}
	}
	for k := range 3 {
		b.Centre[k] /= b.Mass
	}
	for i, m := range mass {
		x, y, z := at[i][0]-b.Centre[0], at[i][1]-b.Centre[1], at[i][2]-b.Centre[2]
		for k, v := range [6]float64{y*y + z*z, z*z + x*x, x*x + y*y, -x * y, -x * z, -y * z} {
			b.Inertia[k] += m * v
		}
	}
	return b
}

func (u *uniform) wrench() Wrench { return Wrench{u.vector(50), u.vector(10)} }

// machine is a random chain with n joints of both kinds, any base, tool and gravity, and
// the bodies that it has.
func (u *uniform) machine(t rapid.TB, n int, friction bool) (*Model, []Body) {
	links, bodies, drives := make([]kinematics.Link, n), make([]Body, n), make([]Drive, n)
	for i := range n {
		links[i] = kinematics.Link{
			A: u.next(-0.4, 0.4), D: u.next(-0.3, 0.3), Theta: u.next(-3, 3),
			Alpha: [4]float64{0, 90 * deg, -90 * deg, u.next(-3, 3)}[int(u.next(0, 4))], Min: -2, Max: 2,
		}
		if u.next(0, 1) < 0.3 {
			links[i].Kind = kinematics.Prismatic
		}
		bodies[i] = u.body()
		drives[i].Rotor = u.next(0, 0.5)
		if friction {
			drives[i].Viscous, drives[i].Coulomb, drives[i].Creep = u.next(0, 3), u.next(0, 5), u.next(0.001, 0.1)
		}
	}
	return mustModel(t, mustChain(t, u.pose(), links, u.pose()), bodies, drives, u.vector(10)), bodies
}

// forMachines runs a property over random machines of 1 to 16 joints.
func forMachines(t *testing.T, friction bool, law func(t *rapid.T, u *uniform, m *Model)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		u := uniform(rapid.Uint64().Draw(t, "seed"))
		m, _ := u.machine(t, rapid.IntRange(1, kinematics.MaxJoints).Draw(t, "joints"), friction)
		law(t, &u, m)
	})
}

// near fails unless got is want to within tol, relative to the largest of all values.
func near(t rapid.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	size := 1.0
	for _, v := range want {
		size = max(size, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tol*size) {
			t.Fatalf("%s is\n %v; want\n %v to within %v of the largest", what, got, want, tol)
		}
	}
}
