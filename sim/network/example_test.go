package network_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"linetwin.dev/sim/network"
	"linetwin.dev/twin/engine"
)

func ExampleNetwork() {
	e := engine.New(engine.Options{Seed: 1})
	c := e.Component("network", "plant")
	lan := network.New(network.Conditions{Latency: time.Millisecond}, func(at time.Duration, fn func(time.Duration)) {
		c.At(engine.Observe, at, fn)
	})
	lan.Listen(func(now time.Duration, e *network.End) {
		e.Notify(func(now time.Duration) {
			fmt.Printf("%q after %v\n", e.Received(), now)
			e.Consume(now, len(e.Received()))
		})
	})
	rnd := rand.New(rand.NewPCG(1, 2))
	c.At(engine.Observe, 0, func(now time.Duration) {
		lan.Dial(now, rnd, func(now time.Duration, e *network.End, err error) {
			if err == nil {
				e.Write(now, []byte("hello"))
			}
		})
	})
	_ = e.Run(context.Background(), time.Second)
	// Output:
	// "hello" after 3ms
}
