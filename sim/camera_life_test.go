package sim

import (
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin/engine"
	"linetwin.dev/vision/camera"
)

// run lets bottles come every other second to a camera that edit has changed.
func (s *stage) run(until time.Duration) {
	s.set(0, "belt.run", true)
	s.play(until)
}

func topCamera(edit func(c *specs.Camera), faults ...specs.Fault) func(s *specs.Scenario) {
	return func(s *specs.Scenario) {
		flow(0.3, 0.35)(s)
		c := s.Cameras["top"]
		edit(&c)
		s.Cameras["top"] = c
		s.Faults = faults
	}
}

// states that the camera told, with when.
func (s *stage) states(name string) (out []camera.State, at []time.Duration) {
	for _, c := range s.values(name + ".status") {
		if st := camera.State(c.bits); len(out) == 0 || out[len(out)-1] != st {
			out, at = append(out, st), append(at, c.at)
		}
	}
	return out, at
}

// balanced checks that each trigger had a frame, or was lost.
func (s *stage) balanced(name string) {
	s.t.Helper()
	triggers, frames, dropped := s.in(name+".triggers").Uint(), s.in(name+".frames").Uint(), s.in(name+".dropped").Uint()
	if flying := uint64(s.w.cameras[name].life.manager.Waiting()); triggers != frames+dropped+flying {
		s.t.Errorf("%d triggers, %d frames, %d lost, %d on their way", triggers, frames, dropped, flying)
	}
}

func wants(t *testing.T, got []camera.State, want ...camera.State) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the camera was %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("the camera was %v, want %v", got, want)
		}
	}
}

func TestACameraStartsAndWarmsUp(t *testing.T) {
	s := newStage(t, topCamera(func(c *specs.Camera) {
		c.StartUp, c.WarmUp = specs.Duration(1500*ms), specs.Duration(10*sec)
		c.Power = &specs.CameraPower{On: 6, Off: 0.5, Throttled: 2}
	}))
	s.run(30 * sec)
	states, at := s.states("top")
	wants(t, states, camera.Starting, camera.Warming, camera.Ready)
	if at[1] != 1500*ms || at[2] != 11500*ms {
		t.Errorf("warming at %v, ready at %v", at[1], at[2])
	}
	early := 0
	for _, f := range s.frames {
		if f.Camera == "top" && f.Exposed < 11500*ms {
			early++
		}
	}
	if early != 0 || s.in("top.dropped").Uint() == 0 || s.in("top.frames").Uint() == 0 {
		t.Errorf("%d frames of a cold camera, %d lost, %d handed out", early, s.in("top.dropped").Uint(), s.in("top.frames").Uint())
	}
	s.balanced("top")
	if w := s.in("top.power").Float(); w != 6 {
		t.Errorf("%v W", w)
	}
}

func TestACameraThatIsUnpluggedComesBack(t *testing.T) {
	s := newStage(t, topCamera(func(c *specs.Camera) { c.StartUp = specs.Duration(300 * ms) }, strike(10*sec, 4*sec, "top", "unplug")))
	s.run(40 * sec)
	states, at := s.states("top")
	if states[2] != camera.Lost || at[2] != 10*sec+1 {
		t.Errorf("the camera was %v at %v", states, at)
	}
	last := len(states) - 1
	if states[last] != camera.Ready || at[last] < 14*sec || at[last] > 14*sec+5*sec {
		t.Errorf("plugged in again at 14 s, %v at %v", states[last], at[last])
	}
	for _, f := range s.frames {
		if f.Camera == "top" && f.Exposed > 10*sec && f.Exposed < at[last] {
			t.Errorf("a frame of %v, without a cable", f.Exposed)
		}
	}
	s.balanced("top")
}

func TestAFrozenStreamIsNoticedByTriggersWithoutFrames(t *testing.T) {
	s := newStage(t, topCamera(func(*specs.Camera) {}, strike(10*sec, 100*ms, "top", "freeze")))
	s.run(40 * sec)
	states, at := s.states("top")
	wants(t, states[:2], camera.Ready, camera.Lost)
	missed := 0
	for _, c := range s.values("top.triggers") {
		if c.at > 10*sec && c.at <= at[1] {
			missed++
		}
	}
	if last := len(states) - 1; missed != cameraPatience || states[last] != camera.Ready {
		t.Errorf("lost after %d triggers, %v in the end", missed, states)
	}
	s.balanced("top")
}

func TestAStandbyIsCommanded(t *testing.T) {
	for _, standby := range []string{"off", "throttled"} {
		s := newStage(t, func(s *specs.Scenario) {
			s.Registers = map[string]specs.Register{"top.mode": {}}
			topCamera(func(c *specs.Camera) {
				c.Standby, c.WarmUp, c.StartUp = standby, specs.Duration(2*sec), specs.Duration(500*ms)
				c.Power = &specs.CameraPower{On: 6, Off: 0.5, Throttled: 2}
			})(s)
		})
		command := func(at time.Duration, g camera.Goal) {
			s.hand.At(engine.Sense, at, func(now time.Duration) { s.cmd["top.mode"].SetInt(now, int64(g)) })
		}
		command(0, camera.Run)
		command(10*sec, camera.Doze)
		command(20*sec, camera.Run)
		var watts float64
		s.at(15*sec, func() { watts = s.in("top.power").Float() })
		s.run(40 * sec)
		states, at := s.states("top")
		want, want15 := []camera.State{camera.Starting, camera.Warming, camera.Ready, camera.Standby, camera.Starting, camera.Warming, camera.Ready}, 0.5
		if standby == "throttled" {
			want, want15 = []camera.State{camera.Starting, camera.Warming, camera.Ready, camera.Standby, camera.Ready}, 2
		}
		wants(t, states, want...)
		if watts != want15 {
			t.Errorf("%s: %v W in standby", standby, watts)
		}
		if back := at[len(at)-1]; standby == "throttled" && back > 20*sec+10*ms || standby == "off" && (back < 22500*ms || back > 22510*ms) {
			t.Errorf("%s: ready again at %v", standby, back)
		}
		for _, f := range s.frames {
			if f.Camera == "top" && f.Exposed > 10*sec+10*ms && f.Exposed < 20*sec {
				t.Errorf("%s: a frame of %v", standby, f.Exposed)
			}
		}
		s.balanced("top")
	}
}
