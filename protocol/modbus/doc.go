// Package modbus serves a register bank to Modbus masters, over TCP and over serial
// lines in RTU framing.
//
// A [Gateway] gives each unit identifier four tables of addresses, as its [Settings]
// say, and serves them. Reads of several registers are of one instant; writes of
// several are one [protocol.Transaction], and go through the ApplyFunc to the
// registers' writer. Without an access in [Settings.Grant] masters only read, since
// Modbus does not know who they are.
//
//	gw, err := modbus.New(bank, modbus.Settings{
//		Addr:  "127.0.0.1:502",
//		Grant: protocol.Grant{Access: protocol.Operator},
//		Units: []modbus.Unit{{IDs: []int{1}, Auto: []string{"belt.*"}}},
//	}, modbus.Options{Apply: store.Apply})
//	if err != nil {
//		return err
//	}
//	if err := gw.Start(); err != nil {
//		return err
//	}
//	defer gw.Close()
//	err = modbus.PrintMap(os.Stdout, gw.Map())
//
// The framings are state machines without I/O, [TCPServer] and [RTUServer]: bytes in,
// bytes out, and the time as an argument. Functions, exceptions, frames and words are
// exported for a master to use.
//
// README.md has the tables: functions, exceptions, what a bad register is answered
// with, settings, limits.
//
// Sources: "MODBUS Application Protocol Specification V1.1b3", "MODBUS Messaging on
// TCP/IP Implementation Guide V1.0b" and "MODBUS over Serial Line Specification and
// Implementation Guide V1.02", modbus.org. The marks for bad values are those of the
// SunSpec Device Information Model Specification for points that are not implemented.
package modbus
