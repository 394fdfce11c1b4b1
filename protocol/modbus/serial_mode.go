package modbus

import "go.bug.st/serial"

// serialMode is how a port is set up: 8 data bits, as RTU has them.
func serialMode(s Serial) *serial.Mode {
	m := &serial.Mode{BaudRate: s.Baud, DataBits: 8, Parity: serial.EvenParity, StopBits: serial.OneStopBit}
	switch s.Parity {
	case "odd":
		m.Parity = serial.OddParity
	case "none":
		m.Parity = serial.NoParity
	}
	if s.StopBits == 2 {
		m.StopBits = serial.TwoStopBits
	}
	return m
}
