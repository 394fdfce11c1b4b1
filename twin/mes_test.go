package twin_test

import (
	"context"
	"encoding/binary"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/mes"
	"linetwin.dev/protocol"
	"linetwin.dev/sim"
	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
)

// hastyPLC finishes two bottles at once, so that the registers show the second alone.
type hastyPLC struct{ port *device.Port }

func newHastyPLC(site *device.Site, name string) (device.Device, error) {
	p := hastyPLC{site.Port(name, device.LaneControl)}
	outs := map[string]*protocol.Out{}
	registers := map[string]protocol.Type{
		name + ".state": protocol.U16, name + ".part.seq": protocol.U32, name + ".part.track": protocol.U32,
		name + ".part.serial": protocol.U64, name + ".part.good": protocol.Bool, name + ".part.reason": protocol.U16,
		name + ".part.origin": protocol.F64, "belt.run": protocol.Bool, "reject.open": protocol.Bool,
		"capping.request": protocol.U32, "capping.origin": protocol.F64,
	}
	for _, reg := range slices.Sorted(maps.Keys(registers)) {
		out, err := p.port.Writer().Define(protocol.Def{Name: reg, Type: registers[reg]})
		if err != nil {
			return nil, err
		}
		outs[reg] = out
	}
	for i, seq := range []int64{1, 3} {
		p.port.At(engine.Control, time.Duration(i+1)*time.Second, func(now time.Duration) {
			outs[name+".part.track"].SetInt(now, seq)
			outs[name+".part.good"].SetBool(now, true)
			outs[name+".part.seq"].SetInt(now, seq)
		})
	}
	return p, nil
}

func (hastyPLC) Start() error { return nil }
func (hastyPLC) Close() error { return nil }

func TestTheMESSaysWhichBottlesItCameTooLateFor(t *testing.T) {
	devices := maps.Clone(sim.Devices())
	devices[device.ClassPLC] = newHastyPLC
	tw, err := twin.New(modelled(short(t, 1)), twin.Options{Devices: twin.Registry{device.Sim: devices}, Until: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	out, err := tw.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if v := value(t, out, "mes.good"); v != 2 {
		t.Errorf("the MES has %v bottles, want the two that it saw", v)
	}
	if want := "alarm at 2s: mes: came too late for 1 of the bottles of main; there is no trace of that"; !slices.Contains(out.Summary.Notes, want) {
		t.Errorf("the summary's notes are %q", out.Summary.Notes)
	}
}

// said are the registers of a station at one of its verdicts.
type said struct {
	at     time.Duration
	values map[string]float64 // by signal
}

// verdictsOf follows a station's registers through a recording.
func verdictsOf(t *testing.T, dir, station string) (units map[string]string, verdicts []said) {
	t.Helper()
	rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	units = map[string]string{}
	now := map[string]float64{}
	types := make([]protocol.Type, len(rec.Registers))
	for i, r := range rec.Registers {
		if types[i], err = protocol.ParseType(r.Type); err != nil {
			t.Fatal(err)
		}
		if signal, ok := strings.CutPrefix(r.Name, station+"."); ok {
			units[signal] = r.Unit
		}
	}
	err = rec.Each(func(e engine.Record) error {
		if e.Kind != device.Registers || rec.Components[e.Component] != station {
			return nil
		}
		seq := now["seq"]
		for b := e.Data; len(b) >= device.ChangeSize; b = b[device.ChangeSize:] {
			ref := binary.LittleEndian.Uint32(b)
			if signal, ok := strings.CutPrefix(rec.Registers[ref].Name, station+"."); ok {
				now[signal] = protocol.UintValue(binary.LittleEndian.Uint64(b[5:])).Number(types[ref])
			}
		}
		if now["seq"] != seq {
			verdicts = append(verdicts, said{e.At, maps.Clone(now)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return units, verdicts
}

// ruler are the measures that the MES keeps of a station.
var ruler = []string{"score", "shift", "turn", "damage", "cap_height", "cap_tilt", "dent", "bulge", "relief", "grade", "latency"}

func TestWhatTheMESHasOfAPartIsWhatTheRegistersSaidAtItsVerdict(t *testing.T) {
	flawed := short(t, 1)
	flawed.Feeders = maps.Clone(flawed.Feeders)
	f := flawed.Feeders["infeed"]
	f.Defects = specs.Defects{RotatedLabel: 0.3, TornLabel: 0.3, CrookedCap: 0.3, Bulge: 0.3}
	flawed.Feeders["infeed"] = f
	for name, c := range map[string]struct {
		sc      twin.Scenario
		until   time.Duration
		learned bool
	}{
		"pixels":            {flawed, 40 * time.Second, false},
		"modelled":          {modelled(short(t, 2)), 60 * time.Second, false},
		"with a recogniser": {asking(t, ""), 30 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run(t, c.sc, twin.Options{Dir: dir, Until: c.until})
			want := ruler
			if c.learned {
				want = slices.Insert(slices.Clone(ruler), len(ruler)-1, "class_score")
			}
			units, verdicts := verdictsOf(t, dir, "inspect")
			m, err := mes.Open(filepath.Join(dir, "mes.db"), mes.Config{Registers: registersOf(t, c.sc), Orders: ordersOf(c.sc)})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			parts, err := m.Parts(mes.PartsQuery{Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			judged, told := 0, map[string]map[float64]bool{}
			for _, p := range parts {
				for _, s := range p.Steps {
					if s.Station != "inspect" {
						if s.Measures != nil {
							t.Errorf("part %d: %s measures %+v", p.N, s.Station, s.Measures)
						}
						continue
					}
					judged++
					i, _ := slices.BinarySearchFunc(verdicts, s.At+1, func(v said, at time.Duration) int { return int(v.at - at) })
					v := verdicts[i-1] // the last one when the MES looked
					var names []string
					for _, x := range s.Measures {
						names = append(names, x.Name)
						if said := v.values[x.Name]; x.Value != said {
							t.Errorf("part %d: %s is %v in the MES and was %v in its register", p.N, x.Name, x.Value, said)
						}
						if x.Unit != units[x.Name] && (x.Unit != "1" || units[x.Name] != "") {
							t.Errorf("part %d: %s is in %q in the MES and in %q in its register", p.N, x.Name, x.Unit, units[x.Name])
						}
						if told[x.Name] == nil {
							told[x.Name] = map[float64]bool{}
						}
						told[x.Name][x.Value] = true
					}
					if !slices.Equal(names, want) {
						t.Errorf("part %d has the measures %q, want %q", p.N, names, want)
					}
					if s.Value != v.values["score"] {
						t.Errorf("part %d: the score is %v, and was %v", p.N, s.Value, v.values["score"])
					}
				}
			}
			if judged < 5 || len(told["latency"]) < 4 || name == "pixels" && (len(told["score"]) < 4 || len(told["turn"]) < 4 || len(told["cap_tilt"]) < 4) {
				t.Errorf("%d parts were judged, with %d scores, %d latencies, %d turns: too few to tell anything", judged, len(told["score"]), len(told["latency"]), len(told["turn"]))
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}
