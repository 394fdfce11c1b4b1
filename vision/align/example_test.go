package align_test

import (
	"fmt"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
)

func Example() {
	a, err := align.New(align.Config{
		Depth:        align.Camera{W: 320, H: 288, FX: 252, FY: 252, CX: 159.5, CY: 143.5},
		Color:        align.Camera{W: 640, H: 360, FX: 374, FY: 374, CX: 319.5, CY: 179.5, K1: 0.078, K2: -0.11},
		DepthInColor: kinematics.Translation(-0.0325, -0.001, 0.0019),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	depth := align.Depth{W: 320, H: 288, Z: make([]float32, 320*288)}
	for i := range depth.Z {
		depth.Z[i] = 800
	}
	out := align.Aligned{Depth: align.Depth{W: 640, H: 360, Z: make([]float32, 640*360)}, Marks: make([]align.Mark, 640*360)}
	if err := a.ToColor(out, depth); err != nil {
		fmt.Println(err)
		return
	}
	middle := 180*640 + 320
	fmt.Println(out.Z[middle], out.Marks[middle] == align.Seen)
	// Output: 801.9 true
}
