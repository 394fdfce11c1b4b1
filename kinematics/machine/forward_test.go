package machine

import (
	"errors"
	"math"
	"strings"
	"testing"

	"linetwin.dev/kinematics"
	"pgregory.net/rapid"
)

// rot turns v about axis 0, 1 or 2.
func rot(axis int, angle float64, v [3]float64) [3]float64 {
	var w [3]float64
	w[axis] = angle
	return kinematics.Pose{R: kinematics.ExpSO3(w)}.Rotate(v)
}

// LinuxCNC's P is the gauge point as it would lie over the tip with the tool upright;
// the tip is a tool's length below it.
func TestTablesHaveTheFormsOfLinuxCNC(t *testing.T) {
	for _, c := range []struct {
		name   string
		tilt   int // axis of A or B
		offset func(d, z float64) [3]float64
	}{
		{"XYZAC-TRT", 0, func(d, z float64) [3]float64 { return [3]float64{0, d, z} }},
		{"XYZBC-TRT", 1, func(d, z float64) [3]float64 { return [3]float64{d, 0, z} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := drawVec(t, 0.3, "rotation point")
				off := drawVec(t, 0.1, "offset")
				length := rapid.Float64Range(0, 0.3).Draw(t, "tool")
				m, err := Named(c.name, Geometry{Table: r, Offset: c.offset(off[0], off[1])})
				if err != nil {
					t.Fatal(err)
				}
				m = m.WithTool([3]float64{0, 0, length})
				q := drawJoints(t, &m, "joints")
				// P - r = Rz(-C) (d + R(-A) (J - r - d)), d = (0, dy, dz + tool)
				d := c.offset(off[0], off[1]+length)
				p := add(r, rot(2, -q[4], add(d, rot(c.tilt, -q[3], sub(sub([3]float64{q[0], q[1], q[2]}, r), d)))))
				tip, axis := m.Forward(q)
				close3(t, "tip", tip, sub(p, [3]float64{0, 0, length}), 1e-14)
				close3(t, "axis", axis, rot(2, -q[4], rot(c.tilt, -q[3], [3]float64{0, 0, 1})), 1e-15)
			})
		})
	}
}

func TestTheForkHeadHasTheFormOfLinuxCNC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pivot := rapid.Float64Range(0, 0.4).Draw(t, "L")
		w := rapid.Float64Range(0, 0.3).Draw(t, "W")
		m, err := Named("XYZBC-HH", Geometry{Pivot: [3]float64{0, 0, pivot}})
		if err != nil {
			t.Fatal(err)
		}
		m = m.WithTool([3]float64{0, 0, w})
		q := drawJoints(t, &m, "joints")
		sb, cb := math.Sincos(q[3])
		sc, cc := math.Sincos(q[4])
		// P = J + (0, 0, L) + (L + W) (sinB cosC, sinB sinC, -cosB)
		want := [3]float64{q[0] + (pivot+w)*sb*cc, q[1] + (pivot+w)*sb*sc, q[2] + pivot - (pivot+w)*cb}
		tip, axis := m.Forward(q)
		close3(t, "tip", tip, want, 1e-14)
		close3(t, "axis", axis, [3]float64{-sb * cc, -sb * sc, cb}, 1e-15)
	})
}

func TestAProgramComesBackFromItsJoints(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			q, back := make([]float64, m.Axes()), make([]float64, m.Axes())
			rapid.Check(t, func(t *rapid.T) {
				point := drawVec(t, 0.5, "point")
				angles := drawJoints(t, &m, "angles")[3:]
				m.FromProgram(point, angles, q)
				p, a := m.ToProgram(q, nil)
				close3(t, "point", p, point, 1e-14)
				for i := range a {
					within1(t, "angle", a[i], angles[i], 0)
				}
				m.FromAxes(point, angles, q)
				p, a = m.ToAxes(q, a)
				close3(t, "plain point", p, point, 1e-14)
				m.FromAxes(p, a, back)
				for i := range q {
					within1(t, "joint", back[i], q[i], 1e-14)
				}
			})
		})
	}
}

func TestWithTheRotaryAxesAtZeroAProgramOnlyMovesByItsOffsets(t *testing.T) {
	for _, m := range every(t) {
		tcp, plain := make([]float64, m.Axes()), make([]float64, m.Axes())
		point, angles := [3]float64{0.1, 0.2, 0.3}, make([]float64, m.Rotaries())
		m.FromProgram(point, angles, tcp)
		m.FromAxes(point, angles, plain)
		for i := range tcp {
			within1(t, m.Name(), tcp[i], plain[i], 1e-15)
		}
	}
}

