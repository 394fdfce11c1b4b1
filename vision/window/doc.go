// Package window is what the windows of the vision tools are made of: a canvas that is
// drawn in software, a few widgets, an image pane that keeps full-resolution coordinates
// at every zoom, and a window of the system that shows the picture and tells events.
//
// Its main type is [View]: an ordinary Go value that reacts to an [Event] and draws
// itself on a [Canvas]. It knows no display, so a test hands it events and looks at its
// pixels; [Run] hands it those of a real window, through GLFW and OpenGL. A program that
// opens windows gives its work to [Main], as systems let only the main thread do so:
//
//	func main() {
//		os.Exit(window.Main(func() int {
//			if err := window.Run(&viewer{}, window.Options{Title: "Viewer"}); err != nil {
//				fmt.Fprintln(os.Stderr, err)
//				return 2
//			}
//			return 0
//		}))
//	}
//
// # Lengths
//
// Lengths and places in a window are in points, from the top left, y downwards: a point
// is a pixel of an ordinary screen, and Canvas.Scale pixels on a finer one. Places in an
// image are in its own pixels, the centre of the top left one at (0, 0), whatever the
// zoom; see [Pane].
//
// # Sources
//
// Coverage at the edges of shapes is that of the distance to them, after J. C. Hart,
// "Sphere tracing", The Visual Computer 12 (1996), in the form of distance functions for
// boxes and capsules. The map of [Viridis] is that of S. van der Walt and N. Smith
// (matplotlib, 2015), given at nine places and linear between them. The type is Go
// Regular, Medium and Mono by Bigelow & Holmes (golang.org/x/image/font/gofont).
package window
