package scenes_test

import (
	"fmt"

	"linetwin.dev/vision/qr/scenes"
)

func Example() {
	c, _ := scenes.Find("tilt")
	s, err := c.Scene(1, 0) // picture 0 of seed 1
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %dx%d pixels, %q\n", c.Name, s.Image.W, s.Image.H, s.Codes[0].Text[:7])
	// Output: tilt: 640x560 pixels, "LT-3050"
}
