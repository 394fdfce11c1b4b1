package cnc_test

import (
	"fmt"
	"strings"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

func Example() {
	trunnion, err := machine.Named("XYZAC-TRT", machine.Geometry{})
	if err != nil {
		fmt.Println(err)
		return
	}
	linear, rotary := machine.Limit{Speed: 0.5, Accel: 3, Jerk: 60}, machine.Limit{Speed: 2, Accel: 20, Jerk: 400}
	program := "G21 F1200\nG64 P0.01\nG1 X10\nG1 X20 Y10 C45\nM2\n"
	run, err := cnc.New("part.ngc", strings.NewReader(program), cnc.Config{
		Machine: &trunnion, Limits: []machine.Limit{linear, linear, linear, rotary, rotary}, Cycle: 1e-3,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	var s path.Sample
	cycles := 0
	for {
		more, err := run.Next(&s)
		if err != nil {
			fmt.Println(err) // part.ngc:12: what is wrong
			return
		}
		if !more {
			break
		}
		cycles++
	}
	fmt.Printf("X%.3f Y%.3f mm, C%.3f rad after about %.1f s\n", s.Joints[0]*1e3, s.Joints[1]*1e3, s.Joints[4], float64(cycles)*1e-3)
	// Output:
	// X20.000 Y10.000 mm, C0.785 rad after about 1.4 s
}
