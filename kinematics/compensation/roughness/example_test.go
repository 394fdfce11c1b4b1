package roughness_test

import (
	"fmt"
	"math"

	"linetwin.dev/kinematics/compensation/roughness"
)

// A ball end mill of 6 mm with 50 um feed per tooth, on a path that sways by 2 um every 0.3 mm;
// and the same with nine tenths of that taken out.
func Example() {
	for _, left := range []float64{1, 0.1} {
		along, err := roughness.NewAlong(roughness.Marks{Radius: 3e-3, Pitch: 50e-6}, roughness.Config{Spacing: 2e-6})
		if err != nil {
			fmt.Println(err)
			return
		}
		for i := range 800 {
			x := 10e-6 * float64(i)
			along.Add([3]float64{x, 0, 0}, left*1e-6*math.Sin(2*math.Pi*x/0.3e-3))
		}
		along.Break() // the end of the cut
		r := along.Result()
		fmt.Printf("Ra %.2f um, Rz %.2f um over %.1f mm\n", r.Ra*1e6, r.Rz*1e6, r.Length*1e3)
	}
	// Output:
	// Ra 0.51 um, Rz 1.77 um over 5.6 mm
	// Ra 0.06 um, Rz 0.27 um over 5.6 mm
}

func ExampleMarks_Cusp() {
	turned := roughness.Marks{Radius: 0.8e-3, Pitch: 0.1e-3} // corner radius, feed per turn
	milled := roughness.Marks{Radius: 3e-3, Pitch: 0.2e-3}   // ball radius, step-over
	fmt.Printf("%.2f um, Ra %.2f um\n", turned.Cusp()*1e6, turned.CuspRa()*1e6)
	fmt.Printf("%.2f um, Ra %.2f um\n", milled.Cusp()*1e6, milled.CuspRa()*1e6)
	// Output:
	// 1.56 um, Ra 0.40 um
	// 1.67 um, Ra 0.43 um
}
