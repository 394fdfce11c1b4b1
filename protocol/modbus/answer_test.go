package modbus

import (
	"fmt"
	"strings"
	"testing"

	"linetwin.dev/protocol"
)

// blocks lays the registers of everyType out: holding registers and input registers from
// 100, coils and discrete inputs from 10.
func blocks() []Unit {
	words := []string{"set.u16", "set.i16", "set.u32", "set.i32", "set.u64", "set.i64", "set.f32", "set.f64", "set.bool"}
	return []Unit{{
		IDs:              []int{1},
		HoldingRegisters: []Block{{Address: 100, Registers: words}, {Address: 200, Registers: []string{"sense.count", "tune.gain"}}},
		InputRegisters:   []Block{{Address: 100, Registers: []string{"sense.*"}}, {Address: 110, Registers: []string{"sense.*"}, Quality: true}},
		Coils:            []Block{{Address: 10, Registers: []string{"set.bool", "set.u16", "set.i16"}}},
		DiscreteInputs:   []Block{{Address: 10, Registers: []string{"sense.on", "sense.count"}}, {Address: 30, Registers: []string{"sense.*"}, Quality: true}},
	}}
}

func TestRequestsAreAnsweredAsTheSpecificationHasIt(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks(), Identity: Identity{Revision: "1.2"}})
	p.set("sense.count", protocol.UintValue(0x1234))
	p.set("sense.on", protocol.BoolValue(true))
	for _, c := range []struct{ what, request, reply string }{
		{"write one register", "06 0064 abcd", "06 0064 abcd"},
		{"read it", "03 0064 0001", "03 02 abcd"},
		{"its bits as coils", "01 000b 0010", "01 02 cdab"},
		{"bits from the middle", "01 000d 0003", "01 01 03"},
		{"write one coil", "05 000a ff00", "05 000a ff00"},
		{"and off", "05 000a 0000", "05 000a 0000"},
		{"write one bit of an integer", "05 000b 0000", "05 000b 0000"},
		{"the others stay", "03 0064 0001", "03 02 abcc"},
		{"write coils over three registers", "0f 000a 0021 05 ff ff 01 00 00", "0f 000a 0021"},
		{"which are then", "01 000a 0021", "01 05 ffff010000"},
		{"write a sign bit", "05 002a ff00", "05 002a ff00"},
		{"it is a sign", "03 0065 0001", "03 02 8000"},
		{"write two words of a u32, and a u64", "10 0066 0002 04 0001 0002", "10 0066 0002"},
		{"read half of it", "03 0067 0001", "03 02 0002"},
		{"the other, with its neighbour", "03 0065 0002", "03 04 8000 0001"},
		{"mask the upper half", "16 0066 ff00 00aa", "16 0066 ff00 00aa"},
		{"only that changes", "03 0066 0002", "03 04 00aa 0002"},
		{"the specification's example of a mask", "06 0064 0012", "06 0064 0012"},
		{"0x12, 0xf2, 0x25", "16 0064 00f2 0025", "16 0064 00f2 0025"},
		{"is 0x17", "03 0064 0001", "03 02 0017"},
		{"mask a negative number", "16 0065 ffff 0000", "16 0065 ffff 0000"},
		{"it stays", "03 0065 0001", "03 02 8000"},
		{"write and read in one", "17 0064 0002 0064 0001 02 beef", "17 04 beef 8000"},
		{"a bool among words", "06 0078 0001", "06 0078 0001"},
		{"its mask that keeps", "16 0078 ffff 0000", "16 0078 ffff 0000"},
		{"its mask that clears", "16 0078 fffe 0000", "16 0078 fffe 0000"},
		{"reads 0", "03 0078 0001", "03 02 0000"},
		{"discrete inputs", "02 000a 0011", "02 03 692400"},
		{"input registers", "04 0064 0002", "04 04 0001 1234"},
		{"qualities as words", "04 006e 0002", "04 04 0000 0000"},
		{"qualities as bits", "02 001e 0002", "02 01 03"},
		{"who are you", "11", "11 0a 01 ff 6c696e657477696e"},
		{"basic identification", "2b 0e 01 00", "2b 0e 01 82 00 00 03 00 0c 6c696e657477696e2e646576 01 08 6c696e657477696e 02 03 312e32"},
		{"one object", "2b 0e 04 02", "2b 0e 04 82 00 00 01 02 03 312e32"},
	} {
		if got := ask(t, g, 1, unhex(t, c.request)); tohex(got) != tohex(unhex(t, c.reply)) {
			t.Errorf("%s: %s is answered with %x, want %s", c.what, c.request, got, c.reply)
		}
	}
}

