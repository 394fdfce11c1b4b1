package mill

import (
	"math"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// body is the mill's geometry as it truly is.
type body struct {
	ideal  machine.Machine // with the tool that is in the spindle
	volume *compensation.Volume
	warmth *warmth
	give   specs.Give
	shift  [3]float64 // drift in the long run, m
	tool   [3]float64 // from its tip to where the machine's errors are stated

	joints  [machine.MaxAxes]float64 // scratch
	columns [machine.MaxAxes]machine.Column
	before  [3]float64 // the tip one cycle ago
	known   bool       // there was one
}

func (b *body) mount(tool [3]float64) {
	b.tool = tool
	b.ideal = b.ideal.WithTool(tool)
	b.known = false
}

// tip is where the tool truly is in the program's frame when the axes' encoders and loads are at
// the given positions, for a part that does not give.
func (b *body) tip(axes []float64) device.Tip {
	q := b.joints[:len(axes)]
	copy(q, axes)
	for i := range b.warmth.screws {
		q[i] += b.warmth.screws[i].error(axes[i])
	}
	tip, axis := b.ideal.Jacobian(q, &b.columns)
	// The machine's structure moves the tool along the machine's axes, and turns it.
	var e kinematics.Twist
	if b.volume != nil {
		at := [3]float64{q[0], q[1], q[2]}
		e = b.volume.At(at)
		d := b.volume.TipAt(at, [3]float64{-b.tool[0], -b.tool[1], -b.tool[2]})
		e[0], e[1], e[2] = d[0], d[1], d[2]
	}
	for i := range 3 {
		e[i] += b.shift[i] * b.warmth.drift.now
	}
	t := device.Tip{Point: tip, Axis: axis}
	device.Displace(&t, &b.columns, e)
	for i := range 3 {
		t.Point[i] -= b.warmth.growth.now * t.Axis[i]
	}
	return t
}

// cut is the tip from the wall that it cuts: both bend away, the more the faster it goes, the
// wall as a cantilever, with the cube of the height above its foot.
func (b *body) cut(t device.Tip, cycle, load float64) device.Tip {
	was, known := b.before, b.known
	b.before, b.known = t.Point, true
	high := (t.Point[2] - float64(b.give.Foot)) / float64(b.give.Height)
	if !known || load == 0 || high < 0 || high > 1 || b.give.Tool == 0 && b.give.Wall == 0 {
		return t
	}
	var way [3]float64
	for i := range way {
		way[i] = t.Point[i] - was[i]
	}
	left := cross(t.Axis, way)
	length := math.Sqrt(dot(left, left))
	if length == 0 {
		return t
	}
	force := min(length/cycle/float64(b.give.Feed), mostForce)
	by := force * (float64(b.give.Tool) + float64(b.give.Wall)*high*high*high) / length
	if b.give.Side == "left" {
		by = -by
	}
	for i := range left {
		t.Point[i] += by * left[i]
	}
	return t
}

// mostForce is the most of the force at the stated feed that there can be.
const mostForce = 2

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
