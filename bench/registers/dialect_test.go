//go:build linux

package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// exchangesOf are, in each protocol, a request and its reply as bytes.
var exchangesOf = []struct {
	name           string
	dialect        dialect
	x              exchange
	request, reply string
}{
	{"register read", registerDialect{}, exchange{readOne, 1, 0, 1234}, "\x12\x01\x00\x00\x00", "\x12\x01\x00\xd2\x04"},
	{"register write", registerDialect{}, exchange{writeOne, 4, 5, 0x102}, "\x32\x04\x00\x05\x00\x02\x01", "\x01\x04\x00"},
	{"register block", registerDialect{}, exchange{kind: readBlock, id: 5}, "\x42\x05\x00\x00\x00\x7d\x00", "\x81\x05\x00\xfb\x00\x02" + blockOf(le.AppendUint16)},
	{"echo", echoDialect{}, exchange{readOne, 1, 2, 1234}, "\x12\x01\x00\x02\x00", "\x12\x01\x00\x02\x00"},
	{"Redis GET", redisDialect{}, exchange{readOne, 1, 7, 12345}, "*2\r\n$3\r\nGET\r\n$5\r\nr0007\r\n", "$5\r\n12345\r\n"},
	{"Redis SET", redisDialect{}, exchange{writeOne, 1, 1007, 54321}, "*3\r\n$3\r\nSET\r\n$5\r\nr1007\r\n$5\r\n54321\r\n", "+OK\r\n"},
	{"Modbus function 3", modbusDialect{}, exchange{readOne, 0x102, 3, 0x405}, "\x01\x02\x00\x00\x00\x06\x01\x03\x00\x03\x00\x01", "\x01\x02\x00\x00\x00\x05\x01\x03\x02\x04\x05"},
	{"Modbus function 6", modbusDialect{}, exchange{writeOne, 1, 3, 0x405}, "\x00\x01\x00\x00\x00\x06\x01\x06\x00\x03\x04\x05", "\x00\x01\x00\x00\x00\x06\x01\x06\x00\x03\x04\x05"},
	{"Modbus block", modbusDialect{}, exchange{kind: readBlock, id: 1}, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x7d", "\x00\x01\x00\x00\x00\xfd\x01\x03\xfa" + blockOf(be.AppendUint16)},
}

func blockOf(appendValue func([]byte, uint16) []byte) string {
	var b []byte
	for i := range uint16(blockLength) {
		b = appendValue(b, constant(i))
	}
	return string(b)
}

func TestRequestsAreThoseOfTheProtocols(t *testing.T) {
	for _, c := range exchangesOf {
		if got := c.dialect.request(nil, &c.x); string(got) != c.request {
			t.Errorf("%s: got %q, want %q", c.name, got, c.request)
		}
	}
}

func TestARightReplyIsTakenWithItsSizeAndOnlyWhenComplete(t *testing.T) {
	for _, c := range exchangesOf {
		for n := range c.reply {
			if got, err := c.dialect.reply([]byte(c.reply[:n]), &c.x); got != 0 || err != nil {
				t.Errorf("%s: of %d bytes %d are taken, error %v", c.name, n, got, err)
			}
		}
		if got, err := c.dialect.reply([]byte(c.reply+"more"), &c.x); got != len(c.reply) || err != nil {
			t.Errorf("%s: %d bytes are taken, want %d; error %v", c.name, got, len(c.reply), err)
		}
	}
}

func TestAReplyWithAnyOtherByteIsNotTaken(t *testing.T) {
	for _, c := range exchangesOf {
		for i := range c.reply {
			b := []byte(c.reply)
			b[i] ^= 1
			if n, err := c.dialect.reply(b, &c.x); n != 0 {
				t.Errorf("%s: with another byte %d it is taken, error %v", c.name, i, err)
			}
		}
	}
}

func TestARefusalIsAnError(t *testing.T) {
	read := exchange{readOne, 1, 0, 1234}
	for _, c := range []struct {
		name    string
		dialect dialect
		x       exchange
		reply   string
	}{
		{"a failed read", registerDialect{}, read, "\x02\x01\x00\x05"},
		{"a failed write", registerDialect{}, exchange{writeOne, 1, 0, 1}, "\x02\x01\x00\x03"},
		{"a failed block", registerDialect{}, exchange{kind: readBlock, id: 1}, "\x02\x01\x00\x05"},
		{"goodbye", registerDialect{}, exchange{kind: readBlock, id: 1}, "\xff\x00\x00\x06\x00\x05going"},
		{"a bad value", registerDialect{}, read, "\x32\x01\x00\xd2\x04"},
		{"another value", registerDialect{}, read, "\x12\x01\x00\xd3\x04"},
		{"another identifier", registerDialect{}, read, "\x12\x02\x00\xd2\x04"},
		{"Redis without the key", redisDialect{}, read, "$-1\r\n"},
		{"Redis with an error", redisDialect{}, read, "-ERR unknown command\r\n"},
		{"a Modbus exception", modbusDialect{}, read, "\x00\x01\x00\x00\x00\x03\x01\x83\x02"},
	} {
		if n, err := c.dialect.reply([]byte(c.reply), &c.x); n != 0 || err == nil {
			t.Errorf("%s: %d bytes are taken, error %v", c.name, n, err)
		}
	}
}

func TestBatchesOfAClientAreOfDifferentRegistersAndSurviveInOrder(t *testing.T) {
	var d redisDialect
	seen := map[uint16]bool{}
	for client := range 50 {
		for _, x := range writes(d, client, 16, 1).exchanges {
			if seen[x.register] || x.register < firstWrite || x.register >= registers {
				t.Fatalf("client %d writes register %d, which is not its own", client, x.register)
			}
			seen[x.register] = true
		}
	}
	b := reads(d, 3, 2)
	if want := d.request(d.request(nil, &b.exchanges[0]), &b.exchanges[1]); !bytes.Equal(b.bytes, want) {
		t.Errorf("got %q, want %q", b.bytes, want)
	}
	for register := range uint16(registers) {
		if v := constant(register); v < 10_000 || v > 60_000 {
			t.Errorf("register %d has the value %d; all peers must be able to hold it and the next one in five digits", register, v)
		}
	}
}

// pushOf makes a push in which register i has the value generation + i.
func pushOf(generation uint16, skipped byte) []byte {
	b := []byte{msgPush, watchID, 0, 0, 0, skipped}
	for i := range uint16(pushed) {
		b = append(b, 2)
		b = le.AppendUint16(b, generation+i)
	}
	le.PutUint16(b[3:], uint16(len(b)-5))
	return b
}

func TestAPushIsTakenWhenCompleteWithItsGeneration(t *testing.T) {
	var d registerDialect
	b := pushOf(65_500, 3)
	for n := range b {
		if got, _, _, err := d.push(b[:n]); got != 0 || err != nil {
			t.Fatalf("of %d bytes %d are taken, error %v", n, got, err)
		}
	}
	n, generation, skipped, err := d.push(append(slices.Clone(b), 1, 2, 3))
	if n != len(b) || generation != 65_500 || skipped != 3 || err != nil {
		t.Errorf("got %d bytes of generation %d, %d skipped, %v", n, generation, skipped, err)
	}
}

func TestAPushThatIsNotWholeIsAnError(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		want   string
	}{
		{"two instants", func(b []byte) []byte { b[6+3*40+1]++; return b }, "not of one instant"},
		{"a bad value", func(b []byte) []byte { b[6+3*40] = 0x22; return b }, "register 40"},
		{"another watch", func(b []byte) []byte { b[1]++; return b }, "expected a push"},
		{"a register less", func(b []byte) []byte { b[3] -= 3; return b[:len(b)-3] }, "all 100"},
		{"empty", func(b []byte) []byte { return []byte{msgPush, watchID, 0, 0, 0} }, "all 100"},
	} {
		if n, _, _, err := (registerDialect{}).push(c.change(pushOf(9, 0))); n != 0 || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d bytes are taken, error %v", c.name, n, err)
		}
	}
}