func TestExceptionsHaveTheirCause(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	p.outs["set.u32"].Guard(func(v protocol.Value) protocol.Status {
		return map[uint64]protocol.Status{1: protocol.OutOfRange, 2: protocol.DeviceFailed, 3: protocol.DeviceNotResponding,
			4: protocol.Busy, 5: protocol.NotAuthorised, 6: protocol.Limit}[v.Uint()]
	})
	for _, c := range []struct {
		what, request string
		want          Exception
	}{
		{"no such function", "07", IllegalFunction},
		{"function 0", "00", IllegalFunction},
		{"a reply's function", "83 02", IllegalFunction},
		{"another transport of function 43", "2b 0d 00 00", IllegalFunction},
		{"function 43 alone", "2b", IllegalFunction},
		{"an address before the table", "03 0063 0001", IllegalAddress},
		{"an address behind it", "03 0079 0001", IllegalAddress},
		{"a hole", "03 0078 0002", IllegalAddress},
		{"over the end of all addresses", "03 ffff 0002", IllegalAddress},
		{"another table", "04 0078 0001", IllegalAddress},
		{"bits behind the table", "01 002a 0002", IllegalAddress},
		{"write a register that is read only", "06 00c8 0001", IllegalAddress},
		{"write a register of engineers", "06 00c9 0001", IllegalAddress},
		{"write half of a u32", "06 0066 0001", IllegalAddress},
		{"write half of the last register", "10 0065 0002 04 0000 0000", IllegalAddress},
		{"write from the middle of a register", "10 0067 0003 06 0000 0000 0000", IllegalAddress},
		{"mask a word of a float", "16 0072 0000 0000", IllegalAddress},
		{"an object that is not there", "2b 0e 04 77", IllegalAddress},
		{"read none", "03 0064 0000", IllegalValue},
		{"read 126", "03 0064 007e", IllegalValue},
		{"read 2001 bits", "01 000a 07d1", IllegalValue},
		{"a request cut short", "03 0064 00", IllegalValue},
		{"a request that is too long", "03 0064 0001 00", IllegalValue},
		{"a coil that is neither on nor off", "05 000a 0001", IllegalValue},
		{"a coil cut short", "05 000a", IllegalValue},
		{"write no coils", "0f 000a 0000 00", IllegalValue},
		{"write 1969 coils", "0f 000a 07b1 f7", IllegalValue},
		{"coils whose bytes are fewer", "0f 000a 0009 01 ff", IllegalValue},
		{"coils cut short", "0f 000a", IllegalValue},
		{"write no registers", "10 0064 0000 00", IllegalValue},
		{"write 124 registers", "10 0064 007c f8", IllegalValue},
		{"registers whose bytes are others", "10 0064 0001 04 0000 0000", IllegalValue},
		{"registers cut short", "10 0064 0001 02 00", IllegalValue},
		{"registers without a length", "10 0064", IllegalValue},
		{"a mask cut short", "16 0064 0000", IllegalValue},
		{"write and read none", "17 0064 0000 0064 0001 02 0000", IllegalValue},
		{"write and read, 126", "17 0064 007e 0064 0001 02 0000", IllegalValue},
		{"write 122 and read", "17 0064 0001 0064 007a f4", IllegalValue},
		{"write and read cut short", "17 0064 0001", IllegalValue},
		{"write and read elsewhere", "17 0001 0001 0064 0001 02 0000", IllegalAddress},
		{"write elsewhere and read", "17 0064 0001 0001 0001 02 0000", IllegalAddress},
		{"a bool that is none", "06 0078 0002", IllegalValue},
		{"a mask that makes none of a bool", "16 0078 0000 0003", IllegalValue},
		{"a way to identify that there is not", "2b 0e 05 00", IllegalValue},
		{"identification cut short", "2b 0e 01", IllegalValue},
		{"who are you with more", "11 00", IllegalValue},
		{"the process does not take the value", "10 0066 0002 04 0000 0001", IllegalValue},
		{"the device failed", "10 0066 0002 04 0000 0002", DeviceFailure},
		{"the device does not answer", "10 0066 0002 04 0000 0003", TargetNotResponding},
		{"busy", "10 0066 0002 04 0000 0004", ServerBusy},
		{"not authorised", "10 0066 0002 04 0000 0005", IllegalAddress},
		{"too much", "10 0066 0002 04 0000 0006", ServerBusy},
	} {
		request := unhex(t, c.request)
		got := ask(t, g, 1, request)
		if len(got) != 2 || got[0] != request[0]|0x80 || Exception(got[1]) != c.want {
			t.Errorf("%s: %s is answered with %x, want exception %02x, %v", c.what, c.request, got, uint8(c.want), c.want)
		}
	}
	if got := ask(t, g, 2, unhex(t, "03 0064 0001")); tohex(got) != "830a" {
		t.Errorf("a unit that there is not answers %x", got)
	}
	for ref := range p.bank.Len() {
		if v := p.bank.At(protocol.Ref(ref)).Sample().Value; v != (protocol.Value{}) {
			t.Errorf("register %d changed to %v", ref, v)
		}
	}
}

