package servo_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
	"linetwin.dev/vision/servo"
)

// A camera looks down on a marker of 20 mm that rides on a belt at 0.5 m/s, 3 mm to
// the side of where it was expected. An image that arrives late still tells where the
// machine must be now.
func Example() {
	const h = 0.010
	cfg := servo.TrackerConfig{Config: servo.Config{
		K:       vision.Pinhole(640, 480, math.Pi/3),
		Marker:  [4][3]float64{{-h, h, 0}, {h, h, 0}, {h, -h, 0}, {-h, -h, 0}},
		Desired: kinematics.FromRPY([3]float64{0, 0, 0.15}, [3]float64{math.Pi, 0, 0}),
		Upright: true,
	}}
	tr, err := servo.NewTracker(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tr.Begin(kinematics.Translation(1, 0.2, 0.15), 1); err != nil {
		fmt.Println(err)
		return
	}
	// What a finder sees at belt position 1.01 m, by a camera that is at the goal.
	camera := tr.Goal(1.01)
	target := kinematics.Translation(1.01, 0.203, 0.15)
	var corners [4]vision.Point
	for i, m := range cfg.Marker {
		p := camera.Inverse().Mul(target).Apply(m)
		corners[i], _ = cfg.K.Project(p[0], p[1], p[2])
	}
	step := tr.See(corners, camera, 1.01)
	fmt.Printf("%v, seen error %.2f mm\n", step.State, 1e3*step.Error)

	// The image was 25 ms old: the belt is 12.5 mm further on.
	fmt.Printf("camera to %.4f m, feed-forward %.1f m/s\n", tr.Goal(1.0225).P, tr.Velocity(0.5).Linear())
	// Output:
	// tracking, seen error 3.00 mm
	// camera to [1.0225 0.2030 0.3000] m, feed-forward [0.5 0.0 0.0] m/s
}

// The goal can be taught by showing: with the tool placed by hand, the pose of the
// marker is taken from an image, and errors of the camera's mount drop out.
func ExampleSolvePlanar() {
	const h = 0.010
	marker := [4][3]float64{{-h, h, 0}, {h, h, 0}, {h, -h, 0}, {-h, -h, 0}}
	k := vision.Pinhole(640, 480, math.Pi/3)
	shown := [4]vision.Point{{X: 290, Y: 210}, {X: 350, Y: 210}, {X: 350, Y: 270}, {X: 290, Y: 270}}
	desired, rms, err := servo.SolvePlanar(marker, shown, k)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f mm ahead, fits to %.2f px\n", 1e3*desired.P[2], rms)
	// Output: 184.8 mm ahead, fits to 0.00 px
}
