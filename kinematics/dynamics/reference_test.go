package dynamics

import (
	"testing"

	"linetwin.dev/kinematics"
)

// The values are those of Orocos KDL 1.5.1 (ChainIdSolver_RNE, ChainDynParam) for the same
// chain and masses, at q = 0.3, qd = 0.2, qdd = 0.1 in all joints.
func TestTheUR5HasTheTorquesThatKDLGivesIt(t *testing.T) {
	m := ur5(t)
	same := func(v float64) []float64 { return []float64{v, v, v, v, v, v} }
	q, qd, qdd, got := same(0.3), same(0.2), same(0.1), make([]float64, 6)

	tool := m.chain.Forward(q)
	near(t, "tool position", tool.P[:], []float64{-0.585284050, -0.377602510, -0.335805020}, 1e-9)

	m.Torques(q, qd, qdd, Wrench{}, got)
	near(t, "torque", got, []float64{0.183405988681808, -47.7970307401933, -11.5974450531954, 1.11042733525374, -0.260742114906181, 5.52682356295915e-05}, 1e-13)

	w := Wrench{[3]float64{10, -20, 30}, [3]float64{1, 2, -3}}
	m.Torques(q, qd, qdd, w, got)
	near(t, "torque with a wrench on the tool", got, []float64{-27.5087160852115, -55.6061321354872, -15.1587532344496, 2.91680903587439, 3.21811926072131, 3.00005526823563}, 1e-13)

	m.GravityTorques(q, got)
	near(t, "gravity torque", got, []float64{0, -48.2677766741073, -11.8134319719544, 1.09611440080906, -0.25815303595386, 0}, 1e-13)

	// KDL's Coriolis torques are those without gravity and acceleration.
	weightless := mustModel(t, m.chain, ur5Bodies(), nil, [3]float64{})
	weightless.Bias(q, qd, Wrench{}, got)
	near(t, "Coriolis torque", got, []float64{-0.13137498797357, 0.00225524954617945, 0.0288396498625411, 0.0142658240690201, -0.00240708414471691, -1.74221751136149e-05}, 1e-13)

	mass := make([]float64, 36)
	m.MassMatrix(q, mass)
	for i, row := range [][]float64{
		{2.850296162533},
		{0.201213237860959, 3.31011944595475},
		{0.0937576756906936, 1.19445121449588, 0.579638826787005},
		{0.0139519983216536, -0.029685897033368, 0.0028778486014117, 0.0164742041595686},
		{-0.0113630100664664, 0.00861777510224912, 0.000556056091993407, -0.00333811759047045, 0.0037073483866484},
		{-4.62977860433005e-05, 0.000191067297825121, 0.000191067297825121, 0.000191067297825121, 0, 0.0002},
	} {
		near(t, "row of the mass matrix", mass[6*i:6*i+i+1], row, 1e-13)
	}
}

// A rod of 1 m and 2 kg that hangs from a horizontal axis, as textbooks have it.
func TestAPendulumIsThatOfTheTextbook(t *testing.T) {
	rod := Body{Mass: 2, Centre: [3]float64{-0.5, 0, 0}, Inertia: Box(2, 1, 0, 0)}
	links := []kinematics.Link{{A: 1, Min: -9, Max: 9}}
	// Gravity along x of the base: at q = 0 the rod hangs.
	m := mustModel(t, mustChain(t, kinematics.Identity(), links, kinematics.Identity()), []Body{rod},
		[]Drive{{Rotor: 0.1, Viscous: 0.5, Coulomb: 2, Creep: 0.01}}, [3]float64{9.81, 0, 0})
	q, qd, qdd, tau := []float64{90 * deg}, []float64{3}, []float64{4}, make([]float64, 1)
	m.Torques(q, qd, qdd, Wrench{}, tau)
	friction := 0.5*3 + 2*3/3.0000166666203706 // sqrt(3^2 + 0.01^2)
	near(t, "torque", tau, []float64{(2.0/3+0.1)*4 + 2*9.81*0.5 + friction}, 1e-12)
	kinetic, potential := m.Energy(q, qd)
	near(t, "energy", []float64{kinetic, potential}, []float64{(2.0/3 + 0.1) * 9 / 2, 0}, 1e-12)
	if _, p := m.Energy([]float64{0}, qd); p > -9.8 || p < -9.82 {
		t.Errorf("hanging, its potential energy is %v J; want -9.81", p)
	}
}

// A slide that lifts 3 kg straight up.
func TestALiftNeedsItsWeightAndMassTimesAcceleration(t *testing.T) {
	links := []kinematics.Link{{Kind: kinematics.Prismatic, Min: 0, Max: 1}}
	m := mustModel(t, mustChain(t, kinematics.Identity(), links, kinematics.Identity()), []Body{{Mass: 3}}, nil, down)
	tau := make([]float64, 1)
	m.Torques([]float64{0.2}, []float64{1}, []float64{2}, Wrench{Force: [3]float64{0, 0, -5}}, tau)
	near(t, "force", tau, []float64{3*(9.81+2) + 5}, 1e-14)
}
