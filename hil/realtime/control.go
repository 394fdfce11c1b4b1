package realtime

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// The two processes know each other by this record in the memory that they share.
const (
	controlName   = "control"
	setpointsName = "setpoints"
	feedbackName  = "feedback"

	// beat is the time between two signs of life of the parent.
	beat = 5 * time.Millisecond
)

// control is written by both sides, each in its own part.
type control struct {
	parent struct {
		beats atomic.Uint64
		stop  atomic.Uint64 // not 0: stop and end
		_     [line - 16]byte
	}
	servo struct {
		pid     atomic.Int64 // set when the loop begins to cycle; 0 before
		state   atomic.Uint32
		reason  atomic.Uint32
		axis    atomic.Int32
		_       uint32
		stream  atomic.Uint64
		failure text
		_       [line]byte
		stats   stats
	}
}

// memoryFor both rings and the record.
func memoryFor(s *Settings) int {
	record := blockHead + roundUp(int(unsafe.Sizeof(control{})), line)
	return record + RingSize[Setpoint](s.Setpoints) + RingSize[Feedback](s.Feedback) + line
}
