package jerk_test

import (
	"math"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

func TestSingleMovesTakeWhatTheirClosedFormsSay(t *testing.T) {
	for _, c := range []struct {
		name    string
		way     float64
		v, a, j float64
		want    float64
	}{
		{"no limit but jerk is met", 1, 10, 10, 2, 4 * math.Cbrt(1./4)},
		{"acceleration is met", 1, 10, 1, 2, 0.5 + math.Sqrt(0.25+4)},
		{"velocity and acceleration are met", 1, 0.6, 1, 2, 1/0.6 + 0.6 + 0.5},
		{"velocity is met, acceleration is not", 1, 0.4, 1, 2, 1/0.4 + 2*math.Sqrt(0.4/2)},
		{"huge jerk is a trapezoid", 1, 0.5, 1, 1e12, 2.5},
		{"micrometres", 1e-6, 0.5, 2, 40, 4 * math.Cbrt(1e-6/80)},
		{"kilometres", 1e6, 0.5, 2, 40, 2e6 + 0.25 + 0.05},
	} {
		var pr jerk.Profile
		for _, sign := range []float64{1, -1} {
			l := jerk.Symmetric(c.v, c.a, c.j)
			if err := pr.Plan(jerk.State{}, jerk.State{P: sign * c.way}, &l); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if d := pr.Duration(); math.Abs(d-c.want) > 1e-9*c.want {
				t.Errorf("%s: %v s, not %v s", c.name, d, c.want)
			}
		}
	}
}

// Durations that Ruckig's own tests state, to the digits that they have.
func TestDurationsAreThoseThatRuckigPublishes(t *testing.T) {
	type axis struct {
		from, to jerk.State
		v, a, j  float64
	}
	for i, c := range []struct {
		want, digits float64
		axes         []axis
	}{
		{2.2319602829, 1e-10, []axis{{jerk.State{V: 0.3}, jerk.State{P: 1}, 1, 1, 2}}},
		{2.410315834, 1e-10, []axis{{jerk.State{V: 0.3}, jerk.State{P: 1}, 0.6, 1, 2}}},
		{2.7338531701, 1e-10, []axis{{jerk.State{V: 0.2}, jerk.State{P: -1}, 10, 10, 2}}},
		{5.6053274785, 1e-10, []axis{{jerk.State{P: -1, V: 0.2}, jerk.State{P: 1}, 0.4, 1, 2}}},
		{38.3409477609, 1e-10, []axis{{ // a start far outside the limit of velocity
			jerk.State{P: -7.962737259350095, V: -0.8844863500141733, A: 2.252932547031004}, jerk.State{P: -3.547368989678775, A: 0.217242176687843}, 0.1241065584614779, 1.808598147153279, 2.516849090900998}}},
		{0.9, 1e-12, []axis{{ // one jerk, then the greatest acceleration: nothing else is as quick
			jerk.State{P: 0.0001215, V: 0.00405, A: 0.09}, jerk.State{P: 0.1421083333333333, V: 0.37, A: 0.5}, 1, 0.5, 1}}},
		{0.58, 1e-12, []axis{{jerk.State{P: 0.02853333333333339, V: 0.68, A: 8}, jerk.State{}, 1, 10, 100}}},
		{0.4119588818, 1e-10, []axis{{jerk.State{}, jerk.State{P: 40000}, 180000, 2e6, 2e7}}},
		{1921.0797627836, 1e-10, []axis{
			{jerk.State{P: -5.54640573838539, V: 0.824843228617216, A: -0.119403564898501}, jerk.State{P: -1.58293112753888, V: -1.59453676324393, A: -0.664429703711622}, 12.9892953062198, 4.2162106624246, 8.03496976453435},
			{jerk.State{P: -2.34195463203842, V: -1.03863337183304, A: 0.923861820607788}, jerk.State{P: 0.383405919465141}, 3.74169932927481, 10.2906731766853, 0.200684346397485},
			{jerk.State{P: 5.10070661762967, V: -0.749451523227729, A: 3.04022341347259}, jerk.State{P: 5.79349604610299, V: -0.0693173526513803}, 1.42398447457303, 2.1869079548297, 0.0848503482861296},
		}},
		{4.6277455678, 1e-10, []axis{
			{jerk.State{P: -6.49539540831446, V: -1.14327601654428, A: -1.73501068960131}, jerk.State{P: 4.4676187540058, V: -0.544559915133859, A: -1.31832055647831}, 8.65978706670502, 3.40137210377608, 10.9542353113865},
			{jerk.State{P: 6.14883133273172, V: 0.00991019970085593, A: -0.584885092422228}, jerk.State{P: 2.93367894961155, V: 0.298517792372943}, 5.94921088330542, 4.04166318018487, 3.11056302676629},
			{jerk.State{P: -2.02636240900911, V: -1.00932863927626}, jerk.State{P: -0.646008452514058, V: 1.6058847848484}, 10.7652253566829, 10.8617860610581, 0.798055744482636 + 9e-12},
		}},
		{8.8739464323, 1e-10, []axis{
			{jerk.State{P: 7.06378251402596, V: 0.436985859305842, A: -0.80835350359544}, jerk.State{P: 4.40606827118048, V: 0.555084596169823, A: 0.463000173872542}, 7.97399137456765, 5.44679859206862, 7.88958080921515},
			{jerk.State{P: -2.4834697862831, V: 0.0708113515655622}, jerk.State{P: -2.84629921001043}, 2.68591430972239, 7.61752909348119, 5.26855927512131},
			{jerk.State{P: -0.843847405371359, V: -0.751266816040307, A: -0.355284934641626}, jerk.State{P: -2.91829890043522, V: -1.24631524923535}, 9.54987666746364, 0.473482772614085, 0.764061581326592},
		}},
		{3.99333, 2e-6, []axis{
			{jerk.State{P: -19.93333333333424, V: 10}, jerk.State{P: 20, V: 10}, 10, 15, 15},
			{jerk.State{P: -0.4983333333333563, V: 0.25}, jerk.State{P: 0.5, V: 0.25}, 10, 15, 5},
			{jerk.State{}, jerk.State{P: 0.2}, 10, 15, 2},
		}},
	} {
		var m jerk.Move
		for _, a := range c.axes {
			m.From, m.To, m.Limits = append(m.From, a.from), append(m.To, a.to), append(m.Limits, jerk.Symmetric(a.v, a.a, a.j))
		}
		var tr jerk.Trajectory
		if err := tr.Plan(m); err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		if d := tr.Duration(); math.Abs(d-c.want) > c.digits*c.want {
			t.Errorf("case %d: %v s, not %v s", i, d, c.want)
		}
	}
	l := jerk.Limits{MaxV: 10.01369296498101, MinV: -1.94898305867544, MaxA: 14.72621077848741, MinA: -0.6829625196960336, MaxJ: 7.770133554060553}
	var pr jerk.Profile
	if err := pr.Plan(jerk.State{P: 0.3736320740840176, V: -0.60486324450823, A: -0.4953501898933239}, jerk.State{P: 0.233562911156468}, &l); err != nil || math.Abs(pr.Duration()-1.08732372) > 1e-8 {
		t.Errorf("other limits in each direction: %v s (%v)", pr.Duration(), err)
	}
	l = jerk.Symmetric(10, 39.985493163190093, 333.30552725335713)
	if err := pr.PlanVelocity(jerk.State{V: 3.419457262382001, A: 27.722541632719086}, 5.1559110036108979, 0, &l); err != nil || math.Abs(pr.Duration()-0.1030382161) > 1e-10 {
		t.Errorf("a change of velocity: %v s (%v)", pr.Duration(), err)
	}
}

func TestWhereNothingIsToDoNothingIsDone(t *testing.T) {
	l := jerk.Symmetric(1, 2, 3)
	for _, s := range []jerk.State{{}, {P: 5}, {P: 1, V: 0.5}, {V: 1}, {V: -1}, {P: 3, V: 0.2, A: 0.7}, {V: 0.1, A: -0.4}} {
		var pr jerk.Profile
		if err := pr.Plan(s, s, &l); err != nil || pr.Duration() != 0 || pr.Phases() != 0 || pr.At(0) != s {
			t.Errorf("%+v: %v s in %d phases (%v)", s, pr.Duration(), pr.Phases(), err)
		}
	}
}

func TestAfterItsEndAMotionGoesOn(t *testing.T) {
	l := jerk.Symmetric(1, 2, 3)
	var pr jerk.Profile
	if err := pr.Plan(jerk.State{}, jerk.State{P: 1, V: 0.5}, &l); err != nil {
		t.Fatal(err)
	}
	if s := pr.At(pr.Duration() + 2); s != (jerk.State{P: 2, V: 0.5}) {
		t.Errorf("2 s after the end: %+v", s)
	}
	if s := pr.At(-1); s != (jerk.State{}) {
		t.Errorf("before the start: %+v", s)
	}
	if s := pr.At(0); pr.Jerk(0) != 3 || s.A != 0 {
		t.Errorf("at the start: %+v, jerk %v", s, pr.Jerk(0))
	}
}

func TestAVelocityAboveItsLimitIsLoweredWithoutFallingBelow(t *testing.T) {
	// As after an override of 30 %.
	l := jerk.Limits{MaxV: 0.3, MaxA: 2, MinA: -2, MaxJ: 40}
	for _, a := range []float64{-2, -1, 0, 1, 2, 3} {
		var pr jerk.Profile
		if err := pr.Plan(jerk.State{V: 1, A: a}, jerk.State{P: 5}, &l); err != nil {
			t.Fatal(err)
		}
		slow := false
		for k := range 1000 {
			s := pr.At(pr.Duration() * float64(k) / 2000)
			slow = slow || s.V < 0.3*(1+1e-12)
			if slow && math.Abs(s.V-0.3) > 1e-12 {
				t.Fatalf("from acceleration %v: velocity %v after it was 0.3", a, s.V)
			}
		}
		if !slow {
			t.Errorf("from acceleration %v: never slower", a)
		}
	}
}