func TestAReversedAxisTurnsTheOtherWay(t *testing.T) {
	for _, name := range Types() {
		a := named(t, name, Geometry{Pivot: [3]float64{0, 0, 0.1}})
		b := named(t, name, Geometry{Pivot: [3]float64{0, 0, 0.1}, ReverseTilt: true, ReverseTurn: true})
		pa, ua := a.Forward([]float64{0.1, 0.2, 0.3, 0.4, 0.5})
		pb, ub := b.Forward([]float64{0.1, 0.2, 0.3, -0.4, -0.5})
		close3(t, name+" tip", pa, pb, 1e-16)
		close3(t, name+" axis", ua, ub, 1e-16)
	}
}

func TestAxesGoByNameWhicheverCarriesTheOther(t *testing.T) {
	for _, name := range Types() {
		m := named(t, name, Geometry{Tilt: Range{-1, 1}, Turn: Range{-7, 7}})
		got := ""
		for i := range m.Axes() {
			got += m.AxisName(i)
			if j, ok := m.Axis(m.AxisName(i)); !ok || j != i {
				t.Errorf("%s: axis %s is %d, %v", name, m.AxisName(i), j, ok)
			}
		}
		if got != name[:5] {
			t.Errorf("%s has axes %s", name, got)
		}
		if lo, hi := m.Limits(3); lo != -1 || hi != 1 {
			t.Errorf("%s: tilt goes from %v to %v", name, lo, hi)
		}
		if _, ok := m.Axis("W"); ok {
			t.Errorf("%s has an axis W", name)
		}
	}
}

func TestTheJacobianIsTheDerivativeOfForward(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				q := drawJoints(t, &m, "q")
				var j [MaxAxes]Column
				p, u := m.Jacobian(q, &j)
				pf, uf := m.Forward(q)
				close3(t, "tip", p, pf, 1e-14)
				close3(t, "axis", u, uf, 1e-14)
				for i, v := range q {
					const h = 1e-5
					q[i] = v + h
					pa, ua := m.Forward(q)
					q[i] = v - h
					pb, ub := m.Forward(q)
					q[i] = v
					close3(t, "tip's velocity by "+m.AxisName(i), j[i].Point, scale(sub(pa, pb), 1/(2*h)), 1e-9)
					close3(t, "axis' velocity by "+m.AxisName(i), j[i].Axis, scale(sub(ua, ub), 1/(2*h)), 1e-9)
				}
			})
		})
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	x, z := [3]float64{1, 0, 0}, [3]float64{0, 0, 1}
	for want, c := range map[string]Config{
		"3 rotary axes; the most is 2":              {Rotary: make([]Rotary, 3)},
		"axes A and C are parallel":                 {Rotary: []Rotary{{Name: "A", Direction: x}, {Name: "C", Direction: [3]float64{-2, 0, 0}}}},
		"axis A: direction [0 0 0]":                 {Rotary: []Rotary{{Name: "A"}}},
		"rotary axis 2 has no name":                 {Rotary: []Rotary{{Name: "A", Direction: x}, {Direction: z}}},
		"two axes are called Z":                     {Rotary: []Rotary{{Name: "Z", Direction: x}}},
		"axis B: its range is empty":                {Rotary: []Rotary{{Name: "B", Direction: x, Range: Range{1, -1}}}},
		"axis Y: its range is empty":                {Linear: [3]Range{1: {0, math.NaN()}}},
		"neither the table nor the head":            {Rotary: []Rotary{{Name: "A", Direction: x, Side: 7}}},
		"axis C: direction [0 0 1] and pivot [+Inf": {Name: "M", Rotary: []Rotary{{Name: "C", Direction: z, Pivot: [3]float64{math.Inf(1)}}}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if _, err := Named("XYZAB-HH", Geometry{}); err == nil || !strings.Contains(err.Error(), "XYZAC-TRT, XYZBC-TRT") {
		t.Errorf("error %v does not list the types", err)
	}
}

func TestCheckNamesTheAxisBeyondItsLimit(t *testing.T) {
	m := named(t, "XYZBC-HH", Geometry{Linear: [3]Range{{-1, 1}, {-1, 1}, {-1, 1}}, Tilt: Range{-2, 2}})
	if err := m.Check([]float64{0, 1, -1, 2, 1000}); err != nil {
		t.Error(err)
	}
	var l *LimitError
	if err := m.Check([]float64{0, 0, 0, -2.5, 0}); !errors.As(err, &l) || l.Axis != "B" || !strings.Contains(err.Error(), "axis B would be at -2.5") {
		t.Errorf("error is %v", err)
	}
	if m.Check([]float64{0, math.NaN(), 0, 0, 0}) == nil {
		t.Error("NaN passes")
	}
}
