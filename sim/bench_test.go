package sim

import (
	"testing"
	"time"

	"linetwin.dev/specs"
)

// running is a plant in the middle of its work, with parts all along the belt.
func running(t testing.TB) *stage {
	s := newStage(t, func(s *specs.Scenario) {
		f := s.Feeders["infeed"]
		f.Spacing = specs.Spacing{Min: 1.15, Mean: 1.45}
		s.Feeders["infeed"] = f
	})
	s.set(0, "belt.run", true)
	s.set(0, "reject.open", false)
	s.play(20 * time.Second)
	return s
}

// A step in which no part comes, goes or meets a beam, as nearly all are.
func BenchmarkWorldStep(b *testing.B) {
	s := running(b)
	w, belt := s.w, s.w.belts["belt"]
	at := belt.s
	b.ReportAllocs()
	for b.Loop() {
		belt.s = at // the belt does not get anywhere
		w.step(20 * time.Second)
	}
}

// A cycle of a machine whose five joints move.
func BenchmarkMachineMove(b *testing.B) {
	s := running(b)
	m := s.w.machines["capper"]
	x, now := 1e-3, 20*time.Second
	b.ReportAllocs()
	for b.Loop() {
		now += 4 * time.Millisecond
		x = -x
		for _, n := range []string{"capper.j1.setpoint", "capper.j2.setpoint", "capper.j3.setpoint", "capper.j4.setpoint", "capper.j5.setpoint"} {
			s.cmd[n].SetFloat(now, m.drives[0].q+x)
		}
		m.move(now)
		m.sample(now)
	}
}

func TestNothingAllocatesWhileNothingHappens(t *testing.T) {
	s := running(t)
	belt, m := s.w.belts["belt"], s.w.machines["capper"]
	at, now := belt.s, 20*time.Second
	for name, f := range map[string]func(){
		"step":    func() { belt.s = at; s.w.step(now) },
		"move":    func() { now += 4 * time.Millisecond; m.move(now) },
		"sample":  func() { m.sample(now) },
		"encoder": func() { belt.sample(now, 0.005) },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
