// Package match finds templates in grey images: many at once, in any light, partly covered, turned
// and scaled, to a small fraction of a pixel, and says what of them agreed.
//
// Searcher is the main type. It keeps its buffers, so that searching frame after frame allocates
// nothing:
//
//	label, err := match.NewTemplate(pattern, match.TemplateOptions{Name: "label"})
//	if err != nil { ... }
//	s, err := match.NewSearcher([]*match.Template{label, logo}, match.Options{})
//	if err != nil { ... }
//	for frame := range frames {
//		r, err := s.Search(match.Image{W: w, H: h, Stride: w, Pix: frame}, match.Rect{})
//		if err != nil { ... }
//		for _, m := range r.Matches {
//			fmt.Println(m.Template, m.X, m.Y, m.Explain())
//		}
//	}
//
// Equal images give equal results, whatever the number of workers, with AVX2 and without: what chooses
// candidates is in whole numbers, and each candidate is fitted by one goroutine in one order. There
// are no clocks and no random numbers. Pure Go and six loops in assembly.
//
// Pixels are as everywhere in vision: x to the right, y down, the centre of the first one is (0, 0).
// Angles are in degrees, clockwise as seen.
//
// Sources: Steger, Occlusion, clutter, and illumination invariant object recognition (2002), for
// directions of gradients as a score; Hinterstoisser et al., Gradient response maps for real-time
// detection of textureless objects (2012), for having them in a few bits; Baker and Matthews,
// Lucas-Kanade 20 years on (2004), for the fit; Unser, Splines: a perfect fit for signal and image
// processing (1999), for what lies between pixels. README.md tells what was measured, and what this
// cannot do.
package match
