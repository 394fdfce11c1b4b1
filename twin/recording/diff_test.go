package recording

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linetwin.dev/protocol"
	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
)

func TestTheFirstDifferenceIsNamed(t *testing.T) {
	// change makes B out of A, which is shortLog of line.
	for _, c := range []struct {
		name   string
		change func(h *Header, log *[]engine.Record)
		want   string
	}{
		{"a value", func(h *Header, log *[]engine.Record) {
			(*log)[3] = registers(5*time.Millisecond, engine.Sense, 0, aChange(0, protocol.Good, math.Float64bits(0.003)))
		}, `
event 4 differs, at 0.005000000 s, sense, belt:
  belt.position: 0.0025 m in A, 0.003 m in B`},
		{"a quality", func(h *Header, log *[]engine.Record) {
			(*log)[3] = registers(5*time.Millisecond, engine.Sense, 0, aChange(0, protocol.Uncertain, math.Float64bits(0.0025)))
		}, `
event 4 differs, at 0.005000000 s, sense, belt:
  belt.position: 0.0025 m in A, 0.0025 m (uncertain) in B`},
		{"a register that only one run changed", func(h *Header, log *[]engine.Record) {
			(*log)[3].Data = append((*log)[3].Data, aChange(2, protocol.Good, 0)...)
		}, `
event 4 differs, at 0.005000000 s, sense, belt:
  belt.running: true (unchanged) in A, false in B`},
		{"a register that one run has never written", func(h *Header, log *[]engine.Record) {
			(*log)[1] = registers(0, engine.Sense, 1, slices.Concat((*log)[1].Data, aChange(5, protocol.Good, 3)))
		}, `
event 2 differs, at 0.000000000 s, sense, top:
  top.offset: never written in A, 3 in B`},
		{"the bits of a NaN", func(h *Header, log *[]engine.Record) {
			(*log)[3] = registers(5*time.Millisecond, engine.Sense, 0, aChange(0, protocol.Good, 0x7ff8000000000002))
		}, `
event 4 differs, at 0.005000000 s, sense, belt:
  belt.position: 0.0025 m in A, NaN m in B`},
		{"a remark", func(h *Header, log *[]engine.Record) {
			(*log)[4].Data = []byte(`{"Kind":"fault","Text":"top: blind"}`)
		}, `
event 5 differs, at 0.005000000 s, plant, world:
  Text: "top: drop-frames" in A, "top: blind" in B`},
		{"the truth within a sight", func(h *Header, log *[]engine.Record) {
			(*log)[2].Data = []byte(`{"Camera":"top","Trigger":1,"Part":{"Serial":13,"Product":"bottle","Capped":true}}`)
		}, `
event 3 differs, at 0.000000000 s, plant, world:
  Part.Capped: not there in A, true in B
  Part.Serial: 12 in A, 13 in B`},
		{"what is no text", func(h *Header, log *[]engine.Record) {
			(*log)[6].Data = []byte{0xff, 1}
		}, `
event 7 differs, at 0.008000000 s, observe, top:
  the text: of a kind to come in A, 2 bytes: ff01 in B`},
		{"an instant", func(h *Header, log *[]engine.Record) {
			(*log)[3].At++
		}, `
event 4 is in A only:
  A: 0.005000000 s, sense, belt: belt.position = 0.0025 m
  B goes on: 0.005000001 s, sense, belt: belt.position = 0.0025 m`},
		{"a kind", func(h *Header, log *[]engine.Record) {
			(*log)[4].Kind = device.TruthLeft
		}, `
event 5 differs:
  A: 0.005000000 s, plant, world, remark: {"Kind":"fault","Text":"top: drop-frames"}
  B: 0.005000000 s, plant, world, part left: {"Kind":"fault","Text":"top: drop-frames"}`},
		{"a phase", func(h *Header, log *[]engine.Record) {
			(*log)[3].Phase = engine.Control
		}, `
event 4 is in A only:
  A: 0.005000000 s, sense, belt: belt.position = 0.0025 m
  B goes on: 0.005000000 s, control, belt: belt.position = 0.0025 m`},
		{"an event that only A has", func(h *Header, log *[]engine.Record) {
			*log = slices.Delete(*log, 5, 6)
		}, `
event 6 is in A only:
  A: 0.007000000 s, plant, world, part left: {"Serial":12,"Product":"bottle","Exit":1}
  B goes on: 0.008000000 s, observe, top, kind 200: of a kind to come`},
		{"an event that only B has", func(h *Header, log *[]engine.Record) {
			*log = slices.Insert(*log, 7, registers(9*time.Millisecond, engine.Sense, 1, aChange(1, protocol.Good, 5)))
		}, `
event 8 is in B only:
  A goes on: 0.010000000 s, sense, belt: belt.position = 0.005 m
  B: 0.009000000 s, sense, top: top.seq = 5`},
		{"a shorter run", func(h *Header, log *[]engine.Record) {
			*log = (*log)[:6]
		}, `
B ends after event 6; A goes on: 0.008000000 s, observe, top, kind 200: of a kind to come`},
		{"a longer run", func(h *Header, log *[]engine.Record) {
			*log = append(*log, registers(time.Second, engine.Sense, 0, aChange(0, 0, 0), aChange(2, 0, 0), aChange(3, 0, 9), aChange(0, 0, 0), aChange(0, 0, 0)))
		}, `
A ends after event 8; B goes on: 1.000000000 s, sense, belt: belt.position = 0 m, belt.running = false, belt.slip = 9 mm, belt.position = 0 m and 1 more`},
		{"an empty run", func(h *Header, log *[]engine.Record) {
			*log = nil
		}, `
B ends after event 0; A goes on: 0.000000000 s, sense, belt: belt.position = 0 m, belt.running = true, belt.slip = -1 mm (bad)`},
		{"a seed, and what came of it", func(h *Header, log *[]engine.Record) {
			h.Seed, h.Build = 8, "other"
			(*log)[0].At = 1
		}, `
event 1 is in A only:
  A: 0.000000000 s, sense, belt: belt.position = 0 m, belt.running = true, belt.slip = -1 mm (bad)
  B goes on: 0.000000001 s, sense, belt: belt.position = 0 m, belt.running = true, belt.slip = -1 mm (bad)
the runs differ in
  seed: 7 in A, 8 in B
  build: test in A, other in B`},
		{"a specification", func(h *Header, log *[]engine.Record) {
			h.Spec = []byte(`{"name":"bottling","seed":7,"conveyors":{"belt":{"speed":"0.6m/s","length":"6m"}},"gates":[]}`)
		}, `
the event logs are the same, all 8 events; the runs differ in
  conveyors.belt.length: not there in A, "6m" in B
  conveyors.belt.speed: "0.5m/s" in A, "0.6m/s" in B
  gates: not there in A, [] in B`},
		{"a component more, and nothing came of it", func(h *Header, log *[]engine.Record) {
			h.Components = []string{"arm", "belt", "top", "world"}
			for i := range *log {
				(*log)[i].Component++
			}
		}, `
the event logs are the same, all 8 events; the runs differ in
  component arm: not there in A, there in B`},
		{"a register of another type, with the same numbers", func(h *Header, log *[]engine.Record) {
			h.Registers[1].Type = "i64"
		}, `
the event logs are the same, all 8 events; the runs differ in
  register top.seq: u32 of top in A, i64 of top in B`},
		{"a register less", func(h *Header, log *[]engine.Record) {
			h.Registers = h.Registers[:6]
			(*log)[1] = registers(0, engine.Sense, 1, aChange(1, protocol.Good, 0), aChange(4, protocol.Uncertain, math.Float64bits(0.5)))
		}, `
event 2 differs, at 0.000000000 s, sense, top:
  top.serial: 18446744073709551615 in A, not there in B
the runs differ in
  register top.serial: u64 of top in A, not there in B
  register hmi.lamp: bool of hmi in A, not there in B`},
		{"registers in another order", func(h *Header, log *[]engine.Record) {
			h.Registers[0], h.Registers[1] = h.Registers[1], h.Registers[0]
			for i := range *log {
				if r := &(*log)[i]; r.Kind == device.Registers {
					r.Data = bytes.Clone(r.Data)
					r.Data[0] = map[byte]byte{0: 1, 1: 0}[r.Data[0]]
				}
			}
		}, `
the event logs are the same, all 8 events; the runs differ in
  register 0: belt.position in A, top.seq in B`},
		{"components in another order", func(h *Header, log *[]engine.Record) {
			h.Components = []string{"top", "belt", "world"}
			for i := range *log {
				if r := &(*log)[i]; r.Component < 2 {
					r.Component = 1 - r.Component
				}
			}
		}, `
the event logs are the same, all 8 events; the runs differ in
  order of components: belt, top, world in A, top, belt, world in B`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := record(t, line(), canonical(shortLog()))
			h, log := line(), shortLog()
			c.change(&h, &log)
			b := record(t, h, canonical(log))
			d, err := Diff(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if d == nil {
				t.Fatal("no difference was found")
			}
			if got, want := d.String(), strings.TrimPrefix(c.want, "\n"); got != want {
				t.Errorf("it says\n%s\nwanted\n%s", got, want)
			}
			if d.A != a.Path() || d.B != b.Path() {
				t.Errorf("it is of %s and %s", d.A, d.B)
			}
			back, err := Diff(b, a)
			if err != nil || back == nil || back.Equal != d.Equal || (back.Event == nil) != (d.Event == nil) {
				t.Errorf("the other way round it is %v, %v", back, err)
			}
		})
	}
}

