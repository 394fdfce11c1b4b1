package dynamics

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"linetwin.dev/kinematics"
	"pgregory.net/rapid"
)

func TestForwardAndInverseDynamicsInvertEachOther(t *testing.T) {
	forMachines(t, true, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, qd, qdd, w := u.values(n, 3), u.values(n, 3), u.values(n, 10), u.wrench()
		tau, back, again := make([]float64, n), make([]float64, n), make([]float64, n)
		m.Torques(q, qd, qdd, w, tau)
		if err := m.Accelerations(q, qd, tau, w, back); err != nil {
			t.Fatal(err)
		}
		near(t, "acceleration", back, qdd, 1e-9)
		m.Torques(q, qd, back, w, again)
		near(t, "torque", again, tau, 1e-11)
	})
}

func TestTheMassMatrixIsWhatUnitAccelerationsNeed(t *testing.T) {
	forMachines(t, true, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, qd, w := u.values(n, 3), u.values(n, 3), u.wrench()
		mass, h, tau := make([]float64, n*n), make([]float64, n), make([]float64, n)
		m.MassMatrix(q, mass)
		m.Bias(q, qd, w, h)
		for i := range n {
			unit := make([]float64, n)
			unit[i] = 1
			m.Torques(q, qd, unit, w, tau)
			for k := range n {
				tau[k] -= h[k]
				if mass[i*n+k] != mass[k*n+i] {
					t.Fatalf("elements %d,%d and %d,%d differ", i, k, k, i)
				}
			}
			near(t, "column", tau, mass[i*n:i*n+n], 1e-10*(1+size(h)))
		}
	})
}

func size(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s = max(s, math.Abs(x))
	}
	return s
}

func TestTheMassMatrixIsPositiveDefiniteAndLAPACKSolvesItAlike(t *testing.T) {
	forMachines(t, false, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, b := u.values(n, 3), u.values(n, 50)
		mass := make([]float64, n*n)
		m.MassMatrix(q, mass)
		f, ok := lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Data: slices.Clone(mass), Uplo: blas.Lower})
		if !ok {
			t.Fatalf("LAPACK does not find %v positive definite", mass)
		}
		want := slices.Clone(b)
		lapack64.Potrs(f, blas64.General{Rows: n, Cols: 1, Stride: 1, Data: want})
		if err := m.SolveMass(q, b); err != nil {
			t.Fatal(err)
		}
		near(t, "solution", b, want, 1e-9)
	})
}

// Power of drives and wrench, less what friction takes, is what energy gains.
func TestPowerBalances(t *testing.T) {
	forMachines(t, true, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, qd, qdd, w := u.values(n, 3), u.values(n, 2), u.values(n, 3), u.wrench()
		tau, friction := make([]float64, n), make([]float64, n)
		m.Torques(q, qd, qdd, w, tau)
		m.FrictionTorques(qd, friction)
		power := 0.0
		for i := range n {
			power += (tau[i] - friction[i]) * qd[i]
		}
		var jac kinematics.Jacobian
		m.chain.Jacobian(q, &jac)
		twist, onTool := jac.Mul(qd), w.Along(m.chain.Forward(q))
		power += vecOf(onTool.Force).dot(vecOf(twist.Linear())) + vecOf(onTool.Moment).dot(vecOf(twist.Angular()))

		energyAt := func(s []float64) []float64 {
			qs, qds := make([]float64, n), make([]float64, n)
			for i := range n {
				qs[i] = q[i] + s[0]*qd[i] + s[0]*s[0]/2*qdd[i]
				qds[i] = qd[i] + s[0]*qdd[i]
			}
			k, p := m.Energy(qs, qds)
			return []float64{k + p}
		}
		gain := derivative(energyAt, []float64{0}, 0)[0]
		k, p := m.Energy(q, qd)
		if math.Abs(gain-power) > 1e-6*(1+math.Abs(power)+k+math.Abs(p)) {
			t.Fatalf("energy grows by %v W; drives and wrench give %v W", gain, power)
		}
	})
}

