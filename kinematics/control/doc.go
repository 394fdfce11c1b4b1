// Package control closes loops: the cascade of a servo drive, and a PID that identifies the
// plant that it has in front of it, the loop's delay above all, and retunes itself.
//
// Drive is position and velocity control with feed-forward, filters, limits and faults; Axis is
// a motor and its load to run it on. PID is the controller alone. SelfTuning is a PID for a loop
// whose delay is not known or changes, such as one through a camera; it rests on RLS, least
// squares over a sliding window, and on a Model of first order with delay. Margins tells how
// robust a discrete loop is, from its frequency response.
//
//	cfg := control.DriveConfig{Period: 1e-3, Inertia: 2e-3, MaxTorque: 8, FollowingError: 0.05}
//	margins, err := cfg.Tune(2*math.Pi*40, 0.3e-3) // 40 Hz, torque lag of 0.3 ms
//	drive, err := control.NewDrive(cfg)
//	axis, err := control.NewAxis(control.AxisConfig{Period: 1e-3, Inertia: 2e-3, Coulomb: 0.1})
//	drive.Enable(axis.Encoder(), 0, 0)
//	for range cycles {
//		torque := drive.Step(control.Setpoint{Position: p, Velocity: v, Acceleration: a}, axis.Encoder())
//		axis.Step(torque, 0)
//	}
//
// Units are SI. Position is in rad and torque in N m, or m and N for a linear axis, where inertia
// is a mass; frequencies are in rad/s.
//
// What is not a number never comes out. Each Step says what it does with a NaN, an infinity
// or a number so large that its arithmetic overflows: controllers repeat their output, a drive
// faults, a plant takes it for 0, and SelfTuning takes it for a sample that is missing.
//
// Constructors check and may allocate; nothing else does. There are no clocks, goroutines or
// random numbers. Values serve one goroutine at a time. Equal arguments give equal bits on one
// binary.
//
// Sources: Astrom and Haegglund, Advanced PID Control (2006), for the PID; Skogestad, Simple
// analytic rules for model reduction and PID controller tuning (J. Process Control 13, 2003), and
// Grimholt and Skogestad (2018) for the lead; Smith (1957) for the predictor; Golub and Van Loan,
// Matrix Computations (2013), for least squares by Givens rotations; Ljung, System Identification
// (1999); Armstrong-Helouvry, Dupont and Canudas de Wit (Automatica 30, 1994) for friction.
// README.md has the theory.
package control