func TestTheSameRunHasNoDifference(t *testing.T) {
	a := record(t, line(), canonical(shortLog()))
	h := line()
	h.Build = "another"
	h.Registers[0].Doc = "where the belt is"
	b := record(t, h, canonical(shortLog()))
	for _, pair := range [][2]*Recording{{a, a}, {a, b}} {
		if d, err := Diff(pair[0], pair[1]); d != nil || err != nil {
			t.Errorf("%v, %v", d, err)
		}
	}
}

func TestAnInterruptedRunIsToldFromAWholeOne(t *testing.T) {
	a := record(t, line(), canonical(shortLog()))
	path := filepath.Join(t.TempDir(), "events.mcap")
	w, err := Create(path, line())
	if err != nil {
		t.Fatal(err)
	}
	w.Records(canonical(shortLog()[:3]), func([]byte) {})
	digest := engine.NewDigest(line().Components)
	digest.Write(canonical(shortLog()[:3]))
	if err := w.Close(Trailer{Hash: digest.Sum(), Until: 4 * time.Millisecond, Partial: true}); err != nil {
		t.Fatal(err)
	}
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Diff(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := `B ends after event 3; A goes on: 0.005000000 s, sense, belt: belt.position = 0.0025 m
the runs differ in
  end: 1.000000000 s in A, 0.004000000 s, interrupted in B`
	if d.String() != want {
		t.Errorf("it says\n%s\nwanted\n%s", d, want)
	}
}

func TestALongListOfSettingsIsCut(t *testing.T) {
	h := line()
	h.Spec = []byte(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1}`)
	d, err := Diff(record(t, line()), record(t, h))
	if err != nil {
		t.Fatal(err)
	}
	if s := d.String(); !strings.HasSuffix(s, "\n  and 3 more") || strings.Count(s, "\n") != 13 {
		t.Error(s)
	}
}

// Wherever two logs part, that is where Diff says they do.
func TestTheFirstDifferenceIsWhereTheLogsPart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := anyHeader(rt)
		draw := func(name string, most int) (log []engine.Record) {
			for range rapid.IntRange(0, most).Draw(rt, name) {
				log = append(log, anyRecord(rt, h))
			}
			return log
		}
		common := draw("common", 8)
		a, b := slices.Concat(common, draw("a", 3)), slices.Concat(common, draw("b", 3))
		same := 0
		for same < len(a) && same < len(b) && bytes.Equal(a[same].AppendTo(nil), b[same].AppendTo(nil)) {
			same++
		}
		d, err := Diff(record(t, h, canonical(a)), record(t, h, canonical(b)))
		if err != nil {
			rt.Fatal(err)
		}
		if same == len(a) && same == len(b) {
			if d != nil {
				rt.Fatalf("equal logs differ: %v", d)
			}
			return
		}
		if d == nil || d.Event == nil || d.Event.Number != uint64(same)+1 || (d.Event.A == nil) != (same == len(a)) || (d.Event.B == nil) != (same == len(b)) {
			rt.Fatalf("the logs part at event %d: %+v", same+1, d)
		}
		if d.String() == "" {
			rt.Fatal("it says nothing")
		}
	})
}

func TestValuesThatReadAlikeAreToldApartByTheirBits(t *testing.T) {
	run := func(bits uint64) *Recording {
		return record(t, line(), canonical([]engine.Record{registers(0, engine.Sense, 0, aChange(0, protocol.Good, bits))}))
	}
	d, err := Diff(run(0x7ff8000000000001), run(0x7ff8000000000002))
	if err != nil {
		t.Fatal(err)
	}
	want := "event 1 differs, at 0.000000000 s, sense, belt:\n" +
		"  belt.position: NaN m f64 0x7ff8000000000001 in A, NaN m f64 0x7ff8000000000002 in B"
	if d.String() != want {
		t.Errorf("it says\n%s\nwanted\n%s", d, want)
	}
}

func TestJSONIsComparedMemberByMember(t *testing.T) {
	long := strings.Repeat("é", 100)
	for _, c := range []struct {
		a, b string
		want []Value
	}{
		{`{"a":1}`, `{"a":1}`, nil},
		{`{"a":[1,{"b":2}]}`, `{"a":[1,{"b":3}]}`, []Value{{"a[1].b", "2", "3"}}},
		{`{"a":[1,2]}`, `{"a":[1]}`, []Value{{"a", "[1,2]", "[1]"}}},
		{`{"a":{}}`, `{"a":[]}`, []Value{{"a", "{}", "[]"}}},
		{`{"a":1.0}`, `{"a":1.00}`, []Value{{"a", "1.0", "1.00"}}},
		{`{"a": 1}`, `{"a":1}`, []Value{{"the same JSON is written", `{"a": 1}`, `{"a":1}`}}},
		{`{`, `{}`, []Value{{"the text", "{", "{}"}}},
		{`{"a":"` + long + `"}`, `{"a":0}`, []Value{{"a", `"` + strings.Repeat("é", 59) + "...", "0"}}},
	} {
		if diff := cmp.Diff(c.want, members([]byte(c.a), []byte(c.b))); diff != "" {
			t.Errorf("%s and %s (-want +got):\n%s", c.a, c.b, diff)
		}
	}
}

func TestLargeNumbersAreGrouped(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}
