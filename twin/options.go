package twin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/recording"
	"linetwin.dev/vision/model/judge"
)

// Registry holds, for each kind, how to make its devices. It serves one twin:
// simulated devices share a world.
type Registry map[device.Kind]device.Constructors

// Options of a run. The zero value, with Devices, is a run in virtual time.
type Options struct {
	Devices Registry
	// Kinds chooses another kind than sim for devices, by name.
	Kinds map[string]device.Kind
	// Until ends the run at this line time; 0: the scenario's duration, or the recording's.
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
	// Endless runs on the wall clock until the context ends, for production: durably, and
	// nothing is kept that grows with time, but what the MES writes. Dir then holds the
	// MES's database from one run to the next, and gets no recording and no report; the
	// outcome is empty.
	Endless bool
	// Registers adds registers of others to the bank when all of the line's are in it, and
	// before it is sealed. Neither recordings nor the MES's history have them.
	Registers func(*protocol.Bank) error
	// Models finds the models that stations' recognisers are; nil: there are none but commands.
	Models judge.Source
	// Alarm is told why a PLC went to its safe state. On the wall clock it is called from
	// several threads, one at a time, and must return at once.
	Alarm func(at time.Duration, text string)
	// Check assembles a twin to find mistakes in its scenario, and not to run: what
	// this build cannot compute is not missed.
	Check bool
	// Replay feeds the devices from a recording.
	Replay *recording.Recording
	// Pictures is how many pictures of what inspection saw are kept for the report; 0: 9;
	// negative: none.
	Pictures int
}

// forever is when an endless run ends.
const forever = 100 * 365 * 24 * time.Hour

// settle fills in what follows from other options and from the scenario.
func (o *Options) settle(s *specs.Scenario) {
	if o.Endless {
		o.Realtime, o.Durable, o.Pictures, o.Until = true, true, -1, forever
	}
	switch {
	case o.Until == 0 && o.Replay != nil:
		o.Until = o.Replay.Until // a run may have been interrupted in its first instant
	case o.Until == 0:
		o.Until = s.Duration.D()
	}
	if o.Pictures == 0 {
		o.Pictures = 9
	}
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

// classed are the scenario's devices with their classes.
func classed(s *specs.Scenario) map[string]device.Class {
	all := map[string]device.Class{}
	for _, c := range []struct {
		class device.Class
		names []string
	}{
		{device.ClassConveyor, specs.Names(s.Conveyors)}, {device.ClassPhotoEye, specs.Names(s.Photoeyes)},
		{device.ClassGate, specs.Names(s.Gates)}, {device.ClassMachine, specs.Names(s.Machines)},
		{device.ClassCamera, specs.Names(s.Cameras)}, {device.ClassPLC, specs.Names(s.PLCs)},
		{device.ClassMill, specs.Names(s.Mills)},
	} {
		for _, n := range c.names {
			all[n] = c.class
		}
	}
	return all
}

// checkKinds finds names in Kinds that are no devices, or that cannot be of that kind.
func (o *Options) checkKinds(s *specs.Scenario) error {
	known := classed(s)
	var wrong []error
	for _, n := range specs.Names(o.Kinds) {
		class, ok := known[n]
		switch {
		case !ok:
			wrong = append(wrong, &KindError{n, fmt.Sprintf("scenario %s has no device %q; its devices are %s", s.Name, n, strings.Join(specs.Names(known), ", "))})
		case o.Devices[o.Kinds[n]][class] == nil:
			wrong = append(wrong, o.Devices.lacks(o.Kinds[n], class, n))
		}
	}
	return errors.Join(wrong...)
}

// KindError says why a device cannot be of the kind that Options asks for.
type KindError struct{ Device, Reason string }

// Error is the reason, which names the device.
func (e *KindError) Error() string { return e.Reason }

// make puts up a device.
func (r Registry) make(k device.Kind, c device.Class, site *device.Site, name string) (device.Device, error) {
	if f := r[k][c]; f != nil {
		return f(site, name)
	}
	return nil, r.lacks(k, c, name)
}

// lacks says that there is no way to make a device of a kind.
func (r Registry) lacks(k device.Kind, c device.Class, name string) error {
	var have []string
	for _, other := range []device.Kind{device.Sim, device.HIL} {
		if r[other][c] != nil {
			have = append(have, strconv.Quote(string(other)))
		}
	}
	hint := "nothing that makes one"
	if len(have) > 0 {
		hint = strings.Join(have, ", ") + " for it"
	}
	return &KindError{name, fmt.Sprintf("%s %s cannot be of kind %q here; this build has %s", c, name, k, hint)}
}
