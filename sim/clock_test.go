package sim

import (
	"math"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/vision"
)

// back is the reference line with a second camera, which looks at the bottles' backs and runs by
// its own clock, and with every other bottle turned round.
func back(offset time.Duration, ppm float64, faults ...specs.Fault) func(s *specs.Scenario) {
	return func(s *specs.Scenario) {
		flow(0.3, 0.35)(s)
		c := s.Cameras["top"]
		c.Trigger, c.Rate = "", 30
		c.Sim.ClockOffset, c.Sim.ClockDrift = specs.Duration(offset), ppm
		c.Pose.XYZ[1], c.Pose.RPY[2] = -c.Pose.XYZ[1], math.Pi
		s.Cameras["back"] = c
		i := s.Inspections["inspect"]
		i.Views, i.Modelled = map[string]specs.View{"back": {Judges: "all"}}, specs.ModelledInspection{}
		s.Inspections["inspect"] = i
		f := s.Feeders["infeed"]
		f.Turned, f.Defects = 0.5, specs.Defects{}
		s.Feeders["infeed"] = f
		s.Faults = faults
	}
}

// of are the frames of a camera.
func (s *stage) of(camera string) (out []*vision.Frame) {
	for _, f := range s.frames {
		if f.Camera == camera {
			out = append(out, f)
		}
	}
	return out
}

func TestAFreeCameraTakesAndStampsItsFramesByItsOwnClock(t *testing.T) {
	const offset, ppm = -3 * time.Hour, 80
	s := newStage(t, back(offset, ppm))
	s.set(0, "back.armed", true)
	s.run(20 * sec)
	frames := s.of("back")
	if n := len(frames); n < 598 || n > 600 {
		t.Fatalf("%d frames in 20 s at 30 Hz", n)
	}
	period := sec / 30
	for i, f := range frames {
		want := offset + f.Exposed + time.Duration(ppm*1e-6*float64(f.Exposed))
		if d := (f.Stamp - want).Abs(); d > time.Microsecond {
			t.Fatalf("frame %d of %v is stamped %v, want %v", i, f.Exposed, f.Stamp, want)
		}
		if i == 0 {
			continue
		}
		if d := (f.Stamp - frames[i-1].Stamp - period).Abs(); d > 2 {
			t.Fatalf("frame %d comes %v after the one before, by its clock", i, f.Stamp-frames[i-1].Stamp)
		}
	}
	s.balanced("back")
}

func TestACamerasClockJumpsAndIsSetRight(t *testing.T) {
	s := newStage(t, back(time.Hour, -50, strike(5*sec, 3*sec, "back", "clock-jump")))
	s.set(0, "back.armed", true)
	s.run(12 * sec)
	for _, f := range s.of("back") {
		want := time.Hour + f.Exposed - time.Duration(50e-6*float64(f.Exposed))
		if f.Exposed > 5*sec && f.Exposed <= 8*sec {
			want = f.Exposed - 5*sec
		}
		// A fault strikes with the plant's next step, 5 ms.
		if d := (f.Stamp - want).Abs(); d > 5*ms {
			t.Fatalf("the frame of %v is stamped %v, want %v", f.Exposed, f.Stamp, want)
		}
	}
}

func TestACamerasClockStartsAnewWhenItWasWithoutPower(t *testing.T) {
	s := newStage(t, back(time.Hour, 20, strike(5*sec, sec, "back", "unplug")))
	s.set(0, "back.armed", true)
	s.run(12 * sec)
	after := 0
	for _, f := range s.of("back") {
		if f.Exposed > 6*sec {
			after++
			if f.Stamp < 0 || f.Stamp > 7*sec {
				t.Fatalf("the frame of %v, after the camera came back, is stamped %v", f.Exposed, f.Stamp)
			}
		}
	}
	if after < 100 {
		t.Errorf("%d frames after the cable was back", after)
	}
}

func TestACodeIsReadOnTheSideThatItIsOn(t *testing.T) {
	s := newStage(t, back(0, 0))
	s.set(0, "back.armed", true)
	s.run(60 * sec)
	turned := map[bool]int{}
	for _, f := range s.of("top") {
		v := f.Modelled.Verdict
		turned[v.Serial == 0]++
		if (v.Serial == 0) != (v.Reason == vision.NoQR|vision.WrongLabel) {
			t.Errorf("serial %d with %v", v.Serial, v.Reason)
		}
		// The frame of the other camera that is nearest sees the other side.
		var other *vision.Frame
		for _, g := range s.of("back") {
			if other == nil || (g.Exposed-f.Exposed).Abs() < (other.Exposed-f.Exposed).Abs() {
				other = g
			}
		}
		if (other.Modelled.Verdict.Serial == 0) == (v.Serial == 0) {
			t.Errorf("at %v the codes read are %d and %d; want one", f.Exposed, v.Serial, other.Modelled.Verdict.Serial)
		}
	}
	if turned[true] < 5 || turned[false] < 5 {
		t.Errorf("%d bottles come with the front to the back, %d the right way", turned[true], turned[false])
	}
}
