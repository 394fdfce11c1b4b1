package kinematics

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

func TestForwardAgreesWithThePublishedUR5(t *testing.T) {
	p := ur5(t).Forward([]float64{0.3, 0.3, 0.3, 0.3, 0.3, 0.3})
	// KDL, Pinocchio and an independent program agree on these digits.
	for i, want := range [3]float64{-0.585284050, -0.377602510, -0.335805020} {
		within(t, "position", p.P[i], want, 5e-10)
	}
}

func TestForwardIsTheProductOfTheDHTransforms(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			rapid.Check(t, func(t *rapid.T) {
				q := joints(t, c, "q")
				p := c.Base()
				frames := make([]Pose, c.Joints())
				c.Frames(q, frames)
				for i, v := range q {
					l := c.Link(i)
					theta, d := l.Theta+v, l.D
					if l.Kind == Prismatic {
						theta, d = l.Theta, l.D+v
					}
					p = p.Mul(Pose{R: ExpSO3([3]float64{0, 0, theta}), P: [3]float64{0, 0, d}}).
						Mul(Pose{R: ExpSO3([3]float64{l.Alpha, 0, 0}), P: [3]float64{l.A, 0, 0}})
					near(t, "frame", frames[i], p, 1e-14)
				}
				tool := p.Mul(c.Tool())
				near(t, "tool", c.Forward(q), tool, 1e-14)
				d, _ := Distance(tool, c.Base())
				if d > c.Reach()+1e-12 {
					t.Fatalf("tool is %v m from the base, beyond the reach of %v m", d, c.Reach())
				}
			})
		})
	}
}

func TestTheReferenceArmPointsItsToolDown(t *testing.T) {
	c := arm5(t)
	// Upper arm raised by 40 degrees, forearm back down, wrist so that the tool hangs.
	p := c.Forward([]float64{0.3, -40 * deg, 70 * deg, -30 * deg, 1})
	z := p.Rotate([3]float64{0, 0, 1})
	within(t, "tool axis x", z[0], 0, 1e-15)
	within(t, "tool axis y", z[1], 0, 1e-15)
	within(t, "tool axis z", z[2], -1, 1e-15)
}

func TestNewChainNamesTheJointAtFault(t *testing.T) {
	good := Link{A: 1, Min: -1, Max: 1}
	bent := Identity()
	bent.R[1] = 0.1
	cases := []struct {
		name       string
		base, tool Pose
		links      []Link
		want       string
	}{
		{"no joints", Identity(), Identity(), nil, "1 to 16"},
		{"too many", Identity(), Identity(), make([]Link, 17), "17 joints"},
		{"base", bent, Identity(), []Link{good}, "base: rotation"},
		{"tool", Identity(), Pose{}, []Link{good}, "tool: rotation is all zero"},
		{"limits", Identity(), Identity(), []Link{good, {Min: 1, Max: 1}}, "joint 2: limits are empty: Min 1 must be below Max 1"},
		{"not a number", Identity(), Identity(), []Link{{A: math.NaN(), Min: -1, Max: 1}}, "joint 1: link has A NaN"},
		{"limit not a number", Identity(), Identity(), []Link{{Min: math.NaN(), Max: 1}}, "joint 1: limits are empty: Min NaN"},
		{"endless slide", Identity(), Identity(), []Link{{Kind: Prismatic, Min: 0, Max: math.Inf(1)}}, "joint 1: a prismatic"},
		{"kind", Identity(), Identity(), []Link{{Kind: 7, Min: 0, Max: 1}}, "joint 1: Kind(7)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewChain(c.base, c.links, c.tool); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v does not say %q", err, c.want)
			}
		})
	}
}

func TestAWrongNumberOfJointValuesPanics(t *testing.T) {
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, "2 joint values for a chain of 5") {
			t.Fatalf("recovered %v", r)
		}
	}()
	arm5(t).Forward([]float64{1, 2})
}

func TestJacobianIsTheDerivativeOfForward(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			rapid.Check(t, func(t *rapid.T) {
				q := joints(t, c, "q")
				var j Jacobian
				p := c.Jacobian(q, &j)
				near(t, "pose", p, c.Forward(q), 0)
				for i, v := range q {
					const h = 1e-5
					q[i] = v + h
					a := c.Forward(q)
					q[i] = v - h
					b := c.Forward(q)
					q[i] = v
					turn := LogSO3(a.Mul(Pose{R: transpose(&b.R)}).R)
					for k := range 3 {
						within(t, "linear", j.Col[i][k], (a.P[k]-b.P[k])/(2*h), 1e-9)
						within(t, "angular", j.Col[i][3+k], turn[k]/(2*h), 1e-9)
					}
				}
			})
		})
	}
}

func TestTheTransposedJacobianConservesPower(t *testing.T) {
	c := arm5(t)
	rapid.Check(t, func(t *rapid.T) {
		var j Jacobian
		c.Jacobian(joints(t, c, "q"), &j)
		qd := joints(t, c, "qd")
		f, m := drawVec(t, 10, "force"), drawVec(t, 10, "moment")
		wrench := [6]float64{f[0], f[1], f[2], m[0], m[1], m[2]}
		torque := make([]float64, 5)
		j.MulTranspose(wrench, torque)
		var in, out float64
		for i := range qd {
			in += torque[i] * qd[i]
		}
		twist := j.Mul(qd)
		for i := range wrench {
			out += wrench[i] * twist[i]
		}
		within(t, "power", in, out, 1e-11)
	})
}

func TestManipulabilityVanishesWhereTheArmIsStretched(t *testing.T) {
	c := arm5(t)
	keep := [6]bool{true, true, true} // position only
	var j Jacobian
	c.Jacobian([]float64{0.2, -0.9, 1.2, -0.3, 0}, &j)
	if m := j.Manipulability(keep); m < 0.01 {
		t.Errorf("bent arm: %v", m)
	}
	c.Jacobian([]float64{0.2, -0.9, 0, -90 * deg, 0}, &j) // all links in one line
	if m := j.Manipulability(keep); m > 1e-8 {
		t.Errorf("stretched arm: %v", m)
	}
	if m := j.Manipulability([6]bool{true, true, true, true, true, true}); m != 0 {
		t.Errorf("six rows, five joints: %v", m)
	}
}

func TestSingularValuesAreThoseOfTheJacobian(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			c := m.make(t)
			rapid.Check(t, func(t *rapid.T) {
				var j Jacobian
				c.Jacobian(joints(t, c, "q"), &j)
				length := rapid.Float64Range(0.1, 2).Draw(t, "length")
				dense := mat.NewDense(6, j.N, nil)
				for i, col := range j.Col[:j.N] {
					for r, v := range col {
						if r < 3 {
							v /= length
						}
						dense.Set(r, i, v)
					}
				}
				var svd mat.SVD
				if !svd.Factorize(dense, mat.SVDNone) {
					t.Skip("gonum gives up")
				}
				want := svd.Values(nil)
				got := make([]float64, 6)
				most, least := j.SingularValues(length, got)
				for i := range want {
					within(t, "singular value", got[i], want[i], 1e-13*want[0])
				}
				within(t, "the largest", most, got[0], 0)
				within(t, "the least", least, got[len(want)-1], 0)
			})
		})
	}
}
