package twin

import (
	"math"
	"time"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
)

// showing is how often what is for people is published.
const showing = 20 * time.Millisecond

// cycle is one period of the interpolator.
func (k *cncTask) cycle(now time.Duration) {
	k.watch(now)
	k.obey(now)
	k.measure(now)
	if k.fix != nil {
		k.fix.pass(k.setup.Cycle) // the mill warms up and cools down whatever the program does
	}
	switch k.mode {
	case nowRunning, nowHolding, nowHeld, nowStopping:
		k.advance(now)
	}
}

// advance plans a cycle, and sets the setpoints of one that was planned before: corrections are
// smoothed meanwhile.
func (k *cncTask) advance(now time.Duration) {
	s, before := &k.ring[k.head%ringSize], &k.ring[(k.head-1)%ringSize]
	more := false
	if !k.ended {
		var err error
		k.now = now
		if more, err = k.program.Next(s); err != nil {
			k.alarm(now, "%v", err)
			return
		}
	}
	if !more {
		k.ended = true
		*s = path.Sample{Joints: before.Joints, Point: before.Point, Line: before.Line}
	}
	var by [machine.MaxAxes]float64
	delay := 0
	if n := len(k.axes); k.fix != nil {
		k.fix.find(s.Joints[:n], by[:n])
		k.ease.step(by[:n])
		delay = k.ease.delay
	}
	sent := &k.ring[(k.head-delay)%ringSize]
	k.head++
	k.planned = sent.Joints
	k.beats++
	w := k.port.Writer()
	w.Begin()
	for i, o := range k.setpoints {
		o.SetFloat(now, sent.Joints[i]+by[i])
	}
	k.beat.SetInt(now, k.beats)
	k.line.SetInt(now, int64(sent.Line))
	w.Commit()
	k.by = by
	k.finish(now, s.State == path.Held && s.Speed == 0, delay)
}

// handle does what the program asks for besides motion, where the machine has come to it.
func (k *cncTask) handle(e *gcode.Event) error {
	switch e.Kind {
	case gcode.SpindleSpeed:
		k.turns = e.Value * 2 * math.Pi / 60
	case gcode.SpindleClockwise:
		k.sense = 1
	case gcode.SpindleCounter:
		k.sense = -1
	case gcode.SpindleStop:
		k.sense = 0
	case gcode.ChangeTool, gcode.ChangeToolNumber:
		number := int64(0)
		if tools := k.setup.Program.Tools.Tools; e.Number > 0 && int(e.Number) <= len(tools) {
			number = int64(tools[e.Number-1].Number)
		}
		k.pocket.SetInt(k.now, number)
		if k.fix != nil {
			k.fix.mount(k.length(number))
		}
		return nil
	case gcode.Stop:
		k.program.Hold()
		k.enter(k.now, nowHolding)
		return nil
	default:
		return nil
	}
	k.turn.SetFloat(k.now, k.sense*k.turns)
	return nil
}

// length of a tool by the tool table, m.
func (k *cncTask) length(number int64) (l [3]float64) {
	for _, t := range k.setup.Program.Tools.Tools {
		if int64(t.Number) == number {
			for i := range l {
				l[i] = t.Offset[i] * gcode.Millimetres.Metres()
			}
		}
	}
	return l
}

// measure takes what the gauge has seen since the last cycle.
func (k *cncTask) measure(now time.Duration) {
	n := k.gauge.seq.Int()
	if k.fix == nil || n == k.seen || k.gauge.seq.Quality() == protocol.Bad {
		return
	}
	k.seen = n
	at := time.Duration(n) * k.mill.Gauge.Every.D()
	h := &k.heard[int(at/k.mill.Cycle.D())%ringSize]
	if h.at != at || k.program == nil || k.pocket.Sample().Value.Int() == 0 {
		return // too long ago, or the tool was not where the program has it
	}
	var seen device.Tip
	for i := range 3 {
		seen.Point[i], seen.Axis[i] = k.gauge.tip[i].Float(), k.gauge.axis[i].Float()
	}
	k.fix.observe(h.q[:len(k.axes)], seen)
}

// show publishes what is for people.
func (k *cncTask) show(now time.Duration) {
	w := k.port.Writer()
	w.Begin()
	defer w.Commit()
	speed := 0.0
	if k.program != nil {
		speed = math.Round(k.ring[(k.head-1)%ringSize].Speed*1e6) / 1e6
	}
	k.speed.SetFloat(now, speed)
	for i, o := range k.shown {
		o.SetFloat(now, k.by[i])
	}
}
