package capture_test

import (
	"fmt"
	"os"
	"path/filepath"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision/align"
	"linetwin.dev/vision/capture"
)

func Example() {
	dir, err := os.MkdirTemp("", "capture")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	c := &capture.Capture{
		Depth:        align.Depth{W: 2, H: 1, Z: []float32{812.25, 0}},
		DepthK:       align.Camera{W: 2, H: 1, FX: 505.28, FY: 505.28, CX: 0.5},
		DepthInColor: kinematics.Identity(),
		Meta:         capture.Meta{Camera: "top", Note: "after cleaning the belt"},
	}
	path := filepath.Join(dir, "good.npz")
	if err := c.Save(path); err != nil {
		fmt.Println(err)
		return
	}
	got, err := capture.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got.Depth.Z, got.Meta.Note)
	// Output: [812.25 0] after cleaning the belt
}
