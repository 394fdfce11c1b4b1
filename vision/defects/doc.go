// Package defects finds the regions in which a picture differs from a good one: parts that are missing,
// scratches, spots, stains, wrong print.
//
// Inspector is the main type. It is made once from a good picture or several, and then inspects picture
// after picture:
//
//	in, err := defects.New([]defects.Image{good}, defects.Options{})
//	if err != nil { ... }
//	r, err := in.Inspect(picture)
//	if err != nil { ... }
//	for _, d := range r.Defects {
//		fmt.Println(d.Box, d.Kind, d.Score)
//	}
//
// The picture may be shifted, turned, scaled and seen a little from the side, and be lit, focused and
// compressed differently; its size need not be the good one's. It is registered first, its light is taken
// up next, and what then differs is compared with what differs everywhere, so that noise, edges and texture
// set their own thresholds. README.md tells how, how well, and what is not found.
//
// Boxes are in pixels of the picture that is inspected, positions in pixels with the centre of the top left
// one at (0, 0). Nothing here reads a clock or draws at random; equal pictures give equal reports for any
// number of goroutines. Pure Go. An Inspector serves one call at a time and keeps its buffers.
//
// Sources: Reddy and Chatterji, An FFT-based technique for translation, rotation, and scale-invariant image
// registration (1996); Baker and Matthews, Lucas-Kanade 20 years on (2004), and Benhimane and Malis, Real-time
// image-based tracking of planes using efficient second-order minimization (2004), for the refinement; Keys,
// Cubic convolution interpolation (1981); Rousseeuw and Croux, Alternatives to the median absolute deviation
// (1993), for robust scales; Canny, A computational approach to edge detection (1986), for hysteresis.
package defects
