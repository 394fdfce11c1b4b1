// Package trial holds readers and inspections against labelled pictures: how often they are
// right, wrong or miss something, by kind of fault, how precise they are and what a picture
// costs. Pictures are rendered from a seed, or come from a folder with labels.
//
// Subject is the main type: one reader and the categories that it is tried on.
//
//	qr := trial.QR(vision.NewQRReader(vision.QROptions{}), 2000)
//	r, err := trial.Run(ctx, trial.Options{Seed: 1}, qr, trial.Depth(300))
//	if err != nil { ... }
//	err = r.WriteTable(os.Stdout)   // rates by category
//	ok := r.Pass()                  // whether each keeps its bound
//
// Run uses all processors. Counts and errors are the same for the same seed on any number of
// them; times are measured, on the wall clock and beside whatever else runs, and are marked as such.
//
// Sources: the labels and the score of outside sets are those of BoofCV's benchmark of QR codes
// (boofcv.org, Performance:QrCode): see Folder.
package trial
