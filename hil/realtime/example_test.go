package realtime_test

import (
	"context"
	"fmt"
	"time"

	"linetwin.dev/hil/realtime"
	"linetwin.dev/kinematics/jerk"
)

// A thread calls its work in every period and measures itself.
func Example() {
	thread, err := realtime.NewThread(realtime.Options{Period: time.Millisecond})
	if err != nil {
		panic(err)
	}
	err = thread.Run(context.Background(), func(c realtime.Cycle) error {
		if c.Number >= 50 {
			return realtime.ErrStop
		}
		return nil // exchange with the drives here
	})
	r := thread.Report()
	fmt.Println(err, r.Cycles+r.Missed >= 50, r.Late.Quantile(0.99) >= 0)
	// Output: <nil> true true
}

// Records go from one goroutine to another without locks.
func ExampleRing() {
	type pose struct{ X, Y, Z float64 }
	ring, err := realtime.NewRing[pose](64)
	if err != nil {
		panic(err)
	}
	in, out := ring.Producer(), ring.Consumer()
	in.PushBatch([]pose{{X: 1}, {X: 2}, {X: 3}})
	var p pose
	for out.Pop(&p) {
		fmt.Println(p)
	}
	// Output:
	// {1 0 0}
	// {2 0 0}
	// {3 0 0}
}

// A follower needs no thread: here the setpoints run dry after 50 ms.
func ExampleFollower() {
	limits := []jerk.Limits{jerk.Symmetric(0.5, 2, 40)}
	follower, err := realtime.NewFollower(limits, 1e-6, 2)
	if err != nil {
		panic(err)
	}
	ring, err := realtime.NewRing[realtime.Setpoint](256)
	if err != nil {
		panic(err)
	}
	in, out := ring.Producer(), ring.Consumer()

	var way jerk.Profile
	if err := way.Plan(jerk.State{}, jerk.State{P: 0.1}, &limits[0]); err != nil {
		panic(err)
	}
	period := time.Millisecond
	begin := realtime.Now().Next(period)
	for k := range 51 {
		s := way.At(float64(k) / 1000)
		sp := realtime.Setpoint{Time: begin.Add(time.Duration(k) * period), Stream: 1}
		sp.Position[0], sp.Velocity[0], sp.Acceleration[0] = s.P, s.V, s.A
		in.Push(&sp)
	}
	var cmd realtime.Command
	for k := range uint64(400) {
		follower.Step(realtime.Cycle{Number: k, Scheduled: begin.Add(time.Duration(k) * period), Period: period}, out, &cmd)
	}
	state, why, _, _ := follower.State()
	fmt.Printf("%v because %v, at %.4f m, %.0f m/s\n", state, why, cmd.Position[0], cmd.Velocity[0])
	// Output: holding because setpoints ran dry, at 0.0100 m, 0 m/s
}
