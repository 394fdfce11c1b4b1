package modbus

import (
	"fmt"

	"linetwin.dev/protocol"
)

// Function is the first byte of a request, and of its reply.
type Function uint8

// The functions that the gateway has.
const (
	ReadCoils              Function = 1
	ReadDiscreteInputs     Function = 2
	ReadHoldingRegisters   Function = 3
	ReadInputRegisters     Function = 4
	WriteSingleCoil        Function = 5
	WriteSingleRegister    Function = 6
	WriteMultipleCoils     Function = 15
	WriteMultipleRegisters Function = 16
	ReportServerID         Function = 17
	MaskWriteRegister      Function = 22
	ReadWriteRegisters     Function = 23
	// EncapsulatedInterface is only for ReadDeviceIdentification, its transport 14.
	EncapsulatedInterface Function = 43
)

// ReadDeviceIdentification is the transport of EncapsulatedInterface that reads what a
// device is.
const ReadDeviceIdentification = 14

// failed is set in the function of a reply that is an exception.
const failed Function = 0x80

// The most that one request may ask for, by the specification.
const (
	MaxReadBits           = 2000
	MaxReadRegisters      = 125
	MaxWriteBits          = 1968
	MaxWriteRegisters     = 123
	MaxReadWriteRegisters = 121 // written by ReadWriteRegisters
)

// coilOn is what WriteSingleCoil writes for true; 0 is false, and nothing else is
// allowed.
const coilOn = 0xff00

// Exception is why a request was not carried out.
type Exception uint8

// The exceptions that the gateway answers with.
const (
	// IllegalFunction: the gateway does not have the function.
	IllegalFunction Exception = 0x01
	// IllegalAddress: not all of the addresses are mapped, or the master may not do that
	// to them, or a write covers a part of a register only.
	IllegalAddress Exception = 0x02
	// IllegalValue: the request is not formed as the function wants it, or the register
	// does not take the value.
	IllegalValue Exception = 0x03
	// DeviceFailure: the device behind a register reported a failure.
	DeviceFailure Exception = 0x04
	// ServerBusy: not now; the request may be repeated.
	ServerBusy Exception = 0x06
	// PathUnavailable: there is no unit of that identifier.
	PathUnavailable Exception = 0x0a
	// TargetNotResponding: the device behind a register does not answer.
	TargetNotResponding Exception = 0x0b
)

var exceptionText = map[Exception]string{
	IllegalFunction:     "illegal function",
	IllegalAddress:      "illegal data address",
	IllegalValue:        "illegal data value",
	DeviceFailure:       "server device failure",
	ServerBusy:          "server device busy",
	PathUnavailable:     "gateway path unavailable",
	TargetNotResponding: "gateway target device failed to respond",
}

// Error is the exception's name in the specification.
func (e Exception) Error() string {
	if s, ok := exceptionText[e]; ok {
		return s
	}
	return fmt.Sprintf("exception(0x%02x)", uint8(e))
}

// ExceptionOf is what a master is told for a status that is not OK.
func ExceptionOf(s protocol.Status) Exception {
	switch s {
	case protocol.UnknownRegister, protocol.NotWritable, protocol.NotAuthorised:
		return IllegalAddress
	case protocol.WrongType, protocol.OutOfRange, protocol.Malformed, protocol.Differs:
		return IllegalValue
	case protocol.Busy, protocol.Limit:
		return ServerBusy
	case protocol.DeviceNotResponding:
		return TargetNotResponding
	}
	return DeviceFailure
}
