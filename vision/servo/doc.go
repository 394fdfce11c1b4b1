// Package servo steers a camera, and the tool beside it, by what the camera sees:
// image-based visual servoing on the four corners of a flat marker, also one that a
// belt carries past while the images come late.
//
// Law is the control law for one image: from corners in pixels to the camera's twist,
// the seen error, and the marker's pose. Tracker is what a machine on a line uses: it
// takes images with the camera's pose and the belt's position at their exposure, and
// gives a goal, a velocity or a twist for any moment after.
//
//	tr, err := servo.NewTracker(servo.TrackerConfig{Config: servo.Config{
//		K: k, Marker: corners, Desired: markerInCamera, Upright: true, Gain: 10,
//	}})
//	err = tr.Begin(expected, beltNow)              // a new target
//	region, ok := tr.Region(cameraThen, beltThen)  // where to look for the marker
//	step := tr.See(seen, cameraThen, beltThen)     // an image: step.Error, step.State
//	twist := tr.Command(cameraNow, beltNow, speed) // every cycle of the machine
//
// Frames: the camera's has x to the image's right, y down and z forward. The marker's
// frame has its origin where the tool's axis must meet it, and z along that axis. The
// line's frame is the machine's base frame or any other that does not move. Lengths
// are metres, angles radians, corners pixels. A twist is linear, then angular.
//
// The law is that of Chaumette and Hutchinson, Visual Servo Control, Part I: Basic
// Approaches (IEEE Robotics & Automation Magazine 13(4), 2006), with the mean of the
// interaction matrices here and at the goal (Malis, ICRA 2004). The pose of the marker
// comes from the homography of its plane and virtual visual servoing (Marchand and
// Chaumette, Eurographics 2002). README.md tells the theory and the frames.
//
// The package is a function of its inputs: no clock, no random numbers. Law.Step and
// the Tracker's methods do not allocate.
package servo
