// Package gcode interprets G-code: the RS-274 that LinuxCNC understands, with its
// expressions, parameters, subs and loops, canned cycles, cutter compensation, offsets and
// five-axis words. Text goes in, canonical events come out: straight moves, arcs, dwells,
// tool changes, and all else that a program can ask a machine for.
//
// Interpreter is the main type. Next gives one event after another:
//
//	in := gcode.New("part.ngc", file, gcode.Config{Tools: table})
//	defer in.Close()
//	for {
//		e, err := in.Next()
//		if err == io.EOF {
//			break
//		}
//		if err != nil {
//			return err // part.ngc:12:5: what is wrong
//		}
//		if e.Kind.Moves() {
//			plan(e.Motion) // machine coordinates, metres, radians, m/s
//		}
//	}
//
// Each event has its place in the program, what the program said (program coordinates and
// units, as rs274 prints them), and for motion what a planner needs in SI units. A
// CanonWriter writes events as the lines of rs274 -g.
//
// A program is read as a stream, in constant memory, whatever its length; loops and calls
// go back in it. In steady state a line allocates nothing. An Interpreter has no hidden
// state, reads no clock and starts no goroutine: equal programs and Configs give equal
// events.
//
// Sources: Kramer, Proctor, Messina, The NIST RS274/NGC Interpreter, Version 3 (NISTIR
// 6556, 2000); the G-Code, M-Code and O-Code pages of LinuxCNC's documentation, 2.9; and
// the behaviour of its rs274, with which the tests compare. README.md has the language in
// tables.
package gcode
