package twin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
)

// replay is a device of kind "replay": it does at the recorded instants, in the
// recorded phases, what the recorded component did.
type replay struct {
	port    *device.Port
	outs    map[protocol.Ref]*protocol.Out
	id      uint16 // of the component in the recording
	records []engine.Record
	next    int
}

func newReplay(site *device.Site, r *recording.Recording, name string) (*replay, error) {
	id := slices.Index(r.Components, name)
	if id < 0 {
		return nil, fmt.Errorf("the recording has no component %q; it has %v", name, r.Components)
	}
	d := &replay{id: uint16(id), port: site.Port(name, device.LanePlant), outs: map[protocol.Ref]*protocol.Out{}}
	for ref, reg := range r.Registers {
		if reg.Owner != name {
			continue
		}
		if ref > site.Bank.Len() { // it was defined behind those of others
			site.Later(func() error { return d.define(r, ref) })
		} else if err := d.define(r, ref); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// define defines a register as it was recorded.
func (d *replay) define(r *recording.Recording, ref int) error {
	reg := r.Registers[ref]
	typ, err := protocol.ParseType(reg.Type)
	if err != nil {
		return fmt.Errorf("recording: register %s: %w", reg.Name, err)
	}
	out, err := d.port.Writer().Define(protocol.Def{Name: reg.Name, Type: typ, Unit: reg.Unit, Doc: reg.Doc})
	if err != nil {
		return err
	}
	if out.Ref() != protocol.Ref(ref) {
		return fmt.Errorf("register %s has the reference %d here and %d in the recording: another version of linetwin wrote it (%s), or the scenario had other devices", reg.Name, out.Ref(), ref, r.Build)
	}
	d.outs[out.Ref()] = out
	return nil
}

// load gives those of the devices that are replays their records, in one pass over the
// recording. It is to be called before they start.
func load(rec *recording.Recording, devices ...device.Device) error {
	by := map[uint16]*replay{}
	for _, d := range devices {
		if r, ok := d.(*replay); ok {
			by[r.id] = r
		}
	}
	return rec.Each(func(rec engine.Record) error {
		if d := by[rec.Component]; d != nil {
			rec.Data = bytes.Clone(rec.Data)
			d.records = append(d.records, rec)
		}
		return nil
	})
}

// Start schedules the first record.
func (d *replay) Start() error {
	d.schedule()
	return nil
}

// Close forgets the records.
func (d *replay) Close() error {
	d.records = nil
	return nil
}

func (d *replay) schedule() {
	if d.next < len(d.records) {
		r := &d.records[d.next]
		d.port.Component().At(r.Phase, r.At, d.step)
	}
}

// step does all that the component did in this instant and phase.
func (d *replay) step(now time.Duration) {
	phase := d.records[d.next].Phase
	for d.next < len(d.records) {
		r := &d.records[d.next]
		if r.At != now || r.Phase != phase {
			break
		}
		d.next++
		if r.Kind == device.Registers {
			d.set(now, r.Data)
		}
		d.port.Emit(now, r.Kind, r.Data)
	}
	d.schedule()
}

// set gives the registers what a record says. The record itself goes into the log as it
// was: of a register that an activity changed and changed back, it says so.
func (d *replay) set(now time.Duration, changes []byte) {
	w := d.port.Writer()
	w.Begin()
	for b := changes; len(b) >= device.ChangeSize; b = b[device.ChangeSize:] {
		if out := d.outs[protocol.Ref(binary.LittleEndian.Uint32(b))]; out != nil {
			out.Set(now, protocol.UintValue(binary.LittleEndian.Uint64(b[5:])), protocol.Quality(b[4]))
		}
	}
	w.Commit()
	w.Changes(func(protocol.Ref, protocol.Sample) {})
}
