// Package kinematics moves serial machines: where a chain of joints puts its tool, how
// fast the tool moves when the joints do, and which joint motion gives a wanted one.
//
// Chain is the main type: a base, up to 16 revolute or prismatic links in the
// convention of Denavit and Hartenberg, and a tool. Its methods are pure functions of
// joint variables: Forward and Frames (poses), Jacobian (how twists follow joint
// velocities), Inverse and Solutions (joint variables for a pose: the nearest, or all) and
// Velocity (joint velocities for a twist). Arms with a spherical wrist or with three
// parallel axes are solved in closed form, others by a search. Pose and Twist are the rigid transforms and velocities that go in and out,
// with the exponential and the logarithm of SE(3).
//
// Two things turn joint values into motion within JointLimits: a Follower chases a
// target that changes in every cycle, and PlanMove lays a synchronised trapezoidal move
// between two positions of rest.
//
//	c, err := kinematics.NewChain(base, links, tool)
//	pose := c.Forward(q)                                // joints to tool
//	_, err = c.Inverse(target, q, kinematics.IKOptions{}, next) // tool to joints
//	f, err := kinematics.NewFollower(limits, q)
//	f.Step(0.004, next, nil)                            // one cycle towards it
//
// Units are SI: metres, radians, seconds. Nothing here keeps state but a Follower,
// starts goroutines or reads a clock, and no function that a control cycle calls
// allocates unless it fails. Equal arguments give equal bits on one binary.
//
// Sources: Siciliano, Sciavicco, Villani, Oriolo, Robotics (2009) for chains and
// Jacobians; Lynch and Park, Modern Robotics (2017) for twists and the exponential;
// Pieper (1968) and Hawkins (2013) for closed forms; Wampler (1986) and Fan and Yuan
// (2005) for damped least squares. README.md tells the
// theory in short.
package kinematics
