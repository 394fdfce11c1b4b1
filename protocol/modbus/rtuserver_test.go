package modbus

import (
	"bytes"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

const ms = time.Millisecond

// A bus is a serial line without the line, on a clock of its own.
type bus struct {
	*RTUServer
	now time.Duration
}

func newBus(t testing.TB, p *plant, units []Unit, line Serial) *bus {
	line.Device = "line"
	g := p.gateway(t, Settings{Grant: operate, Units: units, Serial: []Serial{line}, Answer: 300 * ms})
	return &bus{RTUServer: g.NewRTUServer("line")}
}

// hear lets bytes arrive, and then time pass.
func (b *bus) hear(bytes []byte, pause time.Duration) *bus {
	b.Receive(b.now, bytes)
	return b.wait(pause)
}

// wait lets time pass, with a Tick at each deadline.
func (b *bus) wait(pause time.Duration) *bus {
	end := b.now + pause
	for {
		at, ok := b.Deadline()
		if !ok || at > end {
			b.now = end
			return b
		}
		b.now = max(b.now, at)
		b.Tick(b.now)
	}
}

// sent takes the output.
func (b *bus) sent() string {
	out := tohex(b.Output())
	b.Sent()
	return out
}

func rtu(t testing.TB, unit uint8, pdu string) []byte { return AppendRTU(nil, unit, unhex(t, pdu)) }

func TestASilenceEndsARequest(t *testing.T) {
	b := newBus(t, newPlant(t, everyType()...), blocks(), Serial{Baud: 9600})
	b.hear(rtu(t, 1, "03 0064 0001"), 4*ms)
	if out := b.Output(); len(out) > 0 {
		t.Fatalf("a reply of %x while the line may not be silent yet", out)
	}
	b.wait(ms)
	if got, want := b.sent(), tohex(rtu(t, 1, "03 02 0000")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOnASerialLineOnlyItsUnitsAnswer(t *testing.T) {
	units := append(blocks(), Unit{Auto: []string{"*"}})
	b := newBus(t, newPlant(t, everyType()...), units, Serial{})
	for _, c := range []struct {
		what  string
		bytes []byte
		want  string
	}{
		{"another unit", rtu(t, 2, "03 0064 0001"), ""},
		{"a hurt request", append(rtu(t, 1, "03 0064 0001")[:7], 0), ""},
		{"noise", []byte{0x55, 0xaa, 0}, ""},
		{"a reply of another unit", rtu(t, 2, "03 04 0000 0001"), ""},
		{"an unknown function", rtu(t, 1, "07"), tohex(rtu(t, 1, "87 01"))},
		{"an exception", rtu(t, 1, "03 0001 0001"), tohex(rtu(t, 1, "83 02"))},
		{"a write", rtu(t, 1, "06 0064 0007"), tohex(rtu(t, 1, "06 0064 0007"))},
		{"too much", bytes.Repeat([]byte{1}, 5000), ""},
		{"a request after all that", rtu(t, 1, "03 0064 0001"), tohex(rtu(t, 1, "03 02 0007"))},
	} {
		b.hear(c.bytes, 40*ms)
		if got := b.sent(); got != c.want {
			t.Errorf("%s: the line hears %s, want %s", c.what, got, c.want)
		}
	}
}

func TestTheRestOfARequestMayBeLateByLittle(t *testing.T) {
	b := newBus(t, newPlant(t, everyType()...), blocks(), Serial{})
	request := rtu(t, 1, "10 0064 0002 04 0001 0002")
	for i := range request {
		b.hear(request[i:i+1], 10*ms) // as an adapter delivers it
	}
	if got, want := b.wait(10*ms).sent(), tohex(rtu(t, 1, "10 0064 0002")); got != want {
		t.Errorf("%q, want %s", got, want)
	}
	b.hear(request[:5], 30*ms).hear(request[5:], 30*ms)
	if got := b.sent(); got != "" {
		t.Errorf("a request whose rest came much later is answered with %s", got)
	}
}

func TestARequestRightBehindAnothersReplyIsFound(t *testing.T) {
	b := newBus(t, newPlant(t, everyType()...), blocks(), Serial{})
	b.hear(append(rtu(t, 2, "03 04 0000 0001"), rtu(t, 1, "03 0064 0001")...), 40*ms)
	if got, want := b.sent(), tohex(rtu(t, 1, "03 02 0000")); got != want {
		t.Errorf("%q, want %s", got, want)
	}
}

func TestABroadcastReachesAllUnitsAndIsNotAnswered(t *testing.T) {
	p := newPlant(t, everyType()...)
	at := func(name string) []Block { return []Block{{Registers: []string{name}}} }
	b := newBus(t, p, []Unit{{IDs: []int{1}, HoldingRegisters: at("set.u16")}, {IDs: []int{2, 3}, HoldingRegisters: at("set.i16")},
		{IDs: []int{4}, HoldingRegisters: at("sense.count")}, {IDs: []int{9}, HoldingRegisters: at("set.u32")}}, Serial{Units: []int{1, 2, 3, 4}})
	for _, pdu := range []string{"06 0000 0005", "03 0000 0001", "11", "07"} {
		if got := b.hear(rtu(t, 0, pdu), 40*ms).sent(); got != "" {
			t.Errorf("broadcast %s is answered with %s", pdu, got)
		}
	}
	for name, want := range map[string]uint64{"set.u16": 5, "set.i16": 5, "sense.count": 0, "set.u32": 0} {
		if got := p.value(t, name).Uint(); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	p.slow = true
	b.hear(rtu(t, 0, "06 0000 0006"), 40*ms)
	if p.finish(); b.wait(40*ms).sent() != "" || p.value(t, "set.i16") != protocol.IntValue(6) {
		t.Error("a broadcast that waits for its writer is lost, or answered")
	}
}

func TestASlowWriterOnASerialLine(t *testing.T) {
	p := newPlant(t, everyType()...)
	b := newBus(t, p, blocks(), Serial{})
	p.slow = true
	b.hear(rtu(t, 1, "06 0064 0001"), 100*ms)
	if got := b.sent(); got != "" {
		t.Fatalf("%s before the writer is done", got)
	}
	p.finish()
	b.Tick(b.now)
	if got, want := b.sent(), tohex(rtu(t, 1, "06 0064 0001")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	b.hear(rtu(t, 1, "06 0064 0002"), 310*ms)
	if got, want := b.sent(), tohex(rtu(t, 1, "86 0b")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// A master that asks again has given the first reply up.
	p.finish()
	b.hear(rtu(t, 1, "06 0064 0003"), 50*ms).hear(rtu(t, 1, "03 0064 0001"), 50*ms)
	p.finish()
	b.wait(sec)
	if got, want := b.sent(), tohex(rtu(t, 1, "03 02 0002")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAnAdapterThatHearsItselfIsNotARequest(t *testing.T) {
	b := newBus(t, newPlant(t, everyType()...), blocks(), Serial{Echo: true})
	for i := range 5 {
		b.hear(rtu(t, 1, "03 0064 0001"), 40*ms)
		reply := bytes.Clone(b.Output())
		b.Sent()
		if len(reply) == 0 {
			t.Fatalf("request %d gets no reply", i)
		}
		b.hear(reply[:3], ms).hear(reply[3:], 40*ms)
		if got := b.sent(); got != "" {
			t.Fatalf("the echo is answered with %s", got)
		}
	}
}

func TestASerialLineThatTheSettingsLoseIsSilent(t *testing.T) {
	p := newPlant(t, everyType()...)
	b := newBus(t, p, blocks(), Serial{})
	if err := b.g.Reconfigure(Settings{Units: blocks()}); err != nil {
		t.Fatal(err)
	}
	if b.hear(rtu(t, 1, "03 0064 0001"), sec); b.sent() != "" {
		t.Error("it answers")
	}
}
