// Package scenes renders depth images of parts as a time-of-flight camera sees them, with noise,
// flying pixels at edges, holes and a bias, and with defects whose place, height, area and
// volume are known: dents, bumps, missing pieces, tilt, missing depth. It is what a depth
// inspection can be held against.
//
// Category is the main type. A seed and a number name a scene:
//
//	for _, c := range scenes.Categories() {
//		s := c.Scene(1, 0)
//		found := inspect(s.Want, s.Mask, s.Tolerance, s.Frames)
//		fmt.Println(c.Name, s.Regions, s.Missing, found)
//	}
//
// Nothing here imports an inspection of this module: tests of any may use it. Depth is in
// millimetres along the optical axis, 0 where there is none; deviations are measured minus
// expected, positive away from the camera; the centre of the first pixel is (0, 0). Equal
// seeds and numbers give equal scenes on one architecture, and all functions may be called
// concurrently. README.md tells the model and what is in a category.
package scenes
