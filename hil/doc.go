// Package hil is the real side of a line: the constructors of devices of kind "hil",
// which fill the same registers as their simulated twins in package sim.
//
//	twin.Registry{device.Sim: sim.Devices(), device.HIL: hil.Devices()}
//
// A device class that is not in [Devices] has no real counterpart in this build, and a
// run that asks for one (--hil NAME) is refused with that message before anything
// moves.
package hil
