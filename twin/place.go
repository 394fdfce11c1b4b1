package twin

import (
	"errors"
	"strings"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/twin/device"
)

// section of the specification in which the devices of a class are described.
var section = map[device.Class]string{
	device.ClassConveyor: "conveyors", device.ClassPhotoEye: "photoeyes", device.ClassGate: "gates",
	device.ClassMachine: "machines", device.ClassCamera: "cameras", device.ClassPLC: "plcs",
	device.ClassClients: "clients", device.ClassMill: "mills",
}

// errDevice adds the place of a device to an error about it.
func (t *Twin) errDevice(err error, c device.Class, name string) error {
	if s, ok := section[c]; ok {
		return t.errPlace(err, s, name)
	}
	return err
}

// errPlace adds the place in the specification to an error, as specs.Load does, unless
// it has one. An error that knows its field is at that one's place, not at the path's.
func (t *Twin) errPlace(err error, path ...string) error {
	var placed specs.Errors
	var writers *protocol.TwoWritersError
	if err == nil || t.sc.Where == nil || errors.As(err, &placed) || errors.As(err, &writers) {
		return err
	}
	var field *device.FieldError
	if errors.As(err, &field) {
		path = field.Path
	}
	return specs.Errors{mistake.At(t.sc.Where(path...), err.Error())}
}

// blame blames a field for an error that knows none.
func blame(err error, path ...string) error {
	var field *device.FieldError
	if errors.As(err, &field) {
		return err
	}
	return &device.FieldError{Path: path, Err: err}
}

// placed gives what came up while a twin was assembled the form of the loader's errors.
func (t *Twin) placed(err error) error {
	if t.sc.Where == nil {
		return err
	}
	var writers *protocol.TwoWritersError
	if errors.As(err, &writers) {
		where := writers.Places[1]
		return specs.Errors{mistake.At(where, strings.TrimPrefix(err.Error(), where+": "))}
	}
	var bounds bench.BoundErrors
	if errors.As(err, &bounds) {
		list := make([]specs.Error, len(bounds))
		for i, b := range bounds {
			list[i] = mistake.At(t.sc.Where("expect", b.Metric), b.Error())
		}
		return mistake.Collect(list...)
	}
	return err
}
