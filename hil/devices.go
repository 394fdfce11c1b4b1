package hil

import "linetwin.dev/twin/device"

// Devices are the constructors of all real devices of this build, by class. There are
// none yet: what joins here can be switched to with --hil.
func Devices() device.Constructors { return device.Constructors{} }
