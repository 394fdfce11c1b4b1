package twin_test

import (
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
)

// twoLines is the reference line without its capping station, twice.
func twoLines(t *testing.T) twin.Scenario {
	sc := modelled(short(t, 1))
	sc.Machines, sc.Servos, sc.Faults = nil, nil, nil
	delete(sc.Cameras, "eye")
	second := func(name string) string { return name + "2" }
	belt := sc.Conveyors["belt"]
	sc.Conveyors = map[string]specs.Conveyor{"belt": belt, second("belt"): belt}
	feeder := sc.Feeders["infeed"]
	feeders := map[string]specs.Feeder{"infeed": feeder}
	feeder.Conveyor, feeder.FirstSerial = second("belt"), feeder.FirstSerial+1_000_000
	feeders[second("infeed")] = feeder
	sc.Feeders = feeders
	eyes := map[string]specs.PhotoEye{}
	for n, e := range sc.Photoeyes {
		eyes[n] = e
		e.Conveyor = second("belt")
		eyes[second(n)] = e
	}
	sc.Photoeyes = eyes
	gate := sc.Gates["reject"]
	gates := map[string]specs.Gate{"reject": gate}
	gate.Conveyor = second("belt")
	gates[second("reject")] = gate
	sc.Gates = gates
	cam := sc.Cameras["top"]
	cams := map[string]specs.Camera{"top": cam}
	cam.Trigger = second("pe_infeed")
	cams[second("top")] = cam
	sc.Cameras = cams
	in := sc.Inspections["inspect"]
	stations := map[string]specs.Inspection{"inspect": in}
	in.Camera = second("top")
	stations[second("inspect")] = in
	sc.Inspections = stations
	plc := sc.PLCs["main"]
	plc.Servo = ""
	plcs := map[string]specs.PLC{"main": plc}
	plc.Conveyor, plc.Infeed, plc.Outfeed = second("belt"), second("pe_infeed"), second("pe_outfeed")
	plc.Gate, plc.Inspection = second("reject"), second("inspect")
	plcs[second("main")] = plc
	sc.PLCs = plcs
	return sc
}

// With two PLCs the aborts of both count, bottles of both reach the MES, and it sees
// one line, which produces while both do.
func TestTwoLinesShareMetricsAndMES(t *testing.T) {
	sc := twoLines(t)
	sc.Faults = []specs.Fault{
		{At: specs.Duration(30 * time.Second), For: specs.Duration(time.Second), Device: "pe_infeed", Kind: "offline"},
		{At: specs.Duration(40 * time.Second), For: specs.Duration(time.Second), Device: "pe_infeed2", Kind: "offline"},
	}
	dir := t.TempDir()
	out := run(t, sc, twin.Options{Dir: dir})
	if v := value(t, out, "line.aborts"); v != 2 {
		t.Errorf("line.aborts is %v after one abort of each PLC", v)
	}
	for name, mes := range map[string]string{"line.good": "mes.good", "line.rejected": "mes.rejected"} {
		if a, b := value(t, out, name), value(t, out, mes); a != b || name == "line.good" && a < 10 {
			t.Errorf("%s is %v, %s is %v", name, a, mes, b)
		}
	}
	m, err := mes.Open(filepath.Join(dir, "mes.db"), mes.Config{Registers: registersOf(t, sc), Orders: ordersOf(sc)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var producing time.Duration
	for _, s := range m.Snapshot().States {
		if s.State == "Execute" {
			producing = s.Time
		}
	}
	if producing < 25*time.Second || producing > 30*time.Second {
		t.Errorf("the MES saw the line produce for %v of the 30 s before the first abort", producing)
	}
}
