package twin

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/kinematics/compensation/roughness"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// cutting measures what a CNC makes of its program: the true tip against the programmed path,
// the surface that comes of it, and the setpoints against the axes' limits.
type cutting struct {
	name  string
	spec  specs.CNC
	mill  specs.Mill
	axes  []device.MillAxis
	m     machine.Machine
	trail trail

	along  *roughness.Along
	across []*roughness.Across

	pathError, axisError       *bench.Error
	ra, worst, waviness, cross *bench.Gauge
	cycleTime, late            *bench.Gauge
	speed, accel, jerk         *bench.Gauge
	errors, feed, warm, fixed  *bench.Series
	begun                      time.Duration
	use                        [3]float64 // of the limits of speed, acceleration and jerk, the most
	past                       [3][machine.MaxAxes]float64
	count                      int // setpoints in past
}

// newCuttings declares the metrics of all CNCs, by the names of the components that tell of them.
func newCuttings(m *bench.Metrics, s *specs.Scenario) map[string]*cutting {
	all := map[string]*cutting{}
	for _, n := range specs.Names(s.CNCs) {
		p := "cnc." + n + "."
		k := &cutting{
			name: n, spec: s.CNCs[n], mill: s.Mills[s.CNCs[n].Mill],
			pathError: m.Error(p+"path_error", bench.Metres, bench.Key, bench.Resolution(1e-10), bench.About("distance of the tool's true tip from the programmed path, while it cuts")),
			axisError: m.Error(p+"axis_error", bench.Radians, bench.About("angle between the tool's true axis and the programmed one, while it cuts")),
			ra:        m.Gauge(p+"ra", bench.Metres, bench.Key, bench.About("Ra along the passes that the true path leaves")),
			worst:     m.Gauge(p+"ra_worst", bench.Metres, bench.About("Ra along the passes, of the worst section")),
			waviness:  m.Gauge(p+"waviness", bench.Metres, bench.About("what is too long for roughness along the passes: from the lowest to the highest")),
			cycleTime: m.Gauge(p+"cycle_time", bench.Seconds, bench.Key, bench.About("from the program's start to its end")),
			late:      m.Gauge(p+"late_cycles", bench.One, bench.About("cycles for which the mill had no new setpoints when they were due")),
			speed:     m.Gauge(p+"limits.speed", bench.One, bench.About("most of an axis' speed limit that any setpoint used")),
			accel:     m.Gauge(p+"limits.acceleration", bench.One, bench.About("most of an axis' acceleration limit that any setpoint used")),
			jerk:      m.Gauge(p+"limits.jerk", bench.One, bench.Key, bench.About("most of an axis' jerk limit that any setpoint used")),
			errors:    m.Series(n+".path_error", bench.Metres, bench.SeriesOptions{Of: p + "path_error", About: "distance of the tool's true tip from the programmed path"}),
			feed:      m.Series(n+".speed", bench.MetresPerSecond, bench.SeriesOptions{About: "planned speed of the tool's tip"}),
			fixed:     m.Series(n+".correction_z", bench.Metres, bench.SeriesOptions{About: "correction of axis z"}),
			warm:      m.Series(s.CNCs[n].Mill+".spindle_temperature", "degC", bench.SeriesOptions{About: "temperature of the spindle"}),
		}
		if len(k.spec.Surface.Across) > 0 {
			k.cross = m.Gauge(p+"ra_across", bench.Metres, bench.About("Ra across the passes, on the worst of the lines"))
		}
		all[n], all[s.CNCs[n].Mill] = k, k
	}
	return all
}

// watchCNC follows the registers of a CNC and its mill.
func (o *observer) watchCNC(name string) (err error) {
	k := o.cuttings[name]
	if k.m, k.axes, err = device.Mill(k.mill); err != nil {
		return err
	}
	if err := k.look(); err != nil {
		return o.t.errPlace(fmt.Errorf("surface: %w", err), "cncs", name, "surface")
	}
	setpoints := make([]protocol.Ref, len(k.axes))
	for i, a := range k.axes {
		info, err := o.t.bank.Lookup(k.spec.Mill + "." + a.Name + ".setpoint")
		if err != nil {
			return err
		}
		setpoints[i] = info.Ref
	}
	for _, w := range []struct {
		register string
		f        watcher
	}{
		{name + ".line", func(_ time.Duration, v protocol.Value, _ protocol.Quality) { k.trail.send(uint32(v.Uint())) }},
		{name + ".speed", func(now time.Duration, v protocol.Value, _ protocol.Quality) { k.feed.Append(now, v.Float()) }},
		{name + ".correction.z", func(now time.Duration, v protocol.Value, _ protocol.Quality) { k.fixed.Append(now, v.Float()) }},
		{name + ".state", func(now time.Duration, v protocol.Value, q protocol.Quality) {
			o.stretch(now, name, "CNC "+name, stateName(v.Int(), q))
			k.enter(o, now, v.Int())
		}},
		{k.spec.Mill + ".spindle.temperature", func(now time.Duration, v protocol.Value, _ protocol.Quality) { k.warm.Append(now, v.Float()) }},
		{k.spec.Mill + ".late", func(_ time.Duration, v protocol.Value, _ protocol.Quality) { k.late.Set(float64(v.Uint())) }},
		{k.spec.Mill + ".cycle", func(time.Duration, protocol.Value, protocol.Quality) {
			var q [machine.MaxAxes]float64
			for i, ref := range setpoints {
				q[i] = o.last[ref].Float()
			}
			k.moved(q)
		}},
	} {
		if err := o.on(w.register, w.f); err != nil {
			return err
		}
	}
	return nil
}

