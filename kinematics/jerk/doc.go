// Package jerk plans motion with bounded jerk: the quickest way from one state to another,
// each with any position, velocity and acceleration, within limits of velocity, acceleration
// and jerk.
//
// Profile is the motion of one axis, or the progress along a path. Plan finds the quickest
// one to a state; PlanFor one of a given duration; PlanVelocity and PlanStop the quickest
// change of velocity, wherever it leads. Trajectory does so for up to MaxAxes axes that arrive
// together, along a straight line if asked and possible. Both are evaluated in closed form at
// any time, in any order. A machine that is stopped, held, sped up or sent elsewhere plans
// again from the state that At gives: position, velocity and acceleration go on from there.
//
//	var pr jerk.Profile
//	l := jerk.Symmetric(0.5, 2, 40)                    // m/s, m/s2, m/s3
//	err := pr.Plan(jerk.State{}, jerk.State{P: 1}, &l) // from rest to rest, 1 m on
//	s := pr.At(0.3)                                    // 0.3 s later
//	err = pr.PlanStop(s, &l)                           // feed hold
//
// Ramp, ExitSpeed and EntrySpeed serve the look-ahead of a path planner.
//
// Units are SI: m (or rad), s. Nothing here keeps hidden state, starts goroutines, reads clocks
// or allocates unless it fails. Equal arguments give equal bits on one binary. Positions at
// the end are met to rounding, limits are kept to 1e-12 of their range.
//
// Sources: Berscheid and Kroeger, Jerk-limited Real-time Trajectory Generation with Arbitrary
// Target States (Robotics: Science and Systems, 2021), for the problem, its cases and the
// durations that cannot be had; the solution by families of greatest distance is derived in
// README.md.
package jerk