func TestAWriteOfSeveralRegistersIsAllOrNothing(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	p.outs["set.i16"].Guard(func(protocol.Value) protocol.Status { return protocol.DeviceFailed })
	if got := ask(t, g, 1, unhex(t, "10 0064 0002 04 0001 0002")); tohex(got) != "9004" {
		t.Errorf("answered with %x", got)
	}
	if v := p.value(t, "set.u16"); v.Uint() != 0 {
		t.Errorf("the first register became %d", v.Uint())
	}
}

func TestABadRegisterIsNeverShownAsItsOldValue(t *testing.T) {
	defs := everyType()
	for _, c := range []struct {
		onBad       OnBad
		words, bits string
	}{
		{BadNotResponding, "830b", "810b"},
		{BadFailure, "8304", "8104"},
		{BadMarked, "032a ffff 8000 ffffffff 80000000 ffffffffffffffff 8000000000000000 7fc00000 7ff8000000000000 ffff", "810b"},
	} {
		p := newPlant(t, defs...)
		g := p.gateway(t, Settings{Grant: operate, Units: blocks(), OnBad: c.onBad})
		for _, o := range p.outs {
			o.Set(2e9, protocol.BoolValue(true), protocol.Bad)
		}
		for request, want := range map[string]string{"03 0064 0015": c.words, "01 000a 0001": c.bits, "02 001e 0002": "02 01 00", "04 006e 0002": "04 04 0002 0002"} {
			if got := ask(t, g, 1, unhex(t, request)); tohex(got) != tohex(unhex(t, want)) {
				t.Errorf("%v: %s is answered with %x, want %s", c.onBad, request, got, want)
			}
		}
		p.outs["set.u16"].SetQuality(3e9, protocol.Uncertain)
		if got := ask(t, g, 1, unhex(t, "03 0064 0001")); tohex(got) != "03020001" {
			t.Errorf("%v: an uncertain register is answered with %x", c.onBad, got)
		}
	}
}

