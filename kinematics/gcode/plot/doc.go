// Package plot draws what a G-code program does, as SVG: the path of the tool from above,
// from the front and from the right, traverses apart from feeds.
//
//	err := plot.SVG(w, "part.ngc", func() (*gcode.Interpreter, error) {
//		return gcode.New("part.ngc", file, config), rewind(file)
//	})
//
// SVG is the main function. It interprets the program twice, for the picture's size and
// for the picture, and holds neither. Points are those of gcode.Motion: machine
// coordinates, in metres; with tool-centre-point control, of the tool's tip. U, V, W and
// the rotary axes are not drawn.
package plot
