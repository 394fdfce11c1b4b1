// Package snip is the window in which templates are cut out of pictures and captures:
// regions are drawn, redrawn, moved and named, at any zoom in the pixels of the image;
// every step can be taken back; and all of them are saved at once, or none.
//
// Its main type is [View], which window.Run shows.
//
//	view, err := snip.New(sources, "templates")
//	if err != nil {
//		return err
//	}
//	if err := window.Run(view, window.Options{Title: "Templates"}); err != nil {
//		return err
//	}
//	for _, s := range view.Saved() {
//		fmt.Println(s.Files)
//	}
//
// A region of colour is saved as NAME.png, pixel by pixel as the image has it. Where
// there is depth in the same pixels, or the region was drawn on the depth, there is
// NAME.npz too: the capture (package capture) with its lens, its pose and its conditions,
// all of its depth in float32 millimetres, and a mask that is the region where it has
// depth. It keeps its full size so that a station compares its frames with it as it is.
package snip
