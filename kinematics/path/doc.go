// Package path plans motion along programmed lines and arcs: it looks ahead, rounds corners
// within a tolerance, and keeps every axis within its limits of velocity, acceleration
// and jerk, after inverse kinematics, at every instant.
//
// Planner and Runner are the two ends of one queue. The Planner takes moves and finds out
// how fast each piece of the path may be run; the Runner says where the machine is, cycle
// for cycle, and can be held, resumed and overridden at any moment.
//
//	planner, runner, err := path.New(path.Config{Axes: axes, Cycle: 1e-3})
//	planner.Add(path.Move{To: [9]float64{0.1}, Feed: 0.05, Tolerance: 1e-5})
//	planner.Flush()
//	var s path.Sample
//	for runner.Next(&s) {
//		drive(s.Joints, s.Velocity)
//	}
//
// One goroutine may plan while another one, such as a thread with deadlines, runs: what is
// between them is a queue without locks. Used in turns by one goroutine the two give equal
// bits for equal moves. Neither reads clocks or allocates after New.
//
// Units are SI: m (or rad), s. The way along a path is measured in metres, with rotary
// axes counted by Config.Radius.
//
// The theory, with proofs of the bounds, is in README.md. Sources: Biagiotti and Melchiorri,
// Trajectory Planning for Automatic Machines and Robots (2008), 4.6 and 7, for smoothing
// by convolution; the rest is derived there.
package path
