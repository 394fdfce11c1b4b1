// Package dynamics says which torques move a serial machine as wanted, and how it moves
// under given ones: inverse dynamics (recursive Newton-Euler, RNEA), the mass matrix
// (composite rigid bodies, CRBA), forward dynamics, gravity and friction, energy.
//
// Model is the main type: a kinematics.Chain with the mass of each link and the friction
// and inertia of each joint's drive. Its methods are pure functions of joint positions,
// velocities, accelerations and torques.
//
//	m, err := dynamics.New(chain, bodies, drives, [3]float64{0, 0, -9.81})
//	m.Torques(q, qd, qdd, dynamics.Wrench{}, tau)          // motion to torques
//	err = m.Accelerations(q, qd, tau, dynamics.Wrench{}, qdd) // and back
//	m.MassMatrix(q, mass)                                  // M of M qdd + h = tau
//	m.Compensation(q, qd, tau)                             // against gravity and friction
//	heavier := m.WithPayload(part)                         // with a part in the gripper
//
// Units are SI: kg, m, rad, s, N, N m; what is a torque in N m for a revolute joint is a
// force in N for a prismatic one. Nothing keeps state, starts goroutines or reads a
// clock, and no method that a control cycle calls allocates. Equal arguments give equal
// bits on one binary.
//
// Source: Featherstone, Rigid Body Dynamics Algorithms (2008), for spatial vectors, RNEA
// (chapter 5), CRBA and forward dynamics by it (chapter 6). README.md tells the theory
// in short.
package dynamics
