package machine

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// wave is a smooth function of the path's parameter, and its jets.
type wave struct{ mid, size, rate, phase float64 }

func (w wave) at(s float64) Jet {
	sin, cos := math.Sincos(w.rate*s + w.phase)
	r := w.rate
	return Jet{w.mid + w.size*sin, w.size * r * cos, -w.size * r * r * sin, -w.size * r * r * r * cos}
}

func drawWave(t *rapid.T, mid, size float64, label string) wave {
	return wave{
		rapid.Float64Range(-mid, mid).Draw(t, label),
		rapid.Float64Range(-size, size).Draw(t, label),
		rapid.Float64Range(0.2, 1.5).Draw(t, label),
		rapid.Float64Range(0, 6).Draw(t, label),
	}
}

// differences checks the derivatives of jets, at 0 of the parameter, against differences
// of the next lower ones.
func differences(t *rapid.T, m *Machine, scale float64, at func(s float64) []Jet) {
	const h = 1e-4
	mid, a, b := at(0), at(h), at(-h)
	for i := range mid {
		for k := 1; k < 4; k++ {
			within1(t, "derivative of "+m.AxisName(i), mid[i][k], (a[i][k-1]-b[i][k-1])/(2*h), scale)
		}
	}
}

func TestDeriveIsTheDerivativeOfFromProgram(t *testing.T) {
	for _, m := range every(t) {
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var point [3]wave
				for i := range point {
					point[i] = drawWave(t, 0.5, 0.3, "point")
				}
				var angles [2]wave
				for i := range angles {
					angles[i] = drawWave(t, 1, 1, "angle")
				}
				differences(t, &m, 1e-6, func(s float64) []Jet {
					p := [3]Jet{point[0].at(s), point[1].at(s), point[2].at(s)}
					a := []Jet{angles[0].at(s), angles[1].at(s)}[:m.Rotaries()]
					q := make([]Jet, m.Axes())
					m.Derive(&p, a, q)
					// The values are those of FromProgram.
					v, w := make([]float64, m.Axes()), make([]float64, 0, 2)
					for _, x := range a {
						w = append(w, x[0])
					}
					m.FromProgram([3]float64{p[0][0], p[1][0], p[2][0]}, w, v)
					for i := range v {
						within1(t, "value", q[i][0], v[i], 1e-15)
					}
					return q
				})
			})
		})
	}
}

func TestDeriveInverseIsTheDerivativeOfInverse(t *testing.T) {
	for _, m := range every(t) {
		if m.Rotaries() == 0 {
			continue
		}
		t.Run(m.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var point [3]wave
				for i := range point {
					point[i] = drawWave(t, 0.3, 0.3, "point")
				}
				// A direction that moves, and changes its length.
				var tilt, turn, size = drawWave(t, 0.3, 0.2, "tilt"), drawWave(t, 3, 1, "turn"), drawWave(t, 0.1, 0.1, "size")
				near := make([]float64, m.Axes())
				var last Answer
				path := func(s float64) []Jet {
					p := [3]Jet{point[0].at(s), point[1].at(s), point[2].at(s)}
					st, ct := tilt.at(s).Add(Constant(0.8)).Sincos()
					sc, cc := turn.at(s).Sincos()
					l := size.at(s).Add(Constant(1))
					axis := [3]Jet{st.Mul(cc).Mul(l), st.Mul(sc).Mul(l), ct.Mul(l)}
					if m.Rotaries() == 1 {
						// Only what the one axis can give: turned in its own plane.
						axis = ring(&m, tilt.at(s), l)
					}
					q := make([]Jet, m.Axes())
					var err error
					if last, err = m.DeriveInverse(&p, &axis, near, q); err != nil {
						t.Skip(err) // outside of the limits
					}
					return q
				}
				mid := path(0)
				for i := range near {
					near[i] = mid[i][0]
				}
				if last.Singularity < 0.1 {
					return
				}
				differences(t, &m, 1e-6/math.Pow(last.Singularity, 6), path)
			})
		})
	}
}

// ring is the path of the tool's axis that one rotary axis gives.
func ring(m *Machine, angle, length Jet) [3]Jet {
	q := []float64{0, 0, 0, 0}
	_, a := m.Forward(q)
	q[3] = math.Pi / 2
	_, b := m.Forward(q)
	s, c := angle.Sincos()
	var out [3]Jet
	for i := range out {
		out[i] = c.Scale(a[i]).Add(s.Scale(b[i])).Mul(length)
	}
	return out
}

func TestDeriveInverseRefusesThePole(t *testing.T) {
	m := named(t, "XYZAC-HT", Geometry{})
	axis := [3]Jet{{0, 1}, {0, 0.5}, {1}}
	q := make([]Jet, 5)
	if ans, err := m.DeriveInverse(&[3]Jet{}, &axis, make([]float64, 5), q); !errors.Is(err, ErrPole) || !ans.Free || q[4] != (Jet{}) {
		t.Errorf("%v, %v, joints %v", ans, err, q)
	}
	if errors.Is(ErrPole, ErrUnreachable) {
		t.Error("the pole counts as out of reach")
	}
}

func TestJetsFollowTheRulesOfDifferentiation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, g := drawWave(t, 2, 1, "f"), drawWave(t, 2, 1, "g")
		const h = 1e-4
		for name, fun := range map[string]func(s float64) Jet{
			"product": func(s float64) Jet { return f.at(s).Mul(g.at(s)) },
			"sine":    func(s float64) Jet { v, _ := f.at(s).Sincos(); return v },
			"cosine":  func(s float64) Jet { _, v := f.at(s).Sincos(); return v },
			"root":    func(s float64) Jet { return f.at(s).Mul(f.at(s)).Add(Constant(0.3)).InvSqrt() },
			"sum":     func(s float64) Jet { return f.at(s).Sub(g.at(s)).Scale(3).Add(f.at(s)) },
		} {
			m, a, b := fun(0), fun(h), fun(-h)
			for k := 1; k < 4; k++ {
				within1(t, name, m[k], (a[k-1]-b[k-1])/(2*h), 2e-4)
			}
		}
	})
}

func TestInTimeIsTheChainRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawWave(t, 1, 1, "f")
		v, a, j := drawVec(t, 1, "speed")[0], drawVec(t, 1, "accel")[0], drawVec(t, 1, "jerk")[0]
		// The parameter as a function of time.
		at := func(x float64) float64 { return v*x + a*x*x/2 + j*x*x*x/6 }
		const h = 1e-3
		y := [5]float64{f.at(at(-2 * h))[0], f.at(at(-h))[0], f.at(0)[0], f.at(at(h))[0], f.at(at(2 * h))[0]}
		gv, ga, gj := f.at(0).InTime(v, a, j)
		within1(t, "velocity", gv, (y[0]-8*y[1]+8*y[3]-y[4])/(12*h), 1e-8)
		within1(t, "acceleration", ga, (-y[0]+16*y[1]-30*y[2]+16*y[3]-y[4])/(12*h*h), 1e-6)
		within1(t, "jerk", gj, (-y[0]+2*y[1]-2*y[3]+y[4])/(2*h*h*h), 1e-3)
	})
}
