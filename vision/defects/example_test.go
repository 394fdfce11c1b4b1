package defects_test

import (
	"fmt"

	"linetwin.dev/vision/defects"
	"linetwin.dev/vision/defects/scenes"
)

func Example() {
	s := scenes.MakeSized(5, "bottle", "hole", scenes.Easy, 320, 240)
	in, err := defects.New([]defects.Image{s.Good}, defects.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := in.Inspect(s.Picture)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range r.Defects {
		fmt.Println(d.Kind, d.Box.Overlaps(s.Truth[0]))
	}
	// Output: darker true
}
