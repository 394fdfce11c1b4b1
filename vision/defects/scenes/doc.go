// Package scenes draws labelled pictures for tests and benches of package defects: a good picture, and one of
// the same thing seen by a camera that stands a little elsewhere, in other light, with or without a defect, and
// the box of that defect.
//
//	s := scenes.Make(7, "circuit", "missing", scenes.Hard)
//	in, err := defects.New([]defects.Image{s.Good}, defects.Options{})
//	r, err := in.Inspect(s.Picture) // r.Defects against s.Truth
//
// Equal seeds give equal scenes.
package scenes
