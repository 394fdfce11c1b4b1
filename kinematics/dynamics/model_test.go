package dynamics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
)

func TestAModelRefusesWhatNoMachineIsAndSaysWhy(t *testing.T) {
	c := mustChain(t, kinematics.Identity(), ur5Links(), kinematics.Identity())
	good := ur5Bodies()
	with := func(i int, b Body) []Body {
		l := slices.Clone(good)
		l[i] = b
		return l
	}
	drive := func(d Drive) []Drive { return append(make([]Drive, 5), d) }
	for _, k := range []struct {
		bodies  []Body
		drives  []Drive
		gravity [3]float64
		want    string
	}{
		{good[:5], nil, down, "5 bodies for a chain of 6 joints"},
		{good, make([]Drive, 2), down, "2 drives for a chain of 6 joints"},
		{good, nil, [3]float64{0, 0, math.NaN()}, "gravity"},
		{with(2, Body{Mass: -1}), nil, down, "joint 3: mass -1 kg must not be negative"},
		{with(0, Body{Mass: math.Inf(1)}), nil, down, "joint 1: mass +Inf"},
		{with(1, Body{Inertia: [6]float64{1, 1, 1}}), nil, down, "joint 2: inertia [1 1 1 0 0 0] needs a mass"},
		{with(1, Body{Mass: 1, Inertia: [6]float64{1, 1, 3}}), nil, down, "joint 2: inertia [1 1 3 0 0 0] (Ixx, Iyy"},
		{with(1, Body{Mass: 1, Inertia: [6]float64{0, 0, 0, 1}}), nil, down, "no rigid body"},
		{with(1, Body{Mass: 1, Inertia: [6]float64{1, 1, 1, 0.9}}), nil, down, "no rigid body"},
		{with(1, Body{Mass: 1, Inertia: [6]float64{-1, 1, 1}}), nil, down, "no rigid body"},
		{good, drive(Drive{Viscous: -1}), down, "joint 6: rotor 0, viscous -1"},
		{good, drive(Drive{Coulomb: 1}), down, "joint 6: dry friction needs a creep velocity"},
		{good, drive(Drive{Rotor: math.NaN()}), down, "joint 6: rotor NaN"},
	} {
		if _, err := New(c, k.bodies, k.drives, k.gravity); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("the error is %v; it should hold %q", err, k.want)
		}
	}
	m := ur5(t)
	if _, err := m.WithPayload(Body{Mass: -2}); err == nil || !strings.Contains(err.Error(), "payload: mass -2") {
		t.Errorf("a payload of -2 kg gives %v", err)
	}
}

func TestBodiesOfMatterAreGoodBodies(t *testing.T) {
	u := uniform(3)
	for range 1000 {
		if b := u.body(); b.Check() != nil {
			t.Fatal(b.Check())
		}
	}
	for name, b := range map[string]Body{
		"nothing":  {},
		"point":    {Mass: 2, Centre: [3]float64{1, 2, 3}},
		"thin rod": {Mass: 1, Inertia: Box(1, 1, 0, 0)},
		"disc":     {Mass: 1, Inertia: Cylinder(1, 0.5, 0)},
	} {
		if err := b.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAModelWasMadeOfCanBeRead(t *testing.T) {
	m := ur5(t)
	if m.Joints() != 6 || m.Gravity() != down || m.Chain().Link(1).A != -0.425 {
		t.Errorf("%d joints, gravity %v, link 2 %+v", m.Joints(), m.Gravity(), m.Chain().Link(1))
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	m := ur5(t)
	six, five := make([]float64, 6), make([]float64, 5)
	for name, wrong := range map[string]func(){
		"Torques":         func() { m.Torques(six, six, five, Wrench{}, six) },
		"Accelerations":   func() { _ = m.Accelerations(six, five, six, Wrench{}, six) },
		"Bias":            func() { m.Bias(six, six, Wrench{}, five) },
		"MassMatrix":      func() { m.MassMatrix(six, six) },
		"SolveMass":       func() { _ = m.SolveMass(five, six) },
		"GravityTorques":  func() { m.GravityTorques(six, five) },
		"FrictionTorques": func() { m.FrictionTorques(six, five) },
		"Compensation":    func() { m.Compensation(six, five, six) },
		"Energy":          func() { m.Energy(six, five) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, "6 joints") {
					t.Errorf("%s: panic %q; it should say how many joints there are", name, s)
				}
			}()
			wrong()
		}()
	}
}

func TestACycleDoesNotAllocate(t *testing.T) {
	u := uniform(9)
	large, _ := u.machine(t, kinematics.MaxJoints, true)
	for _, m := range []*Model{arm5(t), ur5(t), large} {
		n := m.Joints()
		q, qd, qdd, tau, mass := u.values(n, 1), u.values(n, 1), u.values(n, 1), make([]float64, n), make([]float64, n*n)
		w := u.wrench()
		for name, work := range map[string]func(){
			"Torques":       func() { m.Torques(q, qd, qdd, w, tau) },
			"Bias":          func() { m.Bias(q, qd, w, tau) },
			"Compensation":  func() { m.Compensation(q, qd, tau); m.FrictionTorques(qd, tau) },
			"MassMatrix":    func() { m.MassMatrix(q, mass) },
			"SolveMass":     func() { _ = m.SolveMass(q, tau) },
			"Accelerations": func() { _ = m.Accelerations(q, qd, tau, w, qdd) },
			"Energy":        func() { m.Energy(q, qd) },
			"Along":         func() { w = w.Along(m.chain.Tool()) },
		} {
			if k := testing.AllocsPerRun(50, work); k != 0 {
				t.Errorf("%s of %d joints allocates %v times", name, n, k)
			}
		}
	}
}

func TestEqualArgumentsGiveEqualBits(t *testing.T) {
	u := uniform(4)
	m, _ := u.machine(t, 6, true)
	q, qd, qdd, w := u.values(6, 3), u.values(6, 3), u.values(6, 3), u.wrench()
	first, next := make([]float64, 6), make([]float64, 6)
	m.Torques(q, qd, qdd, w, first)
	for range 10 {
		m.Torques(q, qd, qdd, w, next)
		if !slices.Equal(first, next) {
			t.Fatalf("once %v, then %v", first, next)
		}
	}
}
