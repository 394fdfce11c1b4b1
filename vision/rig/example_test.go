package rig_test

import (
	"fmt"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/vision"
	"linetwin.dev/vision/rig"
)

func Example() {
	const ms = time.Millisecond
	clock := rig.ClockConfig{Transfer: 20 * ms}
	r, err := rig.New(rig.Config{
		Cameras:   []rig.Camera{{Name: "left", Clock: clock}, {Name: "right", Clock: clock}},
		Tolerance: 17 * ms, Wait: 60 * ms,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The right camera's clock is an hour ahead, and its exposures are 10 ms later.
	var set rig.Set
	for t := 33 * ms; t < 3*33*ms; t += 33 * ms {
		r.Push(0, t+20*ms, &vision.Frame{Stamp: t})
		r.Push(1, t+30*ms, &vision.Frame{Stamp: t + 10*ms + time.Hour})
		for r.Next(t+30*ms, &set) {
			fmt.Println("at", set.Instant, "they saw", set.At)
			set.Release()
		}
	}

	// What lies on the belt has moved between the two.
	belt := rig.NewBelt(100, 0)
	belt.Add(0, 1.000)
	belt.Add(100*ms, 1.040)
	travel, _ := belt.Travel(43*ms, 33*ms)
	motion := rig.OnBelt(kinematics.Identity(), travel)
	fmt.Printf("move by %.1f mm\n", 1e3*motion.P[0])
	// Output:
	// at 33ms they saw [33ms 43ms]
	// at 66ms they saw [66ms 76ms]
	// move by -4.0 mm
}
