// Package sim is the simulated side of a line: the plant (belts, parts, photo-eyes,
// gates, machines) and the cameras that look at it. Package plc below it is the
// simulated controller, clients simulates those who use the line's registers, and
// network the connections over which they do.
//
// A [World] holds what is true: where the belt is, which bottle stands where and what
// is wrong with it, how the machines stand. It moves in the Plant phase. Its devices
// publish in the Sense phase what their sensors make of it, and read their commands
// from registers. Nothing else leaves the world, except the truth for the metrics, as
// records of the component "world".
//
//	w, err := sim.NewWorld(site)
//	belt, err := w.Conveyor("belt")
//	top, err := w.Camera("top")
//
// or, for a whole twin, sim.Devices().
//
// The plant steps every 5 ms, and within a step everything has a closed form: the belt
// moves with constant acceleration, so the instants at which a part breaks a beam, is
// pushed off by a gate or runs off the end are found exactly, not on the step's grid.
// A drive is the exact solution of its differential equation over a cycle.
//
// Everything random has a stream of its own, and is drawn whether it is needed or not:
// another rate of one defect, or a fault, changes nothing else.
//
// README.md says what is modelled, from what source, and what is not.
package sim
