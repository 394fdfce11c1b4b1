package sim

import (
	"linetwin.dev/sim/plc"
	"linetwin.dev/twin/device"
)

// Devices are the constructors of all simulated devices, for one twin: they share
// the world that the plant's constructor makes, which is to be called first.
func Devices() device.Constructors {
	var w *World
	return device.Constructors{
		device.ClassPlant: func(s *device.Site, _ string) (d device.Device, err error) {
			w, err = NewWorld(s)
			return w, err
		},
		device.ClassConveyor: func(_ *device.Site, n string) (device.Device, error) { return w.Conveyor(n) },
		device.ClassPhotoEye: func(_ *device.Site, n string) (device.Device, error) { return w.PhotoEye(n) },
		device.ClassGate:     func(_ *device.Site, n string) (device.Device, error) { return w.Gate(n) },
		device.ClassMachine:  func(_ *device.Site, n string) (device.Device, error) { return w.Machine(n) },
		device.ClassCamera:   func(_ *device.Site, n string) (device.Device, error) { return w.Camera(n) },
		device.ClassPLC:      func(s *device.Site, n string) (device.Device, error) { return plc.New(s, n) },
	}
}

var _ device.Camera = (*Camera)(nil)
