package modbus

import (
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// newPTY opens a pseudo-terminal: the name of its serial device, and its other end.
func newPTY(t testing.TB) (device string, other *os.File) {
	t.Helper()
	other, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { other.Close() })
	raw, err := other.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	device = fmt.Sprintf("/dev/pts/%d", number)
	// Raw, and open all the time, so that the other end never sees a line without anybody.
	line, err := os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	raw, err = line.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		termios, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err == nil {
			termios.Lflag, termios.Iflag, termios.Oflag = 0, 0, 0
			err = unix.IoctlSetTermios(int(fd), unix.TCSETS, termios)
		}
		failed = err
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return device, other
}

// newLine is a serial line between two devices.
func newLine(t testing.TB) (a, b string) {
	t.Helper()
	a, atA := newPTY(t)
	b, atB := newPTY(t)
	go func() { _, _ = io.Copy(atA, atB) }() // until the test closes them
	go func() { _, _ = io.Copy(atB, atA) }()
	return a, b
}
