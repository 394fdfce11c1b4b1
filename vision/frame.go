package vision

import (
	"time"

	"linetwin.dev/kinematics"
)

// Frame is one exposure of a camera: colour and depth, each in its own pixels, what
// is known of the two lenses, and when it happened. A frame is immutable once it
// has been handed out. One that comes from a Pool is valid as long as it is held: see
// Retain and Release.
type Frame struct {
	Camera string
	// Seq counts the frames that the camera handed out; Trigger counts the
	// triggers that it received, so that a lost frame leaves a gap in it.
	Seq     uint64
	Trigger uint64
	Color   Image
	K       Intrinsics // of Color
	// Depth is empty when the camera has none. Confidence has one value for each of
	// its pixels, from 0 for none to 255, or is empty when the camera tells none.
	Depth      Depth
	Confidence []byte
	DepthK     Intrinsics // of Depth; equal to K where the camera aligns
	// DepthInColor is the pose of the depth camera in the colour camera's frame, in
	// metres; the identity where the camera aligns.
	DepthInColor kinematics.Pose
	// Exposed is the middle of the exposure and Arrived when the frame was in memory,
	// both on the line's clock; Stamp is the middle of the exposure on the camera's own.
	Exposed time.Duration
	Arrived time.Duration
	Stamp   time.Duration
	// Modelled is set instead of pixels by a camera of fidelity "modelled".
	Modelled *Modelled

	lease *lease // nil if it comes from no pool
}

// Image is RGB, 8 bits a channel, rows from the top, no padding: len(Pix) = 3*W*H.
type Image struct {
	W, H int
	Pix  []byte
}

// Depth is the distance along the optical axis in millimetres, one value a pixel,
// rows from the top; 0 where there is none: len(Z) = W*H.
type Depth struct {
	W, H int
	Z    []float32
}

// Intrinsics of a pinhole with the lens distortion of Brown and Conrady in its
// rational form, as OpenCV and the makers of RGB-D cameras give it: with x = X/Z,
// y = Y/Z in the camera's frame (x right, y down, z forward) and r^2 = x^2 + y^2,
//
//	d = (1 + K1 r^2 + K2 r^4 + K3 r^6) / (1 + K4 r^2 + K5 r^4 + K6 r^6)
//	u = FX (x d + 2 P1 x y + P2 (r^2 + 2 x^2)) + CX
//	v = FY (y d + P1 (r^2 + 2 y^2) + 2 P2 x y) + CY
//
// The centre of the top left pixel is (0, 0). Its fields are those of align.Camera, so
// that one converts to the other.
type Intrinsics struct {
	W, H                   int
	FX, FY, CX, CY         float64
	K1, K2, K3, K4, K5, K6 float64
	P1, P2                 float64
}

// Modelled is what a statistical camera saw instead of pixels.
type Modelled struct {
	// Verdict of an inspection, drawn with the station's stated error rates.
	Verdict Verdict
	// Corners of the cap's marker in pixels, in the order of the ArUco detector
	// (clockwise from the marker's top left); Seen tells whether there are any.
	Corners [4]Point
	Seen    bool
}

// Point in an image, in pixels.
type Point struct{ X, Y float64 }

// Aligned tells whether colour and depth are in the same pixels.
func (f *Frame) Aligned() bool {
	return f.DepthK == f.K && f.DepthInColor == kinematics.Identity()
}
