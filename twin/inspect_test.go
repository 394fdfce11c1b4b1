package twin_test

import (
	"testing"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/vision"
)

// inspecting is the short bottling line with its station changed.
func inspecting(t *testing.T, change func(*specs.Scenario, *specs.Inspection)) twin.Scenario {
	sc := modelled(short(t, 5))
	own := *sc.Scenario
	s := own.Inspections["inspect"]
	change(&own, &s)
	own.Inspections = map[string]specs.Inspection{"inspect": s}
	sc.Scenario = &own
	return sc
}

func TestAFrameThatIsNotJudgedInTimeMakesNoGoodBottle(t *testing.T) {
	out := run(t, inspecting(t, func(_ *specs.Scenario, s *specs.Inspection) {
		// From exposure to frame: 20 to 24 ms and half a millisecond.
		s.Latency = specs.Latency{Base: specs.Duration(20 * time.Millisecond), Jitter: specs.Duration(60 * time.Millisecond)}
		s.Deadline = specs.Duration(70 * time.Millisecond)
	}), twin.Options{})
	late, unjudged := value(t, out, "inspection.late"), value(t, out, "line.unjudged")
	if late < 5 || value(t, out, "line.good") < 5 {
		t.Fatalf("%v late, %v good; want some of both", late, value(t, out, "line.good"))
	}
	if unjudged < late {
		t.Errorf("%v frames were late, but only %v bottles are said not to be judged", late, unjudged)
	}
	if n := value(t, out, "line.bad_passed"); n != 0 {
		t.Errorf("%v bad bottles passed", n)
	}
	if p99 := *out.Summary.Metrics["inspection.latency"].Max; p99 > 0.0701 {
		t.Errorf("a verdict came after %v s, its deadline was 70 ms", p99)
	}
}

func TestAStationInStandbyJudgesNothing(t *testing.T) {
	out := run(t, inspecting(t, func(_ *specs.Scenario, s *specs.Inspection) { s.Mode = vision.Standby.String() }), twin.Options{})
	if n := value(t, out, "line.good"); n != 0 {
		t.Errorf("%v bottles are good that nobody has looked at", n)
	}
	if n := value(t, out, "line.unjudged"); n == 0 {
		t.Error("no bottle is said not to be judged")
	}
}

func TestACameraRestsWhileItsStationIsInStandby(t *testing.T) {
	sc := inspecting(t, func(s *specs.Scenario, i *specs.Inspection) {
		i.Mode = vision.Standby.String()
		c := s.Cameras["top"]
		c.Standby, c.Power = "throttled", &specs.CameraPower{On: 5.5, Throttled: 2, Off: 0.1}
		s.Cameras = map[string]specs.Camera{"top": c, "eye": s.Cameras["eye"]}
	})
	tw := build(t, sc, twin.Options{})
	if _, err := tw.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, err := tw.Bank().In("top.status", protocol.U16)
	if err != nil {
		t.Fatal(err)
	}
	power, err := tw.Bank().In("top.power", protocol.F64)
	if err != nil {
		t.Fatal(err)
	}
	if status.Uint() != 5 || power.Float() != 2 {
		t.Errorf("the camera's status is %d and it takes %v W; want 5, standby, and 2", status.Uint(), power.Float())
	}
}

func TestACodeThatIsScratchedAndReadMakesNoBadBottle(t *testing.T) {
	sc := changed(t, "../scenarios/bottling", func(s *specs.Scenario) {
		s.Duration, s.Faults, s.Expect = specs.Duration(40*time.Second), nil, map[string]string{}
		f := s.Feeders["infeed"]
		f.Defects = specs.Defects{ScratchedQR: 1}
		s.Feeders = map[string]specs.Feeder{"infeed": f}
	})
	out := run(t, sc, twin.Options{})
	good, rejected := value(t, out, "line.good"), value(t, out, "line.rejected")
	if good < 1 || rejected < 1 || value(t, out, "line.bad_passed") != 0 || value(t, out, "inspection.escape_rate") != 0 {
		t.Errorf("%v bottles are good, %v rejected, %v bad ones passed; scratched codes are good where they are read, and some are", good, rejected, value(t, out, "line.bad_passed"))
	}
	if v := value(t, out, "inspection.false_reject_rate"); v != 0 {
		t.Errorf("false rejects are %v; a code that cannot be read is rightly rejected", v)
	}
}
