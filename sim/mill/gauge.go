package mill

import (
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

// gauge sees the tool from the workpiece while the machine works, with noise, late, and now and
// then wrongly.
type gauge struct {
	spec  specs.Gauge
	noise *rand.Rand

	seq   *protocol.Out
	tip   [3]*protocol.Out
	axis  [3]*protocol.Out
	count int64
}

func (g *gauge) define(p *device.Port) error {
	signals := []device.Signal{{Out: &g.seq, Name: "gauge.seq", Type: protocol.U32, Doc: "measurements since the start"}}
	for i := range g.tip {
		signals = append(signals, device.Signal{
			Out: &g.tip[i], Name: "gauge." + "xyz"[i:i+1], Type: protocol.F64, Unit: "m",
			Doc: "the tool's tip from the workpiece, in the table's frame, as measured",
		})
	}
	for i := range g.axis {
		signals = append(signals, device.Signal{
			Out: &g.axis[i], Name: "gauge." + "ijk"[i:i+1], Type: protocol.F64,
			Doc: "direction of the tool from tip to spindle, in the table's frame, as measured",
		})
	}
	return p.Define(signals...)
}

// look at a tip; what is seen is published when the latency has passed.
func (m *Mill) look(now time.Duration) {
	g := &m.gauge
	seen := m.body.tip(m.positions[:len(m.axes)])
	// All is drawn whether it is needed or not: a rate changes nothing else.
	wrong := g.noise.Float64() < float64(g.spec.Outliers)
	for i := range 3 {
		seen.Point[i] += float64(g.spec.Noise) * g.noise.NormFloat64()
		seen.Axis[i] += float64(g.spec.Tilt) * g.noise.NormFloat64()
		if by := float64(g.spec.Wild) * (2*g.noise.Float64() - 1); wrong {
			seen.Point[i] += by
		}
	}
	m.port.At(engine.Sense, now+g.spec.Latency.D(), func(now time.Duration) {
		g.count++
		if !m.up() {
			return
		}
		w := m.port.Writer()
		w.Begin()
		g.seq.SetInt(now, g.count)
		for i := range 3 {
			g.tip[i].SetFloat(now, seen.Point[i])
			g.axis[i].SetFloat(now, seen.Axis[i])
		}
		w.Commit()
	})
}
