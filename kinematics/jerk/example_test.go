package jerk_test

import (
	"fmt"

	"linetwin.dev/kinematics/jerk"
)

func Example() {
	var pr jerk.Profile
	l := jerk.Symmetric(0.5, 2, 40) // m/s, m/s2, m/s3
	if err := pr.Plan(jerk.State{}, jerk.State{P: 1}, &l); err != nil {
		fmt.Println(err)
		return
	}
	s := pr.At(0.3)
	fmt.Printf("%.3f s; after 0.3 s at %.4f m with %.2f m/s\n", pr.Duration(), s.P, s.V)
	// Feed hold: the quickest stop from there, and on again from where that ends.
	if err := pr.PlanStop(s, &l); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("stopped at %.4f m after %.3f s\n", pr.End().P, pr.Duration())
	if err := pr.Plan(pr.End(), jerk.State{P: 1}, &l); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the rest takes %.3f s\n", pr.Duration())
	// Output:
	// 2.300 s; after 0.3 s at 0.0750 m with 0.50 m/s
	// stopped at 0.1500 m after 0.300 s
	// the rest takes 2.000 s
}

// Axes that arrive together, sampled as a control cycle does.
func ExampleTrajectory() {
	slow, quick := jerk.Symmetric(0.1, 1, 20), jerk.Symmetric(1, 10, 500)
	var tr jerk.Trajectory
	err := tr.Plan(jerk.Move{
		From:   []jerk.State{{}, {P: 0.2, V: 0.1}},
		To:     []jerk.State{{P: 0.05}, {P: 0.4}},
		Limits: []jerk.Limits{slow, quick},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var p, v, a [2]float64
	for _, t := range []float64{0, 0.2, 0.4, tr.Duration()} {
		tr.At(t, p[:], v[:], a[:])
		fmt.Printf("%.2f s: %.4f m, %.4f m\n", t, p[0], p[1])
	}
	// Output:
	// 0.00 s: 0.0000 m, 0.2000 m
	// 0.20 s: 0.0125 m, 0.2608 m
	// 0.40 s: 0.0325 m, 0.3265 m
	// 0.65 s: 0.0500 m, 0.4000 m
}

// A look-ahead: how fast a path may be at the junction of two segments of 4 and 2 mm, when it
// rests at both ends.
func ExampleExitSpeed() {
	l := jerk.Limits{MaxV: 0.2, MaxA: 2, MinA: -2, MaxJ: 100}
	forward, _ := jerk.ExitSpeed(0, 0, 0.004, &l)
	backward, _ := jerk.EntrySpeed(0, 0, 0.002, &l)
	junction := min(forward, backward)
	var in, out jerk.Profile
	if err := in.Plan(jerk.State{}, jerk.State{P: 0.004, V: junction}, &l); err != nil {
		fmt.Println(err)
		return
	}
	if err := out.Plan(in.End(), jerk.State{P: 0.006}, &l); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f m/s, %.4f s and %.4f s\n", junction, in.Duration(), out.Duration())
	// Output: 0.0717 m/s, 0.0806 s and 0.0558 s
}
