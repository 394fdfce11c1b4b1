// Package cnc runs G-code: a program goes in, and where the axes have to be comes out,
// cycle for cycle. It joins the interpreter (gcode), the machine's geometry (machine) and
// the planner (path).
//
// Run is the main type:
//
//	run, err := cnc.New("part.ngc", file, cnc.Config{
//		Machine: &trunnion, Limits: limits, Cycle: 1e-3,
//	})
//	defer run.Close()
//	var s path.Sample
//	for {
//		more, err := run.Next(&s)
//		if err != nil {
//			return err // part.ngc:12: what is wrong
//		}
//		if !more {
//			break
//		}
//		drive(s.Joints, s.Velocity)
//	}
//
// The program is read as far ahead as the planner has room, in constant memory. What it
// asks for besides motion, such as a spindle or a tool, is handed on when the machine comes
// there. Hold, Resume and Override act in any cycle.
//
// A Run is for one goroutine. It has no clock: one call of Next is one cycle. Equal programs,
// Configs and orders give equal bits.
package cnc
