package sim_test

import (
	"context"
	"fmt"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// A plant without anybody to control it: whoever writes the register belt.run moves
// the belt.
func Example() {
	line, err := specs.Load("../scenarios/bottling")
	if err != nil {
		panic(err)
	}
	site := &device.Site{
		Engine: engine.New(engine.Options{Seed: 1}), Bank: protocol.NewBank(), Spec: &line.Scenario, Dir: line.Dir,
	}
	w, err := sim.NewWorld(site)
	if err != nil {
		panic(err)
	}
	belt, err := w.Conveyor("belt")
	if err != nil {
		panic(err)
	}
	hand := site.Port("hand", "control")
	run, err := hand.Command("belt", "run", protocol.Bool, "", "the belt is to run")
	if err != nil {
		panic(err)
	}
	if err := belt.Start(); err != nil {
		panic(err)
	}
	hand.At(engine.Control, time.Second, func(now time.Duration) { run.SetBool(now, true) })
	if err := site.Engine.Run(context.Background(), 5*time.Second); err != nil {
		panic(err)
	}
	position, err := site.Bank.In("belt.position", protocol.F64)
	if err != nil {
		panic(err)
	}
	fmt.Printf("the belt is at %.2f m\n", position.Float())
	// Output: the belt is at 1.88 m
}
