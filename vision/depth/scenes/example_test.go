package scenes_test

import (
	"fmt"

	"linetwin.dev/vision/depth/scenes"
)

func Example() {
	for _, c := range scenes.Categories() {
		if c.Name != "dent" {
			continue
		}
		s := c.Scene(1, 0) // scene 0 of seed 1
		for _, r := range s.Regions {
			fmt.Printf("%d frames, a dent of %.1f mm over %.0f mm^2\n", len(s.Frames), r.Peak, r.Area)
		}
	}
	// Output: 8 frames, a dent of 3.8 mm over 685 mm^2
}
