package control_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/control"
	"linetwin.dev/kinematics/jerk"
)

// A drive is tuned by inertia and bandwidth, and moves an axis.
func Example() {
	cfg := control.DriveConfig{Period: 1e-3, Inertia: 2e-3, MaxTorque: 8, FollowingError: 0.05}
	margins, err := cfg.Tune(2*math.Pi*40, 0.3e-3) // 40 Hz, with a current loop of 0.3 ms
	if err != nil {
		fmt.Println(err)
		return
	}
	drive, err := control.NewDrive(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	axis, err := control.NewAxis(control.AxisConfig{Period: 1e-3, Inertia: 2e-3, TorqueLag: 0.3e-3,
		Friction: control.Friction{Coulomb: 0.1}, Resolution: 2 * math.Pi / (1 << 20)})
	if err != nil {
		fmt.Println(err)
		return
	}
	var move jerk.Profile
	limits := jerk.Symmetric(20, 200, 10_000)
	if err := move.Plan(jerk.State{}, jerk.State{P: 5}, &limits); err != nil {
		fmt.Println(err)
		return
	}
	drive.Enable(axis.Encoder(), 0, 0)
	worst := 0.0
	for k := range 600 {
		s := move.At(float64(k) * 1e-3)
		torque := drive.Step(control.Setpoint{Position: s.P, Velocity: s.V, Acceleration: s.A}, axis.Encoder())
		worst = max(worst, math.Abs(drive.State().FollowingError))
		axis.Step(torque, 0)
	}
	fmt.Printf("phase margins %.0f and %.0f deg\n", margins.Velocity.Phase*180/math.Pi, margins.Position.Phase*180/math.Pi)
	fmt.Printf("at %.3f rad; never off by more than %.0f mrad; %v\n", axis.State().Position, worst*1e3, drive.State().Fault)
	// Output:
	// phase margins 57 and 81 deg
	// at 5.000 rad; never off by more than 2 mrad; no fault
}

// A loop through a camera, of which nobody knows the delay.
func ExampleSelfTuning() {
	c, err := control.NewSelfTuning(control.SelfTuningConfig{
		IdentifierConfig: control.IdentifierConfig{Nominal: control.Model{Gain: 1, TimeConstant: 0.08}, Noise: 1e-4},
		Min:              -4, Max: 4,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	plant := newLoop(1.4, 0.06, 0.080) // another gain, another time constant, 80 ms
	for k := range 1000 {              // 10 s at 100 Hz
		set := float64(k / 200 % 2)
		plant.hold(c.Step(set, plant.see()))
	}
	m := c.Model()
	fmt.Printf("gain %.1f, time constant %.0f ms, delay %.0f ms\n", m.Gain, m.TimeConstant*1e3, m.Delay*1e3)
	// Output: gain 1.4, time constant 60 ms, delay 79 ms
}

// Parameters of y = 2 x + 1 from the last 32 samples.
func ExampleRLS() {
	e, err := control.NewRLS(control.RLSConfig{Order: 2, Weight: []float64{1e-6, 1e-6}})
	if err != nil {
		fmt.Println(err)
		return
	}
	theta := make([]float64, 2)
	for k := range 100 {
		x := float64(k % 7)
		e.Add([]float64{x, 1}, 2*x+1)
	}
	e.Estimate(theta)
	fmt.Printf("%.4f %.4f\n", theta[0], theta[1])
	// Output: 2.0000 1.0000
}
