package depth_test

import (
	"fmt"

	"linetwin.dev/vision/depth"
)

func Example() {
	want, got := depth.NewMap(100, 80), depth.NewMap(100, 80)
	for i := range want.Z {
		want.Z[i], got.Z[i] = 500, 500
	}
	for y := 20; y < 30; y++ {
		for x := 40; x < 60; x++ {
			got.Row(y)[x] += 4 // a dent
		}
	}
	t, err := depth.NewTemplate(want, nil, depth.Uniform(1.5, 2), 400, 400)
	if err != nil {
		fmt.Println(err)
		return
	}
	mask := make([]byte, 100*80)
	r, err := t.Compare(got, mask)
	if err != nil {
		fmt.Println(err)
		return
	}
	var f depth.Finder
	regions, err := f.Find(t, got, mask)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d pixels, %.1f mm2, up to %.1f mm deep\n", r.Out, r.Area, r.Furthest)
	fmt.Println(len(regions), regions[0].Box)
	// Output:
	// 200 pixels, 312.5 mm2, up to 4.0 mm deep
	// 1 {40 20 20 10}
}
