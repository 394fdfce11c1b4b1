// Package plc is the simulated PLC: the line logic of an inspect, cap and reject
// line, as a program that sees registers only.
//
// Each scan reads the inputs, runs the PackML state machine and the tracking, and
// writes the outputs. A bottle is tracked from the photo-eye at the infeed to the
// one at the outfeed by the belt's encoder: its origin is the position of the belt
// at which its centre was at the start of the conveyor, so its place is the belt's
// position minus its origin. Verdicts are matched to bottles by where they were
// when the picture was taken, never by counting: a camera that misses a trigger
// must not shift all later verdicts by one.
//
// What is not known to be good is rejected. What contradicts the tracking (a part
// that should not be there, one that is missing, a sensor without an answer, a belt
// that does not move) aborts: the belt stops and the gate goes out, so that nothing
// passes.
//
//	p, err := plc.New(site, "main")
//
// States and commands have the numbers of PackTags (ISA-TR88.00.02).
package plc
