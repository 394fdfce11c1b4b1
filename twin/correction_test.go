package twin

import (
	"math"
	"math/rand/v2"
	"testing"

	"linetwin.dev/kinematics"
	"linetwin.dev/kinematics/compensation"
	"linetwin.dev/kinematics/machine"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// crooked is a machine with errors: those of its axes and of its structure, and a displacement
// of which no table knows.
type crooked struct {
	m       machine.Machine
	axes    []device.MillAxis
	screw   *compensation.Axis
	volume  *compensation.Volume
	unknown kinematics.Twist
}

func newCrooked(t *testing.T, typ string, rnd *rand.Rand) *crooked {
	t.Helper()
	m, axes, err := device.Mill(specs.Mill{Type: typ, Offset: [3]specs.Length{0, 0, 0.02}, Pivot: [3]specs.Length{0, 0, 0.15}})
	if err != nil {
		t.Fatal(err)
	}
	k := &crooked{m: m.WithTool([3]float64{0, 0, 0.1}), axes: axes}
	var at, errors []float64
	for p := -0.5; p <= 0.5; p += 1e-3 {
		at, errors = append(at, p), append(errors, 3e-6*math.Sin(200*p))
	}
	if k.screw, err = compensation.NewAxis(at, errors, nil); err != nil {
		t.Fatal(err)
	}
	nodes := make([]kinematics.Twist, 8)
	for i := range nodes {
		for c := range 6 {
			nodes[i][c] = 2e-5 * (2*rnd.Float64() - 1)
		}
	}
	ends := []float64{-0.5, 0.5}
	if k.volume, err = compensation.NewVolume(ends, ends, ends, nodes); err != nil {
		t.Fatal(err)
	}
	return k
}

// correction that knows what tables can.
func (k *crooked) correction() *correction {
	c := &correction{axes: k.axes, tables: make([]axisTables, len(k.axes)), volume: k.volume, m: k.m}
	c.mount([3]float64{0, 0, 0.1})
	for i := range 3 {
		c.tables[i].axis = k.screw
		c.tables[i].play.Width = playWidth
	}
	return c
}

// tip is where the tool truly is when the encoders are at q.
func (k *crooked) tip(q []float64) device.Tip {
	at := append([]float64(nil), q...)
	for i := range 3 {
		at[i] += k.screw.At(q[i], 1)
	}
	var columns [machine.MaxAxes]machine.Column
	var t device.Tip
	t.Point, t.Axis = k.m.Jacobian(at, &columns)
	p := [3]float64{at[0], at[1], at[2]}
	e := k.volume.At(p)
	d := k.volume.TipAt(p, [3]float64{0, 0, -0.1})
	e[0], e[1], e[2] = d[0], d[1], d[2]
	for i := range e {
		e[i] += k.unknown[i]
	}
	device.Displace(&t, &columns, e)
	return t
}

// off is how far the tip, in m, and the tool's axis, in rad, are from where joints say.
func (k *crooked) off(is device.Tip, q []float64) (tip, axis float64) {
	p, a := k.m.Forward(q)
	c := crossOf(a, is.Axis)
	return distance(p, is.Point), math.Sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2])
}

// somewhere is a random place, away from the pole.
func somewhere(rnd *rand.Rand) []float64 {
	q := make([]float64, 5)
	for i := range q {
		q[i] = 0.4*rnd.Float64() - 0.2
	}
	for i, r := range []float64{0.3 + 0.6*rnd.Float64(), 0.3 + 0.6*rnd.Float64()} {
		q[3+i] = r // whichever of them tilts
	}
	return q
}