// look puts up the meters of the surface.
func (k *cutting) look() (err error) {
	s := k.spec.Surface
	cutoff := float64(s.Cutoff)
	if k.along, err = roughness.NewAlong(roughness.Marks{}, roughness.Config{Spacing: cutoff / 100, Cutoff: cutoff}); err != nil {
		return err
	}
	for _, l := range s.Across {
		line := roughness.Line{Direction: l.Direction, Feed: l.Feed, Within: float64(l.Within)}
		for i := range 3 {
			line.Origin[i] = float64(l.From[i] + k.spec.Work[i])
		}
		a, err := roughness.NewAcross(roughness.Marks{Radius: float64(s.Ball), Pitch: float64(s.Step)}, line, roughness.Config{Spacing: cutoff / 100, Cutoff: cutoff})
		if err != nil {
			return err
		}
		k.across = append(k.across, a)
	}
	return nil
}

// enter notes when a program begins and ends.
func (k *cutting) enter(o *observer, now time.Duration, state int64) {
	switch state {
	case nowRunning:
		if k.begun == 0 {
			k.begun = now
			k.trail.at, k.trail.sent, k.trail.way = 0, 0, 0
			k.count = 0
		}
	case nowDone:
		k.cycleTime.Set((now - k.begun).Seconds())
		o.parts.Add(1)
		k.begun = 0
	case nowStopped, nowAborted:
		k.begun = 0
	}
}

// moved takes the setpoints of a cycle. Differences of the positions are means of velocity,
// acceleration and jerk over one, two and three cycles, but for the positions' rounding: what four
// units in the last place of each of them may make is taken off.
func (k *cutting) moved(q [machine.MaxAxes]float64) {
	t := k.mill.Cycle.Seconds()
	p := &k.past
	for i, a := range k.axes {
		ulp := math.Abs(q[i]) * 0x1p-52
		// Neighbours are near each other: their differences are exact.
		v0, v1, v2 := p[1][i]-p[0][i], p[2][i]-p[1][i], q[i]-p[2][i]
		for n, d := range [3]float64{v2, v2 - v1, (v2 - v1) - (v1 - v0)} {
			if k.count <= n {
				break
			}
			limit := [3]float64{a.Limit.Speed * t, a.Limit.Accel * t * t, a.Limit.Jerk * t * t * t}[n]
			k.use[n] = max(k.use[n], (math.Abs(d)-float64(int(8)<<n)*ulp)/limit)
		}
	}
	p[0], p[1], p[2] = p[1], p[2], q
	k.count++
}

// programmed takes strokes of the program.
func (k *cutting) programmed(data []byte) {
	device.EachStroke(data, func(s *device.Stroke) { k.trail.strokes = append(k.trail.strokes, *s) })
}

// tip takes the truth about the tip.
func (k *cutting) tip(now time.Duration, t device.Tip) {
	s, off, ok := k.trail.follow(t.Point)
	if !ok || k.begun == 0 || !s.Cutting {
		k.lift()
		return
	}
	e := math.Sqrt(off[0]*off[0] + off[1]*off[1] + off[2]*off[2])
	k.pathError.Record(e)
	k.errors.Append(now, e)
	turns := k.trail.turns()
	_, axis := k.m.Forward([]float64{0, 0, 0, turns[0], turns[1]}[:len(k.axes)])
	c := crossOf(axis, t.Axis)
	k.axisError.Record(math.Asin(min(math.Sqrt(c[0]*c[0]+c[1]*c[1]+c[2]*c[2]), 1)))

	// The wall's normal: across the travel, leaning away from the tool's axis.
	head := k.trail.heading()
	left := crossOf(axis, head)
	if length := math.Sqrt(left[0]*left[0] + left[1]*left[1] + left[2]*left[2]); length > 0 {
		for i := range left {
			left[i] /= length
		}
	}
	if k.spec.Surface.Side == "left" {
		left = [3]float64{-left[0], -left[1], -left[2]}
	}
	sin, cos := math.Sincos(float64(k.spec.Surface.Lean))
	residual := 0.0
	for i := range 3 {
		centre := off[i] + float64(k.spec.Surface.Ball)*(t.Axis[i]-axis[i])
		residual += (cos*left[i] + sin*axis[i]) * centre
	}
	k.along.Add(k.trail.place, residual)
	for _, a := range k.across {
		a.Add(k.trail.place, residual)
	}
}

// lift ends a pass.
func (k *cutting) lift() {
	k.along.Break()
	for _, a := range k.across {
		a.Break()
	}
}

// close sets the gauges at the end of a run.
func (k *cutting) close() {
	// The planner keeps limits to 1e-9, and this tells no more.
	for i, g := range []*bench.Gauge{k.speed, k.accel, k.jerk} {
		g.Set(math.Round(k.use[i]*1e9) / 1e9)
	}
	if r := k.along.Result(); r.Sections > 0 {
		k.ra.Set(r.Ra)
		k.worst.Set(r.MaxRa)
		k.waviness.Set(r.Wt)
	}
	worst := 0.0
	for _, a := range k.across {
		a.Flush()
		worst = max(worst, a.Result().Ra)
	}
	if k.cross != nil {
		k.cross.Set(worst)
	}
}
