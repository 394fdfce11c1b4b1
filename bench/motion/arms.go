//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/dynamics"
)

// arm is a machine that is measured, with what KDL is to know of it.
type arm struct {
	name   string
	chain  *kinematics.Chain
	model  *dynamics.Model
	bodies []dynamics.Body
	// Times that are to be reached: ns, us.
	forward, jacobian, torques, solveMass, accelerations string
	random, randomP99, closed                            string
}

const deg = math.Pi / 180

// referenceArms are Universal Robots' UR5 with its published masses, and an arm with five
// joints.
func referenceArms() ([]*arm, error) {
	six := &arm{
		name: "6R", forward: "<= 170ns", jacobian: "<= 400ns", torques: "<= 800ns", solveMass: "<= 600ns",
		accelerations: "<= 1.5us", random: "<= 50us", randomP99: "<= 400us", closed: "<= 4us",
		bodies: []dynamics.Body{
			{Mass: 3.7, Centre: [3]float64{0, -0.02561, 0.00193}, Inertia: [6]float64{0.0100, 0.0110, 0.0067, 0.0004, -0.0003, 0.0002}},
			{Mass: 8.393, Centre: [3]float64{0.2125, 0, 0.11336}, Inertia: [6]float64{0.0151, 0.2260, 0.2267, 0.0011, 0.0023, -0.0007}},
			{Mass: 2.33, Centre: [3]float64{0.15, 0, 0.0265}, Inertia: [6]float64{0.0041, 0.0494, 0.0496, -0.0005, 0.0012, 0.0003}},
			{Mass: 1.219, Centre: [3]float64{0, -0.0018, 0.01634}, Inertia: [6]float64{0.0022, 0.0021, 0.0013, 0.0001, 0, -0.0002}},
			{Mass: 1.219, Centre: [3]float64{0, 0.0018, 0.01634}, Inertia: [6]float64{0.0022, 0.0020, 0.0014, 0, 0.0001, 0.0002}},
			{Mass: 0.1879, Centre: [3]float64{0, 0, -0.001159}, Inertia: [6]float64{0.00013, 0.00014, 0.00020, 0.00001, 0, 0}},
		},
	}
	links := []kinematics.Link{
		{Alpha: 90 * deg, D: 0.089159}, {A: -0.425}, {A: -0.39225},
		{Alpha: 90 * deg, D: 0.10915}, {Alpha: -90 * deg, D: 0.09465}, {D: 0.0823},
	}
	for i := range links {
		links[i].Min, links[i].Max = -2*math.Pi, 2*math.Pi
	}
	if err := six.make(links, kinematics.Identity()); err != nil {
		return nil, err
	}
	five := &arm{
		name: "5R", forward: "<= 140ns", jacobian: "<= 330ns", torques: "<= 620ns", solveMass: "<= 470ns",
		accelerations: "<= 1.2us", random: "<= 20us", randomP99: "<= 150us", closed: "<= 4us",
		bodies: []dynamics.Body{
			{Mass: 12, Centre: [3]float64{0, 0.1, 0.02}, Inertia: dynamics.Cylinder(12, 0.09, 0.3)},
			{Mass: 9, Centre: [3]float64{-0.2, 0, 0.05}, Inertia: dynamics.Box(9, 0.45, 0.1, 0.12)},
			{Mass: 5, Centre: [3]float64{-0.18, 0.01, 0}, Inertia: dynamics.Box(5, 0.4, 0.08, 0.1)},
			{Mass: 2, Centre: [3]float64{0, 0.02, 0.03}, Inertia: dynamics.Cylinder(2, 0.05, 0.1)},
			{Mass: 0.6, Centre: [3]float64{0, 0, -0.04}, Inertia: dynamics.Cylinder(0.6, 0.04, 0.08)},
		},
	}
	err := five.make([]kinematics.Link{
		{Alpha: -90 * deg, D: 0.4, Min: -170 * deg, Max: 170 * deg},
		{A: 0.42, Min: -150 * deg, Max: 60 * deg},
		{A: 0.38, Min: -20 * deg, Max: 150 * deg},
		{Alpha: -90 * deg, Min: -200 * deg, Max: 80 * deg},
		{D: 0.12, Min: -360 * deg, Max: 360 * deg},
	}, kinematics.Translation(0, 0, 0.05))
	return []*arm{six, five}, err
}

func (a *arm) make(links []kinematics.Link, tool kinematics.Pose) (err error) {
	if a.chain, err = kinematics.NewChain(kinematics.Identity(), links, tool); err != nil {
		return err
	}
	a.model, err = dynamics.New(a.chain, a.bodies, nil, [3]float64{0, 0, -9.81})
	return err
}

// described is the arm as kdl/kdl.cpp reads it.
func (a *arm) described() string {
	var b strings.Builder
	fmt.Fprintln(&b, a.chain.Joints())
	for i, body := range a.bodies {
		l := a.chain.Link(i)
		fmt.Fprintln(&b, l.A, l.Alpha, l.D, l.Min, l.Max, body.Mass, plain(body.Centre[:]), plain(body.Inertia[:]))
	}
	p := a.chain.Tool().P
	fmt.Fprintln(&b, plain(p[:]))
	return b.String()
}

// plain is a row of numbers without brackets.
func plain(v []float64) string { return strings.Trim(fmt.Sprint(v), "[]") }

// joints are values for which no sine takes a short cut.
func (a *arm) joints() []float64 {
	q := make([]float64, a.chain.Joints())
	for i := range q {
		q[i] = 0.3 + 0.2*float64(i)
	}
	return q
}

// draw joint values within the limits.
func (a *arm) draw(u *uniform, q []float64) {
	for i := range q {
		l := a.chain.Link(i)
		q[i] = u.next(l.Min, l.Max)
	}
}
