// Package engine owns time. It runs the activities of a twin's components, in
// virtual time or on the wall clock, and keeps the log of what happened.
//
// In virtual time an [Engine] is a discrete-event simulator. Its instants are
// integer nanoseconds since the start of the run. Within one instant activities
// run by phase,
//
//	Sense -> Control -> Actuate -> Plant -> Observe
//
// within a phase by component, in the order in which the components were added,
// and within a component periodic tasks first, in the order in which they were
// added, then one-shots, in the order in which they were scheduled. One thread
// runs them all. Long computations are offloaded: they run on all cores, and
// their result is delivered at a stated instant, whenever the computation really
// ends. Nothing that the Go scheduler decides can reach the outcome, so two runs
// of one program with one seed give the same log, byte for byte.
//
// The data of a cycle flows down the phases once: what a component publishes in
// one phase is read by others in a later one. The order of components within a
// phase is therefore declared not to matter; [Options.Shuffle] permutes it, and a
// run whose log then changes has a hidden dependence.
//
// On the wall clock each lane of components has an operating system thread of its
// own and absolute deadlines; a task that misses a whole period skips it, and the
// miss is counted. Offloaded work is delivered when it is done.
//
//	e := engine.New(engine.Options{Seed: 1})
//	belt := e.Component("belt", "plant")
//	belt.Every(engine.Plant, 5*time.Millisecond, 0, func(now time.Duration) {
//		// move the belt
//	})
//	err := e.Run(ctx, time.Minute)
//	fmt.Printf("%x\n", e.Log().Sum())
//
// README.md says which clock each part of the product uses.
package engine
