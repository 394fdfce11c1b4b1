// Package cloud makes point clouds of depth images at metric scale, reads and writes them as PLY, thins them,
// fits planes, and finds where a template lies in them.
//
// Cloud is the main type: coordinates in separate slices, with normals, colour and deviation where there are
// any.
//
//	u, err := cloud.NewUnprojector(depthCamera) // once for a camera
//	if err != nil { ... }
//	err = u.Cloud(&points, depth, cloud.Extra{Color: colored.Pix, Normals: true})
//	err = voxels.Thin(&thin, &points, 2)
//	t, err := cloud.NewTemplate(&good, 0)       // once for a template
//	r, err := t.Register(&thin, cloud.Start{Turns: 12})
//	fmt.Println(r.Pose, r.RMS, r.Inliers, r.Ambiguous())
//	err = cloud.SavePLY("part.ply", &thin, cloud.Binary)
//
// Coordinates are in millimetres in the frame of the depth camera (x right, y down, z forward), as depth is; poses
// are in metres, as everywhere. A PLY file has no unit; what is written is in millimetres.
//
// Nothing here starts goroutines, reads a clock, or draws from a source of randomness that is not seeded: equal
// arguments give equal bits. Where points come in another order, a thinned cloud is the same, bit for bit, and
// planes and poses are so up to rounding. Unprojector, Voxels and Template.Deviations allocate nothing once their
// buffers have their size.
//
// Sources: Turk, The PLY polygon file format (1994); Fischler and Bolles, Random sample consensus (1981);
// Chen and Medioni, Object modelling by registration of multiple range images (1992), for point to plane;
// Gelfand, Ikemoto, Rusinkiewicz, Levoy, Geometrically stable sampling for the ICP algorithm (2003), for what a
// shape leaves free; Hoppe et al., Surface reconstruction from unorganized points (1992), for normals;
// Friedman, Bentley, Finkel, An algorithm for finding best matches in logarithmic expected time (1977).
package cloud
