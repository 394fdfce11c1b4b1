package twin

import (
	"fmt"
	"math"
	"time"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// correction is what a CNC adds to the joints' setpoints against the errors of its mill: those
// that tables know, and those that the gauge sees.
type correction struct {
	m    machine.Machine
	axes []device.MillAxis

	tables  []axisTables // by joint
	volume  *compensation.Volume
	matrix  *compensation.Matrix
	columns [machine.MaxAxes]machine.Column
	angles  [machine.MaxAxes]float64
	work    [machine.MaxAxes]float64
	back    [3]float64 // from the tool's tip to where the volume's errors are stated, negative
}

// axisTables are those of an axis, nil where it has none.
type axisTables struct {
	axis    *compensation.Axis
	play    compensation.Play
	thermal *compensation.Thermal
	warmth  *compensation.Warmth
	heard   []*protocol.In
	sensors []float64 // scratch
}

// playWidth is the way after a reversal, m or rad, over which a table's error backward takes the
// place of that forward.
const playWidth = 20e-6

// warming is the fastest, K/s, that temperatures are believed to change.
const warming = 1.0

func newCorrection(site *device.Site, name string, s specs.Compensation, cycle time.Duration, m machine.Machine, axes []device.MillAxis) (*correction, error) {
	c := &correction{m: m, axes: axes, tables: make([]axisTables, len(axes))}
	ofAxes := map[string]string{"x": s.Axes.X, "y": s.Axes.Y, "z": s.Axes.Z, "tilt": s.Axes.Tilt, "turn": s.Axes.Turn}
	ofWarmth := map[string]string{"x": s.Thermal.X, "y": s.Thermal.Y, "z": s.Thermal.Z}
	for i, a := range axes {
		t := &c.tables[i]
		t.play.Width = playWidth
		var err error
		if file := ofAxes[a.Part]; file != "" {
			if t.axis, err = device.ReadFile(site, file, compensation.ReadAxis); err != nil {
				return nil, err
			}
		}
		if file := ofWarmth[a.Part]; file != "" {
			if t.thermal, err = device.ReadFile(site, file, compensation.ReadThermal); err != nil {
				return nil, err
			}
			t.sensors = make([]float64, len(t.thermal.Sensors()))
		}
	}
	if s.Volume != "" {
		var err error
		if c.volume, err = device.ReadFile(site, s.Volume, compensation.ReadVolume); err != nil {
			return nil, err
		}
	}
	if o := s.Online; o.Gain > 0 {
		every := site.Spec.Mills[site.Spec.CNCs[name].Mill].Gauge.Every
		var err error
		c.matrix, err = compensation.NewMatrix(compensation.MatrixConfig{
			Period: cycle.Seconds(), Gain: o.Gain, Window: o.Window, Trim: float64(o.Trim), MaxAge: 0,
			MaxShift: float64(o.Shift), MaxTurn: float64(o.Turn), MaxShiftRate: float64(o.ShiftRate), MaxTurnRate: float64(o.TurnRate),
			Hold: max(1, 4*every.Seconds()),
		})
		if err != nil {
			return nil, fmt.Errorf("compensation.online: %w", err)
		}
	}
	return c, nil
}

// bind finds the temperatures that tables ask for.
func (c *correction) bind(p *device.Port, mill string) error {
	for i := range c.tables {
		t := &c.tables[i]
		if t.thermal == nil {
			continue
		}
		for _, name := range t.thermal.Sensors() {
			in, err := p.In(mill, name+".temperature", protocol.F64)
			if err != nil {
				return fmt.Errorf("compensation.thermal.%s: mill %s has no sensor %q; there are spindle, x, y and z", c.axes[i].Part, mill, name)
			}
			t.heard = append(t.heard, in)
		}
	}
	return nil
}

// reset forgets what the gauge saw, for a machine that stands.
func (c *correction) reset() {
	if c.matrix != nil {
		c.matrix.Reset()
	}
}

// pass a cycle of dt seconds.
func (c *correction) pass(dt float64) {
	if c.matrix != nil {
		c.matrix.Advance()
	}
	for i := range c.tables {
		t := &c.tables[i]
		if t.thermal == nil {
			continue
		}
		for k, in := range t.heard {
			t.sensors[k] = math.NaN()
			if in.Quality() != protocol.Bad {
				t.sensors[k] = in.Float()
			}
		}
		if t.warmth == nil {
			// Before the sensors are heard for the first time nothing is known.
			if w, err := t.thermal.NewWarmth(warming, t.sensors); err == nil {
				t.warmth = w
			}
			continue
		}
		t.warmth.Step(dt, t.sensors)
	}
}

// mount takes note of the tool in the spindle.
func (c *correction) mount(tool [3]float64) {
	c.m = c.m.WithTool(tool)
	c.back = [3]float64{-tool[0], -tool[1], -tool[2]}
}

// error is by how much an axis is off, as the tables know, where its encoder has a position.
func (t *axisTables) error(position float64) (e float64) {
	if t.axis != nil {
		e += t.axis.At(position, t.play.Side())
	}
	if t.warmth != nil {
		e += t.thermal.At(t.warmth, position)
	}
	return e
}

// volumeAt is the tip's displacement and the tool's turn by the volumetric table.
func (c *correction) volumeAt(q []float64) (e kinematics.Twist) {
	if c.volume == nil {
		return e
	}
	at := [3]float64{q[0], q[1], q[2]}
	e = c.volume.At(at)
	d := c.volume.TipAt(at, c.back)
	e[0], e[1], e[2] = d[0], d[1], d[2]
	return e
}

// find sets by to what is to be added to the joints q so that the tool comes to where they say.
func (c *correction) find(q, by []float64) {
	n := len(q)
	e := c.volumeAt(q)
	for i := range e {
		e[i] = -e[i]
	}
	if c.matrix != nil {
		on := c.matrix.Correction()
		turn := kinematics.LogSO3(on.R)
		for i := range 3 {
			e[i] += on.P[i]
			e[3+i] += turn[i]
		}
	}
	point, angles := c.m.ToProgram(q, c.angles[:0])
	t := device.Tip{Point: point}
	_, t.Axis = c.m.Jacobian(q, &c.columns)
	was := t.Axis
	device.Displace(&t, &c.columns, e)
	c.steer(angles, [3]float64{t.Axis[0] - was[0], t.Axis[1] - was[1], t.Axis[2] - was[2]})
	c.m.FromProgram(t.Point, angles, c.work[:n])
	for i := range by {
		tables := &c.tables[i]
		tables.play.Move(q[i])
		by[i] = c.work[i] - q[i]
		by[i] -= tables.error(q[i] + by[i])
	}
}

// pole is how near to the pole, as a sine, the rotary axis that turns without effect there is
// no longer used to turn the tool.
const pole = 0.05

// steer changes the rotary axes' angles so that the tool's axis moves by way as well as they
// can: damped least squares.
func (c *correction) steer(angles []float64, way [3]float64) {
	if way == ([3]float64{}) {
		return
	}
	n := len(angles)
	var a [2][2]float64
	var b [2]float64
	for i := range min(n, 2) {
		ci := &c.columns[3+i].Axis
		for k := range min(n, 2) {
			ck := &c.columns[3+k].Axis
			a[i][k] = ci[0]*ck[0] + ci[1]*ck[1] + ci[2]*ck[2]
		}
		a[i][i] += pole * pole
		b[i] = ci[0]*way[0] + ci[1]*way[1] + ci[2]*way[2]
	}
	if n == 1 {
		angles[0] += b[0] / a[0][0]
		return
	}
	det := a[0][0]*a[1][1] - a[0][1]*a[1][0]
	angles[0] += (b[0]*a[1][1] - b[1]*a[0][1]) / det
	angles[1] += (b[1]*a[0][0] - b[0]*a[1][0]) / det
}

// observe takes what the gauge saw when the encoders were at the joints q: the part of the
// error that tables do not know moves the matrix.
func (c *correction) observe(q []float64, seen device.Tip) {
	if c.matrix == nil {
		return
	}
	// Where the encoders and the tables have the tool.
	at := c.work[:len(q)]
	for i := range q {
		at[i] = q[i] + c.tables[i].error(q[i])
	}
	var t device.Tip
	t.Point, t.Axis = c.m.Jacobian(at, &c.columns)
	device.Displace(&t, &c.columns, c.volumeAt(q))
	// What is left, along the machine's axes.
	turn := crossOf(t.Axis, seen.Axis)
	var shift, turned [3]float64
	for i := range 3 {
		along := &c.columns[i].Point
		for k := range 3 {
			shift[i] += along[k] * (seen.Point[k] - t.Point[k])
			turned[i] += along[k] * turn[k]
		}
	}
	// The encoders know of the correction, so the error is to be told from them, and not from
	// where the matrix had sent the tool: its correction is taken away on both sides.
	on := c.matrix.Correction()
	sent := on.Inverse()
	sent.P = [3]float64{-on.P[0], -on.P[1], -on.P[2]}
	c.matrix.Observe(sent, kinematics.Pose{R: kinematics.ExpSO3(turned), P: shift}, 0)
}

func crossOf(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
