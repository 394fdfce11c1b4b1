package twin

import (
	"fmt"
	"slices"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
)

// Registry holds, for each kind, how to make its devices. It serves one twin:
// simulated devices share a world.
type Registry map[device.Kind]device.Constructors

// Options of a run. The zero value, with Devices, is a run in virtual time.
type Options struct {
	Devices Registry
	// Kinds chooses another kind than sim for devices, by name.
	Kinds map[string]device.Kind
	// Until ends the run at this line time; 0: the scenario's duration.
	Until time.Duration
	// Realtime runs on the wall clock.
	Realtime bool
	// Workers is the number of threads for offloaded work; 0: one a core;
	// negative: none.
	Workers int
	// Shuffle seeds a permutation of the order of components that must not matter.
	Shuffle uint64
	// Dir is the run's folder, which exists and is empty; "": nothing is written.
	Dir string
	// Frames records the cameras' frames as well.
	Frames bool
	// Durable keeps every part in the MES through a power loss, for production.
	Durable bool
	// Replay feeds the devices from a recording.
	Replay *recording.Recording
	// Pictures is how many pictures of what inspection saw are kept for the report.
	Pictures int
}

// kindOf chooses the kind of a device.
func (o *Options) kindOf(name string) device.Kind {
	if o.Replay != nil {
		return device.Replay
	}
	if k, ok := o.Kinds[name]; ok {
		return k
	}
	return device.Sim
}

// checkKinds finds names in Kinds that are no devices.
func (o *Options) checkKinds(s *specs.Scenario) error {
	var known []string
	for _, list := range [][]string{
		specs.Names(s.Conveyors), specs.Names(s.Photoeyes), specs.Names(s.Gates),
		specs.Names(s.Machines), specs.Names(s.Cameras), specs.Names(s.PLCs),
	} {
		known = append(known, list...)
	}
	for _, n := range specs.Names(o.Kinds) {
		if !slices.Contains(known, n) {
			return fmt.Errorf("scenario %s has no device %q; its devices are %v", s.Name, n, known)
		}
	}
	return nil
}

// make puts up a device.
func (r Registry) make(k device.Kind, c device.Class, site *device.Site, name string) (device.Device, error) {
	if f := r[k][c]; f != nil {
		return f(site, name)
	}
	var have []device.Kind
	for _, other := range []device.Kind{device.Sim, device.HIL} {
		if r[other][c] != nil {
			have = append(have, other)
		}
	}
	return nil, fmt.Errorf("%s %s cannot be of kind %q here; this build has %v", c, name, k, have)
}
