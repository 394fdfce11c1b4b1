package mill

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

const ms = time.Millisecond

// rig is a mill with nobody to control it: a test writes its commands by hand, and sees its
// registers and the truth.
type rig struct {
	t    testing.TB
	eng  *engine.Engine
	bank *protocol.Bank
	mill *Mill
	hand *device.Port
	cmd  map[string]*protocol.Out
	tips []device.Tip
	beat int64
}

// plainMill is a mill without any error.
func plainMill(t testing.TB, edit func(*specs.Mill)) (specs.Mill, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tools.tbl": "T1 P1 D8 Z100\nT2 P2 D6 X1 Z80\n",
		"part.ngc":  "M2\n",
		"line.cue": `package line
import "linetwin.dev/specs"
specs.#Scenario
name: "line"
duration: "1min"
mills: vmc: {
	type: "XYZAC-TRT"
	offset: ["0mm", "0mm", "20mm"]
	x: {min: "-200mm", max: "200mm"}
	y: {min: "-200mm", max: "200mm"}
	z: {min: "-50mm", max: "400mm", home: "300mm"}
	tilt: {min: "-110deg", max: "40deg"}
	turn: {}
	tools: "tools.tbl"
}
cncs: nc: {mill: "vmc", program: "part.ngc"}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := specs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := l.Mills["vmc"]
	if edit != nil {
		edit(&m)
	}
	return m, dir
}

func newRig(t testing.TB, edit func(*specs.Mill), faults ...specs.Fault) *rig {
	t.Helper()
	spec, dir := plainMill(t, edit)
	r := &rig{t: t, eng: engine.New(engine.Options{Seed: 1, Workers: -1}), bank: protocol.NewBank(), cmd: map[string]*protocol.Out{}}
	site := &device.Site{
		Engine: r.eng, Bank: r.bank, Dir: dir,
		Spec: &specs.Scenario{Mills: map[string]specs.Mill{"vmc": spec}, Faults: faults},
		Listen: func(_ time.Duration, _ string, kind uint8, data []byte) {
			if kind == device.TruthTip {
				tip, ok := device.ParseTip(data)
				if !ok {
					t.Fatalf("a tip of %d bytes", len(data))
				}
				r.tips = append(r.tips, tip)
			}
		},
	}
	var err error
	if r.mill, err = New(site, "vmc"); err != nil {
		t.Fatal(err)
	}
	r.hand = site.Port("hand", device.LanePlant)
	for name, typ := range map[string]protocol.Type{
		"run": protocol.Bool, "cycle": protocol.U32, "spindle.setpoint": protocol.F64, "tool": protocol.U32, "clear": protocol.Bool,
	} {
		if r.cmd[name], err = r.hand.Command("vmc", name, typ, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range r.mill.axes {
		if r.cmd[a.Name], err = r.hand.Command("vmc", a.Name+".setpoint", protocol.F64, a.Unit, ""); err != nil {
			t.Fatal(err)
		}
	}
	r.bank.Seal()
	r.at(0, func(now time.Duration) {
		for _, a := range r.mill.axes {
			r.cmd[a.Name].SetFloat(now, a.Home)
		}
		r.cmd["run"].SetBool(now, false)
		r.cmd["cycle"].SetInt(now, 0)
		r.cmd["spindle.setpoint"].SetFloat(now, 0)
		r.cmd["tool"].SetInt(now, 0)
		r.cmd["clear"].SetBool(now, false)
	})
	if err := r.mill.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// at does something at an instant, before the mill moves.
func (r *rig) at(at time.Duration, f func(now time.Duration)) { r.hand.At(engine.Actuate, at, f) }

// follow gives setpoints in every cycle from 0 on.
func (r *rig) follow(q func(s float64) [5]float64) {
	r.hand.Every(engine.Actuate, ms, 0, func(now time.Duration) {
		r.cmd["run"].SetBool(now, true)
		r.beat++
		r.cmd["cycle"].SetInt(now, r.beat)
		to := q((now + ms).Seconds())
		for i, a := range r.mill.axes {
			r.cmd[a.Name].SetFloat(now, to[i])
		}
	})
}

func (r *rig) play(until time.Duration) {
	r.t.Helper()
	if err := r.eng.Run(context.Background(), until); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) value(register string) protocol.Sample {
	r.t.Helper()
	info, err := r.bank.Lookup("vmc." + register)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.bank.At(info.Ref).Sample()
}

// home are the joints at which the mill stands.
var home = [5]float64{0, 0, 0.3, 0, 0}

// wave moves all axes from rest, without a jump of acceleration.
func wave(s float64) [5]float64 {
	a := 1 - math.Exp(-s*s*s*8)
	q := home
	for i, size := range []float64{0.02, 0.03, 0.02, 0.2, 0.5} {
		q[i] += a * size * math.Sin((1.5+0.3*float64(i))*s)
	}
	return q
}
