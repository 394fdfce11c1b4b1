package cloud_test

import (
	"fmt"
	"math"

	"linetwin.dev/vision/align"
	"linetwin.dev/vision/cloud"
)

func Example() {
	camera := align.Camera{W: 160, H: 120, FX: 130, FY: 130, CX: 79.5, CY: 59.5}
	depth := align.Depth{W: 160, H: 120, Z: make([]float32, 160*120)}
	for i := range depth.Z { // a belt with waves of 10 mm, which are longer across
		depth.Z[i] = float32(600 + 10*math.Sin(float64(i%160)/9)*math.Cos(float64(i/160)/14))
	}
	u, err := cloud.NewUnprojector(camera)
	if err != nil {
		fmt.Println(err)
		return
	}
	var points, thin cloud.Cloud
	if err := u.Cloud(&points, depth, cloud.Extra{Normals: true}); err != nil {
		fmt.Println(err)
		return
	}
	var voxels cloud.Voxels
	if err := voxels.Thin(&thin, &points, 8); err != nil {
		fmt.Println(err)
		return
	}
	plane, err := cloud.FitPlane(&thin, 12)
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := cloud.NewTemplate(&points, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := t.Register(&thin, cloud.Start{Reach: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d points, plane at %.0f mm\n", points.Len(), -plane.Offset)
	fmt.Println("found where it is:", r.Converged && !r.Ambiguous() && r.Inliers > 0.9)
	// Output:
	// 19200 points, plane at 600 mm
	// found where it is: true
}
