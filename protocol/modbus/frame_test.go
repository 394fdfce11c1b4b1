package modbus

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestTheCRCIsThatOfTheSpecificationsExample(t *testing.T) {
	if crc := CRC([]byte{2, 7}); crc != 0x1241 {
		t.Errorf("CRC of 02 07 is %04x, want 1241", crc)
	}
	if frame := AppendRTU(nil, 1, []byte{3, 0, 0, 0, 10}); tohex(frame) != "01030000000ac5cd" {
		t.Errorf("frame %x", frame)
	}
}

func TestFramesDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Header{rapid.Uint16().Draw(t, "transaction"), rapid.Uint8().Draw(t, "unit")}
		pdu := rapid.SliceOfN(rapid.Byte(), 1, MaxPDU).Draw(t, "pdu")
		b := AppendTCP(nil, h, pdu)
		got, body, size, err := ParseTCP(append(b, 1, 2, 3))
		if err != nil || got != h || size != len(b) || !bytes.Equal(body, pdu) || size > MaxTCP {
			t.Fatalf("%+v %x %d %v", got, body, size, err)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, _, size, err := ParseTCP(b[:cut]); size != 0 || err != nil {
			t.Fatalf("%d of %d bytes: size %d, %v", cut, len(b), size, err)
		}
		frame := AppendRTU(nil, h.Unit, pdu)
		unit, body, ok := ParseRTU(frame)
		if !ok || unit != h.Unit || !bytes.Equal(body, pdu) || len(frame) > MaxRTU {
			t.Fatalf("%d %x %t", unit, body, ok)
		}
		frame[rapid.IntRange(0, len(frame)-1).Draw(t, "hurt")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, _, ok := ParseRTU(frame); ok {
			t.Fatal("a hurt frame is accepted")
		}
	})
}

func TestWhatIsNoModbusIsRefused(t *testing.T) {
	for _, s := range []string{"0001 0001", "0001 4854", "0001 0000 0000", "0001 0000 0001", "0001 0000 00ff", "0001 0000 ffff", "4745 5420"} {
		if _, _, _, err := ParseTCP(unhex(t, s)); err == nil {
			t.Errorf("%s is accepted", s)
		}
	}
	for _, s := range []string{"", "01", "0103", "010300"} {
		if _, _, ok := ParseRTU(unhex(t, s)); ok {
			t.Errorf("%s is accepted", s)
		}
	}
}

// A master's requests are told from their first bytes on how long they will be.
func TestASerialRequestSaysHowLongItIs(t *testing.T) {
	for _, s := range []string{"01 0064 0002", "02 0064 0002", "03 0064 0002", "04 0064 0002", "05 0064 ff00", "06 0064 0001", "0f 0064 0009 02 ffff",
		"10 0064 0001 02 0001", "11", "16 0064 00f2 0025", "17 0064 0001 0064 0001 02 0001", "2b 0e 01 00"} {
		frame := AppendRTU(nil, 1, unhex(t, s))
		if n := requestSize(frame); n != len(frame) {
			t.Errorf("%s: %d bytes, want %d", s, n, len(frame))
		}
		for cut := range frame {
			if requestSize(frame[:cut]) <= cut {
				t.Errorf("%s: %d bytes look like a whole request", s, cut)
			}
		}
	}
}
