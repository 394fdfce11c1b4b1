package twin

import (
	"encoding/json"
	"math"

	"linetwin.dev/bench"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// viewMetrics are those of stations with further cameras.
type viewMetrics struct {
	o      *observer
	clocks map[string]*clockMetrics // by camera

	clockError            *bench.Error
	gap                   *bench.Histogram
	read                  *bench.Ratio
	missing, late, resets *bench.Gauge
}

// clockMetrics are of the clock of one view's camera.
type clockMetrics struct {
	station       string
	offset, drift *bench.Gauge
	ring          [exposuresKept]device.Exposure // the truth about its last frames, by number
}

// exposuresKept is more than come while a part is judged.
const exposuresKept = 1024

// newViewMetrics makes those of a line that has views; else they are nil.
func newViewMetrics(o *observer, s *specs.Scenario) *viewMetrics {
	m := &viewMetrics{o: o, clocks: map[string]*clockMetrics{}}
	for _, n := range specs.Names(s.Inspections) {
		for _, v := range specs.Names(s.Inspections[n].Views) {
			m.clocks[v] = &clockMetrics{
				station: n,
				offset:  o.metrics.Gauge(n+"."+v+".offset", bench.Seconds, bench.About("by how much the camera's clock is ahead of the line's, as the station found it")),
				drift:   o.metrics.Gauge(n+"."+v+".drift", bench.One, bench.About("by what part the camera's clock is too fast, as the station found it")),
			}
		}
	}
	if len(m.clocks) == 0 {
		return nil
	}
	m.clockError = o.metrics.Error("view.clock_error", bench.Seconds, bench.Key, bench.About("when views' frames were exposed, as the station found it, less when they truly were"))
	m.gap = o.metrics.Histogram("view.gap", bench.Seconds, bench.Virtual, bench.About("from the exposure of the station's camera to that of a view's frame, either way"))
	m.read = o.metrics.Ratio("view.read_rate", bench.Key, bench.About("parts whose code one of a station's cameras has read, of those that got a verdict"))
	m.missing = o.metrics.Gauge("view.missing", bench.One, bench.About("frames of parts that views did not have"))
	m.late = o.metrics.Gauge("view.late", bench.One, bench.About("frames of views that came too late to be of use"))
	m.resets = o.metrics.Gauge("view.resets", bench.One, bench.About("times that a view's clock had to be found anew"))
	return m
}

// exposed notes the truth about a frame.
func (m *viewMetrics) exposed(data []byte) {
	var e device.Exposure
	if m == nil || json.Unmarshal(data, &e) != nil {
		return
	}
	if k := m.clocks[e.Camera]; k != nil {
		k.ring[e.Frame%exposuresKept] = e
	}
}

// judged looks at what a station told with a verdict.
func (m *viewMetrics) judged(station string) {
	if m == nil || len(m.o.t.sc.Inspections[station].Views) == 0 {
		return
	}
	m.read.Hit(m.o.value(station+".reader").Uint() > 0)
	for _, v := range specs.Names(m.o.t.sc.Inspections[station].Views) {
		of := station + "." + v
		frame := m.o.value(of + ".frame").Uint()
		if frame == 0 {
			continue
		}
		m.gap.Record(math.Abs(m.o.value(of + ".gap").Float()))
		if e := m.clocks[v].ring[frame%exposuresKept]; e.Frame == frame {
			m.clockError.Record(m.o.value(of+".exposed").Float() - e.At.Seconds())
		}
	}
}

// bind makes sure that the registers are there that are looked at.
func (m *viewMetrics) bind() error {
	if m == nil {
		return nil
	}
	for _, v := range specs.Names(m.clocks) {
		station := m.clocks[v].station
		if _, err := m.o.t.bank.In(station+".reader", protocol.U16); err != nil {
			return err
		}
		for _, n := range []string{"frame", "missing", "late", "resets"} {
			if _, err := m.o.t.bank.In(station+"."+v+"."+n, protocol.U32); err != nil {
				return err
			}
		}
		for _, n := range []string{"exposed", "gap", "offset", "drift"} {
			if _, err := m.o.t.bank.In(station+"."+v+"."+n, protocol.F64); err != nil {
				return err
			}
		}
	}
	return nil
}

// close sets what is known at the end.
func (m *viewMetrics) close() {
	if m == nil {
		return
	}
	var missing, late, resets float64
	for _, v := range specs.Names(m.clocks) {
		k := m.clocks[v]
		of := k.station + "." + v
		k.offset.Set(m.o.value(of + ".offset").Float())
		k.drift.Set(m.o.value(of + ".drift").Float())
		missing += m.o.value(of + ".missing").Number(protocol.U32)
		late += m.o.value(of + ".late").Number(protocol.U32)
		resets += m.o.value(of + ".resets").Number(protocol.U32)
	}
	m.missing.Set(missing)
	m.late.Set(late)
	m.resets.Set(resets)
}
