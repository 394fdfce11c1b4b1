package mill

import (
	"math"
	"testing"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

func TestTheTypesOfTheSpecificationAreThoseOfKinematics(t *testing.T) {
	for _, name := range machine.Types() {
		m, _ := plainMill(t, func(m *specs.Mill) { m.Type = name })
		g, axes, err := device.Mill(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(axes) != g.Axes() || axes[2].Home != 0.3 {
			t.Errorf("%s: axes %+v", name, axes)
		}
		for i, a := range axes {
			lo, hi := g.Limits(i)
			if turn := a.Part == "turn"; turn != math.IsInf(lo, -1) || turn != (a.Name == "c") || hi <= lo {
				t.Errorf("%s: axis %s, %s, goes from %v to %v", name, a.Name, a.Part, lo, hi)
			}
		}
	}
}

func TestAMillWithoutErrorsBringsTheTipWhereTheSetpointsSay(t *testing.T) {
	r := newRig(t, nil)
	r.at(0, func(now time.Duration) { r.cmd["tool"].SetInt(now, 2) })
	r.follow(wave)
	r.play(3 * time.Second)
	ideal := r.mill.body.ideal
	worst := 0.0
	for i, tip := range r.tips {
		if i < 2 { // the tool is changed in the first cycle
			continue
		}
		q := wave(float64(i+1) * 1e-3) // the first is of 2 ms, and drives are one cycle behind
		want, axis := ideal.Forward(q[:])
		for k := range 3 {
			worst = max(worst, math.Abs(tip.Point[k]-want[k]), 0.1*math.Abs(tip.Axis[k]-axis[k]))
		}
	}
	if len(r.tips) < 2990 || worst > 4e-6 {
		t.Errorf("%d tips, off by %g m at the most", len(r.tips), worst)
	}
	if tool := ideal.Tool(); tool != [3]float64{1e-3, 0, 80e-3} {
		t.Errorf("the tool is %v", tool)
	}
	if n := r.value("late").Value.Int(); n != 0 {
		t.Errorf("%d late cycles", n)
	}
	if q := r.value("x.position").Value.Float() / 10e-9; math.Abs(q-math.Round(q)) > 1e-6 {
		t.Errorf("an encoder shows %v counts", q)
	}
}

func TestASetpointThatJumpsMakesTheDriveGiveUpUntilItIsCleared(t *testing.T) {
	r := newRig(t, nil)
	fault := func(at time.Duration, want int64) {
		r.at(at, func(now time.Duration) {
			if n := r.value("fault").Value.Int(); n != want {
				t.Errorf("at %v axis %d has given up, want %d", now, n, want)
			}
		})
	}
	fault(99*ms, 0)
	r.at(100*ms, func(now time.Duration) {
		r.cmd["run"].SetBool(now, true)
		r.cmd["y"].SetFloat(now, 0.05)
	})
	fault(200*ms, 2)
	r.at(201*ms, func(now time.Duration) {
		r.cmd["run"].SetBool(now, false)
		r.cmd["clear"].SetBool(now, true)
	})
	fault(300*ms, 0)
	r.play(301 * ms)
	if v := math.Abs(r.mill.speeds[1]); v > 1e-9 {
		t.Errorf("the axis moves with %v m/s", v)
	}
}

func TestCyclesWithoutSetpointsAreCounted(t *testing.T) {
	r := newRig(t, nil)
	for i := range 50 { // of which 10 are left out
		r.at(time.Duration(i)*ms, func(now time.Duration) {
			r.cmd["run"].SetBool(now, true)
			if i%5 != 4 {
				r.beat++
				r.cmd["cycle"].SetInt(now, r.beat)
			}
		})
	}
	r.at(50*ms, func(now time.Duration) { r.cmd["run"].SetBool(now, false) })
	r.play(100 * ms)
	if n := r.value("late").Value.Int(); n != 10 {
		t.Errorf("%d late cycles, want 10", n)
	}
}

func TestAMillThatIsCutOffIsBadAndHoldsStill(t *testing.T) {
	r := newRig(t, nil, specs.Fault{At: specs.Duration(500 * ms), For: specs.Duration(300 * ms), Device: "vmc", Kind: "offline"})
	r.follow(func(s float64) [5]float64 {
		q := home
		q[0] = 0.02 * (1 - math.Cos(2*s))
		return q
	})
	var before, after protocol.Sample
	var there, later float64
	r.at(600*ms, func(time.Duration) { before = r.value("x.position"); there = r.mill.positions[0] })
	r.at(790*ms, func(time.Duration) { later = r.mill.positions[0] })
	r.at(795*ms, func(now time.Duration) {}) // the setpoint has gone on meanwhile
	r.at(810*ms, func(time.Duration) { after = r.value("x.position") })
	r.play(850 * ms)
	if before.Quality != protocol.Bad || after.Quality != protocol.Good {
		t.Errorf("cut off it is %v, and then %v", before.Quality, after.Quality)
	}
	if math.Abs(there-later) > 1e-7 {
		t.Errorf("it moved from %v to %v", there, later)
	}
}

func TestASpindleWarmsUpAndGrowsAsASystemOfFirstOrderDoes(t *testing.T) {
	r := newRig(t, func(m *specs.Mill) {
		m.Spindle.Ramp = specs.Duration(ms)
		m.Sim.Spindle = specs.SpindleSim{Warming: 20, Time: specs.Duration(10 * time.Second), Growth: 2e-6}
		m.Sim.Drift = specs.Drift{Shift: [3]specs.Length{3e-6, -4e-6, 5e-6}, Time: specs.Duration(5 * time.Second)}
	})
	r.follow(func(s float64) [5]float64 { // table tilted and turned, and then at rest
		q, a := home, 1-math.Exp(-s*s*s)
		q[3], q[4] = 0.4*a, 1.1*a
		return q
	})
	r.at(0, func(now time.Duration) {
		r.cmd["tool"].SetInt(now, 1)
		r.cmd["spindle.setpoint"].SetFloat(now, 0.5*float64(r.mill.spec.Spindle.Speed))
	})
	r.play(20 * time.Second)
	if got, want := r.value("spindle.temperature").Value.Float(), 20+10*(1-math.Exp(-2)); math.Abs(got-want) > 0.06 {
		t.Errorf("after two time constants the spindle has %v degC, want %v", got, want)
	}
	if v := r.value("spindle.speed").Value.Float(); math.Abs(v-0.5*float64(r.mill.spec.Spindle.Speed)) > 1e-9 {
		t.Errorf("the spindle turns with %v", v)
	}
	// The tip is away from where it would be cold: down along the tool by the growth, and along
	// the machine's axes by the drift.
	last := r.tips[len(r.tips)-1]
	q := r.mill.positions[:5]
	var columns [machine.MaxAxes]machine.Column
	tip, axis := r.mill.body.ideal.Jacobian(q, &columns)
	growth := 20e-6 * (1 - math.Exp(-2)) // 2 um/K of 10 K
	drift := 0.5 * (1 - math.Exp(-4))
	want := tip
	for i, shift := range []float64{3e-6, -4e-6, 5e-6} {
		for k := range want {
			want[k] += drift * shift * columns[i].Point[k]
		}
	}
	for k := range want {
		want[k] -= growth * axis[k]
		if math.Abs(want[k]-last.Point[k]) > 5e-9 {
			t.Errorf("coordinate %d of the tip is %.9f, want %.9f (cold: %.9f)", k, last.Point[k], want[k], tip[k])
		}
	}
}

func TestScrewsAreOffByTheirLeadAndGrowFromTheirBearing(t *testing.T) {
	s := screw{spec: specs.ScrewSim{Lead: 0.01, Periodic: 2e-6, Fixed: 0.1}, warm: lag{now: 10}}
	for _, c := range []struct{ at, want float64 }{
		{0.1, 0}, {0.1025, 2e-6 + 11.5e-6*10*0.0025}, {0.1075, -2e-6 + 11.5e-6*10*0.0075}, {0, -11.5e-6 * 10 * 0.1},
	} {
		if got := s.error(c.at); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("at %v it is off by %g, want %g", c.at, got, c.want)
		}
	}
}

func TestAxesThatMoveWarmTheirScrews(t *testing.T) {
	w := newWarmth(specs.MillSim{Ambient: 20}, []specs.LinearAxis{
		{Speed: 0.5, Sim: specs.ScrewSim{Warming: 30, Time: specs.Duration(time.Second)}},
		{Speed: 0.5, Sim: specs.ScrewSim{Warming: 30, Time: specs.Duration(time.Second)}},
	}, 1e-3)
	for range 3000 {
		w.pass(0, []float64{-0.1, 0})
	}
	if got, want := w.axis(0), 20+6*(1-math.Exp(-3)); math.Abs(got-want) > 0.05 {
		t.Errorf("a screw at a fifth of its speed has %v degC, want %v", got, want)
	}
	if got := w.axis(1); got != 20 {
		t.Errorf("a screw that rests has %v degC", got)
	}
}

func TestToolAndWallBendAwayFromEachOtherWhileTheyCut(t *testing.T) {
	give := specs.Give{Tool: 2e-6, Wall: 8e-6, Foot: 0, Height: 0.02, Feed: 0.02, Side: "right"}
	for _, c := range []struct {
		name  string
		edit  func(*specs.Give)
		z     float64
		speed float64
		load  float64
		want  float64 // to the left of the travel, m
	}{
		{"at the top, at the feed", nil, 0.02, 0.02, 1, 10e-6},
		{"half way up: an eighth of the wall's", nil, 0.01, 0.02, 1, 3e-6},
		{"half as fast", nil, 0.02, 0.01, 1, 5e-6},
		{"much faster", nil, 0.02, 0.5, 1, 20e-6},
		{"with the wall on the left", func(g *specs.Give) { g.Side = "left" }, 0.02, 0.02, 1, -10e-6},
		{"above the wall", nil, 0.021, 0.02, 1, 0},
		{"with the spindle at rest", nil, 0.02, 0.02, 0, 0},
		{"at rest", nil, 0.02, 0, 1, 0},
	} {
		b := body{give: give}
		if c.edit != nil {
			c.edit(&b.give)
		}
		up := [3]float64{0, 0, 1}
		b.cut(device.Tip{Point: [3]float64{0, 0, c.z}, Axis: up}, 1e-3, c.load)
		got := b.cut(device.Tip{Point: [3]float64{c.speed * 1e-3, 0, c.z}, Axis: up}, 1e-3, c.load)
		if math.Abs(got.Point[1]-c.want) > 1e-12 {
			t.Errorf("%s: bent by %g, want %g", c.name, got.Point[1], c.want)
		}
	}
}

func TestAGaugeSeesTheTruthThroughNoiseAndOutliersAndLate(t *testing.T) {
	var seqs []time.Duration
	var off []float64
	r := newRig(t, func(m *specs.Mill) {
		m.Gauge = specs.Gauge{Every: specs.Duration(10 * ms), Latency: specs.Duration(6 * ms), Noise: 2e-6, Tilt: 1e-5, Outliers: 0.1, Wild: 1e-3}
	})
	n := int64(0)
	r.hand.Every(1, ms, 0, func(now time.Duration) { // after Sense
		if got := r.value("gauge.seq").Value.Int(); got != n {
			n = got
			seqs = append(seqs, now)
			tip, _ := r.mill.body.ideal.Forward(home[:])
			for i := range 3 {
				off = append(off, r.value("gauge."+"xyz"[i:i+1]).Value.Float()-tip[i])
			}
		}
	})
	r.play(20 * time.Second)
	if len(seqs) != 1999 || seqs[0] != 16*ms || seqs[1] != 26*ms {
		t.Fatalf("%d measurements, the first at %v", len(seqs), seqs[:2])
	}
	wild, square, few := 0, 0.0, 0
	for _, d := range off {
		if math.Abs(d) > 10e-6 {
			wild++
			continue
		}
		square += d * d
		few++
	}
	if share := float64(wild) / float64(len(off)); math.Abs(share-0.1) > 0.02 {
		t.Errorf("%v of all are wild", share)
	}
	if sigma := math.Sqrt(square / float64(few)); math.Abs(sigma-2e-6) > 0.2e-6 {
		t.Errorf("the noise is %g", sigma)
	}
}

func TestDisplacementsAreAlongTheMachinesAxes(t *testing.T) {
	m, err := machine.Named("XYZAC-TRT", machine.Geometry{Offset: [3]float64{0, 0, 0.02}})
	if err != nil {
		t.Fatal(err)
	}
	m = m.WithTool([3]float64{0, 0, 0.1})
	q := []float64{0.03, -0.02, 0.25, 0.5, -2}
	var columns [machine.MaxAxes]machine.Column
	var tip device.Tip
	tip.Point, tip.Axis = m.Jacobian(q, &columns)
	device.Displace(&tip, &columns, kinematics.Twist{1e-5, -2e-5, 3e-5, 0, 0, 0})
	want, axis := m.Forward([]float64{q[0] + 1e-5, q[1] - 2e-5, q[2] + 3e-5, q[3], q[4]})
	for i := range 3 {
		if math.Abs(tip.Point[i]-want[i]) > 1e-15 || math.Abs(tip.Axis[i]-axis[i]) > 1e-15 {
			t.Fatalf("tip %v, axis %v; want %v, %v", tip.Point, tip.Axis, want, axis)
		}
	}
	// A turn about x leans the tool as turning A the other way does; about z it does nothing, as
	// the tool is along z.
	lean := device.Tip{Axis: tip.Axis}
	device.Displace(&lean, &columns, kinematics.Twist{3: 1e-4, 5: 0.1})
	_, axis = m.Forward([]float64{q[0], q[1], q[2], q[3] - 1e-4, q[4]})
	for i := range 3 {
		if math.Abs(lean.Axis[i]-axis[i]) > 1e-8 {
			t.Errorf("axis %v, want %v", lean.Axis, axis)
		}
	}
}

func TestACycleAllocatesNothing(t *testing.T) {
	r := newRig(t, func(m *specs.Mill) { m.Sim.Spindle.Warming = 20 })
	r.play(10 * ms)
	now := 10 * ms
	if n := testing.AllocsPerRun(1000, func() {
		now += ms
		r.mill.sample(now)
		r.mill.move(now)
	}); n != 0 {
		t.Errorf("%v allocations in a cycle", n)
	}
}

func BenchmarkCycle(b *testing.B) {
	r := newRig(b, nil)
	r.play(10 * ms)
	b.ReportAllocs()
	now := 10 * ms
	for b.Loop() {
		now += ms
		r.mill.move(now)
	}
}
