package twin

import (
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/vision"
)

// measures are the registers of what a station tells of a part beside its findings.
type measures struct {
	score, shift, capHeight, dent       *protocol.Out
	turn, damage, capTilt, bulge, offBy *protocol.Out
	grade                               *protocol.Out
}

// later are the registers of those that stations did not always have; see device.Port.Later.
func (m *measures) later() []device.Signal {
	return []device.Signal{
		{Out: &m.turn, Name: "turn", Type: protocol.F64, Unit: "rad", Doc: "turn of the label, clockwise as the camera sees it"},
		{Out: &m.damage, Name: "damage", Type: protocol.F64, Doc: "share of the label's area that differs from its artwork, 0 to 1"},
		{Out: &m.capTilt, Name: "cap_tilt", Type: protocol.F64, Unit: "rad", Doc: "by how much the cap leans"},
		{Out: &m.bulge, Name: "bulge", Type: protocol.F64, Unit: "m", Doc: "height of the highest bulge"},
		{Out: &m.offBy, Name: "relief", Type: protocol.F64, Doc: "share of the depth that is out of the relief's tolerance, 0 to 1"},
		{Out: &m.grade, Name: "grade", Type: protocol.U16, Doc: "grade of the code that was read, 0 (worst) to 4; 0 where none was read"},
	}
}

// set publishes what was measured; what was not is 0.
func (m *measures) set(now time.Duration, v *vision.Verdict) {
	for _, x := range []struct {
		out   *protocol.Out
		value float64
	}{
		{m.score, v.Score}, {m.shift, v.Shift}, {m.capHeight, v.CapHeight}, {m.dent, v.DentDepth},
		{m.turn, v.Turn}, {m.damage, v.Damage}, {m.capTilt, v.CapTilt}, {m.bulge, v.BulgeHeight}, {m.offBy, v.Relief},
	} {
		x.out.SetFloat(now, x.value)
	}
	m.grade.SetInt(now, int64(v.Grade))
}

// plotted are the measures that the report shows, of each part that was judged.
var plotted = []struct {
	signal string
	unit   bench.Unit
	about  string
}{
	{"shift", bench.Metres, "shift of the label"},
	{"turn", bench.Radians, "turn of the label"},
	{"damage", bench.One, "share of the label that differs from its artwork"},
	{"cap_tilt", bench.Radians, "by how much the cap leans"},
	{"dent", bench.Metres, "depth of the deepest dent"},
	{"bulge", bench.Metres, "height of the highest bulge"},
	{"grade", bench.One, "grade of the code that was read"},
}

// plotMeasures notes, with each verdict of a station that sees pixels, what it measured. What a
// recording has no registers of, since it is older, is left out.
func (o *observer) plotMeasures(name string) func(now time.Duration) {
	var of []func(now time.Duration)
	for _, p := range plotted {
		info, err := o.t.bank.Lookup(name + "." + p.signal)
		if err != nil || o.t.sc.Cameras[o.t.sc.Inspections[name].Camera].Fidelity != "pixels" {
			continue
		}
		series := o.metrics.Series(info.Name, p.unit, bench.SeriesOptions{Draw: bench.Dots, About: p.about})
		of = append(of, func(now time.Duration) { series.Append(now, o.last[info.Ref].Number(info.Type)) })
	}
	return func(now time.Duration) {
		for _, note := range of {
			note(now)
		}
	}
}
