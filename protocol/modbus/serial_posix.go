//go:build linux || darwin || freebsd || openbsd

package modbus

import (
	"io"
	"os"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// openSerial opens a serial port of the operating system.
//
// go.bug.st/serial reads with select, which has no descriptors from 1024 on, and a
// gateway has more clients than that. So the library only sets the port up; what it set
// stays while the port is open, and the port is read through Go's own poller.
func openSerial(s Serial) (io.ReadWriteCloser, error) {
	f, err := os.OpenFile(s.Device, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	port, err := serial.Open(s.Device, serialMode(s))
	if err == nil {
		err = port.Close()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	exclusive(f)
	return f, nil
}

// exclusive keeps other programs from the port, as the library does while it has the
// port open. Where the system has nothing for that, the port is used all the same.
func exclusive(f *os.File) {
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TIOCEXCL, 0) })
	}
}
