package modbus

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// line is a serial gateway at one end of a pseudo-terminal, and its other end.
func serialGateway(t testing.TB, p *plant, l Serial) (*Gateway, *os.File) {
	t.Helper()
	device, other := newPTY(t)
	l.Device = device
	g := p.gateway(t, Settings{Grant: operate, Units: blocks(), Serial: []Serial{l}})
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	if err := other.SetDeadline(time.Now().Add(30 * sec)); err != nil {
		t.Fatal(err)
	}
	return g, other
}

// over sends a frame and reads as many bytes as the reply is to have.
func over(t testing.TB, line io.ReadWriter, frame, want []byte) {
	t.Helper()
	if _, err := line.Write(frame); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(line, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%x is answered with %x, %v, want %x", frame, got[:n], err, want)
	}
}

func TestASerialLineIsServed(t *testing.T) {
	p := newPlant(t, everyType()...)
	g, line := serialGateway(t, p, Serial{Baud: 38400})
	over(t, line, rtu(t, 1, "06 0064 0007"), rtu(t, 1, "06 0064 0007"))
	over(t, line, rtu(t, 1, "03 0064 0015"), rtu(t, 1, "03 2a 0007"+strings.Repeat("0000", 20)))
	over(t, line, rtu(t, 1, "03 0001 0001"), rtu(t, 1, "83 02"))
	// To nobody, hurt, and a broadcast: the next reply on the line is that to the last.
	for _, silent := range [][]byte{rtu(t, 2, "03 0064 0001"), {1, 3, 0, 0x64, 0, 1, 0, 0}, rtu(t, 0, "06 0064 0008")} {
		if _, err := line.Write(silent); err != nil {
			t.Fatal(err)
		}
	}
	for g.Stats().Requests < 4 { // the broadcast is carried out
		time.Sleep(ms)
	}
	over(t, line, rtu(t, 1, "03 0064 0001"), rtu(t, 1, "03 02 0008"))
}

func TestASlowWriterOnASerialLineIsWaitedFor(t *testing.T) {
	p := newPlant(t, everyType()...)
	_, line := serialGateway(t, p, Serial{Baud: 38400})
	p.slow = true
	over(t, line, rtu(t, 1, "06 0064 0007"), rtu(t, 1, "86 0b"))
}

// flaky is a port that fails when it is told to.
type flaky struct {
	io.ReadWriteCloser
	fail chan struct{}
}

func (f *flaky) Read(b []byte) (int, error) {
	n, err := f.ReadWriteCloser.Read(b)
	select {
	case <-f.fail:
		return 0, errors.New("the adapter was pulled out")
	default:
		return n, err
	}
}

func TestASerialLineThatWasLostIsOpenedAgain(t *testing.T) {
	p := newPlant(t, everyType()...)
	device, other := newPTY(t)
	opened, fail := make(chan Serial, 10), make(chan struct{}, 1)
	g, err := New(p.bank, Settings{Units: blocks(), Serial: []Serial{{Device: device, Baud: 38400}}}, Options{OpenSerial: func(s Serial) (io.ReadWriteCloser, error) {
		port, err := openSerial(s)
		if err == nil {
			opened <- s
		}
		return &flaky{port, fail}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	<-opened
	over(t, other, rtu(t, 1, "11"), rtu(t, 1, "11 0a 01 ff 6c696e657477696e"))
	fail <- struct{}{}
	if _, err := other.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	<-opened
	over(t, other, rtu(t, 1, "11"), rtu(t, 1, "11 0a 01 ff 6c696e657477696e"))
	// Other settings of the port open it again too; other units do not.
	units := blocks()
	units[0].IDs = []int{5}
	if err := g.Reconfigure(Settings{Units: units, Serial: []Serial{{Device: device, Baud: 38400}}}); err != nil {
		t.Fatal(err)
	}
	over(t, other, rtu(t, 5, "11"), rtu(t, 5, "11 0a 05 ff 6c696e657477696e"))
	if err := g.Reconfigure(Settings{Units: units, Serial: []Serial{{Device: device, Baud: 57600}}}); err != nil {
		t.Fatal(err)
	}
	if s := <-opened; s.Baud != 57600 || len(opened) != 0 {
		t.Errorf("%+v, and %d more", s, len(opened))
	}
	over(t, other, rtu(t, 5, "11"), rtu(t, 5, "11 0a 05 ff 6c696e657477696e"))
	if err := g.Reconfigure(Settings{Units: units}); err != nil {
		t.Fatal(err)
	}
}

func TestASerialLineThatCannotBeOpenedIsNamed(t *testing.T) {
	p := newPlant(t, everyType()...)
	s := Settings{Addr: "127.0.0.1:0", Units: blocks(), Serial: []Serial{{Device: "/dev/no-such-line", Place: "gw.cue:4:4"}}}
	g := p.gateway(t, s)
	want := "gw.cue:4:4: modbus gateway: serial line /dev/no-such-line: open /dev/no-such-line: no such file or directory"
	if err := g.Start(); err == nil || err.Error() != want || g.Addr() != nil {
		t.Errorf("got %v\nwant %s", err, want)
	}
	s.Serial = nil
	if err := g.Reconfigure(s); err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Error(err)
	}
}

// The library that sets ports up reads with select, which has no descriptors from 1024
// on; ports are read without it.
func TestASerialLineIsServedBeside1024Descriptors(t *testing.T) {
	p := newPlant(t, everyType()...)
	for range 1100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Skipf("not enough descriptors: %v", err)
		}
		defer f.Close()
	}
	_, line := serialGateway(t, p, Serial{Baud: 38400})
	over(t, line, rtu(t, 1, "06 0064 0007"), rtu(t, 1, "06 0064 0007"))
}
