package path_test

import (
	"fmt"

	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
)

func Example() {
	limit := machine.Limit{Speed: 0.5, Accel: 3, Jerk: 60}
	axes := []path.Axis{{Name: "X", Limit: limit}, {Name: "Y", Limit: limit}}
	planner, runner, err := path.New(path.Config{Axes: axes, Cycle: 1e-3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, to := range [][path.MaxAxes]float64{{0.1}, {0.1, 0.05}, {0, 0.05}} {
		if err := planner.Add(path.Move{To: to, Feed: 0.05, Tolerance: 1e-5}); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := planner.Flush(); err != nil {
		fmt.Println(err)
		return
	}
	var s path.Sample
	cycles := 0
	for runner.Next(&s) {
		cycles++
	}
	fmt.Printf("X %.3f Y %.3f after %.1f s\n", s.Joints[0], s.Joints[1], float64(cycles)*1e-3)
	// Output:
	// X 0.000 Y 0.050 after 5.2 s
}
