package dynamics_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/dynamics"
)

// twoLinks is an arm of two rods in a vertical plane.
func twoLinks() (*dynamics.Model, error) {
	chain, err := kinematics.NewChain(
		kinematics.FromRPY([3]float64{}, [3]float64{math.Pi / 2, 0, 0}), // axes across, y up
		[]kinematics.Link{{A: 0.5, Min: -3, Max: 3}, {A: 0.4, Min: -3, Max: 3}},
		kinematics.Identity())
	if err != nil {
		return nil, err
	}
	bodies := []dynamics.Body{
		{Mass: 4, Centre: [3]float64{-0.25, 0, 0}, Inertia: dynamics.Box(4, 0.5, 0.05, 0.05)},
		{Mass: 2, Centre: [3]float64{-0.2, 0, 0}, Inertia: dynamics.Box(2, 0.4, 0.04, 0.04)},
	}
	drives := []dynamics.Drive{
		{Rotor: 0.2, Viscous: 1, Coulomb: 3, Creep: 0.01},
		{Rotor: 0.1, Viscous: 0.5, Coulomb: 1, Creep: 0.01},
	}
	return dynamics.New(chain, bodies, drives, [3]float64{0, 0, -9.81})
}

func Example() {
	m, err := twoLinks()
	if err != nil {
		fmt.Println(err)
		return
	}
	q, qd, qdd, tau := []float64{0, 0}, []float64{0.5, 0}, []float64{1, -2}, make([]float64, 2)
	m.Torques(q, qd, qdd, dynamics.Wrench{}, tau)
	fmt.Printf("torques %.3f N m\n", tau)
	if err := m.Accelerations(q, qd, tau, dynamics.Wrench{}, qdd); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("accelerations %.3f rad/s2\n", qdd)
	// Output:
	// torques [27.971 3.817] N m
	// accelerations [1.000 -2.000] rad/s2
}

// A gripper that holds a part of 3 kg needs more to stay where it is.
func ExampleModel_WithPayload() {
	m, err := twoLinks()
	if err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := m.WithPayload(dynamics.Body{Mass: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	q, empty, full := []float64{0, 0}, make([]float64, 2), make([]float64, 2)
	m.GravityTorques(q, empty)
	loaded.GravityTorques(q, full)
	fmt.Printf("%.3f N m empty, %.3f N m loaded\n", empty, full)
	// Output: [23.544 3.924] N m empty, [50.031 15.696] N m loaded
}
