package twin

import (
	"math"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

func TestTheBeltFilterIsFinerThanTheEncodersSteps(t *testing.T) {
	const period, step = 5 * time.Millisecond, 1e-4
	bank := protocol.NewBank()
	out, err := bank.Writer("belt", "").Define(protocol.Def{Name: "belt.position", Type: protocol.F64})
	if err != nil {
		t.Fatal(err)
	}
	f := beltFilter{position: out.In(), period: period, half: step / 2}
	// 0.5 m/s with a ripple of 0.3 % over 0.4 m, as the reference line's belt has it.
	truth := func(t time.Duration) float64 {
		s := 0.5 * t.Seconds()
		return s + 0.003*0.4/(2*math.Pi)*(1-math.Cos(2*math.Pi*s/0.4))
	}
	var worst, raw float64
	for now := time.Duration(0); now < 4*time.Second; now += time.Millisecond {
		if now%period == 0 {
			out.SetFloat(now, math.Floor(truth(now)/step)*step)
		}
		f.update(now)
		if now > time.Second {
			worst = max(worst, math.Abs(f.at(now)-truth(now)))
			raw = max(raw, math.Abs(out.Sample().Value.Float()-truth(now)))
		}
	}
	if worst > 0.1e-3 {
		t.Errorf("the filter is off by %.3f mm", worst*1e3)
	}
	if worst*5 > raw {
		t.Errorf("the filter is off by %.3f mm, the encoder alone by %.3f mm", worst*1e3, raw*1e3)
	}
}

func TestTheBeltFilterKnowsThatTheBeltStands(t *testing.T) {
	bank := protocol.NewBank()
	out, err := bank.Writer("belt", "").Define(protocol.Def{Name: "belt.position", Type: protocol.F64})
	if err != nil {
		t.Fatal(err)
	}
	f := beltFilter{position: out.In(), period: 5 * time.Millisecond}
	for now := time.Duration(0); now < time.Second; now += time.Millisecond {
		if now%f.period == 0 && now < 500*time.Millisecond {
			out.SetFloat(now, 0.5*now.Seconds())
		}
		f.update(now)
	}
	if f.v != 0 || math.Abs(f.at(time.Second)-0.2475) > 1e-9 {
		t.Errorf("position %.4f m, speed %.4f m/s", f.at(time.Second), f.v)
	}
}