func TestWithoutAGrantMastersOnlyRead(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Units: blocks()})
	if got := ask(t, g, 1, unhex(t, "03 0064 0001")); tohex(got) != "03020000" {
		t.Errorf("a read is answered with %x", got)
	}
	for _, write := range []string{"06 0064 0001", "05 000a ff00", "10 0064 0001 02 0001", "0f 000a 0001 01 01", "16 0064 0000 0001", "17 0064 0001 0064 0001 02 0001"} {
		if got := ask(t, g, 1, unhex(t, write)); len(got) != 2 || Exception(got[1]) != IllegalAddress {
			t.Errorf("%s is answered with %x", write, got)
		}
	}
}

func TestAGrantsRangesHold(t *testing.T) {
	p := newPlant(t, everyType()...)
	units := blocks()
	info, _ := p.bank.Lookup("set.u16")
	units[0].Grant = &protocol.Grant{Access: protocol.Engineer, Read: protocol.RangesOf([]protocol.Ref{info.Ref}), Write: []protocol.Range{}}
	g := p.gateway(t, Settings{Grant: operate, Units: units})
	for request, want := range map[string]string{"03 0064 0001": "03020000", "03 0065 0001": "8302", "03 0064 0002": "8302", "01 000a 0001": "8102", "06 0064 0000": "8602"} {
		if got := ask(t, g, 1, unhex(t, request)); tohex(got) != want {
			t.Errorf("%s is answered with %x, want %s", request, got, want)
		}
	}
}

func TestTheIdentificationGoesOnOverSeveralReplies(t *testing.T) {
	p := newPlant(t, everyType()...)
	long := strings.Repeat("x", 100)
	id := Identity{Vendor: long + "0", ProductCode: long + "1", Revision: long + "2", ProductName: long + "4", ApplicationName: "app"}
	g := p.gateway(t, Settings{Identity: id})
	for _, code := range []byte{1, 2, 3} {
		var got []string
		first, more := byte(0), true
		for replies := 0; more; replies++ {
			reply := ask(t, g, 1, []byte{0x2b, 14, code, first})
			if len(reply) > MaxPDU || reply[2] != code || replies > 5 {
				t.Fatalf("reply %d: %x", replies, reply)
			}
			more, first = reply[4] == 0xff, reply[5]
			rest := reply[7:]
			for range reply[6] {
				got = append(got, fmt.Sprint(rest[0], " ", string(rest[2:2+rest[1]])))
				rest = rest[2+rest[1]:]
			}
		}
		want := []string{"0 " + long + "0", "1 " + long + "1", "2 " + long + "2", "4 " + long + "4", "6 app"}
		if code == 1 {
			want = want[:3]
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("code %d: got %q, want %q", code, got, want)
		}
	}
}

func TestReadsAreOfOneInstant(t *testing.T) {
	p := newPlant(t, everyType()...)
	g := p.gateway(t, Settings{Grant: operate, Units: blocks()})
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		s := g.NewTCPServer(0)
		for i := uint16(0); ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			w := be.AppendUint16(nil, i)
			// u16 and i16 are always equal.
			s.Receive(0, AppendTCP(nil, Header{1, 1}, append(append(unhex(t, "10 0064 0002 04"), w...), w...)))
			s.Sent(0, len(s.Output()))
		}
	}()
	reads := 0
	for range 20_000 {
		reply := ask(t, g, 1, unhex(t, "03 0064 0002"))
		if reply[0] == 0x83 {
			if Exception(reply[1]) != ServerBusy {
				t.Fatalf("answered with %x", reply)
			}
			continue
		}
		reads++
		if be.Uint16(reply[2:]) != be.Uint16(reply[4:]) {
			t.Fatalf("half of a write: %x", reply)
		}
	}
	close(stop)
	<-over
	if reads == 0 {
		t.Error("no read came through")
	}
}
