package wire

import (
	"encoding/binary"
	"time"

	"linetwin.dev/protocol"
)

// Version is the newest version of the format that this package speaks, and
// OldestVersion the oldest.
const (
	Version       = 1
	OldestVersion = 1
)

// Magic opens both hellos.
const Magic = "LTRB"

// Limits of one message. They keep what a peer can make the other one hold small.
const (
	// MaxRefs is the largest number of registers in one block, list or watch.
	MaxRefs = 2048
	// MaxRequest is the largest payload of a sized request, in bytes.
	MaxRequest = watchSettingsFixed + 2*MaxRefs
	// MaxToken is the longest token in a hello, and the longest name, in bytes.
	MaxToken = 255
	// maxReply is the largest payload of a reply or push.
	maxReply = maxVarint + MaxRefs*maxEntry
)

const (
	maxVarint    = 3 // of numbers below MaxRefs, and of the coalesced count, which is capped
	maxCoalesced = 1<<21 - 1
	// What stands before the registers in a watch, a watch with settings, a claim.
	watchFixed         = 4
	watchSettingsFixed = 13
	claimFixed         = 4
	// changeFixed is a change without value and operand.
	changeFixed = 3
	// maxEntry is an entry with the widest value, a time and a skip.
	maxEntry = 1 + maxVarint + 8 + 8
)

// Operations of requests. In those with a type, it is in the low four bits, and 0
// stands for any type. Bit 7 marks a message with a length and a payload.
const (
	opPing       = 0x01 // id
	opUnwatch    = 0x02 // id, watch
	opMap        = 0x03 // id, first
	opClock      = 0x04 // id, sent, back
	opRelease    = 0x05 // id
	opChange     = 0x06 // id, change
	opLimits     = 0x07 // id, ref
	opRead       = 0x10 // |type: id, ref
	opReadTimed  = 0x20 // |type: id, ref
	opWrite      = 0x30 // |type: id, ref, value
	opBlock      = 0x40 // |type: id, first, count
	opBlockTimed = 0x50 // id, first, count
	opList       = 0x80 // id, length, refs
	opListTimed  = 0x81
	opWatch      = 0x82 // id, length, interval, refs
	opWatchTimed = 0x83
	opTransact   = 0x84 // id, length, count, changes, refs
	opTransTimed = 0x85
	opWatchWith  = 0x86 // id, length, interval, heartbeat, flags, deadband, refs
	opClaim      = 0x87 // id, length, hold, refs

	lastSizedRequest = opClaim
)

// Operations of replies.
const (
	opAck      = 0x01 // id
	opFail     = 0x02 // id, status
	opFailAt   = 0x03 // id, status, index
	opTimes    = 0x04 // id, received, sent
	opValue    = 0x10 // + quality<<4 | timed<<6 | type: id, value, time
	opEntries  = 0x80 // id, length, entries
	opPacked   = 0x81 // id, length, type and quality, values, qualities
	opMapReply = 0x82 // id, length, records
	opPush     = 0x83 // watch, length, coalesced, entries
	opGoodbye  = 0xff // 0, length, status, text
)

const (
	sized       = 0x80
	valueTimed  = 0x40
	sizedHeader = 5
)

var le = binary.LittleEndian

// requestSize is the size of the request that begins with b, or 0 when more bytes
// must come first to know. It reports false when no request begins like that.
func requestSize(b []byte) (int, bool) {
	op := b[0]
	if op&sized != 0 {
		if op > lastSizedRequest {
			return 0, false
		}
		if len(b) < sizedHeader {
			return 0, true
		}
		n := int(le.Uint16(b[3:]))
		return sizedHeader + n, n <= MaxRequest
	}
	t := protocol.Type(op & 0x0f)
	switch op & 0xf0 {
	case 0x00:
		switch op {
		case opPing, opRelease:
			return 3, true
		case opUnwatch, opMap, opLimits:
			return 5, true
		case opClock:
			return 19, true
		case opChange:
			if len(b) < 3+changeFixed {
				return 0, true
			}
			n, ok := changeSize(b[3+2])
			return 3 + n, ok
		}
	case opRead, opReadTimed:
		return 5, t == 0 || t.Valid()
	case opWrite:
		return 5 + t.Size(), t.Valid()
	case opBlock:
		return 7, t == 0 || t.Valid()
	case opBlockTimed:
		return 7, t == 0
	}
	return 0, false
}

// replySize is requestSize for the other direction.
func replySize(b []byte) (int, bool) {
	op := b[0]
	if op&sized != 0 {
		if op > opPush && op != opGoodbye {
			return 0, false
		}
		if len(b) < sizedHeader {
			return 0, true
		}
		return sizedHeader + int(le.Uint16(b[3:])), true
	}
	switch op {
	case opAck:
		return 3, true
	case opFail:
		return 4, true
	case opFailAt:
		return 6, true
	case opTimes:
		return 19, true
	}
	t := protocol.Type(op & 0x0f)
	n := 3 + t.Size()
	if op&valueTimed != 0 {
		n += 8
	}
	return n, op&0x30 != 0 && t.Valid()
}

func appendHead(dst []byte, op byte, id uint16) []byte {
	return append(dst, op, byte(id), byte(id>>8))
}

// beginSized appends the header of a sized message; endSized puts its length in.
func beginSized(dst []byte, op byte, id uint16) []byte {
	return append(dst, op, byte(id), byte(id>>8), 0, 0)
}

func endSized(dst []byte, start int) []byte {
	le.PutUint16(dst[start+3:], uint16(len(dst)-start-sizedHeader))
	return dst
}

func appendTime(dst []byte, t time.Duration) []byte { return le.AppendUint64(dst, uint64(t)) }

func decodeTime(b []byte) time.Duration { return time.Duration(le.Uint64(b)) }
