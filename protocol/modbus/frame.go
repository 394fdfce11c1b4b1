package modbus

import (
	"encoding/binary"
	"fmt"
)

// Sizes of frames, in bytes.
const (
	// MaxPDU is the most that a request or reply has: its function and its data.
	MaxPDU = 253
	// MaxTCP is the most that a frame over TCP has.
	MaxTCP = tcpHeader + MaxPDU
	// MaxRTU is the most that a frame on a serial line has.
	MaxRTU = 1 + MaxPDU + crcSize

	tcpHeader = 7
	crcSize   = 2
)

var be = binary.BigEndian

// Header of a frame over TCP.
type Header struct {
	// Transaction is chosen by the master; the reply has the same.
	Transaction uint16
	Unit        uint8
}

// ParseTCP reads the frame that b begins with. size is 0 while more bytes are needed.
// The PDU is a part of b. After an error there is no telling where the next frame
// begins.
func ParseTCP(b []byte) (h Header, pdu []byte, size int, err error) {
	if len(b) >= 4 && be.Uint16(b[2:]) != 0 {
		return h, nil, 0, fmt.Errorf("protocol identifier %d; Modbus has 0", be.Uint16(b[2:]))
	}
	if len(b) < 6 {
		return h, nil, 0, nil
	}
	n := int(be.Uint16(b[4:]))
	if n < 2 || n > 1+MaxPDU {
		return h, nil, 0, fmt.Errorf("a frame with %d bytes after the length; it has from 2 to %d", n, 1+MaxPDU)
	}
	if len(b) < 6+n {
		return h, nil, 0, nil
	}
	return Header{be.Uint16(b), b[6]}, b[tcpHeader : 6+n], 6 + n, nil
}

// AppendTCP appends a PDU in its frame.
func AppendTCP(dst []byte, h Header, pdu []byte) []byte {
	start := len(dst)
	dst = append(beginTCP(dst, h), pdu...)
	endTCP(dst[start:])
	return dst
}

// beginTCP appends a header whose length endTCP fills in, once the PDU is there.
func beginTCP(dst []byte, h Header) []byte {
	dst = be.AppendUint16(dst, h.Transaction)
	return append(dst, 0, 0, 0, 0, h.Unit)
}

func endTCP(frame []byte) { be.PutUint16(frame[4:], uint16(len(frame)-6)) }

// ParseRTU reads a whole frame of a serial line. It reports false when the frame is too
// short, too long, or was hurt on its way. The PDU is a part of the frame.
func ParseRTU(frame []byte) (unit uint8, pdu []byte, ok bool) {
	end := len(frame) - crcSize
	if end < 2 || len(frame) > MaxRTU || CRC(frame[:end]) != binary.LittleEndian.Uint16(frame[end:]) {
		return 0, nil, false
	}
	return frame[0], frame[1:end], true
}

// AppendRTU appends a PDU in its frame.
func AppendRTU(dst []byte, unit uint8, pdu []byte) []byte {
	start := len(dst)
	dst = append(append(dst, unit), pdu...)
	return endRTU(dst, start)
}

// endRTU appends the CRC of the frame that begins at start.
func endRTU(dst []byte, start int) []byte {
	return binary.LittleEndian.AppendUint16(dst, CRC(dst[start:]))
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i)
		for range 8 {
			odd := crc & 1
			crc >>= 1
			if odd != 0 {
				crc ^= 0xa001
			}
		}
		table[i] = crc
	}
	return table
}()

// CRC is the check of a serial frame: polynomial 0x8005 reflected, begun with ones. It
// is sent with the low byte first.
func CRC(b []byte) uint16 {
	crc := uint16(0xffff)
	for _, c := range b {
		crc = crc>>8 ^ crcTable[byte(crc)^c]
	}
	return crc
}

// requestSize is how long the serial frame of the request is that b begins with. While b
// does not say, it is longer than b; of a function that is not known it is 0.
func requestSize(b []byte) int {
	if len(b) < 2 {
		return 2 + crcSize
	}
	counted := func(at int) int {
		if len(b) <= at {
			return at + 1 + crcSize
		}
		return at + 1 + int(b[at]) + crcSize
	}
	switch Function(b[1]) {
	case ReadCoils, ReadDiscreteInputs, ReadHoldingRegisters, ReadInputRegisters, WriteSingleCoil, WriteSingleRegister:
		return 6 + crcSize
	case WriteMultipleCoils, WriteMultipleRegisters:
		return counted(6)
	case MaskWriteRegister:
		return 8 + crcSize
	case ReadWriteRegisters:
		return counted(10)
	case ReportServerID:
		return 2 + crcSize
	case EncapsulatedInterface:
		return 5 + crcSize
	}
	return 0
}
