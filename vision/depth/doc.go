// Package depth inspects depth images: what differs from a template by more than its tolerance,
// by how much and where, in one pass over memory; and the filters that make depth worth
// inspecting.
//
// Template is the main type: the expected depth with the tolerance of each pixel, prepared once.
// Compare walks over a measured image and gives counts, extremes, mean, RMS, area and volume out of
// tolerance, the plane through the deviations with its tilt and flatness, and a mask; Finder
// groups the mask into regions.
//
//	t, err := depth.NewTemplate(want, nil, depth.Uniform(1.5, 2), fx, fy)
//	if err != nil { ... }
//	r, err := t.Compare(got, mask)
//	fmt.Println(r.Out, r.RMS, r.Plane.Flatness)
//	regions, err := finder.Find(t, got, mask)
//
// Temporal, Smoother, FillHoles and RemoveFlying are the filters. README.md states what each of
// them does to noise and edges.
//
// Depth is in millimetres along the optical axis. A pixel that is NaN, infinite, zero or negative
// has no depth: it is counted as missing, and nothing is ever made of it. Nothing here allocates
// once buffers have their size, reads a clock or starts goroutines. Equal arguments give equal
// bits, with the AVX2 kernel and without: sums are taken in eight lanes, pixel x into lane x mod 8,
// in float64, and lanes are joined in a fixed order.
//
// Sources: Higham, Accuracy and Stability of Numerical Algorithms (2002), 4, for the error of sums;
// Wu, Otoo, Suzuki, Optimizing two-pass connected-component labeling algorithms (2009), for regions by runs;
// Lee, Digital image smoothing and the sigma filter (1983).
package depth
