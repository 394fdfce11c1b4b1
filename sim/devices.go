package sim

import (
	"fmt"

	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/clients"
	"linetwin.dev/sim/mill"
	"linetwin.dev/sim/plc"
	"linetwin.dev/twin/device"
)

// Devices are the constructors of all simulated devices, for one twin: they share the
// world that the constructor of the plant makes, which is to be called first.
func Devices() device.Constructors {
	var w *World
	sources := new(wire.Sources)
	in := func(class device.Class, put func(name string) (device.Device, error)) device.Constructor {
		return func(_ *device.Site, name string) (device.Device, error) {
			if w == nil {
				return nil, fmt.Errorf("sim: %s %s is put up before the plant that it stands in", class, name)
			}
			return put(name)
		}
	}
	return device.Constructors{
		device.ClassPlant: func(s *device.Site, _ string) (d device.Device, err error) {
			w, err = NewWorld(s)
			return w, err
		},
		device.ClassConveyor: in(device.ClassConveyor, func(n string) (device.Device, error) { return w.Conveyor(n) }),
		device.ClassPhotoEye: in(device.ClassPhotoEye, func(n string) (device.Device, error) { return w.PhotoEye(n) }),
		device.ClassGate:     in(device.ClassGate, func(n string) (device.Device, error) { return w.Gate(n) }),
		device.ClassMachine:  in(device.ClassMachine, func(n string) (device.Device, error) { return w.Machine(n) }),
		device.ClassCamera:   in(device.ClassCamera, func(n string) (device.Device, error) { return w.Camera(n) }),
		device.ClassMill:     func(s *device.Site, n string) (device.Device, error) { return mill.New(s, n) },
		device.ClassPLC:      func(s *device.Site, n string) (device.Device, error) { return plc.New(s, n) },
		device.ClassClients:  func(s *device.Site, n string) (device.Device, error) { return clients.NewGroup(s, n, sources) },
	}
}