func TestTablesTakeOutTheErrorsThatTheyKnowOnMachinesOfAllTypes(t *testing.T) {
	for _, typ := range machine.Types() {
		rnd := rand.New(rand.NewPCG(1, 7))
		k := newCrooked(t, typ, rnd)
		c := k.correction()
		for range 200 {
			q := somewhere(rnd)
			by := make([]float64, len(q))
			c.find(q, by) // on which side of its play an axis is the first time does not matter here
			c.find(q, by)
			sent := make([]float64, len(q))
			for i := range q {
				sent[i] = q[i] + by[i]
			}
			rawTip, rawAxis := k.off(k.tip(q), q)
			tip, axis := k.off(k.tip(sent), q)
			if tip > 2e-8 || axis > 0.1*rawAxis+1e-9 {
				t.Fatalf("%s at %v: off by %g m and %g rad, uncorrected by %g and %g", typ, q, tip, axis, rawTip, rawAxis)
			}
		}
	}
}

func TestTheMatrixTakesOutWhatTheGaugeSeesThroughNoiseAndOutliers(t *testing.T) {
	for _, typ := range machine.Types() {
		rnd := rand.New(rand.NewPCG(1, 8))
		k := newCrooked(t, typ, rnd)
		k.unknown = kinematics.Twist{30e-6, -20e-6, 25e-6, 5e-5, -3e-5, 2e-5}
		c := k.correction()
		var err error
		if c.matrix, err = compensation.NewMatrix(compensation.MatrixConfig{
			Period: 1e-3, Gain: 5, Window: 64, MaxShift: 1e-4, MaxTurn: 5e-4, MaxShiftRate: 1e-3, MaxTurnRate: 1e-3,
		}); err != nil {
			t.Fatal(err)
		}
		by, sent := make([]float64, 5), make([]float64, 5)
		aim := func() []float64 {
			q := somewhere(rnd)
			c.find(q, by)
			c.find(q, by)
			for i := range q {
				sent[i] = q[i] + by[i]
			}
			return q
		}
		for n := range 3000 {
			c.pass(1e-3)
			if n%10 > 0 {
				continue
			}
			aim()
			seen := k.tip(sent)
			for i := range 3 {
				seen.Point[i] += 1e-6 * rnd.NormFloat64()
				seen.Axis[i] += 1e-6 * rnd.NormFloat64()
				if n%130 == 0 {
					seen.Point[i] += 1e-3
				}
			}
			c.observe(sent, seen)
		}
		worst, worstAxis, raw := 0.0, 0.0, 0.0
		for range 100 {
			q := aim()
			tip, axis := k.off(k.tip(sent), q)
			worst, worstAxis = max(worst, tip), max(worstAxis, axis)
			tip, _ = k.off(k.tip(q), q)
			raw = max(raw, tip)
		}
		if worst > 2e-6 || worstAxis > 1e-5 || raw < 3e-5 {
			t.Errorf("%s: off by %g m and %g rad, uncorrected by %g m", typ, worst, worstAxis, raw)
		}
	}
}

func TestATableOfAnUnknownSensorIsRefused(t *testing.T) {
	thermal, err := compensation.NewThermal(compensation.Sensor{Name: "coolant", Temperatures: []float64{20}, Positions: []float64{0}, Errors: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	c := &correction{axes: []device.MillAxis{{Name: "x", Part: "x"}}, tables: []axisTables{{thermal: thermal}}}
	_, port := bareSite(t)
	if err := c.bind(port, "vmc"); err == nil || err.Error() != `compensation.thermal.x: mill vmc has no sensor "coolant"; there are spindle, x, y and z` {
		t.Errorf("the error is %v", err)
	}
}

func TestACorrectionAllocatesNothingInACycle(t *testing.T) {
	k := newCrooked(t, "XYZAC-TRT", rand.New(rand.NewPCG(1, 9)))
	c := k.correction()
	ease, err := newSmoother(15e-3, 1e-3, 0.1, k.axes)
	if err != nil {
		t.Fatal(err)
	}
	q, by := somewhere(rand.New(rand.NewPCG(1, 9))), make([]float64, 5)
	if n := testing.AllocsPerRun(100, func() {
		c.pass(1e-3)
		c.find(q, by)
		ease.step(by)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
