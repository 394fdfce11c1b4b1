// Package qrtune is the window in which the parameters of a QR reader are tuned: regions
// are picked on the picture, parameters turned, and what every stage of the cascade makes
// of the picture, reads and costs is seen at once.
//
// Its main type is [View], which window.Run shows.
//
//	view, err := qrtune.New([]string{"a.png", "b.png"}, vision.StationQR(), "qr.cue")
//	if err != nil {
//		return err
//	}
//	err = window.Run(view, window.Options{Title: "QR", Opened: view.Opened})
//
// The parameters are saved as specs.FormatQR writes them: a scenario's station takes them
// over, and "linetwin vision qr --params" reads them.
//
// The cascade of package vision ends with the stage that reads. The window has the others
// read as well, so that one sees what each is good for; what the cascade itself would
// come to, and whether within its budget, is told apart.
package qrtune
