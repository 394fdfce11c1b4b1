// Package sim is the simulated side of a line: the plant (belt, parts, light
// barriers, gates, machines), the cameras that look at it, and a PLC.
//
// A [World] holds what is true: where the belt is, which bottle stands where and
// what is wrong with it, how the machines stand. It moves in the Plant phase. The
// devices publish in the Sense phase what their sensors make of it, and the
// world's actuators read their command registers. Nothing else leaves the world,
// except the truth for the metrics, as records of the component "world".
//
//	w, err := sim.NewWorld(site)
//	top, err := w.Camera("top")
//	plc, err := sim.NewPLC(site, "main")
//
// Between two ticks the belt moves with constant acceleration, so the instant at
// which an edge breaks a beam is found in closed form, not on the tick's grid.
package sim
