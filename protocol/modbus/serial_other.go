//go:build !(linux || darwin || freebsd || openbsd)

package modbus

import (
	"io"

	"go.bug.st/serial"
)

// openSerial opens a serial port of the operating system.
func openSerial(s Serial) (io.ReadWriteCloser, error) { return serial.Open(s.Device, serialMode(s)) }
