package twin_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/sim"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// hastyPLC finishes two bottles at once, so that the registers show the second alone.
type hastyPLC struct{ port *device.Port }

func newHastyPLC(site *device.Site, name string) (device.Device, error) {
	p := hastyPLC{site.Port(name, device.LaneControl)}
	outs := map[string]*protocol.Out{}
	registers := map[string]protocol.Type{
		name + ".state": protocol.U16, name + ".part.seq": protocol.U32, name + ".part.track": protocol.U32,
		name + ".part.serial": protocol.U64, name + ".part.good": protocol.Bool, name + ".part.reason": protocol.U16,
		name + ".part.origin": protocol.F64, "belt.run": protocol.Bool, "reject.open": protocol.Bool,
		"capping.request": protocol.U32, "capping.origin": protocol.F64,
	}
	for _, reg := range slices.Sorted(maps.Keys(registers)) {
		out, err := p.port.Writer().Define(protocol.Def{Name: reg, Type: registers[reg]})
		if err != nil {
			return nil, err
		}
		outs[reg] = out
	}
	for i, seq := range []int64{1, 3} {
		p.port.At(engine.Control, time.Duration(i+1)*time.Second, func(now time.Duration) {
			outs[name+".part.track"].SetInt(now, seq)
			outs[name+".part.good"].SetBool(now, true)
			outs[name+".part.seq"].SetInt(now, seq)
		})
	}
	return p, nil
}

func (hastyPLC) Start() error { return nil }
func (hastyPLC) Close() error { return nil }

func TestTheMESSaysWhichBottlesItCameTooLateFor(t *testing.T) {
	devices := maps.Clone(sim.Devices())
	devices[device.ClassPLC] = newHastyPLC
	tw, err := twin.New(modelled(short(t, 1)), twin.Options{Devices: twin.Registry{device.Sim: devices}, Until: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	out, err := tw.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if v := value(t, out, "mes.good"); v != 2 {
		t.Errorf("the MES has %v bottles, want the two that it saw", v)
	}
	if want := "alarm at 2s: mes: came too late for 1 of the bottles of main; there is no trace of that"; !slices.Contains(out.Summary.Notes, want) {
		t.Errorf("the summary's notes are %q", out.Summary.Notes)
	}
}
