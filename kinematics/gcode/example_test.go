package gcode_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"linetwin.dev/kinematics/gcode"
)

func Example() {
	program := "G21 G90 F600\nG0 X10\nG1 Y20 A90\nG2 X30 Y20 I10\nM2\n"
	in := gcode.New("part.ngc", strings.NewReader(program), gcode.Config{})
	defer in.Close()
	for {
		e, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		if e.Kind.Moves() {
			m := &e.Motion
			fmt.Printf("line %d: to X %.3f Y %.3f m, A %.3f rad, at %.3f m/s, turning %.3f rad\n", e.Line, m.End[gcode.X], m.End[gcode.Y], m.End[gcode.A], m.Feed, m.Sweep)
		}
	}
	// Output:
	// line 2: to X 0.010 Y 0.000 m, A 0.000 rad, at 0.000 m/s, turning 0.000 rad
	// line 3: to X 0.010 Y 0.020 m, A 1.571 rad, at 0.010 m/s, turning 0.000 rad
	// line 4: to X 0.030 Y 0.020 m, A 1.571 rad, at 0.010 m/s, turning -3.142 rad
}

func ExampleCanonWriter() {
	in := gcode.New("part.ngc", strings.NewReader("N10 G0 X1.5 (there)\nM2\n"), gcode.Config{Machine: &gcode.Standalone{}})
	lines := gcode.NewCanonWriter(os.Stdout)
	for {
		e, err := in.Next()
		if err != nil {
			break
		}
		if e.Line == 1 {
			if err := lines.Write(e); err != nil {
				return
			}
		}
	}
	// Output:
	//     1 N10    COMMENT("there")
	//     2 N10    STRAIGHT_TRAVERSE(1.5000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000)
}

func ExampleConfig_mCodes() {
	clamp := func(call *gcode.MCall) error {
		p, ok := call.Word('P')
		if !ok || p > 100 {
			return fmt.Errorf("P, the clamping force, is 0 to 100 N")
		}
		call.SetParameter(100, p)
		return nil
	}
	in := gcode.New("part.ngc", strings.NewReader("M123 P40\n(msg, clamped with %d#100)\nM123 P400\n"),
		gcode.Config{MCodes: map[int]func(*gcode.MCall) error{123: clamp}})
	for {
		e, err := in.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		if e.Kind == gcode.CustomM {
			fmt.Printf("M%d P%g\n", e.Number, e.Value)
		}
	}
	// Output:
	// M123 P40
	// M123 P400
	// part.ngc:3:1: M123: P, the clamping force, is 0 to 100 N
}
