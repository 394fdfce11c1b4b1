// Package align brings the two images of an RGB-D camera onto each other: depth into the pixels of the
// colour camera, colour into those of the depth camera.
//
// Aligner is the main type. It is made once for a calibration, which it turns into tables, and then
// aligns frame after frame:
//
//	a, err := align.New(align.Config{
//		Depth: depthCamera, Color: colorCamera,
//		DepthInColor: kinematics.Translation(-0.0325, -0.001, 0.0019),
//	})
//	if err != nil { ... }
//	err = a.ToColor(out, depth) // out.Z[y*out.W+x]: depth of that colour pixel, in the colour frame
//	err = a.ToDepth(image, color, depth)
//
// The depth image is taken as the surface that it samples: neighbours whose depth differs by less
// than a Step are joined, and each colour pixel gets the z, in the colour camera's frame, at which it
// sees that surface; the nearest, where it sees several. Nothing is interpolated over a larger
// difference: there, surfaces end half a depth pixel beyond their last sample, and what opens up
// between near and far is marked Occluded. README.md tells how, how well and how fast.
//
// Depth is in millimetres along the optical axis, poses are in metres. A depth pixel that is NaN,
// infinite, zero, negative or out of range has no depth. Aligned images are the same for any
// number of goroutines, and, on one architecture, with AVX2 and without. An Aligner serves one call at a
// time; it starts its goroutines within a call and allocates nothing.
//
// Sources: Brown, Close-range camera calibration (1971), and OpenCV's calib3d for the rational lens model;
// Pineda, A parallel algorithm for polygon rasterization (1988), for edge functions.
package align
