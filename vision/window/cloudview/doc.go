// Package cloudview shows a point cloud in a window: orbit, pan, zoom to what is under the
// mouse, colours by depth, RGB or deviation, distances between picked points, a clip box.
//
// Its main type is [View], which window.Run shows. Points are drawn in software, on all
// cores, so that tests and pictures need no display; see [View.Draw] for what is drawn
// and BenchmarkAMillionPoints for how fast.
//
//	view, err := cloudview.New(cloudview.Cloud{XYZ: xyz, RGB: rgb})
//	if err != nil {
//		return err
//	}
//	return window.Run(view, window.Options{Title: "Bottle"})
//
// Lengths are in millimetres. A cloud is in the frame of a camera, x to the right, y
// down, z forward, or in one whose z is up; the view turns about what is up in either.
//
// # Sources
//
// Shading that needs no normals, from the depth of a pixel's neighbours alone, is
// eye-dome lighting after C. Boucheny, "Visualisation scientifique de grands volumes de
// données" (Grenoble, 2009).
package cloudview
