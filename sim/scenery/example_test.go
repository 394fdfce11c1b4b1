package scenery_test

import (
	"fmt"
	"math/rand/v2"
	"os"

	"linetwin.dev/sim/render"
	"linetwin.dev/sim/scenery"
	"linetwin.dev/sim/scenery/props"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

func Example() {
	dir, err := os.MkdirTemp("", "artwork")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := props.Artwork(dir); err != nil { // label.png and wrong.png
		fmt.Println(err)
		return
	}
	kit, err := scenery.NewKit(props.Bottle(), dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	room, _ := scenery.NewRoom(specs.Conveyor{Length: 6, Width: 0.16})
	part := kit.Part(17, device.MissingCap, rand.New(rand.NewPCG(1, 2)))
	scene := &scenery.Scene{Room: room, Belt: 0.4, Parts: []scenery.Placed{scenery.Place(part, 1.16, 0, 0)}}
	var list render.Scene
	scene.Compose(&list, 0)
	fmt.Println(part.Text(), "|", part.Defects(), "|", len(list.Items), "things to see")
	// Output: LT00000017 | missing cap | 6 things to see
}
