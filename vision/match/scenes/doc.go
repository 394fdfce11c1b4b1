// Package scenes makes pictures with templates in them of which the truth is known: for tests, for
// measurements, and for tuning.
//
// A Scene is an image, the templates that may be in it, and where each of them really is:
//
//	for seed := range uint64(40) {
//		s := scenes.Make(scenes.Covered, seed)
//		...
//	}
//
// Patterns are drawn four times as fine as pixels and averaged over the area of each pixel, for
// the template as for the scene, so that the truth holds to a thousandth of a pixel. Then the scene
// goes through blur, light and noise. Equal categories and seeds give equal pictures on one
// architecture.
package scenes
