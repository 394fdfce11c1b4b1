package engine_test

import (
	"context"
	"fmt"
	"time"

	"linetwin.dev/twin/engine"
)

func Example() {
	e := engine.New(engine.Options{Seed: 1})
	belt := e.Component("belt", "plant")
	var position float64 // m
	belt.Every(engine.Plant, 5*time.Millisecond, 0, func(now time.Duration) {
		position += 0.5 * 0.005
	})
	plc := e.Component("plc", "control")
	plc.At(engine.Control, 2*time.Second, func(now time.Duration) {
		fmt.Printf("at %v the belt has moved %.2f m\n", now, position)
	})
	if err := e.Run(context.Background(), time.Minute); err != nil {
		fmt.Println(err)
	}
	// Output: at 2s the belt has moved 1.00 m
}