func TestAnOlderPushAfterANewerOneIsAnError(t *testing.T) {
	var a audience
	m := &subscriber{greeted: true, watching: true}
	for _, generation := range []uint16{65_535, 0, 7} {
		if n, err := a.message(m, pushOf(generation, 0)); n == 0 || err != nil {
			t.Fatalf("generation %d: %d bytes, %v", generation, n, err)
		}
	}
	if _, err := a.message(m, pushOf(7, 0)); err == nil || !strings.Contains(err.Error(), "generation 7 comes after one of 7") {
		t.Errorf("got %v", err)
	}
	if m.done != 3 || a.total != 3 {
		t.Errorf("%d and %d pushes were counted, want 3", m.done, a.total)
	}
}

func TestAPeerThatIsNotHereHasNoFigure(t *testing.T) {
	f := newFigures("1/s")
	here, gone := &peer{name: "here"}, &peer{name: "gone", absent: "not installed"}
	for _, v := range []float64{5, 1, 3, 4} {
		f.add(here, v)
	}
	r := f.row("rate", here, gone, true, ">= 1.0")
	if r.Value != 3.5 || r.Peer != "gone" || r.PeerValue != nil || r.Ratio != nil || r.OK {
		t.Errorf("got %+v", r)
	}
	if got := fmt.Sprint(len(present(1, here, gone)), len(present(2, &peer{most: 1}))); got != "1 0" {
		t.Errorf("so many are present: %s", got)
	}
}
