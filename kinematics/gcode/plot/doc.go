// Package plot draws what a G-code program does, as SVG: the path of the tool from above,
// from the front and from the right, traverses apart from feeds, and below these how fast
// the tool goes over time.
//
//	profile := plot.NewProfile(1e-3)
//	for more() { // as a planner says
//		profile.Add(plot.Cutting, speed, feed)
//	}
//	err := plot.SVG(w, "part.ngc", func() (*gcode.Interpreter, error) {
//		return gcode.New("part.ngc", file, config), rewind(file)
//	}, profile)
//
// SVG is the main function. It interprets the program four times, for the picture's size and
// for each view, and holds none of it. Points are those of gcode.Motion: machine
// coordinates, in metres; with tool-centre-point control, of the tool's tip. U, V, W and
// the rotary axes are not drawn.
//
// A Profile takes a sample for each cycle of a planner and keeps up to 1440 stretches of
// time, whatever the program's length: for each the least, the greatest and the mean speed.
package plot
