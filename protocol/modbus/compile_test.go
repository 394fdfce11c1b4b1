package modbus

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linetwin.dev/protocol"
)

func TestMistakesInTheSettingsAreNamedWithTheirPlace(t *testing.T) {
	p := newPlant(t, everyType()...)
	block := func(address uint16, names ...string) Block {
		return Block{Address: address, Registers: names, Place: "gw.cue:7:3"}
	}
	holding := func(blocks ...Block) Settings {
		return Settings{Units: []Unit{{IDs: []int{3}, HoldingRegisters: blocks, Place: "gw.cue:5:1"}}}
	}
	serial := func(l Serial, units ...Unit) Settings {
		l.Place = "gw.cue:9:2"
		return Settings{Units: append(units, Unit{IDs: []int{3, 250}}), Serial: []Serial{l}}
	}
	for _, c := range []struct {
		settings Settings
		want     string
	}{
		{holding(block(4, "set.u61")), `gw.cue:7:3: modbus gateway: unit 3, holding registers: register "set.u61" is unknown; did you mean "set.u16"?`},
		{holding(block(4, "belt.*")), `pattern "belt.*" matches none of the 12 registers, the first of which is "set.bool"`},
		{holding(block(4, "*[")), `pattern "*[": syntax error in pattern`},
		{holding(block(4)), "gw.cue:7:3: modbus gateway: unit 3, holding registers: the block at address 4 has no registers"},
		{holding(block(4, "set.u32"), Block{Address: 5, Registers: []string{"set.u16"}, Place: "gw.cue:8:3"}),
			`gw.cue:8:3: modbus gateway: unit 3, holding registers: address 5 of register "set.u16" belongs to register "set.u32", at gw.cue:7:3`},
		{holding(block(65535, "set.u16", "set.i16")), `register "set.i16" would end at address 65536; the last one is 65535`},
		{Settings{Units: []Unit{{Coils: []Block{block(0, "set.f32")}}}}, `any other unit, coils: register "set.f32" is f32, which has no bits to show; put it into a table of words`},
		{Settings{Units: []Unit{{Auto: []string{"*"}, Coils: []Block{block(0, "set.bool")}, Place: "gw.cue:5:1"}}}, "gw.cue:5:1: modbus gateway: any other unit has both auto and blocks"},
		{Settings{Units: []Unit{{IDs: []int{1, 4}, Auto: []string{"set.nope"}}}}, `modbus gateway: units 1, 4: register "set.nope" is unknown`},
		{Settings{Units: []Unit{{IDs: []int{1}, Place: "gw.cue:1:1"}, {IDs: []int{2, 1}, Place: "gw.cue:2:1"}}}, "gw.cue:2:1: modbus gateway: unit 1 is there already, at gw.cue:1:1"},
		{Settings{Units: []Unit{{IDs: []int{256}}}}, "modbus gateway: unit 256; unit identifiers are from 0 to 255"},
		{Settings{Units: []Unit{{Place: "gw.cue:1:1"}, {Place: "gw.cue:2:1"}}}, "gw.cue:2:1: modbus gateway: a second unit without identifiers, at gw.cue:1:1"},
		{Settings{OnBad: 9, Place: "gw.cue:1:1"}, "gw.cue:1:1: modbus gateway: onBad is on-bad(9); it must be one of not-responding, failure, marked"},
		{Settings{Identity: Identity{Vendor: strings.Repeat("x", 245)}}, "the identity has a text of 245 bytes; at most 244 fit"},
		{serial(Serial{}), "gw.cue:9:2: modbus gateway: a serial line without a device"},
		{serial(Serial{Device: "x", Parity: "mark"}), `serial line x: parity "mark"; it is one of even, odd, none`},
		{serial(Serial{Device: "x", StopBits: 3}), "serial line x: 3 stop bits; there are 1 or 2"},
		{serial(Serial{Device: "x", Units: []int{9}}), "serial line x: there is no unit 9"},
		{serial(Serial{Device: "x", Units: []int{250}}), "serial line x: unit 250; on a serial line units are from 1 to 247"},
		{Settings{Serial: []Serial{{Device: "x"}}}, "serial line x: no unit answers there; name units from 1 to 247"},
		{Settings{Units: []Unit{{IDs: []int{1}}}, Serial: []Serial{{Device: "x", Place: "gw.cue:1:1"}, {Device: "x", Place: "gw.cue:2:2"}}},
			"gw.cue:2:2: modbus gateway: serial line x is there already, at gw.cue:1:1"},
	} {
		if _, err := New(p.bank, c.settings, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	if _, err := New(protocol.NewBank(), Settings{}, Options{}); err == nil || !strings.Contains(err.Error(), "not sealed") {
		t.Errorf("got %v", err)
	}
}

func TestABankThatIsTooLargeForOneUnitIsToldSo(t *testing.T) {
	var defs []protocol.Def
	for i := range addresses/4 + 1 {
		defs = append(defs, protocol.Def{Name: fmt.Sprintf("r.%d", i), Type: protocol.F64})
	}
	p := newPlant(t, defs...)
	_, err := New(p.bank, Settings{}, Options{})
	if want := `holding registers have 65536 addresses, and register "r.16384" is the first one without; share the registers out among units`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// The table that commissioning people hold in their hands. With UPDATE=1 in the
// environment the test writes it anew.
func TestTheAddressTableIsWhatPeopleExpect(t *testing.T) {
	p := newPlant(t,
		protocol.Def{Name: "belt.speed", Type: protocol.F32, Unit: "m/s", Doc: "speed of the belt", Order: protocol.CDAB},
		protocol.Def{Name: "belt.run", Type: protocol.Bool, Doc: "the belt is to run", Access: protocol.Operator},
		protocol.Def{Name: "belt.setpoint", Type: protocol.F32, Unit: "m/s", Doc: "speed that the belt is to have", Access: protocol.Operator, Order: protocol.CDAB},
		protocol.Def{Name: "belt.blocked", Type: protocol.Bool},
		protocol.Def{Name: "belt.count", Type: protocol.U64, Doc: "bottles seen"},
		protocol.Def{Name: "belt.state", Type: protocol.U16, Doc: "PackML state"})
	rows, err := Map(p.bank, Settings{Grant: operate, Units: []Unit{
		{IDs: []int{1}, Auto: []string{"*"}},
		{IDs: []int{2, 3}, InputRegisters: []Block{{Address: 1000, Registers: []string{"belt.state"}}, {Address: 1001, Registers: []string{"belt.state"}, Quality: true}},
			DiscreteInputs: []Block{{Address: 0, Registers: []string{"belt.state"}}, {Address: 16, Registers: []string{"belt.*"}, Quality: true}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := PrintMap(&got, rows); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "addresses.txt")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

func TestSettingsAreReadFromJSON(t *testing.T) {
	var s Settings
	err := json.Unmarshal([]byte(`{"addr": ":502", "idle": 1000000000, "onBad": "marked", "units": [{"ids": [1, 2], "coils": [{"address": 304, "registers": ["a.*"], "quality": true}]}],
		"serial": [{"device": "/dev/ttyS0", "baud": 9600, "parity": "none"}]}`), &s)
	if err != nil || s.Addr != ":502" || s.Idle != sec || s.OnBad != BadMarked || s.Units[0].IDs[1] != 2 || s.Units[0].Coils[0].Address != 304 || s.Serial[0].Baud != 9600 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := json.Unmarshal([]byte(`{"onBad": "ignored"}`), &s); err == nil || !strings.Contains(err.Error(), "not-responding, failure, marked") {
		t.Errorf("got %v", err)
	}
	if text, err := BadFailure.MarshalText(); err != nil || string(text) != "failure" {
		t.Errorf("%s, %v", text, err)
	}
}

func TestASerialLineHasTheDefaultsOfTheSpecification(t *testing.T) {
	l := Serial{}.withDefaults()
	if l.Baud != 19200 || l.Parity != "even" || l.StopBits != 1 || l.Silence.Microseconds() != 2005 {
		t.Errorf("%+v", l)
	}
	if l := (Serial{Baud: 115200, Parity: "none"}).withDefaults(); l.StopBits != 2 || l.Silence.Microseconds() != 1750 {
		t.Errorf("%+v", l)
	}
	if l := (Serial{Baud: 300}).withDefaults(); l.Late < l.Silence {
		t.Errorf("%+v", l)
	}
}