func TestKineticEnergyIsThatOfTheMassMatrix(t *testing.T) {
	forMachines(t, false, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, qd := u.values(n, 3), u.values(n, 3)
		mass, want := make([]float64, n*n), 0.0
		m.MassMatrix(q, mass)
		for i := range n {
			for k := range n {
				want += qd[i] * mass[i*n+k] * qd[k] / 2
			}
		}
		got, _ := m.Energy(q, qd)
		near(t, "kinetic energy", []float64{got}, []float64{want}, 1e-12)
	})
}

// A frictionless UR5 let go: the energy stays, to the error of the integration, which is
// of the fourth order.
func TestAFallingArmKeepsItsEnergy(t *testing.T) {
	m := ur5(t)
	drift := func(steps int) float64 {
		const seconds = 0.5
		h := seconds / float64(steps)
		q, qd := []float64{0.1, -1, 0.8, 0.3, 0.5, -0.2}, []float64{0.5, 0, -1, 1, 0.2, 2}
		k0, p0 := m.Energy(q, qd)
		none := make([]float64, 6)
		for range steps {
			// Runge and Kutta's step.
			var dq, dv [4][]float64
			for s, c := range [4]float64{0, 0.5, 0.5, 1} {
				qs, vs := slices.Clone(q), slices.Clone(qd)
				if s > 0 {
					for i := range 6 {
						qs[i] += c * h * dq[s-1][i]
						vs[i] += c * h * dv[s-1][i]
					}
				}
				a := make([]float64, 6)
				if err := m.Accelerations(qs, vs, none, Wrench{}, a); err != nil {
					t.Fatal(err)
				}
				dq[s], dv[s] = vs, a
			}
			for i := range 6 {
				q[i] += h / 6 * (dq[0][i] + 2*dq[1][i] + 2*dq[2][i] + dq[3][i])
				qd[i] += h / 6 * (dv[0][i] + 2*dv[1][i] + 2*dv[2][i] + dv[3][i])
			}
		}
		k, p := m.Energy(q, qd)
		if moved := math.Abs(p - p0); moved < 5 {
			t.Fatalf("it fell by %v J only; the test shows nothing", moved)
		}
		return math.Abs(k + p - k0 - p0)
	}
	coarse, fine := drift(2000), drift(4000)
	t.Logf("energy is off by %.3g J and %.3g J", coarse, fine)
	if fine > 1e-6 || fine > coarse/8+1e-9 {
		t.Errorf("the energy changes by %v J with 2000 steps, %v J with 4000; half the step should have a sixteenth of the error", coarse, fine)
	}
}

func TestWithoutGravityNothingHoldsAMachineAtRest(t *testing.T) {
	forMachines(t, true, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		still, bodies := make([]float64, n), make([]Body, n)
		for i := range bodies {
			bodies[i] = u.body()
		}
		free := mustModel(t, m.chain, bodies, nil, [3]float64{})
		q, tau := u.values(n, 3), make([]float64, n)
		free.Torques(q, still, still, Wrench{}, tau)
		if size(tau) != 0 {
			t.Fatalf("at rest without gravity the torques are %v", tau)
		}
		free.GravityTorques(q, tau)
		if size(tau) != 0 {
			t.Fatalf("without gravity its torques are %v", tau)
		}
	})
}

func TestCompensationIsWhatASlowMotionNeeds(t *testing.T) {
	forMachines(t, true, func(t *rapid.T, u *uniform, m *Model) {
		n := m.Joints()
		q, qd, tau, want := u.values(n, 3), u.values(n, 1e-9), make([]float64, n), make([]float64, n)
		m.Compensation(q, qd, tau)
		m.Torques(q, qd, make([]float64, n), Wrench{}, want)
		near(t, "compensation", tau, want, 1e-12)
	})
}

