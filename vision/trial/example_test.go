package trial_test

import (
	"context"
	"fmt"

	"linetwin.dev/vision/trial"
)

func Example() {
	r, err := trial.Run(context.Background(), trial.Options{Seed: 1}, trial.Depth(15))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range r.Subjects {
		for _, g := range t.Groups[:5] {
			fmt.Printf("%s: %d of %d, %d wrong\n", g.Category.Name, g.Right, g.Items, g.Wrong)
		}
	}
	// Output:
	// flat: 1 of 1, 0 wrong
	// curved: 1 of 1, 0 wrong
	// edges: 1 of 1, 0 wrong
	// within tolerance: 1 of 1, 0 wrong
	// slight: 1 of 1, 0 wrong
}
