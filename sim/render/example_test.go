package render_test

import (
	"fmt"

	"linetwin.dev/kinematics"
	"linetwin.dev/sim/render"
)

func Example() {
	// A red triangle a metre before the camera, which looks along +z.
	mesh, _ := render.NewMesh([]render.Vertex{
		{P: [3]float64{-1, 1, 1}}, {P: [3]float64{1, 1, 1}}, {P: [3]float64{0, -1, 1}},
	}, render.Group{Index: []uint32{0, 1, 2}})
	scene := &render.Scene{
		Items: []render.Item{{Mesh: mesh, Pose: kinematics.Identity(), Materials: []*render.Material{{Color: render.RGB{R: 255}}}}},
		Light: render.Light{Ambient: 1.25},
	}
	camera := render.Camera{W: 64, H: 64, FX: 64, FY: 64, CX: 31.5, CY: 31.5, Pose: kinematics.Identity()}
	out := &render.Target{W: 64, H: 64, Color: make([]byte, 3*64*64), Depth: make([]float32, 64*64)}
	err := new(render.Raster).Render(scene, camera, out)
	middle := 32*64 + 32
	fmt.Println(out.Color[3*middle:3*middle+3], out.Depth[middle], err)
	// Output: [255 0 0] 1000 <nil>
}