// A body on the tool is a body of the last link, wherever the tool is.
func TestAPayloadIsPartOfTheLastBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := uniform(rapid.Uint64().Draw(t, "seed"))
		links := ur5Links()
		bare := ur5Bodies()
		part, at := u.body(), u.pose()
		m := mustModel(t, mustChain(t, kinematics.Identity(), links, at), bare, nil, down)
		loaded, err := m.WithPayload(part)
		if err != nil {
			t.Fatal(err)
		}
		// The same with the part as the body of a seventh link that never moves; the part
		// is at the tool's pose there.
		links = append(links, kinematics.Link{Min: -1, Max: 1})
		in := part
		in.Centre = at.Apply(part.Centre)
		in.Inertia = turned(at, part.Inertia)
		seven := mustModel(t, mustChain(t, kinematics.Identity(), links, kinematics.Identity()), append(bare, in), nil, down)
		q, qd, qdd := u.values(6, 3), u.values(6, 3), u.values(6, 3)
		tau, want := make([]float64, 6), make([]float64, 7)
		loaded.Torques(q, qd, qdd, Wrench{}, tau)
		seven.Torques(append(q, 0), append(qd, 0), append(qdd, 0), Wrench{}, want)
		near(t, "torque", tau, want[:6], 1e-12)
		k, p := loaded.Energy(q, qd)
		k7, p7 := seven.Energy(append(q, 0), append(qd, 0))
		near(t, "energy", []float64{k, p}, []float64{k7, p7}, 1e-12)
	})
}

// turned is R I R', element by element.
func turned(p kinematics.Pose, t [6]float64) [6]float64 {
	i := [3][3]float64{{t[0], t[3], t[4]}, {t[3], t[1], t[5]}, {t[4], t[5], t[2]}}
	var r [3][3]float64
	for a := range 3 {
		for b := range 3 {
			for c := range 3 {
				for d := range 3 {
					r[a][b] += p.R[3*a+c] * i[c][d] * p.R[3*b+d]
				}
			}
		}
	}
	return [6]float64{r[0][0], r[1][1], r[2][2], r[0][1], r[0][2], r[1][2]}
}

func TestFrictionIsOddSmoothAndBounded(t *testing.T) {
	d := Drive{Coulomb: 4, Creep: 0.02}
	if f := d.friction(0.02); math.Abs(f-4/math.Sqrt2) > 1e-12 {
		t.Errorf("at the creep velocity dry friction is %v; want 71 %% of 4", f)
	}
	last := -4.0
	for v := -1.0; v <= 1; v += 1e-3 {
		f := d.friction(v)
		if f < last || math.Abs(f) > 4 || math.Abs(f+d.friction(-v)) > 1e-15 {
			t.Fatalf("at %v rad/s friction is %v, at %v it is %v, before it was %v", v, f, -v, d.friction(-v), last)
		}
		last = f
	}
	if f := (&Drive{Viscous: 2}).friction(-3); f != -6 {
		t.Errorf("viscous friction is %v; want -6", f)
	}
}

func TestAMachineWithoutMassHasNoAccelerations(t *testing.T) {
	for _, n := range []int{2, 9} {
		links := slices.Repeat([]kinematics.Link{{A: 0.3, Min: -3, Max: 3}}, n)
		c := mustChain(t, kinematics.Identity(), links, kinematics.Identity())
		m := mustModel(t, c, make([]Body, n), nil, down)
		x := make([]float64, n)
		if err := m.Accelerations(x, x, x, Wrench{}, x); !errors.Is(err, ErrSingular) {
			t.Errorf("%d joints: %v; want ErrSingular", n, err)
		}
		m = mustModel(t, c, make([]Body, n), slices.Repeat([]Drive{{Rotor: 0.5}}, n), down)
		x[n-1] = 1
		if err := m.SolveMass(make([]float64, n), x); err != nil || x[n-1] != 2 {
			t.Errorf("%d joints: rotors alone give %v, %v", n, x, err)
		}
	}
}
