// Package capture stores what an RGB-D camera saw: a capture, or a depth template made of several,
// in one .npz file that NumPy and its kin open without this package.
//
// Capture is the main type.
//
//	c, err := capture.Load("good.npz")
//	if err != nil { ... } // capture good.npz: array depth: ...
//	c.Meta.Note = "after cleaning the belt"
//	err = c.Save("good.npz") // all of it, or what was there before
//
//	var m capture.Mean // a template of several
//	err = m.Add(c)
//	t, err := m.Template(capture.Limits{Sigmas: 4})
//
// README.md lists the arrays. Depth is in millimetres along the optical axis, 0 where there is
// none; poses are in metres. Types are those of vision/align, which convert to those of vision.
//
// Reading is strict, and safe with files that anybody made: no more memory is taken than the file's own
// size accounts for, numbers are converted from either byte order, and an error says which file, which
// array, and what would be right. Nothing here keeps state; a Capture is plain data.
//
// Sources: NumPy Enhancement Proposal 1 (the .npy format, versions 1 to 3); PKWARE's APPNOTE, by way of
// archive/zip; Welford, Note on a method for calculating corrected sums of squares (1962).
package capture
