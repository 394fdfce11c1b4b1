package plc

import (
	"testing"
	"time"
)

// busy is a PLC in the middle of its work: bottles everywhere on the line.
func busy(b *testing.B) *rig {
	r := newRig(b, scenario(b))
	r.order(0, Reset, Start)
	r.add(even(60, 1.2), nil)
	r.play(15 * time.Second)
	if r.plc.state != Execute || len(r.plc.tracks.list) < 3 {
		b.Fatalf("in %v with %d tracks", r.plc.state, len(r.plc.tracks.list))
	}
	return r
}

func BenchmarkScan(b *testing.B) {
	r := busy(b)
	now := 15 * time.Second
	b.ReportAllocs()
	for b.Loop() {
		r.plc.scan(now)
	}
}

func TestAScanAllocatesNothing(t *testing.T) {
	r := newRig(t, scenario(t))
	r.order(0, Reset, Start)
	r.add(even(60, 1.2), nil)
	r.play(15 * sec)
	if n := testing.AllocsPerRun(100, func() { r.plc.scan(15 * sec) }); n != 0 {
		t.Errorf("%v allocations in a scan", n)
	}
}
